"""A worker of examples/python as a process, and what chat.py sends."""

import json
import os
import subprocess
import sys
import threading
import time

import daemon as daemons


class Example:
    """examples/python/NAME.py on the daemon at `address`. `log` is what it wrote so far. Left by SIGTERM, with 0."""

    def __init__(self, name, address, api):
        self._lines = []
        script = daemons.ROOT / "examples" / "python" / f"{name}.py"
        self.process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONPATH": str(api.folder), "GATEWAYD_ADDRESS": address},
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def log(self):
        return "".join(self._lines)

    def wait_said(self, text, times=1, seconds=20):
        deadline = time.monotonic() + seconds
        while self.log.count(text) < times:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def __enter__(self):
        self.wait_said("attached to gatewayd")
        return self

    def __exit__(self, *_):
        status = self.stop()
        assert status == 0 and "Traceback" not in self.log, self.log

    def _read(self):
        for line in self.process.stdout:
            self._lines.append(line)


def messages(received):
    """What a client got, as chat.py meant it."""
    return [json.loads(body) for _, body in received]


def of_type(received, kind):
    return [message for message in messages(received) if message["type"] == kind]
