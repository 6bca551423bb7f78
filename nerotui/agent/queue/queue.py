"""A host's queue: a folder of empty files whose names say everything, changed by renames alone.

    q~ORDER~RUN~ATTEMPT                  waits; the only permission to start that attempt
    h~ORDER~RUN~ATTEMPT                  held: out of line, but with its place kept
    c~ORDER~RUN~ATTEMPT~KIND~IDENTITY    claimed from KIND by a process; stays until the attempt is over

A claimant's name for an entry holds its identity, so no rename has a target that somebody else could have made, and of
several who want an entry exactly one gets it. A claim whose claimant is dead is taken over the same way.
"""

import os
import time
from typing import Dict, Iterator, List, NamedTuple, Optional

from nerotui.agent import durable
from nerotui.agent.processes.identity import Identity, from_token
from nerotui.agent.run.layout import QueueFolder, is_id, make_folder

_JOINT = "~"
WAITS, HELD, CLAIMED = "q", "h", "c"

#: Orders are microseconds times this, so that many fit between two of them.
_SPREAD = 1 << 20


class Entry(NamedTuple):
    """One entry of the queue, as its name says it."""

    kind: str
    order: int
    run: str
    attempt: int
    was: str = WAITS
    claimant: Optional[Identity] = None

    @property
    def name(self) -> str:
        """The file's name."""
        fields = [self.kind, "{:022d}".format(self.order), self.run, str(self.attempt)]
        if self.claimant is not None:
            fields += [self.was, self.claimant.token()]
        return _JOINT.join(fields)


def parse(name: str) -> Optional[Entry]:
    """The entry that a file's name says; None for a file that is none."""
    fields = name.split(_JOINT)
    if len(fields) not in (4, 6) or not (fields[1].isdigit() and is_id(fields[2]) and fields[3].isdigit()):
        return None
    order, attempt = int(fields[1]), int(fields[3])
    if len(fields) == 4:
        return Entry(fields[0], order, fields[2], attempt) if fields[0] in (WAITS, HELD) else None
    claimant = from_token(fields[5])
    if fields[0] != CLAIMED or fields[4] not in (WAITS, HELD) or claimant is None:
        return None
    return Entry(CLAIMED, order, fields[2], attempt, fields[4], claimant)


def order_of(moment: float) -> int:
    """The place in line of what came at a moment, seconds since the epoch."""
    return int(moment * 1e6) * _SPREAD


class Queue:
    """The queue of one host."""

    def __init__(self, folder: QueueFolder) -> None:
        self.folder = folder
        self._parsed: Dict[str, Optional[Entry]] = {}

    def make(self) -> None:
        """Makes the folders; a scheduler hands out its own slots and GPUs."""
        held = [self.folder.slots, self.folder.gpus] if self.folder.scheduler is None else []
        for path in [self.folder.line] + held:
            make_folder(path)

    def entries(self) -> List[Entry]:
        """All entries, in order of their place in line."""
        known = self._parsed  # names never change their meaning, and a line may be long
        fresh: Dict[str, Optional[Entry]] = {}
        for name in durable.names(self.folder.line):
            fresh[name] = known[name] if name in known else parse(name)
        self._parsed = fresh
        found = [entry for entry in fresh.values() if entry is not None]
        return sorted(found, key=lambda entry: (entry.order, entry.run))

    def waits(self) -> bool:
        """Whether anything waits, at the price of a look at the names."""
        return any(name.startswith(WAITS + _JOINT) for name in durable.names(self.folder.line))

    def of_run(self, run: str) -> Optional[Entry]:
        """The entry of a run.

        A folder that is read while a name in it changes may show neither the old nor the new one, so nothing found is
        looked for twice.
        """
        for _ in range(2):
            for entry in self.entries():
                if entry.run == run:
                    return entry
        return None

    def add(self, run: str, attempt: int, held: bool, moment: Optional[float] = None) -> Entry:
        """Puts an attempt in line, durably; the same moment makes the same entry, however often it is added."""
        order = order_of(time.time() if moment is None else moment)
        entry = Entry(HELD if held else WAITS, order, run, attempt)
        try:
            durable.create(self._path(entry))
        except FileExistsError:
            pass
        return entry

    def change(self, entry: Entry, kind: Optional[str] = None, order: Optional[int] = None) -> Optional[Entry]:
        """Holds, releases or moves an entry that is not claimed; None where it is no longer as it was."""
        new = entry._replace(
            kind=entry.kind if kind is None else kind, order=entry.order if order is None else max(order, 0)
        )
        return self._become(entry, new, sync=True)

    def claim(self, entry: Entry, claimant: Identity) -> Optional[Entry]:
        """Takes an entry, or takes over another's claim; None where somebody else was faster."""
        was = entry.was if entry.kind == CLAIMED else entry.kind
        return self._become(entry, entry._replace(kind=CLAIMED, was=was, claimant=claimant))

    def put_back(self, entry: Entry, held: bool = False) -> Optional[Entry]:
        """Undoes a claim: the entry is where it was before, or held."""
        return self._become(entry, entry._replace(kind=HELD if held else entry.was, was=WAITS, claimant=None))

    def restore(self, claim: Entry, before: Entry) -> None:
        """Undoes a claim of which nothing came: the entry is as it was, another's claim if it was one."""
        self._become(claim, before)

    def drop(self, entry: Entry) -> None:
        """Deletes an entry: its attempt is over, or the run is gone."""
        durable.discard(self._path(entry))

    def place(self, entry: Entry, to: str) -> int:
        """The order that moves an entry "up", "down", to the "front" or to the "back" of the line.

        Held entries are not in the line, so one of them moves among all.
        """
        line = [e for e in self.entries() if e.kind in ((WAITS,) if entry.kind == WAITS else (WAITS, HELD))]
        orders = [e.order for e in line if e.run != entry.run]
        before = [order for order in orders if order <= entry.order]
        after = [order for order in orders if order > entry.order]
        if to in ("up", "front"):
            if not before:
                return entry.order
            if to == "front" or len(before) == 1:
                return before[0] - _SPREAD
            return (before[-2] + before[-1]) // 2
        if not after:
            return entry.order
        if to == "back" or len(after) == 1:
            return after[-1] + _SPREAD
        return (after[0] + after[1] + 1) // 2

    def _become(self, old: Entry, new: Entry, sync: bool = False) -> Optional[Entry]:
        if old == new:
            return old
        if not durable.rename(self._path(old), self._path(new)):
            return None
        if sync:
            durable.sync_folder(self.folder.line)
        return new

    def _path(self, entry: Entry) -> str:
        return os.path.join(self.folder.line, entry.name)


def positions(entries: List[Entry]) -> Dict[str, int]:
    """Each waiting run's place, 1 = next."""
    return {entry.run: place for place, entry in enumerate((e for e in entries if e.kind == WAITS), 1)}


def of_kind(entries: List[Entry], kind: str) -> Iterator[Entry]:
    """The entries of one kind, in order."""
    return (entry for entry in entries if entry.kind == kind)
