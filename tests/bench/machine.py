"""What a process, and everybody else, has taken of this machine."""

import os
import pathlib
import platform
import resource
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


class ForeignCpu:
    """How many cores others took since it was made: all that was busy, steal too, less ourselves and our children.

    `pids` are the children that still run; those that have ended are known to the kernel as ours."""

    def __init__(self, pids):
        self.pids = pids
        self.before = time.monotonic(), self.busy(), self.own()

    @staticmethod
    def busy():
        fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in fields[:8])
        return (user + nice + system + irq + softirq + steal) / TICKS

    def own(self):
        used = sum(cpu_seconds(pid) for pid in self.pids)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            usage = resource.getrusage(who)
            used += usage.ru_utime + usage.ru_stime
        return used

    def cores(self):
        started, busy, own = self.before
        return (self.busy() - busy - self.own() + own) / max(time.monotonic() - started, 0.001)
