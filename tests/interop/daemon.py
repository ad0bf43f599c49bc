"""gatewayd as an operator starts it, and the stubs that its .proto files give."""

import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import types

import grpc
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("INTEROP_DAEMON", ROOT / "build" / "gatewayd"))
LISTENING = re.compile(r"gatewayd is listening on (127\.0\.0\.1:\d+)")


def load_api(folder):
    """Generates the Python stubs into `folder` and imports them."""
    import importlib.resources

    well_known = str(importlib.resources.files("grpc_tools") / "_proto")
    protos = [str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto").rglob("*.proto")]
    status = protoc.main(
        ["protoc", f"-I{ROOT / 'proto'}", f"-I{well_known}", f"--python_out={folder}", f"--grpc_python_out={folder}", *protos]
    )
    if status:
        raise RuntimeError("protoc failed")
    sys.path.insert(0, str(folder))
    from gatewayworker.v1 import admin_service_pb2, admin_service_pb2_grpc
    from gatewayworker.v1 import gateway_service_pb2, gateway_service_pb2_grpc, types_pb2
    from gatewayworker.v1 import worker_service_pb2, worker_service_pb2_grpc

    return types.SimpleNamespace(
        folder=folder, gateway=gateway_service_pb2, gateway_grpc=gateway_service_pb2_grpc, types=types_pb2,
        admin=admin_service_pb2, admin_grpc=admin_service_pb2_grpc,
        worker=worker_service_pb2, worker_grpc=worker_service_pb2_grpc,
    )  # fmt: skip


class Daemon:
    """A running gatewayd. `log` is what it wrote so far."""

    @classmethod
    def embedded(cls, *flags):
        """One with a cluster inside, as `./dev run` starts it, but on ports that the kernel chooses."""
        ports = [f"--embedded_{what}_port=0" for what in ("websocket", "text", "frame", "page")]
        return cls(None, "", "--embedded", *ports, *flags)

    def __init__(self, register, secret, *flags):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GATEWAYD_")}
        if secret:
            environment["GATEWAYD_SECRET"] = secret
        self._lines = []
        self.process = subprocess.Popen(
            [BINARY, *([f"--register={register}"] if register else []), "--listen=127.0.0.1:0", "--admin_listen=127.0.0.1:0", *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, text=True,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()
        self.address = self._wait_address()
        self.channel = grpc.insecure_channel(self.address)

    @property
    def log(self):
        return "".join(self._lines)

    def printed(self, pattern):
        """The group of the pattern in what it wrote; waits for it."""
        deadline = time.monotonic() + 10
        while not (found := re.search(pattern, self.log)):
            assert time.monotonic() < deadline and self.process.poll() is None, self.log
            time.sleep(0.01)
        return found.group(1)

    @property
    def websocket_port(self):
        return int(self.printed(r"ws://127\.0\.0\.1:(\d+)"))

    @property
    def text_port(self):
        return int(self.printed(r"lines on port (\d+)"))

    def wait_ready(self, seconds=10, address=None):
        done = subprocess.run([BINARY, "--wait", f"--address={address or self.address}"], timeout=seconds, capture_output=True, text=True)
        assert done.returncode == 0, f"gatewayd --wait: {done.stdout}{done.stderr}\n{self.log}"

    def stop(self):
        self.channel.close()
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def _read(self):
        for line in self.process.stdout:
            self._lines.append(line)

    def _wait_address(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = LISTENING.search(self.log)
            if found:
                return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError(f"gatewayd did not say where it listens:\n{self.log}")
