"""What a host can hand out, and who holds it: slots and GPUs as they are at this moment."""

import time
from typing import Any, Dict, List, Optional, Set

from nerotui.agent import durable
from nerotui.agent.queue import holders
from nerotui.agent.queue.plan import Room
from nerotui.agent.queue.queue import CLAIMED, Entry, Queue
from nerotui.agent.run.layout import Root

#: Asking the driver costs time, so its answers are used for this long.
PATIENCE = 2.0


class Resources:
    """The slots and GPUs of this host."""

    def __init__(self, root: Root, queue: Queue, driver: Optional[Any] = None) -> None:
        """`driver` stands in for the GPUs' real driver."""
        self._root = root
        self._queue = queue
        self._driver = driver
        self._asked = 0.0
        self._count: Optional[int] = None
        self._pids: Optional[Dict[int, List[int]]] = None

    @property
    def count(self) -> int:
        """How many GPUs the host has."""
        if self._count is None:
            self._count = self._source().count()
        return self._count

    @property
    def slots(self) -> int:
        """How many runs may run at once: as configured, else one a GPU, else one."""
        configured = (durable.read_json(self._queue.folder.settings) or {}).get("slots")
        if isinstance(configured, int) and configured > 0:
            return configured
        return max(1, self.count)

    def room(self) -> Room:
        """What is free now."""
        taken = holders.held(self._queue.folder.slots)
        free = self.slots - len(taken)
        total = self.count
        if not total:
            return Room(free)
        ours = holders.held(self._queue.folder.gpus)
        foreign: Set[int] = set()
        idle = [index for index in range(total) if index not in ours]
        if idle:
            pids = self._computing()
            foreign = {index for index in idle if pids is None or pids.get(index) is None or pids[index]}
        return Room(free, tuple(index for index in idle if index not in foreign), len(ours), total, frozenset(foreign))

    def take(self, holder: holders.Holder, gpus: List[int]) -> bool:
        """Takes a slot and these GPUs for an attempt; False where one of them was taken meanwhile."""
        limit = self.slots
        if not any(holders.take(self._queue.folder.slots, number, holder) for number in range(limit)):
            return False
        self._asked = 0.0
        return all(holders.take(self._queue.folder.gpus, index, holder) for index in gpus)

    def free_dead(self, entries: List[Entry]) -> None:
        """Frees what attempts hold that are proved over: they have no claim, neither in `entries` nor now."""
        live = {(entry.run, entry.attempt) for entry in entries if entry.kind == CLAIMED}
        for folder in (self._queue.folder.slots, self._queue.folder.gpus):
            for number, holder in holders.held(folder).items():
                if holder is None or tuple(holder) in live:
                    continue
                entry = self._queue.of_run(holder.run)
                if entry is None or entry.kind != CLAIMED or entry.attempt != holder.attempt:
                    holders.free(folder, number, holder)

    def _computing(self) -> Optional[Dict[int, List[int]]]:
        if time.monotonic() >= self._asked:
            self._pids = self._source().compute_pids()
            self._asked = time.monotonic() + PATIENCE
        return self._pids

    def _source(self) -> Any:
        if self._driver is None:
            from nerotui.agent.host import gpus

            self._driver = gpus.HOST
        return self._driver
