"""The host's numbers from /proc, by the standard library alone."""

import os
import time
from typing import Dict, NamedTuple, Optional, Tuple

_TICKS = float(os.sysconf("SC_CLK_TCK"))


class Cpu(NamedTuple):
    """Processor time since boot, in seconds."""

    busy: float
    total: float


class Moment(NamedTuple):
    """What rates are held against.

    Attributes:
        at: when the network was read, by the monotonic clock.
        cpu: the processors' times.
        own: how much of them this process had taken by then, seconds.
        network: bytes sent and received.
    """

    at: float
    cpu: Optional[Cpu]
    own: float
    network: Optional[Tuple[int, int]]


def moment(earlier: str = "") -> Moment:
    """The readings of this moment; None where there is no /proc to take them from.

    Args:
        earlier: the first line of /proc/stat as it was when this process was a shell that had done nothing yet.
    """
    at = time.monotonic()
    try:
        if earlier.startswith("cpu "):
            return Moment(at, _times(earlier), 0.0, network())
        return Moment(at, cpu(), time.process_time(), network())
    except (OSError, ValueError, LookupError):
        return Moment(at, None, 0.0, None)


def cpu() -> Cpu:
    """Time of all processors together. Waiting for a disk counts as idle, as it does in top."""
    with open("/proc/stat") as file:
        return _times(file.readline())


def _times(line: str) -> Cpu:
    fields = [int(field) for field in line.split()[1:9]]
    idle = fields[3] + fields[4]
    return Cpu((sum(fields) - idle) / _TICKS, sum(fields) / _TICKS)


def memory() -> Tuple[Dict[str, Optional[int]], Dict[str, Optional[int]]]:
    """Used and total bytes of memory and of swap. Used means: not available to a program that starts now."""
    values: Dict[bytes, int] = {}
    with open("/proc/meminfo", "rb") as file:
        for line in file:
            name, _, rest = line.partition(b":")
            values[name] = int(rest.split()[0]) * 1024
    total = values[b"MemTotal"]
    # Kernels before 3.14 do not say what is available.
    free = values.get(b"MemAvailable")
    if free is None:
        free = values[b"MemFree"] + values.get(b"Buffers", 0) + values.get(b"Cached", 0)
    swap = values.get(b"SwapTotal", 0)
    return {"used": total - free, "total": total}, {"used": swap - values.get(b"SwapFree", 0), "total": swap}


def network() -> Tuple[int, int]:
    """Bytes sent and received since boot over all interfaces but the loopback."""
    sent = received = 0
    with open("/proc/net/dev", "rb") as file:
        for line in file.readlines()[2:]:
            name, _, rest = line.partition(b":")
            if name.strip() != b"lo":
                fields = rest.split()
                received += int(fields[0])
                sent += int(fields[8])
    return sent, received
