"""The processes of a benchmark: started here, and ended here."""

import json
import os
import pathlib
import signal
import subprocess
import time


class Processes:
    """Starts processes and ends every one of them; nothing else is ever signalled."""

    def __init__(self, build, folder, dialect="php"):
        self.dialect = dialect
        self.build = build
        self.folder = folder
        self.running = []
        self.others = []  # that start processes themselves: pids() and close()
        self.sockets = 0

    def start(self, name, *arguments, **more):
        log = open(pathlib.Path(self.folder) / f"{pathlib.Path(name).name}.log", "ab")
        process = subprocess.Popen([str(self.build / name), *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=log, text=True, **more)
        log.close()
        self.running.append(process)
        return process

    def start_speaker(self, name, *arguments, **more):
        """One that speaks the Gateway protocol, in the dialect of this run."""
        return self.start(name, f"--dialect={self.dialect}", *arguments, **more)

    def start_worker(self, name, *arguments, **more):
        """One that says when it is attached."""
        process = self.start(name, *arguments, **more)
        line(process, "attached")
        return process

    def kill(self, process):
        process.kill()
        process.wait()
        process.stdout.close()
        self.running.remove(process)

    def end(self, process):
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
        self.running.remove(process)

    def close(self):
        for process in reversed(list(self.running)):
            self.end(process)
        for other in self.others:
            other.close()

    def pids(self):
        return [process.pid for process in self.running] + [pid for other in self.others for pid in other.pids()]

    def run(self, name, *arguments):
        """Runs one to its end; its last line is JSON."""
        out = subprocess.run([str(self.build / name), *map(str, arguments)], check=True, stdout=subprocess.PIPE,
                             text=True).stdout
        return json.loads(out.splitlines()[-1])

    def new_socket(self):
        self.sockets += 1
        return f"unix:{self.folder}/{self.sockets}.sock"


def line(process, prefix):
    """The first line that starts so, without the prefix."""
    for text in process.stdout:
        if text.startswith(prefix):
            return text[len(prefix):].strip()
    raise RuntimeError(f"{process.args[0]} ended without saying '{prefix}…'")


def read_json(process):
    """The next line that is JSON."""
    return json.loads("{" + line(process, "{"))


def descendants(pid):
    """A process and all that came from it, as far as they still belong to each other."""
    pids = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            pids += descendants(int(child))
    return pids


class NullGateways:
    """A Register and Gateways that answer at once, in one process."""

    def __init__(self, processes, count, others=()):
        self.process = processes.start_speaker("bench_null_gateway", count, *others)
        gateways = [line(self.process, "gateway ").split() for _ in range(count)]
        self.address, self.client_id = gateways[0]
        self.ports = [address.rsplit(":", 1)[1] for address, _ in gateways]
        self.register = line(self.process, "register ")


class EventGateway:
    """A Register and a Gateway that sends events of made-up clients, as its --mode says."""

    def __init__(self, processes, *arguments):
        self.process = processes.start_speaker("bench_event_gateway", *arguments)
        self.address, self.client_id = line(self.process, "gateway ").split()
        self.register = line(self.process, "register ")


class EmbeddedGateways:
    """A Register and embedded Gateways with WebSocket clients, in one process."""

    def __init__(self, processes, count):
        self.process = processes.start_speaker("bench_embedded_gateways", count, "clients", stdin=subprocess.PIPE)
        self.ports = [int(line(self.process, "ports ").split()[0]) for _ in range(count)]
        self.register = line(self.process, "register ")

    def pids(self):
        return [self.process.pid]


class Daemon:
    """A gatewayd on TCP and a unix socket, SERVING."""

    def __init__(self, processes, register):
        self.processes = processes
        self.unix = processes.new_socket()
        probe = processes.start("bench_probe", "serving", self.unix)
        line(probe, "probing")
        started = time.monotonic()
        secret = {"GATEWAYD_SECRET": "bench"} if processes.dialect == "go" else {}  # bench_dialect.h
        self.process = processes.start_speaker("gatewayd", f"--register={register}",
                                               f"--listen=127.0.0.1:0,{self.unix}",
                                               "--admin_listen=127.0.0.1:0", env=os.environ | secret)
        self.start_ms = (float(line(probe, "")) - started) * 1000
        processes.end(probe)
        self.tcp = line(self.process, "gatewayd is listening on 127.0.0.1:")
        self.tcp = f"127.0.0.1:{self.tcp}"
        self.pid = self.process.pid


class RawWorkerServer:
    """The baseline of Attach: the same messages, and no Gateway behind."""

    def __init__(self, processes):
        self.process = processes.start("bench_raw_worker_server", "127.0.0.1:0")
        self.tcp = "127.0.0.1:" + line(self.process, "listening on 127.0.0.1:0")
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
