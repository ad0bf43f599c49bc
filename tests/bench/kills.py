"""Workers killed by kill -9 under a steady stream of events: is one lost, out of order, or twice without its mark?"""

import pathlib
import struct
import time

from cluster import Daemon, EventGateway, line

RATE, CLIENTS = 10_000, 1_000
LINE = struct.Struct("<IIQ")  # client, attempt, number: what bench_worker --mode=journal writes
PATIENCE = 15                 # seconds for the rest to arrive


def judge(lines, expected):
    """`lines`: (client, attempt, number) in the order in which they were worked on; `expected`: how many events of
    how many clients there were, each client's numbered from 1."""
    last, most = {}, {}  # by client: worked on last, and the highest of all
    seen = set()
    result = {"lost": 0, "out_of_order": 0, "unmarked": 0, "again": 0}
    for client, attempt, number in lines:
        before = last.get(client, 0)
        again = number <= most.get(client, 0)
        if again:
            result["again"] += 1
            result["unmarked"] += attempt == 1
        # A worker that took over goes back to what was not acknowledged, marked; from there on one by one.
        result["out_of_order"] += number != before + 1 and not (again and attempt > 1 and number <= before)
        last[client] = number
        most[client] = max(most.get(client, 0), number)
        seen.add((client, number))
    result["lost"] = expected - len(seen)
    return result


class Kills:
    """Two workers; every second one of them is killed and another one started."""

    def __init__(self, processes):
        self.processes = processes
        self.journal = pathlib.Path(processes.folder) / "journal"

    def run(self, seconds):
        self.journal.write_bytes(b"")
        events = RATE * seconds
        gateway = EventGateway(self.processes, "--mode=rate", f"--rate={RATE}", f"--events={events}",
                               f"--clients={CLIENTS}")
        daemon = Daemon(self.processes, gateway.register)
        workers = [self.start(daemon), self.start(daemon)]
        kills = 0
        for _ in range(seconds):
            time.sleep(1)
            self.processes.kill(workers.pop(0))
            kills += 1
            workers.append(self.start(daemon))
        line(gateway.process, "sent ")
        self.wait(events)
        for process in [*workers, daemon.process, gateway.process]:
            self.processes.end(process)
        return judge(LINE.iter_unpack(self.journal.read_bytes()), events) | {"events": events, "kills": kills}

    def start(self, daemon):
        return self.processes.start_worker("bench_worker", "--mode=journal", f"--target={daemon.tcp}",
                                           f"--journal={self.journal}")

    def wait(self, events):
        """Until all are there, or nothing comes any more."""
        size, since = 0, time.monotonic()
        while size < events * LINE.size and time.monotonic() - since < PATIENCE:
            time.sleep(0.1)
            now = self.journal.stat().st_size
            if now != size:
                size, since = now, time.monotonic()
        time.sleep(0.5)  # those that come twice
