"""What a process, and everybody else, has taken of this machine."""

import os
import pathlib
import platform
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of a process, of all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid, which="VmRSS"):
    """VmRSS: resident now; VmHWM: the most that it ever was."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(which + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def describe():
    """The machine, without its name."""
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return f"{os.cpu_count()} cores ({model}), {memory} GB, Linux {platform.release()}"


def family_seconds(pid):
    """The same of a process and of its children that have ended; 0 where there is none any more."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS


class ForeignCpu:
    """How many cores others took since it was made. `pids` are our children that still run; those that have ended
    count as ours too.

    The larger of two measures, each of which misses something: all that was busy, steal too, less what is ours
    (/proc/stat samples, and so misses much of what sleeps and wakes often); the processes that are not ours one by
    one (which misses steal and interrupts)."""

    def __init__(self, pids):
        self.ours = [*pids, os.getpid()]
        self.before = self.read()

    @staticmethod
    def busy():
        fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in fields[:8])
        return (user + nice + system + irq + softirq + steal) / TICKS

    def read(self):
        ours = sum(family_seconds(pid) for pid in self.ours)
        everybody = sum(family_seconds(pid) for pid in os.listdir("/proc") if pid.isdigit())
        return time.monotonic(), self.busy() - ours, everybody - ours

    def cores(self):
        now = self.read()
        started, *before = self.before
        return max(after - earlier for after, earlier in zip(now[1:], before)) / max(now[0] - started, 0.001)
