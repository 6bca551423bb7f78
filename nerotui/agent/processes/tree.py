"""The processes of a run: who belongs to it, and signals to all of them, parents first."""

import os
import signal
from typing import AbstractSet, Any, Dict, Iterable, List, NamedTuple, Optional, Set

from nerotui.agent.processes import processes
from nerotui.agent.processes.identity import Identity
from nerotui.agent.processes.processes import Stat


class Tree(NamedTuple):
    """Which processes are a run's: those below its shell, in its session, or with its id in their environment.

    Attributes:
        run: the run's id.
        attempt: the attempt's number.
        shell: the small shell around the command. It belongs to the tree but no signal of the tree's goes to it.
        supervisor: a process whose children are the run's too, for it adopts orphans; None where there is none.
        spared: children of the supervisor's that are none of the run's.
    """

    run: str
    attempt: int
    shell: Optional[Identity]
    supervisor: Optional[int] = None
    spared: AbstractSet[int] = frozenset()

    def members(self) -> List[Stat]:
        """Everyone that lives and belongs to the run but the small shell, parents before their children."""
        known = processes.snapshot()
        mine = self._roots(known)
        children: Dict[int, List[int]] = {}
        for found in known.values():
            children.setdefault(found.parent, []).append(found.pid)
        shell = self._shell_pid(known)
        tops = [pid for pid in mine if known[pid].parent not in mine]
        ordered: List[int] = []
        seen: Set[int] = {self.supervisor or 0, os.getpid()}.union(self.spared)
        line = sorted(tops, key=lambda pid: (known[pid].start, pid))  # pids are used again, so they tell no age
        while line:
            pid = line.pop(0)
            if pid not in seen and pid in known:
                seen.add(pid)
                ordered.append(pid)
                line = sorted(children.get(pid, ()), key=lambda child: (known[child].start, child)) + line
        ordered += [pid for pid in sorted(mine) if pid not in seen]
        return [known[pid] for pid in ordered if pid != shell and not known[pid].dead]

    def near(self) -> List[Stat]:
        """The members below the shell and the supervisor, found without a look at all processes of the host.

        Whoever has moved elsewhere is left out.
        """
        known = processes.stat(self.shell.pid) if self.shell is not None else None
        shell = self._shell_pid({known.pid: known} if known is not None else {})
        seen: Set[int] = {self.supervisor or 0, os.getpid()}.union(self.spared)
        line = [pid for pid in (shell, self.supervisor) if pid is not None]
        found: List[Stat] = []
        while line:
            below = processes.children(line.pop(0))
            if below is None:
                return self.members()
            for stat in (processes.stat(pid) for pid in below if pid not in seen):
                if stat is not None and not stat.dead:
                    seen.add(stat.pid)
                    line.append(stat.pid)
                    found.append(stat)
        return [stat for stat in found if stat.pid != shell]

    def shown(self) -> List[Stat]:
        """The members, or the small shell for the moment in which it has not started the command yet."""
        members = self.members()
        if members or self.shell is None:
            return members
        found = processes.stat(self.shell.pid)
        return [found] if found is not None and found.start == self.shell.start and not found.dead else []

    def signal(self, number: int, to: Optional[Iterable[Stat]] = None) -> List[Stat]:
        """Sends a signal to all members, or to some, parents first; returns those it was sent to."""
        reached = []
        for member in self.members() if to is None else to:
            if send(member, number):
                reached.append(member)
        return reached

    def catchers(self, number: int) -> List[Stat]:
        """The members that handle a signal, without those below another one that does.

        Workers inherit their parent's handler; a checkpoint is to be written once.
        """
        members = self.members()
        parents = {member.pid: member.parent for member in members}
        caught = {member.pid for member in members if processes.catches(member.pid, number)}

        def below(pid: int) -> bool:
            seen = set()
            parent = parents.get(pid)
            while parent is not None and parent not in seen:
                if parent in caught:
                    return True
                seen.add(parent)
                parent = parents.get(parent)
            return False

        return [member for member in members if member.pid in caught and not below(member.pid)]

    def _shell_pid(self, known: Dict[int, Stat]) -> Optional[int]:
        if self.shell is None:
            return None
        found = known.get(self.shell.pid)
        return self.shell.pid if found is not None and found.start == self.shell.start else None

    def _roots(self, known: Dict[int, Stat]) -> Set[int]:
        uid = os.getuid()
        shell = self._shell_pid(known)
        marks = {"NEROTUI_RUN_ID={}".format(self.run).encode(), "NEROTUI_ATTEMPT={}".format(self.attempt).encode()}
        mine: Set[int] = set()
        for pid, found in known.items():
            if found.dead or pid == self.supervisor or pid in self.spared:
                continue
            related = pid == shell or found.parent == self.supervisor or (shell is not None and found.session == shell)
            if related or (processes.owner(pid) == uid and marks.issubset(processes.environment(pid))):
                mine.add(pid)
        return mine


def send(member: Stat, number: int) -> bool:
    """Signals a process if it is still the one that was seen; whether it was reached."""
    now = processes.stat(member.pid)
    if now is None or now.start != member.start or now.dead:
        return False
    try:
        os.kill(member.pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # a program that took another user's rights
        return False
    return True


class Calm:
    """Repeats a signal until two looks in a row find no member left that it should still reach."""

    def __init__(self, tree: Tree, number: int) -> None:
        """Signals `tree` with `number`, SIGSTOP or SIGKILL."""
        self._tree = tree
        self._number = number
        self._quiet = 0

    def step(self) -> bool:
        """Looks once and signals whom it should; whether all is calm."""
        left = [member for member in self._tree.members() if not (self._stops and member.stopped)]
        self._quiet = 0 if left else self._quiet + 1
        if left:
            self._tree.signal(self._number, left)
        return self._quiet >= 2

    @property
    def _stops(self) -> bool:
        return self._number == signal.SIGSTOP


def describe(tree: Tree, started_at: float) -> List[Dict[str, Any]]:
    """The members for people to read, parents first; `started_at` is when the host was started."""
    return told(tree.shown(), started_at)


def told(members: Iterable[Stat], started_at: float) -> List[Dict[str, Any]]:
    """Processes for people to read, in their order; `started_at` is when the host was started."""
    return [
        {
            "pid": member.pid,
            "ppid": member.parent,
            "command": " ".join(processes.command_line(member.pid)) or member.command,
            "state": member.state,
            "rss": member.rss,
            "cpu_s": member.cpu,
            "started": round(started_at + member.start / processes.TICKS, 2),
        }
        for member in members
    ]
