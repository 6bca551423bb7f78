"""Whether the kernel killed for want of memory where a run lives, told by the counters of control groups."""

from typing import Any, List, Optional

#: Where control groups are mounted; version 1 has a folder for each controller.
_UNIFIED, _MEMORY = "/sys/fs/cgroup", "/sys/fs/cgroup/memory"
#: Without groups that count there is the whole host's counter.
_HOST = "/proc/vmstat"

#: Places of a counter, each with what it said: the group, the group around it in case the first is gone by the end.
Chain = List[List[Any]]


def chains(pid: Optional[int] = None) -> List[Chain]:
    """The counters that rise when the kernel kills a process like this one, and what they say now.

    Args:
        pid: the process; None for this very one.
    """
    found = []
    for path in _groups(pid):
        chain = [[name, count] for name, count in ((name, _count(name)) for name in _places(path)) if count is not None]
        if chain:
            found.append(chain)
    if not found:
        found = [[[_HOST, _count(_HOST) or 0]]]
    return found


def risen(before: Any) -> bool:
    """Whether one of these counters says more than it did.

    Args:
        before: what `chains` gave, also after a way through JSON.
    """
    for chain in before or ():
        for path, then in chain:
            now = _count(path)
            if now is not None:
                if now > then:
                    return True
                break  # the groups around it count what happens to others, too
    return False


def _groups(pid: Optional[int]) -> List[str]:
    """The files of the memory groups of a process, most telling first, as they would stand below the mounts."""
    try:
        with open("/proc/{}/cgroup".format("self" if pid is None else pid)) as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return []
    found = []
    for number, controllers, path in (line for line in lines if len(line) == 3):
        if number == "0":
            found.append(_UNIFIED + path.rstrip("/") + "/memory.events")
        elif "memory" in controllers.split(","):
            found.append(_MEMORY + path.rstrip("/") + "/memory.oom_control")
    return found


def _places(path: str) -> List[str]:
    """A counter's file, that of the group around it, and that of a container's own mount, each once."""
    folder, _, name = path.rpartition("/")
    mount = _MEMORY if folder.startswith(_MEMORY) else _UNIFIED
    around = folder.rpartition("/")[0] if folder != mount else mount
    places = [path, "{}/{}".format(around, name), "{}/{}".format(mount, name)]
    return [place for number, place in enumerate(places) if place not in places[:number]]


def _count(path: str) -> Optional[int]:
    try:
        with open(path) as file:
            for line in file:
                key, _, value = line.partition(" ")
                if key == "oom_kill":
                    return int(value)
    except (OSError, ValueError):
        pass
    return None
