"""An example of the Python package as a process, and what chat.py sends."""

import json
import os
import subprocess
import sys
import threading
import time

import daemon as daemons


class Example:
    """client_stubs/python/examples/NAME.py, or the script at a path, on the daemon at `address`. `log` is what it wrote so far. Left by SIGTERM, with 0."""

    def __init__(self, name, address, *arguments):
        self._lines = []
        package = daemons.ROOT / "client_stubs" / "python"
        script = package / "examples" / f"{name}.py" if isinstance(name, str) else name
        self.process = subprocess.Popen(
            [sys.executable, script, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONPATH": str(package / "src"), "GATEWAYD_ADDRESS": address},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def log(self):
        return "".join(self._lines)

    def wait_said(self, text, times=1, seconds=20):
        deadline = time.monotonic() + seconds
        while self.log.count(text) < times:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log
            time.sleep(0.01)

    def wait_end(self):
        """The status of one that ends by itself; `log` is all that it wrote."""
        status = self.process.wait(20)
        self._reader.join(20)
        return status

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
