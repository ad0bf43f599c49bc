"""What is measured, and what is asked of it: the figures of the design."""

import dataclasses
import statistics
import time
from typing import Callable

from cluster import Daemon, NullGateways, RawServer, freeze, thaw
from machine import cpu_seconds, memory_mb

GO_BULK = 218_000  # commands a second of the Go caller in bulk, at its best on the machine of the design
STARTS = 10        # of a daemon in a round: one alone is shorter than the clock of /proc/stat can tell


@dataclasses.dataclass
class Figure:
    """One row of the table: a number of each round, and the bound of its median; None: nothing is asked of it."""
    name: str
    unit: str
    bound: float | None
    of_round: Callable
    at_least: bool = False

    def row(self, rounds):
        target = "" if self.bound is None else f"{'≥' if self.at_least else '≤'} {self.bound:g} "
        row = {"name": self.name, "target": target + self.unit, "kept": len(rounds.kept),
               "dropped": len(rounds.dropped)}
        if not rounds.kept:
            return row
        values = [self.of_round(results) for results in rounds.kept]
        median = statistics.median(values)
        met = None
        if self.bound is not None:
            met = median >= self.bound if self.at_least else median <= self.bound
        return row | {"median": median, "min": min(values), "max": max(values), "met": met}


def load(processes, server, client_id, seconds, method, in_flight, transport, *more):
    """Calls to a server for so long, and the CPU that 1,000 of them cost it."""
    before = cpu_seconds(server.pid)
    result = processes.run(
        "bench_load", f"--target={getattr(server, transport)}", f"--method={method}", f"--in_flight={in_flight}",
        f"--duration={seconds}s", f"--client_id={client_id}", *more)
    calls = result["calls"] * (1 + 0.3 / seconds)  # those of the warm-up cost too
    result["cpu_ms_per_1000"] = (cpu_seconds(server.pid) - before) * 1e6 / max(calls, 1)
    return result


class Bench:
    """The processes of all figures, and how one thing is measured."""

    def __init__(self, processes, seconds):
        self.processes = processes
        self.seconds = seconds
        self.lone = NullGateways(processes, 1)  # the Gateway that is frozen
        self.others = NullGateways(processes, 2, [self.lone.address])
        self.one = NullGateways(processes, 1)
        self.sixteen = NullGateways(processes, 16)
        self.raw = RawServer(processes)
        self.daemon = Daemon(processes, self.others.register)
        self.daemon_of_one = Daemon(processes, self.one.register)
        self.daemon_of_sixteen = Daemon(processes, self.sixteen.register)

    def load(self, server, method, in_flight, transport="tcp", *more):
        return load(self.processes, server, self.others.client_id, self.seconds, method, in_flight, transport, *more)

    def sides(self, method, in_flight, transport):
        return {"raw": lambda: self.load(self.raw, method, in_flight, transport),
                "gatewayd": lambda: self.load(self.daemon, method, in_flight, transport)}

    def ping_pong(self, gateways):
        return self.processes.run("bench_ping_pong", f"--dialect={self.processes.dialect}", self.seconds,
                                  *gateways.ports)

    def others_while(self, frozen):
        """IsOnline at a healthy Gateway while 1,000 SendToClient a second go to one that is frozen, or is not."""
        if frozen:
            freeze(self.lone.process)
        stranger = self.processes.start(
            "bench_load", f"--target={self.daemon.unix}", "--method=SendToClient", "--in_flight=1", "--rate=1000",
            f"--duration={self.seconds}s", f"--client_id={self.lone.client_id}", "--failures_are_fine")
        result = self.load(self.daemon, "IsOnline", 64)
        stranger.wait(timeout=30)
        self.processes.end(stranger)
        thaw(self.lone.process)
        return result

    def starts(self):
        """Starts of a daemon with 3 Gateways up: exec to SERVING, and what it holds half a second later."""
        times, memory = [], []
        for number in range(STARTS):
            daemon = Daemon(self.processes, self.others.register)
            times.append(daemon.start_ms)
            if number == 0:
                time.sleep(0.5)
                memory.append(memory_mb(daemon.pid))
            self.processes.end(daemon.process)
        return {"start_ms": statistics.median(times), "idle_mb": memory[0]}


