"""What is measured of events and workers, and what is asked of it: issue 6's figures."""

import time

from cluster import Daemon, EmbeddedGateways, EventGateway, RawWorkerServer, descendants, read_json
from figures import Figure, ratio
from kills import Kills
from machine import cpu_seconds, memory_mb
from php import PhpGateways, why_no_php
from python_worker import PythonWorker, why_no_python

CLIENTS, WINDOW, BYTES = 50, 4, 100       # of the echo
MANY_CLIENTS, MANY_RATE = 10_000, 1_000   # of those that are mostly idle: messages a second over all


class EventBench:
    """The processes of all figures, and how one thing is measured. Started where the first figure needs them."""

    def __init__(self, processes, seconds):
        self.processes = processes
        self.seconds = seconds
        self.made = {}

    def once(self, what, make):
        if what not in self.made:
            self.made[what] = make()
        return self.made[what]

    def raw(self):
        return self.once("raw", lambda: RawWorkerServer(self.processes))

    def gateway(self, mode):
        return self.once(mode, lambda: EventGateway(self.processes, f"--mode={mode}"))

    def daemon(self, gateways):
        return self.once(gateways, lambda: Daemon(self.processes, gateways.register))

    def embedded(self, count):
        return self.once(("embedded", count), lambda: EmbeddedGateways(self.processes, count))

    def php(self):
        return self.once("php", lambda: PhpGateways(self.processes, 2))

    def worker(self, mode, server, *more):
        """A bench_worker to its end: what it printed."""
        before = cpu_seconds(server.pid)
        result = self.processes.run("bench_worker", f"--mode={mode}", f"--target={server.tcp}",
                                    f"--duration={self.seconds}s", *more)
        result["server_cpu_seconds"] = cpu_seconds(server.pid) - before
        return result

    def sides(self, mode, gateway):
        client = f"--client_id={gateway.client_id}"
        return {"raw": lambda: self.worker(mode, self.raw(), client),
                "gatewayd": lambda: self.worker(mode, self.daemon(gateway), client)}

    def ping(self, talker, program, *arguments):
        """One event in flight through a worker, until its times are long enough; `talker` prints them."""
        worker = self.processes.start_worker(program, *arguments)
        time.sleep(self.seconds)
        self.processes.end(worker)
        return read_json(talker.process)

    def pings(self):
        gateway = self.gateway("ping")
        echo = lambda talker, server: lambda: self.ping(talker, "bench_worker", f"--target={server.tcp}")
        return {"gatewayd": echo(gateway, self.daemon(gateway)), "raw": echo(self.raw(), self.raw()),
                "direct": lambda: self.ping(gateway, *self.direct(gateway))}

    def direct(self, gateways):
        return "bench_direct_worker", f"--dialect={self.processes.dialect}", gateways.register

    def count_beside_a_silent_one(self):
        """Beside a worker that takes its share and acknowledges nothing."""
        daemon = self.daemon(self.gateway("flood"))
        silent = self.processes.start_worker("bench_worker", "--mode=silent", f"--target={daemon.tcp}")
        result = self.worker("count", daemon, "--warmup=0s")
        self.processes.end(silent)
        return result

    def clients(self, gateways, seconds, clients=CLIENTS, rate=0):
        """Clients for so long: what they print, and how many messages that were with their warm-up."""
        result = self.processes.run("bench_clients", "--ports=" + ",".join(map(str, gateways.ports)),
                                    f"--clients={clients}", f"--window={WINDOW}", f"--bytes={BYTES}", f"--rate={rate}",
                                    f"--duration={seconds}s")
        return result, max(result["count"] * (1 + 0.3 / seconds), 1)

    def echo(self, gateways, start, stop, daemon=None, clients=CLIENTS, rate=0):
        """Clients that send, and get back what a worker echoes; and what that costs each of those in between."""
        worker = start()
        costs = {"gateways": gateways.pids(), "worker": descendants(worker.pid),
                 "daemon": [daemon.pid] if daemon else []}
        used = lambda: {who: sum(cpu_seconds(pid) for pid in pids) for who, pids in costs.items()}
        before = used()
        result, messages = self.clients(gateways, self.seconds, clients, rate)
        result |= {f"{who}_us": (after - before[who]) * 1e6 / messages for who, after in used().items()}
        result["clients_us"] = result["cpu_seconds"] * 1e6 / messages
        if daemon:
            result["daemon_mb"] = memory_mb(daemon.pid)
        stop(worker)
        return result

    def echoes(self, gateways):
        """By worker: the C++ and the Python one through gatewayd, the C++ one that speaks the protocol itself."""
        daemon = self.daemon(gateways)
        through = lambda start: lambda: self.echo(gateways, start, self.processes.end, daemon)
        cpp = lambda *more: through(lambda: self.processes.start_worker("bench_worker", f"--target={daemon.tcp}", *more))
        measures = {
            "gatewayd, C++": cpp(),
            "gatewayd, C++, fresh sessions": cpp("--sessions"),
            "direct C++": lambda: self.echo(
                gateways, lambda: self.processes.start_worker(*self.direct(gateways)), self.processes.end),
        }
        if not why_no_python():
            python = self.once("python", lambda: PythonWorker(self.processes))
            measures["gatewayd, Python"] = through(lambda: python.start(daemon.tcp))
        return measures

    def php_echoes(self):
        gateways = self.php()
        alone = lambda: self.echo(gateways, gateways.start_worker, gateways.stop_worker)
        return self.echoes(gateways) | {"PHP BusinessWorker": alone}

    def many(self):
        """Clients that are mostly idle: how long an echo takes, and what the daemon holds."""
        gateways = self.embedded(1)
        daemon = self.daemon(gateways)
        start = lambda: self.processes.start_worker("bench_worker", f"--target={daemon.tcp}")
        result = self.echo(gateways, start, self.processes.end, daemon, MANY_CLIENTS, MANY_RATE)
        result["daemon_peak_mb"] = memory_mb(daemon.pid, "VmHWM")
        return result


