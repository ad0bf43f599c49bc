#!/usr/bin/env python3
"""Benchmarks of gatewayd beside a raw gRPC server, in one run: what ./dev bench calls.

Rows are measured in rounds; in each round the raw server and the daemon take turns in random order, and the ratio is
taken within the round, because these machines drift. Everything runs on loopback, bounded in time. Prints a table and
writes JSON (--json).
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROWS = ["SendToClient", "IsOnline", "GetAllClientCount", "Execute"]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Cluster:
    """The processes of one run; everything it starts, it ends."""

    def __init__(self, build, folder, gateways):
        self.processes = []
        self.build = build
        self.raw_unix = f"unix:{folder}/raw.sock"
        self.daemon_unix = f"unix:{folder}/gatewayd.sock"
        gateway = self.start([build / "bench_null_gateway", str(gateways)])
        register = self.line(gateway, "register ").split()[1]
        self.client_id = self.line(gateway, "client_id ").split()[1]
        raw = self.start([build / "bench_raw_server", "127.0.0.1:0", self.raw_unix])
        self.raw_tcp = "127.0.0.1:" + self.line(raw, "listening on 127.0.0.1:0").split()[-1]
        started = time.monotonic()
        daemon = self.start([build / "gatewayd", f"--register={register}", f"--listen=127.0.0.1:0,{self.daemon_unix}"])
        self.daemon_tcp = self.line(daemon, "gatewayd is listening on 127.0.0.1").split()[-1]
        subprocess.run([build / "gatewayd", "--wait", f"--address={self.daemon_tcp}"], check=True,
                       stdout=subprocess.DEVNULL)
        self.start_ms = (time.monotonic() - started) * 1000
        self.pids = {"raw": raw.pid, "gatewayd": daemon.pid}

    def start(self, command):
        process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        return process

    @staticmethod
    def line(process, prefix):
        for line in process.stdout:
            if line.startswith(prefix):
                return line.strip()
        raise RuntimeError(f"{process.args[0]} ended without saying '{prefix}…'")

    def target(self, who, transport):
        return {("raw", "tcp"): self.raw_tcp, ("raw", "unix"): self.raw_unix,
                ("gatewayd", "tcp"): self.daemon_tcp, ("gatewayd", "unix"): self.daemon_unix}[who, transport]

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(timeout=30)


def measure(cluster, who, method, in_flight, transport, seconds):
    before = cpu_seconds(cluster.pids[who])
    out = subprocess.run(
        [str(cluster.build / "bench_load"), f"--target={cluster.target(who, transport)}", f"--method={method}",
         f"--in_flight={in_flight}", f"--duration={seconds}s", f"--client_id={cluster.client_id}"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    result = json.loads(out)
    result["server_cpu_ms_per_1000"] = (cpu_seconds(cluster.pids[who]) - before) * 1e6 / max(result["calls"], 1)
    return result


def run_row(cluster, method, in_flight, transport, rounds, seconds):
    results = {"raw": [], "gatewayd": []}
    for _ in range(rounds):
        for who in random.sample(["raw", "gatewayd"], 2):
            results[who].append(measure(cluster, who, method, in_flight, transport, seconds))
    median = {who: {key: statistics.median(r[key] for r in rows)
                    for key in ("calls_per_second", "p50_us", "p99_us", "server_cpu_ms_per_1000")}
              for who, rows in results.items()}
    ratios = [d["calls_per_second"] / r["calls_per_second"] for d, r in zip(results["gatewayd"], results["raw"])]
    added = [d["p50_us"] - r["p50_us"] for d, r in zip(results["gatewayd"], results["raw"])]
    return {"method": method, "in_flight": in_flight, "transport": transport, "median": median,
            "ratio_median": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios),
            "added_p50_us_median": statistics.median(added), "rounds": results}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--gateways", type=int, default=3)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--json", type=pathlib.Path, default=pathlib.Path("build/bench.json"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(args.build.resolve(), folder, args.gateways)
        rows = []
        try:
            idle_mb = memory_mb(cluster.pids["gatewayd"])
            print(f"{'':19}{'':5}{'':5}{'raw':>9} {'gatewayd':>9} {'ratio (min–max)':>20} {'p50 µs':>15} "
                  f"{'p99 µs':>15} {'CPU ms/1000':>13}")
            for method in args.rows.split(","):
                for transport in ("tcp", "unix"):
                    for in_flight in (1, 64):
                        row = run_row(cluster, method, in_flight, transport, args.rounds, args.seconds)
                        rows.append(row)
                        raw, ours = row["median"]["raw"], row["median"]["gatewayd"]
                        print(f"{method:19}{transport:5}{in_flight:<5}{raw['calls_per_second']:9.0f} "
                              f"{ours['calls_per_second']:9.0f} {row['ratio_median']:7.2f} "
                              f"({row['ratio_min']:.2f}–{row['ratio_max']:.2f}) "
                              f"{raw['p50_us']:7.0f} {ours['p50_us']:7.0f} {raw['p99_us']:7.0f} {ours['p99_us']:7.0f} "
                              f"{raw['server_cpu_ms_per_1000']:6.1f} {ours['server_cpu_ms_per_1000']:6.1f}", flush=True)
            summary = {"gateways": args.gateways, "rounds": args.rounds, "seconds": args.seconds,
                       "start_to_serving_ms": cluster.start_ms, "idle_memory_mb": idle_mb,
                       "loaded_memory_mb": memory_mb(cluster.pids["gatewayd"]), "rows": rows}
            print(f"exec to SERVING, a --wait process included: {cluster.start_ms:.0f} ms; resident memory: "
                  f"{idle_mb:.0f} MB idle, {summary['loaded_memory_mb']:.0f} MB after the load")
            args.json.write_text(json.dumps(summary, indent=1))
            print(f"each figure: median of {args.rounds} rounds of {args.seconds:g} s; raw and gatewayd alternate in "
                  f"random order; details in {args.json}")
        finally:
            cluster.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
