"""What must hold for every pod with gatewayd beside a worker, wherever its manifest comes from."""

import re

import tools

STOP_SECONDS = 30  # the client packages' stop_timeout


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


def assert_confined(pod, container):
    settings = pod["spec"]["securityContext"]
    assert settings["runAsNonRoot"] and settings["runAsUser"] == 65532
    assert settings["seccompProfile"]["type"] == "RuntimeDefault"
    own = container["securityContext"]
    assert own["readOnlyRootFilesystem"] and not own["allowPrivilegeEscalation"]
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]


def assert_probed(container):
    (port,) = [port for port in container["ports"] if port["name"] == "gatewayd-admin"]
    assert tools.environment_of(container)["GATEWAYD_ADMIN_LISTEN"] == f"0.0.0.0:{port['containerPort']}"
    for name, path in (("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")):
        assert container[name]["httpGet"] == {"path": path, "port": "gatewayd-admin"}


def assert_sound(pod, stop_seconds=STOP_SECONDS):
    sidecar = tools.sidecar_of(pod)
    assert sidecar["restartPolicy"] == "Always", "no native sidecar"
    assert_probed(sidecar)
    for container in (sidecar, *pod["spec"]["containers"]):
        assert_confined(pod, container)
    # Kubernetes counts the worker's leaving and the daemon's drain together.
    environment = tools.environment_of(sidecar)
    assert pod["spec"]["terminationGracePeriodSeconds"] >= stop_seconds + seconds(environment["GATEWAYD_DRAIN_TIMEOUT"]) + 5
    assert pod["spec"]["automountServiceAccountToken"] is False
    # The secret is a file: no variable of any container holds it.
    assert "GATEWAYD_SECRET" not in environment
    # Where the daemon listens is where the worker looks.
    listen = environment.get("GATEWAYD_LISTEN", "127.0.0.1:50051")
    (worker,) = pod["spec"]["containers"]
    assert tools.environment_of(worker)["GATEWAYD_ADDRESS"] == listen
    if listen.startswith("unix:"):
        folder = listen.removeprefix("unix:").rpartition("/")[0]
        mounts = [
            [mount["name"] for mount in container["volumeMounts"] if mount["mountPath"] == folder]
            for container in (sidecar, worker)
        ]
        assert mounts[0] == mounts[1] and len(mounts[0]) == 1
