"""deploy/helm/gatewayd: linted and rendered by helm, decoded into Kubernetes' own types."""

import re
import shutil

import pods
import pytest
import tools

VARIANTS = [
    [],
    ["--set", "cluster.secret.name=gatewayworker"],
    ["--set", "cluster.registers={10.0.0.1:1236,10.0.0.2:1236}", "--set", "cluster.dialect=go"],
    ["--set", "unixSocket.enabled=true", "--set", "cluster.secret.name=gatewayworker"],
    ["--set", "podMonitor.enabled=true", "--set", "podMonitor.labels.release=prometheus"],
    ["--set", "env.GATEWAYD_EVENTS=always", "--set", "env.GATEWAYD_QUERY_LINKS=4", "--set", "adminPort=9191"],
    ["--set", "image.repository=example.com/gatewayd", "--set", "image.digest=sha256:" + "a" * 64],
    ["--set", "worker.command={python,app.py}", "--set", "worker.nodeSelector.disk=ssd", "--set", "worker.podLabels.a=b"],
]


def test_helm_lint():
    done = tools.helm("lint", "--strict", f"--kube-version={tools.KUBERNETES}", tools.CHART)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("settings", VARIANTS, ids=lambda settings: " ".join(settings[1::2]) or "defaults")
def test_it_renders_sound_pods(settings, tmp_path):
    objects = tools.render(tools.CHART, *settings)
    pod = tools.pod_of(objects)
    pods.assert_sound(pod)
    tools.assert_daemon_takes(tools.environment_of(tools.sidecar_of(pod)), tmp_path)
    labels = pod["metadata"]["labels"]
    for kind, key in (("Deployment", "selector"), ("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        assert tools.one(objects, kind)["spec"][key]["matchLabels"].items() <= labels.items()
    monitors = [object for object in objects if object["kind"] == "PodMonitor"]
    assert bool(monitors) == ("podMonitor.enabled=true" in settings)
    for monitor in monitors:
        assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_a_slower_worker_gets_a_longer_grace_period():
    pod = tools.pod_of(tools.render(tools.CHART, "--set", "worker.stopSeconds=120", "--set", "drainSeconds=60"))
    assert pod["spec"]["terminationGracePeriodSeconds"] == 185
    pods.assert_sound(pod, stop_seconds=120)


@pytest.mark.parametrize(
    "wrong",
    [
        "cluster.dialect=erlang", "cluster.registers=null", "drainSeconds=soon", "image.digest=latest", "adminPort=0",
        "env.GATEWAYD_SECRET=x", "env.PATH=x", "clutser.dialect=php", "worker.replicas=-1", "podMonitor.interval=often",
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(wrong):
    done = tools.helm("template", "room", tools.CHART, f"--kube-version={tools.KUBERNETES}", "--set", wrong)
    assert done.returncode != 0 and "schema" in done.stderr, done.stdout + done.stderr


def test_a_cluster_without_native_sidecars_is_refused():
    done = tools.helm("template", "room", tools.CHART, "--kube-version=1.28")
    assert done.returncode != 0 and "kubeVersion" in done.stderr


def test_the_page_shows_how_a_chart_of_ones_own_takes_the_sidecar(tmp_path):
    """The chart that docs/deploy.md shows, as it stands there."""
    page = (tools.ROOT / "docs" / "deploy.md").read_text()
    blocks = re.findall(r"^```yaml\n# (Chart\.yaml|values\.yaml|templates/\S+)\n(.*?)^```", page, re.S | re.M)
    assert [name for name, _ in blocks] == ["Chart.yaml", "values.yaml", "templates/deployment.yaml"]
    for name, text in blocks:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    shutil.copytree(tools.CHART, tmp_path / "charts" / "gatewayd")
    objects = tools.render(tmp_path)
    pod = tools.pod_of(objects)
    assert tools.sidecar_of(pod)["name"] == "gatewayd"
    assert tools.environment_of(tools.sidecar_of(pod))["GATEWAYD_REGISTER"] == "register:1236"
    pods.assert_sound(pod)
    labels = pod["metadata"]["labels"]
    assert tools.one(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
