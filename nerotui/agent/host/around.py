"""What surrounds a run on its host: its GPUs and who else computes on them, its disks, its memory limit."""

import os
from typing import Any, Dict, List, Optional

#: How long the GPUs' driver may take, seconds.
PATIENCE = 5.0
#: A memory limit beyond this is none: 1 PiB. Version 1 of control groups writes no limit as a number near 2 ** 63.
NO_LIMIT = 1 << 50

_UNIFIED, _MEMORY = "/sys/fs/cgroup", "/sys/fs/cgroup/memory"


def around(indices: List[int], folders: List[str]) -> Dict[str, Any]:
    """{"gpu": mean utilisation in percent, "gpus": […], "disks": […]}, as far as can be told.

    To be asked in a child: a driver's library is large, and a dead file server hangs whoever asks it.

    Args:
        indices: the run's GPUs.
        folders: where it writes.
    """
    found: Dict[str, Any] = {"disks": disks(folders)}
    if indices:
        from nerotui.agent.host.gpus import HOST

        gpus = [gpu for gpu in HOST.sample(PATIENCE) if gpu.get("index") in indices]
        rates = [gpu["utilization"] for gpu in gpus if isinstance(gpu.get("utilization"), (int, float))]
        found["gpu"] = sum(rates) / len(rates) if rates else None
        found["gpus"] = [_gpu(gpu) for gpu in gpus]
    return found


def disks(folders: List[str]) -> List[Dict[str, Any]]:
    """{"path", "free", "total"} of each file system that holds one of these folders, bytes a user may still write."""
    found: Dict[int, Dict[str, Any]] = {}
    for folder in folders:
        try:
            device, status = os.stat(folder).st_dev, os.statvfs(folder)
        except OSError:
            continue
        free, total = status.f_bavail * status.f_frsize, status.f_blocks * status.f_frsize
        if total:
            found.setdefault(device, {"path": folder, "free": free, "total": total})
    return list(found.values())


def limit(pid: int) -> Optional[Dict[str, int]]:
    """{"used", "max"}: the memory of the tightest control group that a process is in, bytes; None without a limit.

    What the kernel can take back at once (files that are cached and not in use) does not count as used.
    """
    worst: Optional[Dict[str, int]] = None
    for folder, most, used, stale in _groups(pid):
        while len(folder) >= len(_MEMORY if folder.startswith(_MEMORY) else _UNIFIED):
            top = _number(folder + most)
            now = _number(folder + used) if top is not None and top < NO_LIMIT else None
            if top and now is not None:
                now -= min(now, _stat(folder + "/memory.stat", stale))
                if worst is None or now * worst["max"] > worst["used"] * top:
                    worst = {"used": now, "max": top}
            folder = folder.rpartition("/")[0]
    return worst


def _groups(pid: int) -> List[Any]:
    try:
        with open("/proc/{}/cgroup".format(pid)) as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return []
    found = []
    for number, controllers, path in (line for line in lines if len(line) == 3):
        path = path.rstrip("/")
        if number == "0":
            found.append((_UNIFIED + path, "/memory.max", "/memory.current", "inactive_file"))
        elif "memory" in controllers.split(","):
            names = "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"
            found.append((_MEMORY + path,) + names)
    return found


def _number(path: str) -> Optional[int]:
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):  # "max": there is none
        return None


def _stat(path: str, name: str) -> int:
    try:
        with open(path) as file:
            for line in file:
                if line.startswith(name + " "):
                    return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def _gpu(gpu: Dict[str, Any]) -> Dict[str, Any]:
    kept = {name: gpu.get(name) for name in ("index", "memory_used", "memory_total", "temperature", "throttled")}
    mine = _user()
    users = {process.get("user") for process in gpu.get("processes") or ()}
    return dict(kept, others=sorted(user for user in users if user and user != mine))


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
