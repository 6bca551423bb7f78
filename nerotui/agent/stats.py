"""Samples of the host: processors, memory, disks, network and GPUs, each group naming where it came from."""

import os
import time
from typing import Any, Callable, Dict, List, Optional, Sequence

from nerotui.agent import procfs

#: The window of the very first reading of the processors, which has no earlier one to be held against.
FIRST_WINDOW = 0.1

Stats = Dict[str, Any]


class Sampler:
    """Takes samples; rates are over the time since the one before."""

    def __init__(self, folders: Sequence[str]) -> None:
        """Samples also the disks that hold `folders`."""
        self._folders = list(folders)
        self._cpu: Optional[procfs.Cpu] = None
        self._net: Optional[Any] = None

    def sample(self) -> Stats:
        """One sample, {} shaped as records.Stats; what could not be read is None and its reason is in `errors`."""
        source: Dict[str, str] = {}
        errors: Dict[str, str] = {}
        first = self._cpu is None
        started = time.monotonic()

        def read(group: str, where: str, reader: Callable[[], Any]) -> Any:
            try:
                value = reader()
            except (OSError, ValueError, LookupError) as error:
                errors[group] = str(error)
                return None
            source[group] = where
            return value

        if first:
            self._cpu = read("cpu", "proc", procfs.cpu)
        memory = read("memory", "proc", procfs.memory) or (None, None)
        load = read("load", "proc", procfs.load)
        disks = read("disks", "statvfs", self._disks) or []
        if first:
            time.sleep(max(0.0, started + FIRST_WINDOW - time.monotonic()))
        return {
            "time": time.time(),
            "cpu_percent": read("cpu", "proc", self._percent),
            "cores": os.cpu_count(),
            "load": load,
            "memory": memory[0],
            "swap": memory[1],
            "disks": disks,
            "net_sent": None,
            "net_received": None,
            "gpus": [],
            "source": source,
            "errors": errors,
        }

    def _percent(self) -> Optional[float]:
        before, now = self._cpu, procfs.cpu()
        self._cpu = now
        if before is None or now.total <= before.total:
            return None
        return round(100.0 * max(0.0, now.busy - before.busy) / (now.total - before.total), 1)

    def _disks(self) -> List[Dict[str, Any]]:
        found = []
        seen = set()
        for path in ["/", os.path.expanduser("~"), "/tmp"] + self._folders:
            while not os.path.exists(path):
                path = os.path.dirname(path)
            device = os.stat(path).st_dev
            if device not in seen:
                seen.add(device)
                status = os.statvfs(path)
                free, total = status.f_bavail * status.f_frsize, status.f_blocks * status.f_frsize
                found.append({"path": path, "free": free, "total": total})
        return found
