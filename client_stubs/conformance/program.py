"""A language's conformance program: JSON lines to its stdin and from its stdout. What it says is in README.md."""

import base64
import json
import os
import signal
import subprocess
import threading
import time

SECONDS = 20  # for anything to happen


class Failed(Exception):
    """A case failed."""


def environment_for(address):
    """That of a program whose daemon is there."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GATEWAYD_")}
    return environment | {"GATEWAYD_ADDRESS": address}


class Program:
    def __init__(self, command, folder, address):
        self._lines = []  # what it said and nobody asked for yet
        self._stderr = []
        self._answers = {}
        self._id = 0
        self._killed = False
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment_for(address), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace",
            start_new_session=True,
        )  # fmt: skip
        self._threads = [threading.Thread(target=read, daemon=True) for read in (self._read_out, self._read_log)]
        for thread in self._threads:
            thread.start()

    @property
    def log(self):
        return "".join(self._stderr)

    def ask(self, **request):
        """Sends it; the number under which the answer comes."""
        self._id += 1
        try:
            self.process.stdin.write(json.dumps({"id": self._id} | request) + "\n")
            self.process.stdin.flush()
        except OSError:
            raise Failed("the program has ended") from None
        return self._id

    def answer(self, number):
        """{"value": …} or {"error": {…}}."""
        return self.wait(lambda: self._answers.get(number), "the program did not answer")

    def said(self, kind, fits, what):
        """Takes the first line of a kind that fits out of what it said, and returns what stands in it."""

        def take():
            for line in self._lines:
                if kind in line and fits(line[kind]):
                    self._lines.remove(line)
                    return line
            return None

        return self.wait(take, f"{what} did not come")[kind]

    def has_said(self, kind, fits):
        with self._changed:
            return any(kind in line and fits(line[kind]) for line in self._lines)

    def wait(self, ask, what):
        """What `ask` returns once it is not None; it is asked again whenever the program has said something."""
        deadline = time.monotonic() + SECONDS
        with self._changed:
            while (result := ask()) is None:
                left = deadline - time.monotonic()
                if left <= 0 or self._ended():
                    result = ask()
                    if result is not None:
                        break
                    ended = f"; it ended with {self.process.poll()}" if self._ended() else ""
                    raise Failed(f"{what}{ended}")
                self._changed.wait(min(left, 0.5))
        return result

    def signal(self, name):
        self._killed = self._killed or name == "KILL"
        self.process.send_signal(getattr(signal, f"SIG{name}"))
        if name == "KILL":
            self.process.wait(SECONDS)

    def wait_exit(self, status):
        try:
            actual = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed("the program did not end") from None
        if actual != status:
            raise Failed(f"the program ended with {actual}, not {status}")

    def close(self):
        """At the end of its input it ends, with 0."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            if not self._killed:
                self.wait_exit(0)
        finally:
            self.kill()

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for thread in self._threads:
            thread.join(SECONDS)

    def _ended(self):
        return self.process.poll() is not None and not any(thread.is_alive() for thread in self._threads)

    def _read_out(self):
        for text in self.process.stdout:
            try:
                line = json.loads(text)
                assert isinstance(line, dict)
            except (ValueError, AssertionError):
                line = {"noise": text}
            with self._changed:
                if "id" in line:
                    self._answers[line["id"]] = line
                else:
                    self._lines.append(line)
                self._changed.notify_all()

    def _read_log(self):
        for text in self.process.stderr:
            with self._changed:
                self._stderr.append(text)
                self._changed.notify_all()


def body_in(event):
    return base64.b64decode(event.get("body", ""))
