"""The bash of a page, in a network and a process tree of its own."""

import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import sysconfig
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 30


def unshare():
    command = ["unshare", "--net", "--pid", "--fork", "--kill-child"]
    return command if os.getuid() == 0 else [*command, "--user", "--map-root-user"]


def why_not():
    """Why pages cannot run here; empty where they can."""
    try:
        done = subprocess.run([*unshare(), "true"], capture_output=True, text=True, timeout=10)
    except FileNotFoundError:
        return "unshare (util-linux) is not here"
    return done.stderr.strip() if done.returncode else ""


def heed_interrupts():
    """A shell passes on to its commands that it was started with Ctrl-C ignored, as what runs in the background is."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Failed(Exception):
    pass


class Terminal:
    """A command that stays in the foreground."""

    def __init__(self, command, path):
        self.command, self.path, self.seen = command, path, 0

    @property
    def printed(self):
        out = pathlib.Path(f"{self.path}.out")
        return out.read_text(errors="replace") if out.exists() else ""


class Shell:
    def __init__(self, folder):
        self.work, self.pieces = folder / "gatewayd", folder / "pieces"
        self.work.mkdir()
        self.pieces.mkdir()
        self.count, self.terminals = 0, []
        for entry in ROOT.iterdir():
            if entry.name == "dev":  # it finds its folder by its own path
                (self.work / "dev").write_text(f'#!/bin/sh\nexec {ROOT}/dev "$@"\n')
                (self.work / "dev").chmod(0o755)
            else:
                (self.work / entry.name).symlink_to(entry)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GATEWAYD_")}
        environment["PATH"] = os.pathsep.join(
            [str(self._python(folder / "venv")), str(ROOT / "build"), str(ROOT / ".tools" / "bin"), environment["PATH"]])  # fmt: skip
        # pip reads the second one inverted: 0 is what switches isolation off.
        environment |= {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        self.process = subprocess.Popen(
            [*unshare(), "bash", HERE / "driver.sh"], cwd=self.work, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=heed_interrupts)  # fmt: skip
        self.answers = queue.Queue()
        threading.Thread(target=lambda: [self.answers.put(line) for line in self.process.stdout], daemon=True).start()
        self._answer()

    def _python(self, venv):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        site = next(venv.glob("lib/python*/site-packages"))
        (site / "tools.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
        (venv / "bin" / "pip").write_text(f'#!/bin/sh\nexec {venv}/bin/python3 -m pip "$@"\n')
        (venv / "bin" / "pip").chmod(0o755)
        return venv / "bin"

    def _ask(self, mode, path):
        self.process.stdin.write(f"{mode} {path}\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        try:
            return int(self.answers.get(timeout=SECONDS))
        except queue.Empty:
            raise Failed(f"not over after {SECONDS} s") from None

    def _piece(self, text):
        self.count += 1
        path = self.pieces / str(self.count)
        path.write_text(text)
        return path

    def run(self, text, fails=None):
        """Its output. `fails`: None, "" (any status but 0) or the status that it must end with."""
        path = self._piece(text)
        try:
            status = self._ask("run" if fails is None else "fails", path)
        except Failed as error:
            raise Failed(f"{text}{error}\n{pathlib.Path(f'{path}.out').read_text(errors='replace')}{self.logs()}") from None
        printed = pathlib.Path(f"{path}.out").read_text(errors="replace")
        wanted = status == 0 if fails is None else status != 0 if fails == "" else status == int(fails)
        if not wanted:
            raise Failed(f"{text}ended with {status}\n{printed}{self.logs()}")
        return printed

    def stay(self, text, expected):
        path = self._piece(text)
        os.mkfifo(f"{path}.in")
        terminal = Terminal(text, path)
        self._ask("stays", path)
        self.terminals.append(terminal)
        self._wait(terminal, lambda: re.search(expected, terminal.printed, re.M))

    def find(self, text):
        for terminal in reversed(self.terminals):
            if text in terminal.command:
                return terminal
        raise Failed(f"no terminal runs {text}")

    def prints(self, text, lines):
        terminal = self.find(text)
        for line in filter(str.strip, lines.splitlines()):
            if line.strip() == "\u2026":
                continue
            expected = ".*".join(re.escape(part) for part in line.strip().split("\u2026"))
            found = self._wait(terminal, lambda expected=expected: re.search(expected, terminal.printed[terminal.seen :]))
            terminal.seen += found.end()

    def types(self, text, lines):
        with open(f"{self.find(text).path}.in", "w") as keyboard:
            keyboard.write(lines)

    def stop(self, terminal):
        self.terminals.remove(terminal)
        self._ask("stop", terminal.path)
        ended = pathlib.Path(f"{terminal.path}.status")
        self._wait(terminal, lambda: ended.exists() and ended.read_text().strip(), ends=True)
        if int(ended.read_text()) not in (0, 130):
            raise Failed(f"{terminal.command}ended with {ended.read_text()}\n{terminal.printed}")

    def _wait(self, terminal, condition, ends=False):
        deadline = time.monotonic() + SECONDS
        while not (found := condition()):
            if time.monotonic() > deadline or (not ends and pathlib.Path(f"{terminal.path}.status").exists()):
                raise Failed(f"{terminal.command}did not print what the page shows, or has ended:\n{terminal.printed}")
            time.sleep(0.01)
        return found

    def logs(self):
        return "".join(f"--- {name}\n{name.read_text(errors='replace')}" for name in self.work.glob("*.log") if not name.is_symlink())

    def close(self):
        self.process.kill()  # --kill-child: everything in the namespace ends with it
        self.process.wait()
