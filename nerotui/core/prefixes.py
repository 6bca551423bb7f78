"""The shortest unambiguous beginnings of ids, for very many ids."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

SHORTEST = 4


class Prefixes:
    """A set of ids that knows how many characters tell one from all others.

    Adding and removing cost next to nothing; the order is made anew when it is first asked for after a change
    (sorting a list that is almost sorted is fast).
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids: list[str] = []
        self._added = list(ids)
        self._removed: set[str] = set()

    def add(self, item: str) -> None:
        """Adds an id that is not there yet."""
        if item in self._removed:
            self._order()
        self._added.append(item)

    def discard(self, item: str) -> None:
        """Removes an id, if it is there."""
        self._removed.add(item)

    def matching(self, prefix: str) -> list[str]:
        """The ids that begin so, in order."""
        ids = self._order()
        found = []
        for place in range(bisect_left(ids, prefix), len(ids)):
            if not ids[place].startswith(prefix):
                break
            found.append(ids[place])
        return found

    def short(self, item: str) -> str:
        """The shortest beginning of at least 4 characters that no other id has."""
        ids = self._order()
        place = bisect_left(ids, item)
        length = SHORTEST
        for neighbour in (place - 1, place, place + 1):
            if 0 <= neighbour < len(ids) and ids[neighbour] != item:
                length = max(length, _common(ids[neighbour], item) + 1)
        return item[:length]

    def _order(self) -> list[str]:
        if self._removed:
            self._ids = [one for one in (*self._ids, *self._added) if one not in self._removed]
        else:
            self._ids += self._added
        if self._added:
            self._ids.sort()
        self._added, self._removed = [], set()
        return self._ids


def _common(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
