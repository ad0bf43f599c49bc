"""deploy/kubernetes: what kustomize builds is what Kubernetes' own types take, and fits together."""

import pods
import tools


def base():
    return tools.check("kustomize", tools.DEPLOY / "kubernetes")


def test_the_base_is_sound():
    objects = base()
    assert {object["kind"] for object in objects} == {"ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget"}
    pods.assert_sound(tools.pod_of(objects))


def test_the_secret_is_a_mounted_file():
    pod = tools.pod_of(base())
    sidecar = tools.sidecar_of(pod)
    (mount,) = sidecar["volumeMounts"]
    (volume,) = [volume for volume in pod["spec"]["volumes"] if volume["name"] == mount["name"]]
    (item,) = volume["secret"]["items"]
    assert tools.environment_of(sidecar)["GATEWAYD_SECRET_FILE"] == f"{mount['mountPath']}/{item['path']}"
    assert mount["readOnly"] and volume["secret"]["defaultMode"] == 0o440


def test_the_settings_reach_the_sidecar(tmp_path):
    objects = base()
    settings = tools.one(objects, "ConfigMap")
    (source,) = tools.sidecar_of(tools.pod_of(objects))["envFrom"]
    assert source["configMapRef"]["name"] == settings["metadata"]["name"]
    sidecar = tools.sidecar_of(tools.pod_of(objects))
    tools.assert_daemon_takes(settings["data"] | tools.environment_of(sidecar), tmp_path)


def test_selectors_meet_the_pods():
    objects = base()
    labels = tools.pod_of(objects)["metadata"]["labels"]
    (monitor,) = tools.check("kustomize", tools.DEPLOY / "kubernetes" / "monitoring")
    policies = {object["metadata"]["name"]: object["spec"] for object in objects if object["kind"] == "NetworkPolicy"}
    for selector in (
        tools.one(objects, "Deployment")["spec"]["selector"],
        tools.one(objects, "PodDisruptionBudget")["spec"]["selector"],
        monitor["spec"]["selector"],
        policies["gatewayd-sidecar"]["podSelector"],
        policies["gatewayworker-inner"]["ingress"][0]["from"][0]["podSelector"],
    ):
        assert selector["matchLabels"].items() <= labels.items()
    ports = {port["name"] for port in tools.sidecar_of(tools.pod_of(objects))["ports"]}
    assert {endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]} <= ports


def test_a_rollout_never_leaves_the_cluster_without_a_worker():
    rolling = tools.one(base(), "Deployment")["spec"]["strategy"]
    assert rolling == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


def test_an_unknown_field_is_found(tmp_path):
    text = (tools.DEPLOY / "kubernetes" / "deployment.yaml").read_text()
    assert tools.check("objects", "-", text=text)
    for wrong in (
        text.replace("failureThreshold", "failureTreshold", 1),
        text.replace("replicas: 2", "replicas: two"),
        text.replace("replicas: 2", "replicas: 2\n  replicas: 2"),
        text.replace("kind: Deployment", "kind: Deplyoment"),
    ):
        path = tmp_path / "wrong.yaml"
        path.write_text(wrong)
        done = tools.subprocess.run([tools.tool("check"), "objects", path], capture_output=True, text=True)
        assert done.returncode == 1 and "wrong.yaml" in done.stderr, done
