"""The daemon against 1 to 256 embedded Gateways in one process: the figures of docs/scale.md."""

import statistics
import subprocess
import time

from cluster import Daemon, line
from machine import cpu_seconds, memory_mb


class Fleet:
    """N Gateways and a daemon that is linked to all of them."""

    def __init__(self, processes, count, seconds):
        self.processes = processes
        self.count = count
        self.seconds = seconds
        self.gateways = processes.start_speaker("bench_embedded_gateways", count, stdin=subprocess.PIPE)
        self.daemon = Daemon(processes, line(self.gateways, "register "))
        time.sleep(0.2)
        self.idle_mb = memory_mb(self.daemon.pid)

    def load(self, method, in_flight):
        before = cpu_seconds(self.daemon.pid)
        result = self.processes.run("bench_load", f"--target={self.daemon.unix}", f"--method={method}",
                                    f"--in_flight={in_flight}", f"--duration={self.seconds}s")
        calls = result["calls"] * (1 + 0.3 / self.seconds)
        result["cpu_us_per_call"] = (cpu_seconds(self.daemon.pid) - before) * 1e6 / max(calls, 1)
        return result

    def change(self, what):
        """All Gateways end at once and start anew; until the daemon is linked to all of them again."""
        probe = self.processes.start("bench_probe", "linked", self.daemon.unix, self.count)
        line(probe, "probing")
        before, started = cpu_seconds(self.daemon.pid), time.monotonic()
        self.gateways.stdin.write(what + "\n")
        self.gateways.stdin.flush()
        line(self.gateways, "done")
        done = time.monotonic()
        linked = float(line(probe, ""))
        self.processes.end(probe)
        return {"restart_ms": (done - started) * 1000, "linked_after_ms": (linked - done) * 1000,
                "cpu_ms": (cpu_seconds(self.daemon.pid) - before) * 1000}

    def close(self):
        self.processes.end(self.daemon.process)
        self.gateways.stdin.close()
        self.processes.end(self.gateways)


def median(rounds, name, key):
    return statistics.median(results[name][key] for results in rounds.kept) if rounds.kept else float("nan")


def measure(processes, counts, quiet, wanted, seconds):
    print(f"{'Gateways':>8} {'SendToAll/s':>12} {'frames/s':>10} {'µs CPU':>8} {'p50 µs':>8} {'Count p50 µs':>12} "
          f"{'idle MB':>8} | {'restart: linked':>16} {'CPU ms':>7} | {'replace: linked':>16} {'CPU ms':>7} | "
          f"{'peak MB':>8}")
    all_details = []
    for count in counts:
        fleet = Fleet(processes, count, seconds)
        rounds = quiet.run(
            {"send": lambda: fleet.load("SendToAll", 64), "send_one": lambda: fleet.load("SendToAll", 1),
             "count": lambda: fleet.load("GetAllClientCount", 1), "restart": lambda: fleet.change("restart"),
             "replace": lambda: fleet.change("replace")}, wanted)
        peak_mb = memory_mb(fleet.daemon.pid, "VmHWM")
        sends = median(rounds, "send", "calls_per_second")
        print(f"{count:>8} {sends:>12.0f} {sends * count:>10.0f} {median(rounds, 'send', 'cpu_us_per_call'):>8.0f} "
              f"{median(rounds, 'send_one', 'p50_us'):>8.0f} {median(rounds, 'count', 'p50_us'):>12.0f} "
              f"{fleet.idle_mb:>8.1f} | "
              f"{median(rounds, 'restart', 'linked_after_ms'):>13.0f} ms {median(rounds, 'restart', 'cpu_ms'):>7.0f} | "
              f"{median(rounds, 'replace', 'linked_after_ms'):>13.0f} ms {median(rounds, 'replace', 'cpu_ms'):>7.0f} | "
              f"{peak_mb:>8.1f}  {len(rounds.kept)} rounds, {len(rounds.dropped)} dropped", flush=True)
        all_details.append({"gateways": count, "idle_mb": fleet.idle_mb, "peak_mb": peak_mb, "kept": rounds.kept,
                            "foreign": rounds.foreign, "dropped": rounds.dropped})
        fleet.close()
    return all_details
