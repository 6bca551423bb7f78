"""All queues of a root at one moment: whose entry a run has, and where it stands."""

import os
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from nerotui.agent import durable, fresh
from nerotui.agent.jobs import queues
from nerotui.agent.queue.queue import CLAIMED, HELD, Entry, Queue, positions
from nerotui.agent.run.layout import Root

#: A folder whose time of change is younger than this may have changed twice within it, so it is read again.
_YOUNG = 2_000_000_000


class Line(NamedTuple):
    """What all queues say: each run's entry, the folder of its queue, and its place there.

    Attributes:
        claims: the claimed ones among the entries.
        scheduled: folders of the queues that no host dispatches.
    """

    entries: Dict[str, Entry] = {}
    hosts: Dict[str, str] = {}
    positions: Dict[str, int] = {}
    claims: List[Entry] = []
    scheduled: List[str] = []

    def elsewhere(self, run: str) -> bool:
        """Whether a run's entry is in a queue that no host dispatches, so that its supervisor may be anywhere."""
        return self.hosts[run] in self.scheduled


class Lines:
    """Reads the queues, and only when they may have changed."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._line = Line()
        self._read_at: Any = None
        self._queues: Dict[str, Queue] = {}

    def forget(self) -> None:
        """Makes the next reading a fresh one: something was just done to a queue."""
        self._read_at = None

    def read(self, anew: bool = False) -> Line:
        """What the queues say now; the very same object while they have not changed."""
        hosts = [os.path.join(self._root.queues, name) for name in sorted(durable.names(self._root.queues))]
        stamps = [stamp_of(host + "/line", queues.is_scheduled(host)) for host in hosts]
        read_at = list(zip(hosts, [stamp for stamp, _ in stamps]))
        young = any(young for _, young in stamps)
        if anew or read_at != self._read_at:
            line = self._assemble(hosts)
            if line != self._line:
                self._line = line
            self._read_at = None if young else read_at
        return self._line

    def _assemble(self, hosts: List[str]) -> Line:
        entries: Dict[str, Entry] = {}
        places: Dict[str, int] = {}
        where: Dict[str, str] = {}
        # Kept, for each remembers what the names mean that it has read.
        self._queues = {
            host: self._queues.get(host) or Queue(self._root.queue(os.path.basename(host))) for host in hosts
        }
        for host, queue in self._queues.items():
            found = queue.entries()
            for entry in found:
                known = entries.get(entry.run)
                if known is None or (known.attempt, known.kind == CLAIMED) < (entry.attempt, entry.kind == CLAIMED):
                    entries[entry.run] = entry
                    where[entry.run] = host
            if not queues.is_scheduled(host):  # in what order a scheduler starts its jobs is its own affair
                places.update(positions(found))
        places = {run: place for run, place in places.items() if entries[run].kind != HELD}
        claims = [entry for entry in entries.values() if entry.kind == CLAIMED]
        return Line(entries, where, places, claims, [host for host in hosts if queues.is_scheduled(host)])


def stamp_of(path: str, elsewhere: bool = False) -> Tuple[Optional[int], bool]:
    """When a file or folder changed, and whether that is so recent that it may change again unseen.

    Args:
        path: the file.
        elsewhere: whether another host may have changed it, so that it has to be asked for anew.
    """
    try:
        changed = (fresh.status(path) if elsewhere else os.stat(path)).st_mtime_ns
    except OSError:
        return None, False
    return changed, time.time() * 1e9 - changed < _YOUNG
