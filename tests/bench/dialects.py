"""What a command costs the daemon in go beside php, in the same rounds, and what `openssl speed` says that the
encryption of such a packet takes."""

import pathlib
import subprocess

from cluster import Daemon, NullGateways, Processes
from figures import Figure, load

BATCH = 100
PACKET = 144  # bytes that are encrypted of a command of 100: head, body and padding


class DialectsBench:
    """A Gateway that drops what it gets, and a daemon, of each dialect."""

    def __init__(self, processes, seconds):
        self.processes = processes
        self.seconds = seconds
        self.sides = {}
        for dialect in ("php", "go"):
            folder = pathlib.Path(processes.folder) / dialect
            folder.mkdir()
            own = Processes(processes.build, folder, dialect)
            processes.others.append(own)
            gateways = NullGateways(own, 1)
            self.sides[dialect] = (gateways, Daemon(own, gateways.register))

    def execute(self, dialect):
        gateways, daemon = self.sides[dialect]
        result = load(self.processes, daemon, gateways.client_id, self.seconds, "Execute", 64, "tcp")
        return result | {"cpu_us_per_command": result["cpu_ms_per_1000"] / BATCH}

    def encryption(self):
        speed = subprocess.run(
            ["openssl", "speed", "-mr", "-seconds", "1", "-bytes", str(PACKET), "-evp", "aes-256-cbc"],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        return {"us_per_packet": PACKET / float(speed.split(":")[-1]) * 1e6}

    def groups(self):
        def added(results):
            return results["go"]["cpu_us_per_command"] - results["php"]["cpu_us_per_command"]

        yield ("Execute", {"php": lambda: self.execute("php"), "go": lambda: self.execute("go"),
                           "openssl speed": self.encryption},
               [Figure("(go − php, CPU of a command) ÷ encryption alone", "", 1.5,
                       lambda results: added(results) / results["openssl speed"]["us_per_packet"]),
                Figure("… go − php", "µs", None, added),
                Figure("… php", "µs", None, lambda results: results["php"]["cpu_us_per_command"]),
                Figure("… encryption alone", "µs", None, lambda results: results["openssl speed"]["us_per_packet"])])
