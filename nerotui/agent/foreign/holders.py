"""Which processes of this user hold a file open to write to it, and which of them the program itself is.

A file is told by device and inode, for a path may name another file by now. Processes of other users cannot be looked
into, and could not be signalled either.
"""

import os
import stat as stats
from typing import Dict, Iterable, List, NamedTuple, Set, Tuple

from nerotui.agent.processes import processes
from nerotui.agent.processes.processes import Stat

#: Device and inode.
Key = Tuple[int, int]
#: Descriptors looked at in one process.
DESCRIPTORS = 1024
_OUTPUTS = (1, 2)
#: How a link shows that its file has no name any more.
_DELETED = " (deleted)"


class Holding(NamedTuple):
    """A process that holds a file open to write to it.

    Attributes:
        output: whether the file is its standard output or error.
        pipe: the pipe that its standard input is, "" where it is none.
    """

    stat: Stat
    output: bool
    pipe: str


class Scan(NamedTuple):
    """Who held what at one moment.

    Attributes:
        holdings: by file.
        feeders: the processes whose output goes into a pipe that a holder reads from.
        own: the files that a run of nerotui's writes.
    """

    holdings: Dict[Key, List[Holding]]
    feeders: Dict[str, List[Stat]]
    own: Set[Key]


def scan(files: Dict[str, Set[Key]]) -> Scan:
    """Looks through the descriptors of this user's processes.

    Args:
        files: the files wanted, by their names without folders: a link to any other file is not even looked behind,
            for what lies there may hang.
    """
    uid, me = os.getuid(), os.getpid()
    holdings: Dict[Key, List[Holding]] = {}
    writers: Dict[str, List[int]] = {}
    own: Set[Key] = set()
    for pid in processes.pids():
        if pid == me or processes.owner(pid) != uid:
            continue
        held, outputs, pipe = _held(pid, files)
        for name in outputs:
            writers.setdefault(name, []).append(pid)
        if not held:
            continue
        found = processes.stat(pid)
        if found is None or found.dead:
            continue
        if any(one.startswith(b"NEROTUI_RUN_ID=") for one in processes.environment(pid)):
            own.update(held)
        for key, output in held.items():
            holdings.setdefault(key, []).append(Holding(found, output, pipe))
    return Scan(holdings, _feeders(holdings, writers), own)


def name_of(path: str) -> str:
    """The name by which descriptors show a file that may be a link elsewhere."""
    return os.path.basename(os.path.realpath(path))


def programs(holdings: Iterable[Holding], everybody: "Dict[Key, List[Holding]]") -> List[Stat]:
    """Of those who hold a log the ones that it is the log of, the oldest first.

    Who has it as output comes before who merely has it open (a launcher keeps its children's logs open), who has it
    alone before who holds several; of those the topmost: workers inherit what their parent holds.
    """
    candidates = list(holdings)
    candidates = [one for one in candidates if one.output] or candidates
    several = _several(everybody)
    candidates = [one for one in candidates if one.stat.pid not in several] or candidates
    pids = {one.stat.pid for one in candidates}
    tops = [one.stat for one in candidates if one.stat.parent not in pids]
    return sorted(tops, key=lambda one: (one.start, one.pid))


def _several(everybody: "Dict[Key, List[Holding]]") -> Set[int]:
    seen: Set[int] = set()
    twice: Set[int] = set()
    for holdings in everybody.values():
        for one in holdings:
            (twice if one.stat.pid in seen else seen).add(one.stat.pid)
    return twice


def _held(pid: int, files: Dict[str, Set[Key]]) -> Tuple[Dict[Key, bool], List[str], str]:
    """The wanted files that a process may write to, the pipes that it prints into, and the one that it reads from."""
    folder = "/proc/{}/fd".format(pid)
    held: Dict[Key, bool] = {}
    outputs: List[str] = []
    pipe = ""
    try:
        numbers = os.listdir(folder)
    except OSError:
        return held, outputs, pipe  # it is gone, or took another user's rights
    for number in numbers[:DESCRIPTORS]:
        link = folder + "/" + number
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith("pipe:"):
            if number in ("1", "2"):
                outputs.append(target)
            elif number == "0":
                pipe = target
            continue
        name = target.rsplit("/", 1)[-1]
        wanted = files.get(name[: -len(_DELETED)] if name.endswith(_DELETED) else name)
        if wanted is None:
            continue
        try:
            # A descriptor's link shows by its permissions how the file was opened.
            if not os.lstat(link).st_mode & stats.S_IWUSR:
                continue
            status = os.stat(link)
        except OSError:
            continue
        key = (status.st_dev, status.st_ino)
        if key in wanted:
            held[key] = held.get(key, False) or int(number) in _OUTPUTS
    return held, outputs, pipe


def _feeders(holdings: Dict[Key, List[Holding]], writers: Dict[str, List[int]]) -> Dict[str, List[Stat]]:
    """`python train.py | tee log.txt`: it is not tee that trains."""
    found: Dict[str, List[Stat]] = {}
    for holders in holdings.values():
        for one in holders:
            if one.pipe and one.pipe not in found:
                known = [processes.stat(pid) for pid in writers.get(one.pipe, ()) if pid != one.stat.pid]
                alive = [stat for stat in known if stat is not None and not stat.dead]
                pids = {stat.pid for stat in alive}
                tops = [stat for stat in alive if stat.parent not in pids]
                found[one.pipe] = sorted(tops, key=lambda stat: (stat.start, stat.pid))
    return found
