"""The processes of a benchmark: started here, and ended here."""

import json
import os
import pathlib
import signal
import subprocess
import time


class Processes:
    """Starts processes and ends every one of them; nothing else is ever signalled."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.running = []
        self.sockets = 0

    def start(self, name, *arguments, **more):
        log = open(pathlib.Path(self.folder) / f"{name}.log", "ab")
        process = subprocess.Popen([str(self.build / name), *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=log, text=True, **more)
        log.close()
        self.running.append(process)
        return process

    def end(self, process):
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
        self.running.remove(process)

    def close(self):
        for process in reversed(list(self.running)):
            self.end(process)

    def pids(self):
        return [process.pid for process in self.running]

    def run(self, name, *arguments):
        """Runs one to its end; what it printed is JSON."""
        out = subprocess.run([str(self.build / name), *map(str, arguments)], check=True, stdout=subprocess.PIPE,
                             text=True).stdout
        return json.loads(out)

    def new_socket(self):
        self.sockets += 1
        return f"unix:{self.folder}/{self.sockets}.sock"


def line(process, prefix):
    """The first line that starts so, without the prefix."""
    for text in process.stdout:
        if text.startswith(prefix):
            return text[len(prefix):].strip()
    raise RuntimeError(f"{process.args[0]} ended without saying '{prefix}…'")


class NullGateways:
    """A Register and Gateways that answer at once, in one process."""

    def __init__(self, processes, count, others=()):
        self.process = processes.start("bench_null_gateway", count, *others)
        gateways = [line(self.process, "gateway ").split() for _ in range(count)]
        self.address, self.client_id = gateways[0]
        self.ports = [address.rsplit(":", 1)[1] for address, _ in gateways]
        self.register = line(self.process, "register ")


class Daemon:
    """A gatewayd on TCP and a unix socket, SERVING."""

    def __init__(self, processes, register):
        self.processes = processes
        self.unix = processes.new_socket()
        probe = processes.start("bench_probe", "serving", self.unix)
        line(probe, "probing")
        started = time.monotonic()
        self.process = processes.start("gatewayd", f"--register={register}", f"--listen=127.0.0.1:0,{self.unix}")
        self.start_ms = (float(line(probe, "")) - started) * 1000
        processes.end(probe)
        self.tcp = line(self.process, "gatewayd is listening on 127.0.0.1:")
        self.tcp = f"127.0.0.1:{self.tcp}"
        self.pid = self.process.pid


class RawServer:
    """The baseline: the same methods, doing nothing."""

    def __init__(self, processes):
        self.unix = processes.new_socket()
        self.process = processes.start("bench_raw_server", "127.0.0.1:0", self.unix)
        self.tcp = "127.0.0.1:" + line(self.process, "listening on 127.0.0.1:0")
        self.pid = self.process.pid


def freeze(process):
    os.kill(process.pid, signal.SIGSTOP)


def thaw(process):
    os.kill(process.pid, signal.SIGCONT)
