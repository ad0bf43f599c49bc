"""The client packages: an echo through each language's worker, and calls of each language's client: issue 8's figures.

What a language runs is its own `dev.sh bench`; client_stubs/README.md says how that is called."""

import pathlib
import subprocess

from cluster import Daemon, NullGateways, descendants
from events import EventBench
from figures import Figure, ratio
from machine import cpu_seconds

STUBS = pathlib.Path(__file__).resolve().parents[2] / "client_stubs"
ECHO_TARGETS = {"python": 0.4, "go": 0.7, "java": 0.7, "rust": 0.7, "node": 0.7}  # of the C++ worker

# A worker lives for days and is measured for a second. One that is compiled while it runs is measured once it is: when
# a span of load costs it nearly as much CPU a message as the span before did.
COMPILED_AT_RUN_TIME = ("java",)
WARM_UP_SECONDS, WARM_UP_SPANS, WARM = 2, 12, 0.9


def languages():
    return sorted(path.parent.name for path in STUBS.glob("*/dev.sh"))


def why_not(language):
    done = subprocess.run([STUBS / language / "dev.sh", "why_not"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip()


class StubsBench:
    def __init__(self, processes, seconds):
        self.processes = processes
        self.seconds = seconds
        self.events = EventBench(processes, seconds)
        self.languages = [language for language in languages() if not why_not(language)]

    def missing(self):
        return [f"NOT MEASURED: {language}: {why_not(language)}" for language in languages()
                if language not in self.languages]

    def start(self, gateways, language, target):
        worker = self.processes.start_worker(STUBS / language / "dev.sh", "bench", "echo", target)
        if language in COMPILED_AT_RUN_TIME:
            self.warm_up(gateways, worker)
        return worker

    def warm_up(self, gateways, worker):
        used = lambda: sum(cpu_seconds(pid) for pid in descendants(worker.pid))
        cost = float("inf")
        for _ in range(WARM_UP_SPANS):
            before, begun = cost, used()
            _, messages = self.events.clients(gateways, WARM_UP_SECONDS)
            cost = (used() - begun) / messages
            if cost >= WARM * before:
                return

    def echoes(self):
        """By language, beside the C++ worker of tests/bench and the ceiling: one that speaks the Gateways' protocol."""
        gateways = self.events.embedded(2)
        daemon = self.events.daemon(gateways)
        end = self.processes.end
        through = lambda start: lambda: self.events.echo(gateways, start, end, daemon)
        measures = {language: through(lambda language=language: self.start(gateways, language, daemon.tcp))
                    for language in self.languages}
        # With fresh sessions, as the packages take them by default: one event of a client at a time.
        measures["C++"] = through(
            lambda: self.processes.start_worker("bench_worker", f"--target={daemon.tcp}", "--sessions"))
        measures["direct C++"] = lambda: self.events.echo(
            gateways, lambda: self.processes.start_worker(*self.events.direct(gateways)), end)
        return measures

    def calls(self):
        """SendToClient with 64 in flight, or what a language makes of that."""
        gateways = self.events.once("null", lambda: NullGateways(self.processes, 1))
        daemon = self.events.once("null daemon", lambda: Daemon(self.processes, gateways.register))
        run = self.processes.run
        measures = {language: lambda program=STUBS / language / "dev.sh": run(
            program, "bench", "calls", daemon.tcp, gateways.client_id, self.seconds) for language in self.languages}
        measures["C++"] = lambda: run("bench_load", f"--target={daemon.tcp}", f"--client_id={gateways.client_id}",
                                      f"--duration={self.seconds}s")
        return measures

    def groups(self):
        """(name, measures of one round, figures of it)."""
        rate = lambda name, key="per_second": lambda results: results[name][key]
        yield ("stubs echo", self.echoes,
               [Figure(f"echo through the {language} package's worker ÷ C++ worker", "", ECHO_TARGETS.get(language),
                       ratio(language, "C++", "per_second"), at_least=True) for language in self.languages] +
               [Figure(f"… {name}, messages a second", "", None, rate(name)) for name in [*self.languages, "C++"]] +
               [Figure("… the Gateways' ceiling: direct C++ ÷ C++ worker", "", None,
                       ratio("direct C++", "C++", "per_second"))])
        yield ("stubs calls", self.calls,
               [Figure(f"SendToClient, 64 in flight, {language} a second", "", None, rate(language))
                for language in self.languages] +
               [Figure("… bench_load (C++)", "", None, rate("C++", "calls_per_second"))])
