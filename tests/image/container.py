"""The image as a root file system, and containers of it, run by runc as Kubernetes would: root file system
read-only, nobody's uid, no capability, no network but a loopback of its own."""

import contextlib
import functools
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import uuid

IMAGE = os.environ.get("IMAGE", "localhost/gatewayd:dev")
UID = 65532


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@functools.cache
def config():
    """What the image says of itself, in Docker's form."""
    return json.loads(output("buildah", "inspect", "--type", "image", IMAGE))["Docker"]["config"]


@contextlib.contextmanager
def mounted():
    """The image's root, as a folder."""
    container = output("buildah", "from", "--pull-never", IMAGE).strip()
    try:
        yield pathlib.Path(output("buildah", "mount", container).strip())
    finally:
        output("buildah", "rm", container)


class Container:
    """A running one. `run` is the folder that it has at /run/gatewayd."""

    def __init__(self, root, *flags, arguments=None):
        self._folder = tempfile.TemporaryDirectory()
        self.name = f"gatewayd-{uuid.uuid4().hex[:12]}"
        self.run = pathlib.Path(self._folder.name) / "run"
        self.run.mkdir()
        os.chown(self.run, UID, UID)
        os.chmod(self._folder.name, 0o755)
        self._bundle(root, arguments or [*config()["Entrypoint"], *flags])
        self._lines = []
        self.process = subprocess.Popen(
            ["runc", "run", "--bundle", self._folder.name, self.name],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def log(self):
        return "".join(self._lines)

    @property
    def pid(self):
        """Of the container's first process, as this machine counts."""
        return json.loads(output("runc", "state", self.name))["pid"]

    def wait_for(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while text not in self.log:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log
            time.sleep(0.01)

    def execute(self, *arguments):
        """Another process in it, as HEALTHCHECK and `exec` probes are run."""
        return subprocess.run(
            ["runc", "exec", self.name, *arguments], capture_output=True, text=True, timeout=30
        )

    def signal(self, name):
        output("runc", "kill", self.name, name)

    def wait(self, seconds=40):
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def close(self):
        if self.process.poll() is None:
            subprocess.run(["runc", "delete", "--force", self.name], capture_output=True)
            self.process.wait(10)
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        for line in self.process.stdout:
            self._lines.append(line)

    def _bundle(self, root, arguments):
        none = {kind: [] for kind in ("bounding", "effective", "inheritable", "permitted", "ambient")}
        spec = {
            "ociVersion": "1.0.0",
            "process": {
                "terminal": False, "cwd": "/", "args": arguments, "env": config()["Env"],
                "user": {"uid": UID, "gid": UID}, "capabilities": none, "noNewPrivileges": True,
            },
            "root": {"path": str(root), "readonly": True},
            "hostname": "gatewayd",
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]},
                {"destination": "/run/gatewayd", "type": "bind", "source": str(self.run), "options": ["bind", "rw"]},
            ],
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]},
        }  # fmt: skip
        (pathlib.Path(self._folder.name) / "config.json").write_text(json.dumps(spec))
