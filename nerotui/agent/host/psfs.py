"""The host's numbers by psutil, where the bundle's psutil fits this host. The same face as `procfs`."""

from typing import Any, Dict, Optional, Tuple

import psutil

from nerotui.agent.host import procfs
from nerotui.agent.host.procfs import Cpu

Use = Dict[str, Optional[int]]


def cpu() -> Cpu:
    """Time of all processors together; `user` and `nice` hold the guests' time already."""
    times: Any = psutil.cpu_times()
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    idle = times.idle + getattr(times, "iowait", 0.0)
    return Cpu(total - idle, total)


def memory() -> Tuple[Use, Use]:
    """Used and total bytes of memory and of swap; the latter from /proc, for psutil reads all of vmstat beside it."""
    main = psutil.virtual_memory()
    return {"used": main.total - main.available, "total": main.total}, procfs.memory()[1]


def network() -> Tuple[int, int]:
    """Bytes sent and received since boot over all interfaces but the loopback."""
    sent = received = 0
    for name, counters in psutil.net_io_counters(pernic=True).items():
        if name != "lo":
            sent += counters.bytes_sent
            received += counters.bytes_recv
    return sent, received
