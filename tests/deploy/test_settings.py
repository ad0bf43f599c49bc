"""Every flag that deploy/ and its page name is one of gatewayd's."""

import re
import subprocess

import daemon as daemons
import tools

# Variables that are no flags: the client packages', the cluster's secret, CMake's in the Dockerfile.
OF_OTHERS = {"address", "secret", "tests", "bench"}
# Flags of other programs in the same files.
NOT_OURS = {"rm", "read-only", "build", "set", "from-literal", "system", "now", "fresh"}


def flags():
    done = subprocess.run([daemons.BINARY, "--help"], capture_output=True, text=True, timeout=20)
    found = set(re.findall(r"^  --(\w+)", done.stdout, re.M))
    assert len(found) > 20, done
    return found


def texts():
    files = [
        path for path in tools.DEPLOY.rglob("*")
        if path.is_file() and path.suffix not in (".json", ".sh") and path.name != "secret-key"
    ]  # fmt: skip
    for path in (*files, tools.ROOT / "Dockerfile", tools.ROOT / "docs" / "deploy.md"):
        yield path.relative_to(tools.ROOT), path.read_text()


def test_every_setting_is_a_flag():
    known = flags() | {"flagfile"}
    for path, text in texts():
        names = {name.lower() for name in re.findall(r"\bGATEWAYD_([A-Z][A-Z0-9_]+)\b", text)} - OF_OTHERS
        if path.name != "Dockerfile":  # there it is other programs that are called
            names |= set(re.findall(r"(?<![\w-])--([a-z][a-z_-]+)", text)) - NOT_OURS
        assert names <= known, f"{path}: {sorted(names - known)}"
