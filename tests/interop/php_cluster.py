"""The PHP system: a Register, two WebSocket Gateways, a text Gateway and a BusinessWorker, each a process of its own
on ports that were free, and a PHP that calls the Gateway class for us."""

import base64
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

from clients import TextClient, WebSocketClient
from php_values import serialize, unserialize
from waiting import until

APP = pathlib.Path(__file__).parent / "app"


def why_not_here():
    """Why the PHP system cannot be started, or None."""
    if not shutil.which("php"):
        return "php (php-cli) is not installed"
    folder = os.environ.get("GATEWAYWORKER_DIR")
    if folder:
        missing = [name for name in ("GatewayWorker", "workerman", "coroutine") if not (pathlib.Path(folder) / name).is_dir()]
        return f"GATEWAYWORKER_DIR has no {', '.join(missing)}" if missing else None
    if not (APP / "vendor" / "autoload.php").is_file():
        return "neither GATEWAYWORKER_DIR is set nor did `composer install` run in tests/interop/app"
    return None


def free_port():
    """One that nothing listens on, of those that the kernel gives to no outgoing connection: such a connection could
    have it before PHP, which takes no 0, listens there."""
    first_outgoing = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, max(first_outgoing, 20_000))
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port


class PhpError(Exception):
    """The PHP function threw."""


class PhpCluster:
    """Gateways by name: a and b (WebSocket) and t (text). a is reached at 127.0.0.1, the others at 127.0.0.2."""

    def __init__(self, folder, secret):
        self.folder = folder
        self.secret = secret
        self.register = f"127.0.0.1:{free_port()}"
        self.ports = {name: free_port() for name in "abt"}
        self.inner = {name: (ip, free_port()) for name, ip in [("a", "127.0.0.1"), ("b", "127.0.0.2"), ("t", "127.0.0.2")]}
        self._processes = {}
        self._caller = None

    def start(self):
        self.start_without_worker()
        self.start_businessworker()
        self.wait_ready()

    def start_without_worker(self):
        self._start("register", "start_register.php")
        for name in "abt":
            self.start_gateway(name)

    def start_gateway(self, name):
        ip, port = self.inner[name]
        scheme = "text" if name == "t" else "websocket"
        self._start(name, "start_gateway.php", LISTEN=f"{scheme}://127.0.0.1:{self.ports[name]}", LAN_IP=ip, INNER_PORT=str(port))

    def start_businessworker(self, name="businessworker", **more):
        """`more` are settings for Events.php, or EVENTS, the file of another. Its links are up when clients are answered: wait_ready()."""
        self._start(name, "start_businessworker.php", **more)

    def stop_businessworker(self, name="businessworker", seconds=10):
        """Stops it as an operator does."""
        process = self._processes.pop(name)
        command = self._command(name, "stop", stdout=subprocess.DEVNULL)
        process.wait(seconds)
        assert command.wait(seconds) == 0

    def businessworker_links(self, name):
        """How many Gateways `php start_businessworker.php connections` shows it linked to."""
        shown = self._command(name, "connections", stdout=subprocess.PIPE, text=True).communicate(timeout=20)[0]
        return sum("GatewayProtocol" in line and "ESTABLISHED" in line for line in shown.splitlines())

    def events(self, name):
        """What the handlers of a BusinessWorker with RECORD set were given so far: lists of kind, client_id, data,
        $_SESSION and $_SERVER, as php_values has them."""
        path = self.folder / f"{name}.events"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        return [list(unserialize(base64.b64decode(line)).values()) for line in lines]

    def kill(self, name):
        """Ends a process and its children at once, as a crash would."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self):
        if self._caller:
            self._caller.kill()
            self._caller.wait()
        for name in list(self._processes):
            self.kill(name)

    def connect(self, gateway):
        """A client of that Gateway that knows its client_id."""
        client = (TextClient if gateway == "t" else WebSocketClient)(self.ports[gateway])
        client.ask_id()
        return client

    def wait_ready(self, seconds=20):
        """Returns once a client of each Gateway is answered by the app: the worker is linked to all of them."""
        deadline = time.monotonic() + seconds
        for name in "abt":
            while True:
                try:
                    self.connect(name).close()
                    break
                except (OSError, EOFError):
                    if time.monotonic() > deadline:
                        raise TimeoutError(f"Gateway {name} does not serve; see {self.folder}/{name}.out") from None
                    time.sleep(0.05)
        while self.call("getAllClientCount") != 0:
            time.sleep(0.02)

    def call(self, function, *args):
        """Calls PHP's Gateway::function. Bytes and PHP arrays go in and come out as php_values has them."""
        if not self._caller:
            self._caller = subprocess.Popen(
                ["php", APP / "call.php"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment("caller"),
                stderr=open(self.folder / "caller.err", "wb"),
            )  # fmt: skip
        request = {"function": function, "args": base64.b64encode(serialize(list(args))).decode()}
        self._caller.stdin.write(json.dumps(request).encode() + b"\n")
        self._caller.stdin.flush()
        line = self._caller.stdout.readline()
        if not line.startswith(b"{"):
            raise PhpError(f"{function}: the PHP caller died: {line!r}")
        answer = json.loads(line)
        if "error" in answer:
            raise PhpError(f"{function}: {answer['error']}")
        return unserialize(base64.b64decode(answer["result"]))

    def _environment(self, name, **more):
        return {**os.environ, "REGISTER": self.register, "SECRET": self.secret, "RUN_DIR": str(self.folder), "PROCESS_NAME": name, **more}

    def stop_businessworker_gracefully(self, name):
        """The process of `stop -g`; its worker has been told."""
        command = self._command(name, "stop", "-g", stdout=subprocess.DEVNULL)
        until(lambda: "received signal SIGQUIT" in (self.folder / f"{name}.out").read_text())
        return command

    def _command(self, name, *arguments, **more):
        script = ["php", APP / "start_businessworker.php", *arguments]
        return subprocess.Popen(script, stdin=subprocess.DEVNULL, cwd=self.folder, env=self._environment(name), **more)

    def _start(self, name, script, **more):
        with open(self.folder / f"{name}.out", "ab") as out:
            self._processes[name] = subprocess.Popen(
                ["php", APP / script, "start"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder,
                env=self._environment(name, **more), start_new_session=True,
            )  # fmt: skip
