"""Putting right what a crash left behind: folders that never got their entry, and pieces of folders."""

import os
import time
from typing import Any, Callable, Dict, Optional, Set

from nerotui.agent import durable
from nerotui.agent.jobs import queues
from nerotui.agent.processes import identity
from nerotui.agent.processes.identity import from_token
from nerotui.agent.queue.queue import Entry, Queue
from nerotui.agent.run.layout import Root

NEW, GONE = ".new-", ".gone-"
#: A scheduler's run may be any login node's, which has let so long pass, seconds: its own one is faster.
OTHERS = 600.0


class Upkeep:
    """Looks after the folders of a root. What was found in order once is not looked at again."""

    def __init__(self, root: Root, queue_of: Callable[[Dict[str, Any]], Queue]) -> None:
        self._root = root
        self._queue_of = queue_of
        self._fine: Set[str] = set()
        self._suspects: Set[str] = set()

    def look(self, ids: Set[str], entries: Dict[str, Entry]) -> None:
        """Puts runs back in line that lack everything at two looks in a row, and clears away what the dead left."""
        unknown = ids - self._fine - set(entries)
        bare = {run for run in unknown if self._lacks_all(run)}
        suspects = {run for run in bare if self._may_judge(run)}
        self._fine = (self._fine | unknown) - bare
        for run in suspects & self._suspects:
            spec = durable.read_json(self._root.run(run).spec) or {}
            queue = self._queue_of(spec)
            if queue.of_run(run) is None and self._lacks_all(run):
                # The moment makes the entry's name, so whoever else repairs this makes the same entry.
                queue.add(run, 1, bool(spec.get("held")), spec.get("created_here"))
        self._suspects = suspects
        self._clear()

    def _lacks_all(self, run: str) -> bool:
        """Whether a run that this host may ever put right has left no trace but its folder."""
        folder = self._root.run(run)
        if durable.names(folder.attempts):
            return False
        from nerotui.agent.run import attempts

        spec = durable.read_json(folder.spec)
        if spec is None or attempts.read(folder.attempts).newest:
            return False
        if queues.queue_of(spec) is not None:
            return queues.scheduler_of(spec) is not None  # what somebody starts himself never waits
        return _from_here(spec)

    def _may_judge(self, run: str) -> bool:
        """Whether this host may put a run right by now."""
        spec = durable.read_json(self._root.run(run).spec) or {}
        created: Optional[float] = spec.get("created_here")
        return _from_here(spec) or (created is not None and time.time() > created + OTHERS)

    def _clear(self) -> None:
        for name in durable.names(self._root.runs):
            if name.startswith((NEW, GONE)):
                maker = from_token(name.split("-", 2)[-1])
                if maker is not None and identity.alive(maker) is False:
                    import shutil  # late, for it is hardly ever needed and loads much

                    shutil.rmtree(os.path.join(self._root.runs, name), ignore_errors=True)


def _from_here(spec: Dict[str, Any]) -> bool:
    here = identity.here()
    return bool((spec.get("hostname"), spec.get("machine")) == (here.hostname, here.machine))
