"""The agent's versions under a root: the one in use says so now and then, and old ones that nobody uses go."""

import os
import re
from typing import List, Optional, Set, Tuple

from nerotui.agent import durable
from nerotui.agent.processes import processes
from nerotui.agent.processes.system import program
from nerotui.agent.run.layout import Root

#: Made last when a bundle is unpacked; its time tells when the bundle was last used. As the bootstrap names it.
MARK = ".complete"
#: So many stay, however old: going back to the version before must not need the push of a bundle.
KEPT = 3
#: So long must a bundle have been without use, seconds. Only this tells of processes on other hosts with this root,
#: which import further modules of their bundle for as long as they live.
AGE = 30 * 86400.0
#: Whoever lives long says so this often, seconds.
USE = 6 * 3600.0

_NAME = re.compile(r"[0-9a-f]{64}$")


class Bundles:
    """The bundles of one root, as a process sees them that may be running from one of them."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._folder = root.bundles
        self._use_at = 0.0
        self._clean_at = 0.0

    def look(self, now: float) -> None:
        """Says that this process's bundle is in use, and clears old ones away, both only when due."""
        self.use(now)
        if now >= self._clean_at:
            self._clean_at = now + USE
            try:
                self._clean(now)
            except OSError:
                pass  # a folder that can only be read keeps what it has

    def use(self, now: float) -> None:
        """Only says that this process's bundle is in use, when that is due."""
        if now >= self._use_at:
            self._use_at = now + USE
            try:
                self._use()
            except OSError:
                pass  # a root that is read-only now: nobody can clear it, either

    def _use(self) -> None:
        name = self._own()
        if name is not None:
            os.utime(os.path.join(self._folder, name, MARK))

    def _own(self) -> Optional[str]:
        """The bundle that this process runs from; None where it runs from elsewhere."""
        parts = program()[len(self._folder) + 1 :].split(os.sep)
        return parts[0] if program().startswith(self._folder + os.sep) and _NAME.match(parts[0]) else None

    def _clean(self, now: float) -> None:
        dated = self._dated()
        old = [name for used, name in dated[KEPT:] if used < now - AGE]
        if not old:
            return
        living = self._living() | self._awaited()
        for name in old:
            if name not in living and name != self._own():
                self._remove(name, now)

    def _dated(self) -> List[Tuple[float, str]]:
        """The bundles and when they were last used, newest first."""
        found = []
        for name in durable.names(self._folder):
            if _NAME.match(name):
                used = self._used(name)
                if used is not None:
                    found.append((used, name))
        return sorted(found, reverse=True)

    def _used(self, name: str) -> Optional[float]:
        for path in (os.path.join(self._folder, name, MARK), os.path.join(self._folder, name)):
            try:
                return os.stat(path).st_mtime
            except OSError:
                continue
        return None

    def _living(self) -> Set[str]:
        """The bundles that processes of this host run from: each names its file in its arguments."""
        found = set()
        for pid in processes.pids():
            for argument in processes.command_line(pid)[:8]:
                if argument.startswith(self._folder + os.sep):
                    found.add(argument[len(self._folder) + 1 :].split(os.sep)[0])
        return found

    def _awaited(self) -> Set[str]:
        """The bundles that the jobs of waiting runs will start from, on whichever node and however long from now."""
        from nerotui.agent.jobs.queues import scheduled
        from nerotui.agent.queue.queue import CLAIMED, Queue

        found: Set[str] = set()
        for name in scheduled(self._root):
            for entry in Queue(self._root.queue(name)).entries():
                if entry.kind != CLAIMED:
                    found.update(_named(self._root.run(entry.run).job_script))
        return found

    def _remove(self, name: str, now: float) -> None:
        path = os.path.join(self._folder, name)
        # Away first and whole, so that nobody finds half of it. What is left when this process dies meanwhile goes with
        # the next bundle that is unpacked.
        gone = os.path.join(self._folder, ".{}.{}.{}.old".format(name, os.uname().nodename, os.getpid()))
        try:
            os.rename(path, gone)
        except OSError:
            return  # another host was faster
        mark = os.path.join(gone, MARK)
        if os.path.exists(mark) and os.stat(mark).st_mtime > now - AGE:
            os.rename(gone, path)  # somebody has begun to use it at this very moment
            return
        import shutil  # late, for it is hardly ever needed

        shutil.rmtree(gone, ignore_errors=True)


def _named(script: str) -> Set[str]:
    """The checksums of bundles in a script, and of whatever looks like one."""
    try:
        with open(script, "rb") as file:
            return {found.decode() for found in re.findall(rb"/([0-9a-f]{64})/", file.read())}
    except FileNotFoundError:
        return set()
