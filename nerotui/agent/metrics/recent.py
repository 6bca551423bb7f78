"""Memories of what was met lately: of a bounded size, whatever a log holds; what nobody asks for is forgotten."""

from typing import Any, Dict, Generic, Hashable, TypeVar

#: Bytes of a generation of `Seen`, and how many things it takes: one new thing in twelve seems known then.
_BYTES, _THINGS = 1 << 13, 3000

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Two generations of entries: when the young ones weigh enough they become the old ones, which are dropped.

    Attributes:
        young: the newest entries, to look into first where that must be fast; the same object for ever.
    """

    __slots__ = ("_most", "_old", "_weight", "young")

    def __init__(self, most: int) -> None:
        """Makes an empty table.

        Args:
            most: how much may be put into one generation. No more than three times that is held.
        """
        self.young: Dict[Key, Value] = {}
        self._old: Dict[Key, Value] = {}
        self._most = most
        self._weight = 0

    def get(self, key: Key, default: Any = None) -> Any:
        """The entry, which is young again; `default` where there is none."""
        if key in self.young:
            return self.young[key]
        if key not in self._old:
            return default
        found = self.young[key] = self._old.pop(key)
        return found

    def put(self, key: Key, value: Value, weight: int = 1) -> None:
        """Remembers an entry of a weight, in bytes perhaps."""
        self._weight += weight
        if self._weight > self._most:
            self._old = self.young.copy()
            self.young.clear()
            self._weight = weight
        self.young[key] = value


class Seen:
    """Whether something was met lately, in a few bits for each of thousands; it errs about some that are new.

    A Bloom filter of one bit a thing, in two generations.
    """

    __slots__ = ("_count", "_old", "_young")

    def __init__(self) -> None:
        # Made when they are needed: hundreds of logs may be read at once.
        self._young, self._old = bytearray(), bytearray()
        self._count = 0

    def again(self, thing: Hashable) -> bool:
        """Whether it was met before; from now on it was."""
        at, bit = divmod(hash(thing) % (8 * _BYTES), 8)
        mask = 1 << bit
        if not self._young:
            self._young = bytearray(_BYTES)
        if self._young[at] & mask:
            return True
        self._count += 1
        if self._count > _THINGS:
            self._young, self._old = bytearray(_BYTES), self._young
            self._count = 0
        self._young[at] |= mask
        return bool(self._old) and bool(self._old[at] & mask)
