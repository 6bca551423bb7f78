"""Samples of the host: processors, memory, disks, network and GPUs, each group naming where it came from."""

import os
import time
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.host import gpus, procfs
from nerotui.agent.host.disks import Disks

#: How long after the agent's start the very first reading of the processors ends at the soonest, seconds. It began in
#: the shell before; a shorter one counts too few ticks of 10 ms, and a longer one is waited for.
FIRST_WINDOW = 0.04
#: How long a file system and the GPU driver may take, seconds.
DISKS_DEADLINE = 1.0
GPUS_DEADLINE = 2.0

Stats = Dict[str, Any]


class Sampler:
    """Takes samples; rates are over the time since the one before, the first one's since `began`.

    Attributes:
        folders: whose disks are sampled beside those of /, the home and /tmp.
        holders: which run holds which GPU.
    """

    def __init__(
        self,
        folders: Sequence[str] = (),
        holders: Callable[[], Dict[int, str]] = dict,
        began: Optional[procfs.Moment] = None,
    ) -> None:
        self.folders: List[str] = list(folders)
        self.holders = holders
        self._host: Any = None
        self._disks = Disks()
        self._gpus = gpus.HOST
        self._first = True
        self._before = began or procfs.moment()
        self._started = self._before.at

    def sample(self) -> Stats:
        """One sample, shaped like records.Stats; what could not be read is None and its reason is in `errors`."""
        source: Dict[str, str] = {}
        errors: Dict[str, str] = {}
        if self._host is None:
            self._host, self._name = _host()

        def read(group: str, reader: Callable[[], Any], otherwise: Any = None) -> Any:
            try:
                value = reader()
            except Exception as error:  # psutil raises what it likes, and one group must not cost the others
                errors[group] = str(error) or type(error).__name__
                return otherwise
            source[group] = self._name
            return value

        memory, swap = read("memory", self._host.memory, (None, None))
        disks = self._disks.sample(["/", os.path.expanduser("~"), "/tmp"] + self.folders, DISKS_DEADLINE)
        if self._disks.error:
            errors["disks"] = self._disks.error
        found = self._gpus.sample(GPUS_DEADLINE)
        if found and self._gpus.source:
            source["gpus"] = self._gpus.source
        holders = self.holders() if found else {}
        for gpu in found:
            gpu["held_by"] = holders.get(gpu["index"])
        if self._gpus.error:
            errors["gpus"] = self._gpus.error
        if self._first:
            # All the reading above lies inside the window, so that it costs next to nothing.
            time.sleep(max(0.0, self._started + FIRST_WINDOW - time.monotonic()))
            self._first = False
        cpu_percent = read("cpu", self._percent)
        sent, received = read("network", self._rates, (None, None))
        source["disks"] = "statvfs"
        return {
            "time": time.time(),
            "cpu_percent": cpu_percent,
            "cores": os.cpu_count(),
            "load": read("load", lambda: list(os.getloadavg())),
            "memory": memory,
            "swap": swap,
            "disks": disks,
            "net_sent": sent,
            "net_received": received,
            "gpus": found,
            "source": source,
            "errors": errors,
        }

    def _percent(self) -> Optional[float]:
        """How busy the processors were; what it cost to look is not the host's load, and much of a short window."""
        then, now, own = self._before, self._host.cpu(), time.process_time()
        self._before = then._replace(cpu=now, own=own)
        if then.cpu is None or now.total <= then.cpu.total:
            return None
        busy: float = max(0.0, now.busy - then.cpu.busy - (own - then.own)) / (now.total - then.cpu.total)
        return round(100.0 * min(1.0, busy), 1)

    def _rates(self) -> Tuple[Optional[float], Optional[float]]:
        before, at = self._before, time.monotonic()
        now: Tuple[int, int] = self._host.network()
        self._before = before._replace(at=at, network=now)
        if before.network is None or at <= before.at:
            return None, None
        span = at - before.at
        return max(0.0, (now[0] - before.network[0]) / span), max(0.0, (now[1] - before.network[1]) / span)


def _host() -> Tuple[Any, str]:
    """Where this host's numbers come from: psutil where it can be loaded, else /proc."""
    try:
        from nerotui.agent.host import psfs
    except Exception:  # an extension for another platform fails in more ways than ImportError
        return procfs, "/proc"
    return psfs, "psutil"
