"""A window of a log's bytes with its lines found: little more memory than the bytes themselves.

Offsets are those of the file. The window grows at its end as bytes arrive and at its front as older ones are fetched;
what is over `keep` is dropped at the far end.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate


class LogStore:
    """Bytes [start, end) of a log and the offsets at which its lines begin.

    Args:
        keep: bytes held at most.
    """

    def __init__(self, keep: int = 4 << 20) -> None:
        self.keep = keep
        self.start = 0
        self._data = bytearray()
        # Where lines begin, as file offsets. The first is where the window begins, even if that is within a line.
        self._starts = array("Q")

    @property
    def end(self) -> int:
        """The offset after the last byte held."""
        return self.start + len(self._data)

    @property
    def data(self) -> bytearray:
        """The bytes held; not to be changed."""
        return self._data

    def __len__(self) -> int:
        """How many lines begin in the window; an unfinished last one counts."""
        starts = self._starts
        return len(starts) - 1 if starts and starts[-1] == self.end else len(starts)

    @property
    def first(self) -> int:
        """The first line that is surely whole, or the only one."""
        return 1 if self.start > 0 and len(self) > 1 else 0

    def clear(self, at: int = 0) -> None:
        """Hold nothing, and expect bytes at this offset."""
        self.start = at
        self._data = bytearray()
        self._starts = array("Q")

    def append(self, data: bytes, offset: int) -> int:
        """Take bytes at the end; an overlap is cut, a gap starts the window anew. Returns how many line ends came."""
        if not self._data or offset > self.end:
            self.clear(offset)
        elif offset < self.end:
            data = data[self.end - offset :]
        if not data:
            return 0
        base = self.end
        if not self._starts:
            self._starts.append(base)
        # The sums of the lines' lengths are the places where the next ones begin.
        lengths = [len(part) + 1 for part in data.split(b"\n")]
        lengths.pop()
        self._starts.extend(accumulate(lengths[1:], initial=base + lengths[0]) if lengths else ())
        self._data += data
        return len(lengths)

    def prepend(self, data: bytes, offset: int) -> None:
        """Take bytes that end where the window begins, or overlap its beginning."""
        if not self._data:
            self.clear(offset)
            self.append(data, offset)
            return
        data = data[: max(0, self.start - offset)]
        if not data or offset + len(data) != self.start:
            return
        front = LogStore()
        front.append(data, offset)
        # Whether a line begins where this window began, the bytes before it tell.
        self._starts = front._starts + self._starts[1:]
        self._data[0:0] = data
        self.start = offset

    def drop_front(self, before: int | None = None) -> int:
        """Drop the oldest lines over `keep`, and some more so as not to do it each time.

        Args:
            before: lines from this offset on are not dropped.

        Returns:
            How many lines were dropped.
        """
        excess = len(self._data) - self.keep
        if excess <= 0:
            return 0
        at = min(self.start + excess + self.keep // 8, self.end if before is None else before)
        if at <= self.start:
            return 0
        index = bisect_right(self._starts, at) - 1
        if index:
            at = self._starts[index]
        else:
            # One line alone is larger than all that may be held: it is cut.
            self._starts[0] = at
        del self._data[: at - self.start]
        del self._starts[:index]
        self.start = at
        return index

    def drop_back(self) -> None:
        """Drop the newest bytes over `keep`."""
        excess = len(self._data) - self.keep
        if excess <= 0:
            return
        del self._data[-excess - self.keep // 8 :]
        del self._starts[bisect_right(self._starts, self.end) :]

    def bounds(self, line: int) -> tuple[int, int]:
        """The file offsets [start, end) of a line, its line end not counted."""
        start = self._starts[line]
        if line + 1 < len(self._starts):
            return start, self._starts[line + 1] - 1
        return start, self.end

    def line(self, line: int, limit: int) -> tuple[bytes, int]:
        """What to show of a line, and how much there is to show: its beginning, or its end if rewritten there."""
        start, end = self.bounds(line)
        low, high = start - self.start, end - self.start
        if high - low <= limit:
            return bytes(self._data[low:high]), high - low
        rewritten = self._data.rfind(b"\r", max(low, high - limit), high - 1)
        if rewritten >= 0:
            last = bytes(self._data[max(low, high - limit) : high])
            return last, len(last)
        return bytes(self._data[low : low + limit]), high - low

    def line_at(self, offset: int) -> int:
        """The line that holds a file offset, the nearest one if none does."""
        return max(0, min(len(self) - 1, bisect_right(self._starts, offset) - 1))
