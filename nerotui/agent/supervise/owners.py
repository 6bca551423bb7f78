"""One metric, one source: what a program writes to several places is followed where it came first.

A metric's points are taken from the source that gave it first in the attempt, so that a curve grows as the program
prints. Two things move it to another source, from that source's next x on: the program reports it on purpose, or
another source holds it more than twice as often (a bar's last state once an epoch, and a table of every tenth step).
Names that differ only in how they are joined, and in a leading `train`, are one metric.
"""

import os
from typing import Any, Dict, List, Optional

from nerotui.agent.metrics.files.naming import alike

Point = Dict[str, Any]

LOG, REPORTED, FILE = "log", "reported", "file:"
EVENTS = "events:"

_NOT_METRICS = frozenset(("t", "step", "epoch", "source", "offset", "attempt"))
#: A source has to hold a metric more than this many times as often to take it over, and this much more often.
TIMES, MORE = 2, 2
#: Names that are kept apart; a program that makes up more of them has no curves.
MOST = 1 << 14


class _Owner:
    """Who gives a metric: its group of sources, how many points, on which axis, and where the last one stood."""

    __slots__ = ("axis", "count", "group", "rivals", "x")

    def __init__(self, group: str, axis: str) -> None:
        self.group = group
        self.axis = axis
        self.count = 0
        self.x = float("-inf")
        self.rivals: Dict[str, int] = {}


class Owners:
    """Who gives which metric of an attempt."""

    def __init__(self) -> None:
        self._owners: Dict[str, _Owner] = {}
        self._keys: Dict[str, str] = {}

    def sift(self, points: List[Point]) -> List[Point]:
        """The points, all of one source, without the metrics that another source gives."""
        if not points:
            return points
        group = group_of(points[0]["source"])
        kept: List[Point] = []
        for point in points:
            refused: Optional[List[str]] = None
            renamed: Dict[str, str] = {}
            for name in point:
                if name in _NOT_METRICS:
                    continue
                taken = self._take(name, point, group)
                if taken is None:
                    refused = (refused or []) + [name]
                elif taken != name:
                    renamed[name] = taken
            if refused is not None or renamed:
                point = {renamed.get(name, name): value for name, value in point.items() if name not in (refused or ())}
                if _NOT_METRICS.issuperset(point):
                    continue
            kept.append(point)
        return kept

    def note(self, record: Point) -> None:
        """Takes note of a point that is on record."""
        group = group_of(str(record.get("source")))
        for name in record:
            if name not in _NOT_METRICS:
                key = self._key(name)
                owner = self._owners.get(key)
                if owner is None or owner.group != group:
                    rivals = {} if owner is None else {owner.group: owner.count}
                    owner = self._owners[key] = _Owner(group, _axis(record))
                    owner.rivals = rivals
                _count(owner, record)

    def _take(self, name: str, point: Point, group: str) -> Optional[str]:
        """The name under which a metric of this point is taken; None where another source gives it."""
        key = self._key(name)
        owner = self._owners.get(key)
        if owner is None:
            if len(self._owners) < MOST:
                owner = self._owners[key] = _Owner(group, _axis(point))
                _count(owner, point)
            return name
        if owner.group == group:
            _count(owner, point)
            return name
        if _other_events(owner.group, group):
            return self._beside(name, point, group, key)
        if not self._moves(owner, point, group):
            return None
        owner.rivals[owner.group] = owner.count
        owner.group = group
        _count(owner, point)
        return name

    def _beside(self, name: str, point: Point, group: str, key: str) -> Optional[str]:
        """Event files of two folders are two curves, told apart by their folder: one model's beside another's."""
        folder = group[len(FILE + EVENTS) :]
        for prefix in (os.path.basename(folder), folder):
            longer = "{}/{}".format(prefix, name)
            longer_key = self._key(longer)
            if longer_key == key:
                longer_key = longer
            owner = self._owners.get(longer_key)
            if owner is None and len(self._owners) < MOST:
                owner = self._owners[longer_key] = _Owner(group, _axis(point))
            if owner is not None and owner.group == group:
                _count(owner, point)
                return longer
        return None

    def _moves(self, owner: _Owner, point: Point, group: str) -> bool:
        count = owner.rivals.get(group, 0) + 1
        owner.rivals[group] = count
        if owner.axis and owner.axis not in point:
            return False
        if owner.axis and point[owner.axis] <= owner.x:
            return False
        if owner.group == REPORTED:
            return False
        return group == REPORTED or count > TIMES * owner.count + MORE

    def _key(self, name: str) -> str:
        key = self._keys.get(name)
        if key is None:
            key = alike(name)
            if len(self._keys) < MOST:
                self._keys[name] = key
        return key


def group_of(source: str) -> str:
    """Sources that go on with each other: the event files of one folder are one."""
    if source.startswith(FILE) and "tfevents" in os.path.basename(source):
        return FILE + EVENTS + os.path.dirname(source[len(FILE) :])
    return source


def _other_events(one: str, other: str) -> bool:
    return one.startswith(FILE + EVENTS) and other.startswith(FILE + EVENTS)


def _axis(point: Point) -> str:
    return "step" if "step" in point else "epoch" if "epoch" in point else ""


def _count(owner: _Owner, point: Point) -> None:
    owner.count += 1
    x = point.get(owner.axis)
    if x is not None:
        owner.x = x
