"""What the tests of deploy/ read manifests with, built by `./dev setup deploy`: the strict reader of check/, and helm."""

import json
import os
import pathlib
import subprocess

import daemon as daemons
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "gatewayd"
KUBERNETES = "1.33"  # that charts are rendered for; the API types are those of check/go.mod


def tool(name):
    path = ROOT / ".tools" / "bin" / name
    if not path.exists():
        pytest.skip(f"{name} is not here: it takes Go, and ./dev setup deploy")
    return path


def check(what, *paths, text=None):
    """Strictly decoded: a list of dicts."""
    done = subprocess.run([tool("check"), what, *paths], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def helm(*arguments):
    return subprocess.run([tool("helm"), *arguments], capture_output=True, text=True)


def render(chart, *arguments):
    done = helm("template", "room", chart, f"--kube-version={KUBERNETES}", *arguments)
    assert done.returncode == 0, done.stderr
    return check("objects", "-", text=done.stdout)


def one(objects, kind):
    found = [object for object in objects if object["kind"] == kind]
    assert len(found) == 1, f"{len(found)} of kind {kind}"
    return found[0]


def pod_of(objects):
    return one(objects, "Deployment")["spec"]["template"]


def sidecar_of(pod):
    (container,) = pod["spec"]["initContainers"]
    return container


def environment_of(container):
    return {variable["name"]: variable["value"] for variable in container["env"]}


def assert_daemon_takes(settings, folder, *flags):
    """gatewayd finds nothing wrong with a configuration; a file in `folder` stands in for the secret's."""
    settings = dict(settings)
    if "GATEWAYD_SECRET_FILE" in settings:
        (folder / "secret").write_text("of the cluster\n")
        settings["GATEWAYD_SECRET_FILE"] = str(folder / "secret")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAYD_")} | settings
    done = subprocess.run([daemons.BINARY, "--check_config", *flags], env=environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and "unknown" not in done.stderr, done.stdout + done.stderr
