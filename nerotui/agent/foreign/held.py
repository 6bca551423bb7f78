"""The processes behind a log, and signals to all of them: the programs that write it and what descends from them."""

import os
import signal
import time
from typing import Dict, Iterable, List, NamedTuple, Set, Tuple

from nerotui.agent.processes import processes
from nerotui.agent.processes.processes import Stat
from nerotui.agent.processes.tree import send

#: How long stopping a tree may take, seconds; what hangs in the kernel stops when it comes back.
PATIENCE = 2.0
_PAUSE = 0.02


class Who(NamedTuple):
    """A process for as long as this host is up: a pid alone is used again."""

    pid: int
    start: int

    def token(self) -> str:
        """As it is written down."""
        return "{}.{}".format(self.pid, self.start)


def who(found: Stat) -> Who:
    """Who a process is."""
    return Who(found.pid, found.start)


def alive(one: Who) -> bool:
    """Whether a process lives."""
    found = processes.stat(one.pid)
    return found is not None and found.start == one.start and not found.dead


class Held:
    """The processes of one run that nerotui did not start.

    A program's session and process group are its own where it leads them, and else those of the shell that somebody
    typed it into, which are left alone; so are this process and all above it.

    Attributes:
        roots: the programs, the main one first.
    """

    def __init__(self, roots: Iterable[Who]) -> None:
        self.roots = list(roots)
        self._seen: Set[Who] = set(self.roots)

    def members(self) -> List[Stat]:
        """Everyone that lives, parents before their children; whoever was seen once stays a member."""
        known = processes.snapshot()
        spared = _lineage(os.getpid(), known)
        children: Dict[int, List[int]] = {}
        led: Dict[int, List[int]] = {}
        for found in known.values():
            children.setdefault(found.parent, []).append(found.pid)
            for leader in {found.session, found.group}:
                led.setdefault(leader, []).append(found.pid)
        line = [one.pid for one in sorted(self._seen) if one.pid in known and known[one.pid].start == one.start]
        ordered: List[int] = []
        mine: Set[int] = set()
        while line:
            pid = line.pop()
            if pid not in mine and pid not in spared:
                mine.add(pid)
                line += children.get(pid, ())
                line += led.get(pid, ())
        tops = [pid for pid in mine if known[pid].parent not in mine]
        line = _by_age(tops, known)
        while line:
            pid = line.pop(0)
            ordered.append(pid)
            line = _by_age([child for child in children.get(pid, ()) if child in mine], known) + line
        found_all = [known[pid] for pid in ordered if not known[pid].dead]
        self._seen.update(who(found) for found in found_all)
        return found_all

    def signal(self, number: int, to: "Iterable[Stat]") -> int:
        """Sends a signal to some members, in order; returns how many it reached."""
        return sum(1 for member in to if send(member, number))

    def freeze(self) -> bool:
        """Stops all members where they stand; whether none was left that should have stopped."""
        deadline, quiet = time.monotonic() + PATIENCE, 0
        while quiet < 2 and time.monotonic() < deadline:
            left = [member for member in self.members() if not member.stopped]
            self.signal(signal.SIGSTOP, left)
            quiet = 0 if left else quiet + 1
            time.sleep(_PAUSE if left else 0)
        return quiet >= 2

    def thaw(self) -> None:
        """Lets all members go on."""
        self.signal(signal.SIGCONT, self.members())


def _lineage(pid: int, known: Dict[int, Stat]) -> Set[int]:
    """A process and those that it descends from."""
    found: Set[int] = {1}
    while pid in known and pid not in found:
        found.add(pid)
        pid = known[pid].parent
    return found


def _by_age(pids: Iterable[int], known: Dict[int, Stat]) -> List[int]:
    keyed: List[Tuple[int, int]] = sorted((known[pid].start, pid) for pid in pids)
    return [pid for _, pid in keyed]
