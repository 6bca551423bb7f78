"""What /proc says of the processes of this host."""

import os
import time
from typing import Dict, Iterator, List, NamedTuple, Optional

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

#: The clock that the start of a process is told by; Python 3.6 has no name for it.
_BOOT_CLOCK = 7


class Stat(NamedTuple):
    """One process as /proc/PID/stat shows it. `start` is in ticks since boot, `rss` bytes, `cpu` seconds."""

    pid: int
    command: str
    state: str
    parent: int
    group: int
    session: int
    start: int
    cpu: float
    rss: int

    @property
    def dead(self) -> bool:
        """Whether it runs no more: a zombie only waits to be counted."""
        return self.state in "ZXx"

    @property
    def stopped(self) -> bool:
        """Whether it stands still, by a signal or under a tracer."""
        return self.state in "Tt"


def stat(pid: int) -> Optional[Stat]:
    """What is known of a process; None where there is none."""
    data = _read(pid, "stat")
    if data is None:
        return None
    # The name stands in parentheses and may hold any byte, parentheses too.
    opening, closing = data.find(b"("), data.rfind(b")")
    fields = data[closing + 2 :].split()
    if opening < 0 or len(fields) < 22:
        return None
    return Stat(
        pid,
        data[opening + 1 : closing].decode("utf-8", "replace"),
        fields[0].decode("ascii", "replace"),
        int(fields[1]),
        int(fields[2]),
        int(fields[3]),
        int(fields[19]),
        (int(fields[11]) + int(fields[12])) / TICKS,
        int(fields[21]) * PAGE,
    )


def waited(pid: int) -> float:
    """How long a process's first thread has waited for a processor that others had, seconds; 0.0 where unknown."""
    fields = (_read(pid, "schedstat") or b"").split()
    return int(fields[1]) / 1e9 if len(fields) == 3 else 0.0


def children(pid: int) -> Optional[List[int]]:
    """The children of a process, none where it is gone; None where this kernel does not tell them."""
    found: List[int] = []
    try:
        for thread in os.listdir("/proc/{}/task".format(pid)):
            data = _read(pid, "task/{}/children".format(thread))
            if data is None and os.path.exists("/proc/{}/task/{}".format(pid, thread)):
                return None
            found += [int(child) for child in (data or b"").split()]
    except OSError:
        return []
    return found


def pids() -> Iterator[int]:
    """All processes that this one can see."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            yield int(name)


def snapshot() -> Dict[int, Stat]:
    """All processes of this host, by pid."""
    found = {}
    for pid in pids():
        known = stat(pid)
        if known is not None:
            found[pid] = known
    return found


def owner(pid: int) -> Optional[int]:
    """The user that a process belongs to; None where it is gone."""
    try:
        return os.stat("/proc/{}".format(pid)).st_uid
    except OSError:
        return None


def environment(pid: int) -> List[bytes]:
    """The variables a process was started with, as NAME=value; empty where they cannot be read."""
    data = _read(pid, "environ")
    return data.split(b"\0") if data else []


def command_line(pid: int) -> List[str]:
    """The arguments a process was started with; empty for zombies and processes of the kernel."""
    data = _read(pid, "cmdline")
    return [part.decode("utf-8", "replace") for part in data.rstrip(b"\0").split(b"\0")] if data else []


def catches(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal."""
    for line in (_read(pid, "status") or b"").splitlines():
        if line.startswith(b"SigCgt:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def uptime() -> float:
    """Seconds since this host was started, its sleep included: the clock that `Stat.start` is told by."""
    return time.clock_gettime(_BOOT_CLOCK)


def boot_time() -> float:
    """When this host was started, seconds since the epoch."""
    with open("/proc/stat", "rb") as file:
        for line in file:
            if line.startswith(b"btime "):
                return float(line.split()[1])
    return 0.0


def _read(pid: int, name: str) -> Optional[bytes]:
    try:
        fd = os.open("/proc/{}/{}".format(pid, name), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        parts: List[bytes] = []
        while True:
            part = os.read(fd, 65536)
            if not part:
                return b"".join(parts)
            parts.append(part)
    except OSError:  # gone between open and read, or another user's
        return None
    finally:
        os.close(fd)