def added_latency(results):
    """What gatewayd puts between link and worker, over a bare gRPC ping-pong."""
    return (results["gatewayd"]["p50_us"] - results["direct"]["p50_us"]) / results["raw"]["p50_us"]


def groups(bench):
    """(name, measures of one round, figures of it): in the order in which they are measured."""
    speed = ratio("gatewayd", "raw", "per_second")
    yield ("events", lambda: bench.sides("count", bench.gateway("flood")),
           [Figure("events to a C++ worker ÷ raw stream of the same batches", "", 0.3, speed, at_least=True),
            Figure("… events a second", "", None, lambda results: results["gatewayd"]["per_second"])])
    yield ("commands", lambda: bench.sides("commands", bench.gateway("quiet")),
           [Figure("commands on the stream, 100 a request ÷ raw that parses", "", 0.3, speed, at_least=True),
            Figure("… commands a second", "", None, lambda results: results["gatewayd"]["per_second"])])
    yield ("ping", bench.pings,
           [Figure("added p50, link → worker → link ÷ raw gRPC ping-pong", "", 1.3, added_latency),
            Figure("… p50, link → worker → link", "µs", None, lambda results: results["gatewayd"]["p50_us"])])
    yield ("silent", lambda: {"alone": lambda: bench.worker("count", bench.daemon(bench.gateway("flood"))),
                              "beside": bench.count_beside_a_silent_one},
           [Figure("events beside a worker that never acks ÷ alone", "", 0.8, ratio("beside", "alone", "per_second"),
                   at_least=True)])
    echo = lambda above, below: ratio(above, below, "per_second")
    yield ("echo embedded", lambda: bench.echoes(bench.embedded(2)),
           [Figure("echo, embedded Gateways: gatewayd + C++ ÷ direct C++", "", 0.8, echo("gatewayd, C++", "direct C++"),
                   at_least=True),
            Figure("… messages a second", "", None, lambda results: results["gatewayd, C++"]["per_second"]),
            Figure("… with fresh sessions, one event of a client at a time ÷ direct C++", "", None,
                   echo("gatewayd, C++, fresh sessions", "direct C++"))])
    if bench.processes.dialect == "php" and not why_no_php():
        yield ("echo php", bench.php_echoes,
               [Figure("echo, PHP Gateways: gatewayd + C++ ÷ direct C++", "", 0.8, echo("gatewayd, C++", "direct C++"),
                       at_least=True),
                Figure("… gatewayd + C++ ÷ PHP BusinessWorker", "", 1.5, echo("gatewayd, C++", "PHP BusinessWorker"),
                       at_least=True),
                Figure("… with fresh sessions ÷ PHP BusinessWorker", "", None,
                      echo("gatewayd, C++, fresh sessions", "PHP BusinessWorker")),
               Figure("… the Gateways' ceiling: direct C++ ÷ PHP BusinessWorker", "", None,
                       echo("direct C++", "PHP BusinessWorker"))] +
               ([] if why_no_python() else [
                   Figure("… gatewayd + Python ÷ PHP BusinessWorker", "", 0.6,
                          echo("gatewayd, Python", "PHP BusinessWorker"), at_least=True)]))
    yield ("many clients", lambda: {"many": bench.many},
           [Figure("10,000 clients, 1,000 messages a second: p50", "µs", None,
                   lambda results: results["many"]["p50_us"]),
            Figure("… p99", "µs", None, lambda results: results["many"]["p99_us"]),
            Figure("… resident memory of the daemon", "MB", None, lambda results: results["many"]["daemon_mb"])])


def kill_rows(processes, seconds):
    """The test by kill -9: once, however busy the machine is. Returns rows, and what stands behind them."""
    result = Kills(processes).run(seconds)
    names = {"lost": "killed every second at 10,000 events/s: lost", "out_of_order": "… out of order",
             "unmarked": "… duplicates without the mark"}
    rows = [{"name": name, "target": "≤ 0", "median": result[key], "min": result[key], "max": result[key],
             "met": result[key] == 0, "kept": 1, "dropped": 0} for key, name in names.items()]
    return rows, {"group": "kills", "kept": [{"kills": result}], "foreign": [], "dropped": []}


def missing(dialect):
    """What cannot be measured here, and why."""
    no_php = why_no_php() if dialect == "php" else "its Gateways speak the php dialect"
    return [f"NOT MEASURED: {what}: {why}" for what, why in
            (("PHP", no_php), ("a Python worker", why_no_python())) if why]