def ratio(above, below, key):
    return lambda results: results[above][key] / results[below][key]


def groups(bench):
    """(name, measures of one round, figures of it): in the order in which they are measured."""
    speed = ratio("gatewayd", "raw", "calls_per_second")
    cpu = lambda results: results["gatewayd"]["cpu_ms_per_1000"]
    yield ("start", {"starts": bench.starts},
           [Figure("exec to SERVING, 3 Gateways", "ms", 60, lambda results: results["starts"]["start_ms"]),
            Figure("resident memory, idle", "MB", 20, lambda results: results["starts"]["idle_mb"])])
    for transport in ("tcp", "unix"):
        yield (f"SendToClient 64 {transport}", bench.sides("SendToClient", 64, transport),
               [Figure(f"SendToClient, 64 in flight, {transport} ÷ raw", "", 0.90, speed, at_least=True),
                Figure(f"daemon CPU of 1,000 SendToClient, 64 in flight, {transport}", "ms", 25, cpu)])
        yield (f"IsOnline 64 {transport}", bench.sides("IsOnline", 64, transport),
               [Figure(f"IsOnline, 64 in flight, {transport} ÷ raw", "", 0.75, speed, at_least=True)])
    for transport, bound in (("tcp", 15), ("unix", 10)):
        yield (f"SendToClient 1 {transport}", bench.sides("SendToClient", 1, transport),
               [Figure(f"SendToClient p50, 1 in flight, {transport} − raw", "µs", bound,
                       lambda results: results["gatewayd"]["p50_us"] - results["raw"]["p50_us"])])
        yield (f"IsOnline 1 {transport}",
               bench.sides("IsOnline", 1, transport) | {"socket": lambda: bench.ping_pong(bench.one)},
               [Figure(f"IsOnline p50, {transport} ÷ (raw + bare socket)", "", 1.10,
                       lambda results: results["gatewayd"]["p50_us"] /
                       (results["raw"]["p50_us"] + results["socket"]["p50_us"]))])
    yield ("SendToClient at 1,000 a second",
           {"gatewayd": lambda: bench.load(bench.daemon, "SendToClient", 1, "tcp", "--rate=1000"),
            "raw": lambda: bench.load(bench.raw, "SendToClient", 1, "tcp", "--rate=1000")},
           [Figure("daemon CPU of 1,000 SendToClient, at 1,000 a second", "ms", 25, cpu)])
    yield ("Execute", bench.sides("Execute", 64, "tcp"),
           [Figure("Execute of 100 × 100 bytes ÷ raw that parses", "", 0.5, speed, at_least=True),
            Figure("… commands a second", "", 5 * GO_BULK,
                   lambda results: results["gatewayd"]["calls_per_second"] * 100, at_least=True)])
    yield ("GetAllClientCount",
           {"one": lambda: bench.load(bench.daemon_of_one, "GetAllClientCount", 1),
            "sixteen": lambda: bench.load(bench.daemon_of_sixteen, "GetAllClientCount", 1),
            "one socket": lambda: bench.ping_pong(bench.one),
            "sixteen sockets": lambda: bench.ping_pong(bench.sixteen)},
           [Figure("query over 16 Gateways ÷ over 1, p50", "", 1.4, ratio("sixteen", "one", "p50_us"))])
    yield ("a frozen Gateway",
           {"before": lambda: bench.others_while(frozen=False), "frozen": lambda: bench.others_while(frozen=True)},
           [Figure("one of 3 Gateways frozen, others' p99 ÷ before", "", 1.2, ratio("frozen", "before", "p99_us"))])
    yield ("memory", {"load": lambda: {"peak_mb": memory_mb(bench.daemon.pid, "VmHWM")}},
           [Figure("resident memory, peak of all the above", "MB", 40, lambda results: results["load"]["peak_mb"])])


def measure(groups, names, quiet, wanted):
    """Yields (rows, details) for each group whose name holds one of `names`. What a round measures may be a function
    that says so: then it is asked for once the group's turn has come."""
    for name, measures, figures in groups:
        if names and not any(part in name for part in names):
            continue
        rounds = quiet.run(measures() if callable(measures) else measures, wanted)
        yield [figure.row(rounds) for figure in figures], {"group": name, **dataclasses.asdict(rounds)}
