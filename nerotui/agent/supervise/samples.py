"""The load of a run and its host over time: a line of stats.jsonl every few seconds while it runs."""

import os
import time
from typing import Any, Dict, List, Optional, Set, Tuple

from nerotui.agent import durable
from nerotui.agent.host import around, procfs
from nerotui.agent.processes import processes
from nerotui.agent.processes.tree import Tree
from nerotui.agent.queue.driver import Question

#: Seconds between samples, and between those of a run that has lasted for an hour.
INTERVAL = 10.0
#: Sooner at first, for a run that is young or short.
FIRST = 2.0
SLOW = 60.0
LONG = 3600.0
#: Processes whose control groups are looked at.
GROUPS = 4
#: What is asked in a child is asked no more often than this, and that only while a disk fills.
SOON = 10.0
#: A disk fills whose free space shrank by this share between two answers.
SHRUNK = 0.002
#: The host's processes are searched for the run's no more often than this, and for no more than this share of a core;
#: before, only those below it are known.
SCAN = 60.0
SHARE = 0.0001


class Samples:
    """Samples one attempt. Numbers that cannot be read are left out; nothing here may disturb the run.

    Attributes:
        newest: the newest sample.
    """

    def __init__(self, path: str, gpus: List[int], helpers: Set[int], folder: str = "") -> None:
        """Samples for stats.jsonl.

        Args:
            path: the file.
            gpus: the GPUs that the attempt holds.
            helpers: gets the pids of child processes that are none of the run's.
            folder: where the run works.
        """
        self._path = path
        self._folders = ([folder] if folder else []) + [os.path.dirname(path)]
        self._gpus = gpus
        self._helpers = helpers
        self._question: Optional[Question] = None
        self._around: Dict[str, Any] = {}
        self._around_at = 0.0
        self._limit_at = 0.0
        self._began = time.time()
        self._next = self._began
        self._cpu: Optional[procfs.Cpu] = None
        self._own: Dict[int, Tuple[float, float]] = {}
        self._members: Dict[int, int] = {}
        self._scan_at = 0.0
        self._at = self._began
        self.newest: Dict[str, Any] = {}

    def pids(self) -> List[int]:
        """The run's processes as of the last search for them; some may be gone."""
        return list(self._members)

    def take(self, now: float, tree: Tree, paused: bool) -> None:
        """Adds a sample if one is due."""
        self._ask_around(now)
        if now < self._next:
            return
        age = now - self._began
        self._next = now + (SLOW if age > LONG else min(INTERVAL, max(FIRST, age / 5)))
        sample: Dict[str, Any] = {"t": round(now, 3), "paused": paused}
        try:
            self._host(sample)
            self._run(sample, now, tree)
            self.newest = dict(sample, **self._told())
            fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            durable.write_all(fd, durable.to_json(sample))
        except OSError:
            pass  # a full disk costs samples, nothing else
        finally:
            os.close(fd)

    def _ask_around(self, now: float) -> None:
        """GPUs and disks are asked in a child: a driver's library is large, and a dead file server hangs who asks."""
        if self._question is not None and self._question.ready(wait=False):
            before, self._around = self._around, self._question.answer() or {}
            self._question = None
            if before and not _shrunk(before, self._around):
                self._around_at += SLOW - SOON
        if self._question is None and now >= self._around_at:
            self._around_at = now + SOON
            self._question = Question(lambda: around.around(self._gpus, self._folders))
            self._helpers.add(self._question.pid)

    def _host(self, sample: Dict[str, Any]) -> None:
        cpu = procfs.cpu()
        if self._cpu is not None and cpu.total > self._cpu.total:
            share = (cpu.busy - self._cpu.busy) / (cpu.total - self._cpu.total)
            sample["cpu"] = round(100 * share, 1)
        self._cpu = cpu
        memory, swap = procfs.memory()
        if memory["used"] is not None and memory["total"]:
            sample["memory"] = round(100 * memory["used"] / memory["total"], 1)
        if swap["total"]:
            sample["swap"] = round((swap["used"] or 0) / swap["total"], 3)
        if self._around.get("gpu") is not None:
            sample["gpu"] = round(self._around["gpu"], 1)

    def _told(self) -> Dict[str, Any]:
        """What the findings need to know besides; too much to keep every few seconds."""
        more = {name: self._around[name] for name in ("gpus", "disks") if self._around.get(name)}
        # Its first processes are nerotui's own shell and perhaps a launcher; what they start may have moved elsewhere.
        if self._at >= self._limit_at:
            pids = list(self._members)[:GROUPS]
            limits = [found for found in (around.limit(pid) for pid in pids) if found is not None]
            if limits:
                more["limit"] = max(limits, key=lambda found: found["used"] / found["max"])
            elif self._at > self._began + SOON:
                self._limit_at = self._at + SLOW  # there is none, as nearly everywhere
        return more

    def _run(self, sample: Dict[str, Any], now: float, tree: Tree) -> None:
        if now >= self._scan_at:
            began, young = time.process_time(), now < self._began + SCAN
            self._members = {member.pid: member.start for member in (tree.near() if young else tree.members())}
            self._scan_at = now + (SOON if young else max(SCAN, (time.process_time() - began) / SHARE))
        found = [processes.stat(pid) for pid in self._members]
        mine = [stat for stat in found if stat is not None and stat.start == self._members[stat.pid]]
        times = {stat.pid: (stat.cpu, processes.waited(stat.pid)) for stat in mine}
        if self._own and now > self._at:
            for at, name in enumerate(("run_cpu", "run_wait")):
                spent = sum(seconds[at] - self._own[pid][at] for pid, seconds in times.items() if pid in self._own)
                sample[name] = round(100 * max(0.0, spent) / (now - self._at), 1)
        self._own, self._at = times, now
        sample["run_rss"] = sum(stat.rss for stat in mine)
        sample["processes"] = len(mine)


def _shrunk(before: Dict[str, Any], now: Dict[str, Any]) -> bool:
    """Whether a disk has become notably fuller."""
    free = {disk["path"]: disk["free"] for disk in before.get("disks") or ()}
    return any(disk["free"] < (1 - SHRUNK) * free.get(disk["path"], 0) for disk in now.get("disks") or ())
