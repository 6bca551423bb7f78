"""Free space of the file systems that matter, each asked on a thread: a dead file server hangs whoever asks it."""

import os
import threading
import time
from typing import Any, Dict, List, Optional, Sequence, Tuple

#: Free space changes slowly enough that each file system is asked no more often, seconds.
INTERVAL = 5.0

Disk = Dict[str, Any]


class Disks:
    """The disks that hold some folders, one entry a file system.

    Attributes:
        error: which folder did not answer, or None.
    """

    def __init__(self) -> None:
        self.error: Optional[str] = None
        self._probes: Dict[str, _Probe] = {}
        self._at: Optional[float] = None
        self._found: List[Disk] = []

    def sample(self, folders: Sequence[str], deadline: float) -> List[Disk]:
        """{"path", "free", "total"} of each file system, bytes; "path" is the first folder that lies on it.

        Args:
            folders: where one does not exist, its nearest ancestor stands for it.
            deadline: seconds until a folder that does not answer is left out.
        """
        now = time.monotonic()
        if self._at is not None and now - self._at < INTERVAL and set(folders) <= set(self._probes):
            return self._found
        for folder in folders:
            probe = self._probes.get(folder)
            if probe is None or probe.done.is_set():  # never two at a time
                self._probes[folder] = _Probe(folder)
        found: Dict[int, Disk] = {}
        silent = []
        for folder in folders:
            probe = self._probes[folder]
            if not probe.done.wait(max(0.0, now + deadline - time.monotonic())):
                silent.append(folder)
            elif probe.found is not None:
                device, disk = probe.found
                found.setdefault(device, disk)
        self.error = "no answer from the file system of " + ", ".join(silent) if silent else None
        self._found = list(found.values())
        self._at = now
        return self._found


class _Probe:
    def __init__(self, folder: str) -> None:
        self.done = threading.Event()
        self.found: Optional[Tuple[int, Disk]] = None
        self._folder = folder
        threading.Thread(target=self._run, name="disk", daemon=True).start()

    def _run(self) -> None:
        path = self._folder
        while True:
            try:
                device = os.stat(path).st_dev
                status = os.statvfs(path)
                unit = status.f_frsize
                disk = {"path": path, "free": status.f_bavail * unit, "total": status.f_blocks * unit}
                self.found = device, disk
                break
            except OSError:
                if path == "/":
                    break
                path = os.path.dirname(path)
        self.done.set()
