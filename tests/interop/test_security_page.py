"""docs/security.md: its commands run as they stand, in order, in one shell and an empty folder."""

import os
import re
import socket
import subprocess

from daemon import BINARY, ROOT


def commands():
    text = (ROOT / "docs" / "security.md").read_text()
    return re.findall(r"^```sh\n(.*?)^```$", text, re.S | re.M)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_the_commands_of_the_page_run_as_written(tmp_path):
    blocks = commands()
    assert len(blocks) >= 6
    # Each line that fails ends it; the port of the page may be somebody's here. `set -m`: %1 is the daemon.
    script = "set -eu -m\n" + "\n".join(blocks).replace("50443", free_port())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GATEWAYD_")}
    environment |= {f"GATEWAYD_EMBEDDED_{what}_PORT": "0" for what in ("WEBSOCKET", "TEXT", "FRAME", "PAGE")}
    environment["GATEWAYD_ADMIN_LISTEN"] = "127.0.0.1:0"
    environment["PATH"] = os.pathsep.join([str(BINARY.parent), str(ROOT / ".tools" / "bin"), environment["PATH"]])
    done = subprocess.run(["bash", "-x", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True,
                          timeout=120)  # fmt: skip
    log = tmp_path / "daemon.log"
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{log.read_text() if log.exists() else ''}"
