"""What the kernel knows of a process: CPU time and memory, from /proc."""

import os
from collections import defaultdict
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_NS_PER_S = 1e9


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process, those that have ended too."""
    # The name in parentheses may hold blanks; proc(5) counts the fields from 1.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def thread_seconds(pid: int) -> dict[str, float]:
    """CPU time of the threads that a process has now, by name; threads of one name add up."""
    times: defaultdict[str, float] = defaultdict(float)
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = "main" if task.name == str(pid) else (task / "comm").read_text().strip()
        times[name] += int((task / "schedstat").read_text().split()[0]) / _NS_PER_S
    return times


def resident_kib(pid: int) -> int:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)


def children(pid: int) -> list[int]:
    """The child processes of a process's main thread."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def udp_ports(pid: int) -> set[int]:
    """The UDP ports that a process has bound."""
    inodes = {
        os.readlink(descriptor)[8:-1]
        for descriptor in Path(f"/proc/{pid}/fd").iterdir()
        if os.readlink(descriptor).startswith("socket:[")
    }
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return {int(row[1].partition(":")[2], 16) for row in rows if row[9] in inodes}


def machine() -> str:
    """The kind of machine, for the notes beside figures."""
    cpu = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    return f"{os.cpu_count()} x {cpu}, Linux {os.uname().release}"
