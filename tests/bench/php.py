"""Real PHP Gateways and a PHP BusinessWorker that echoes, for the comparison: what tests/interop starts, with an app
of its own."""

import json
import os
import pathlib
import signal
import socket
import sys
import time

from cluster import descendants

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "interop"))
import php_cluster  # noqa: E402

ECHO = ROOT / "tests" / "bench" / "echo_worker.php"


def why_no_php():
    return php_cluster.why_not_here()


def wait_listed(register, count, seconds=20):
    """Returns once the Register lists so many Gateways."""
    host, port = register.rsplit(":", 1)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with socket.create_connection((host, int(port)), timeout=5) as connection:
                connection.sendall(b'{"event":"worker_connect","secret_key":""}\n')
                for text in connection.makefile():
                    if len(json.loads(text).get("addresses", [])) >= count:
                        return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"the Register at {register} does not list {count} Gateways")


class PhpGateways(php_cluster.PhpCluster):
    """A Register and WebSocket Gateways, no worker: one is started for a measurement, and stopped after it."""

    def __init__(self, processes, count):
        folder = pathlib.Path(processes.folder) / "php"
        folder.mkdir()
        super().__init__(folder, "")
        processes.others.append(self)
        names = "ab"[:count]
        self._start("register", "start_register.php")
        for name in names:
            self.start_gateway(name)
        self.ports = [self.ports[name] for name in names]
        wait_listed(self.register, count)

    def start_worker(self):
        self._start("worker", ECHO)
        worker = self._processes["worker"]
        while len(descendants(worker.pid)) < 2:  # the master, and the one that works
            time.sleep(0.01)
        return worker

    def stop_worker(self, _=None):
        """As an operator does: the master waits for its child, so that the time of both is known to be ours."""
        process = self._processes.pop("worker")
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)

    def pids(self):
        return [pid for process in self._processes.values() for pid in descendants(process.pid)]

    def close(self):
        for process in self._processes.values():
            os.killpg(process.pid, signal.SIGKILL)  # a group of its own
            process.wait()
        self._processes.clear()
