"""What part of a log is in sight: follow, pause, scroll, wrap, jump, and which bytes must be fetched for it.

A window never moves by itself while following is paused: what arrives then is kept if there is room, else left to be
fetched again, and counted either way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nerotui.core.views import logtext
from nerotui.core.views.logstore import LogStore
from nerotui.core.views.spans import Line

#: Bytes asked for at once when the view comes near the edge of what is held.
CHUNK = 256 << 10
#: Bytes of a line that are looked at: more is neither shown nor searched for its last carriage return.
_LINE_BYTES = 64 << 10
_LINES_KEPT = 500


class Want(NamedTuple):
    """Bytes [start, end) of the file to fetch; `target` is the offset to show once they are there."""

    start: int
    end: int
    target: int | None = None


class LogWindow:
    """A view, `height` rows by `cells`, of a log of any size.

    Attributes:
        missed: lines that came while following was paused.
        size: bytes of the whole file, as far as known.
        hit: the present hit's [start, end) in the file.
        want: what must be fetched, to be taken by `take_want()`.
    """

    def __init__(self, keep: int) -> None:
        self.store = LogStore(keep)
        self.height = 1
        self.cells = 80
        self.wrap = False
        self.begin()

    def begin(self) -> None:
        """Forget everything and follow."""
        self.store.clear()
        self.following = True
        self.missed = 0
        self.size = 0
        self.hit: tuple[int, int] | None = None
        self.want: Want | None = None
        self._asked: Want | None = None
        # The first visible line and the first visible row of it; they count while paused only.
        self._top = 0
        self._sub = 0
        # Whether the end of what is held is not the end of the file.
        self.detached = False
        self._lines: dict[tuple[int, int], Line] = {}

    # Bytes come.

    def append(self, data: bytes, offset: int, size: int | None = None) -> int:
        """Take bytes that came at the end of the file. Returns how many lines ended in them."""
        self.size = max(self.size, size or 0, offset + len(data))
        store = self.store
        if not self.following and len(store) and offset > store.end:
            self.detached = True
        if self.detached:
            came = data.count(b"\n")
        else:
            came = store.append(data, offset)
            self._make_room()
        if not self.following:
            self.missed += came
        return came

    def fill(self, data: bytes, offset: int, size: int | None = None, target: int | None = None) -> None:
        """Take bytes that were wanted."""
        self._asked = None
        self.size = max(self.size, size or 0, offset + len(data))
        store = self.store
        if not data:
            return
        if target is not None:
            store.clear(offset)
            store.append(data, offset)
            self.detached = store.end < self.size
            self.pause()
            self.show_line(store.line_at(target))
        elif not len(store) or offset < store.start <= offset + len(data):
            anchor = offset if self.following or not len(store) else store.bounds(self.first_visible()[0])[0]
            store.prepend(data, offset)
            self._top = store.line_at(anchor)
            if len(store.data) > store.keep and not self.following:
                store.drop_back()
                self.detached = True
        elif store.start <= offset <= store.end:
            store.append(data, offset)
            self.detached = store.end < self.size
            self._make_room()

    def take_want(self) -> Want | None:
        """What must be fetched now, once."""
        want, self.want = self.want, None
        return want

    # The user acts.

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.following, self.missed, self.hit = True, 0, None
        if self.detached:
            # The next bytes at the end begin the window anew; what lies before them is fetched.
            self.detached = False
            self.store.clear(self.size)
            self._ask(max(0, self.size - CHUNK), self.size)

    def pause(self) -> None:
        """Stay where the view is."""
        if self.following:
            self._top, self._sub = self._last_top()
            self.following = False

    def move(self, rows: int) -> None:
        """Scroll by rows; at the end following begins again."""
        if not len(self.store) or (self.following and rows > 0):
            return
        self.hit = None
        top, sub = self._stepped(*self.first_visible(), rows)
        if rows < 0:
            self.pause()
        elif (top, sub) >= self._last_top():
            top, sub = self._last_top()
            if not self.detached:
                self.follow()
                return
        self._top, self._sub = top, sub
        self._want_edges()

    def home(self) -> None:
        """Go to the beginning of the file."""
        self.pause()
        if self.store.start > 0:
            self._ask(0, min(self.size, CHUNK), 0)
        else:
            self._top = self._sub = 0

    def go_to(self, start: int, end: int) -> None:
        """Show the line at an offset, [start, end) being the present hit; asks for it if it is not held."""
        self.pause()
        self.hit = (start, end)
        if len(self.store) and self.store.bounds(0)[0] <= start < self.store.end:
            self.show_line(self.store.line_at(start))
        else:
            self._ask(max(0, start - CHUNK // 2), min(max(self.size, end), start + CHUNK // 2), start)

    def set_wrap(self, wrap: bool) -> None:
        """Wrap long lines or not."""
        self.wrap, self._sub = wrap, 0

    def show_line(self, line: int) -> None:
        """Bring a line in sight, in the upper third of the view."""
        self._top, self._sub = self._stepped(line, 0, -(self.height // 3))

    def search(self, pattern: re.Pattern[bytes], back: bool) -> tuple[int, int] | None:
        """The next line with a hit in what is held, after (or before) that of the present one or the view's edge.

        Returns:
            The hit's [start, end) in the file, or None.
        """
        store = self.store
        if not len(store):
            return None
        if self.hit is not None:
            line = store.bounds(store.line_at(self.hit[0]))
            at = line[0] if back else line[1]
        elif back and self.following:
            at = store.end
        else:
            at = store.bounds(self.first_visible()[0])[0]
        if back:
            found = None
            for found in pattern.finditer(store.data, 0, max(0, at - store.start)):  # noqa: B007  the last one counts
                pass
        else:
            found = pattern.search(store.data, max(0, at - store.start))
        return None if found is None else (found.start() + store.start, found.end() + store.start)

    # What is seen.

    def visible(self) -> list[tuple[int, int]]:
        """The visible rows: (line, row within it)."""
        line, sub = self.first_visible()
        rows: list[tuple[int, int]] = []
        lines = len(self.store)
        while line < lines and len(rows) < self.height:
            rows += [(line, row) for row in range(sub, self._rows_of(line))]
            line, sub = line + 1, 0
        return rows[: self.height]

    def first_visible(self) -> tuple[int, int]:
        """The first visible line and the first visible row of it."""
        if self.following:
            return self._last_top()
        return max(self.store.first, min(self._top, len(self.store) - 1)), self._sub

    def line(self, line: int) -> Line:
        """A line as it is shown."""
        key = self.store.bounds(line)
        found = self._lines.get(key)
        if found is None:
            if len(self._lines) >= _LINES_KEPT:
                self._lines.clear()
            found = self._lines[key] = logtext.spans(self.text(line))
        return found

    def text(self, line: int) -> str:
        """A line's text, clean."""
        raw, length = self.store.line(line, _LINE_BYTES)
        return logtext.shown(raw, length)

    def _rows_of(self, line: int) -> int:
        return logtext.rows(self.line(line), self.cells) if self.wrap else 1

    def _last_top(self) -> tuple[int, int]:
        """The first visible row when the last one is at the bottom."""
        lines = len(self.store)
        if not lines:
            return 0, 0
        return self._stepped(lines - 1, self._rows_of(lines - 1) - 1, 1 - self.height)

    def _stepped(self, line: int, sub: int, rows: int) -> tuple[int, int]:
        """So many rows further, within what is held."""
        lines, first = len(self.store), self.store.first
        if not self.wrap:
            return max(first, min(lines - 1, line + rows)), 0
        while rows < 0:
            if sub + rows >= 0:
                return line, sub + rows
            if line <= first:
                return first, 0
            rows += sub + 1
            line -= 1
            sub = self._rows_of(line) - 1
        while rows > 0:
            left = self._rows_of(line) - 1 - sub
            if rows <= left:
                return line, sub + rows
            if line >= lines - 1:
                return line, sub + left
            rows -= left + 1
            line, sub = line + 1, 0
        return line, sub

    # Room and edges.

    def _make_room(self) -> None:
        """Keep to the bytes allowed; while paused what is in sight stays, and the newest gives way if need be."""
        store = self.store
        if len(store.data) <= store.keep:
            return
        if self.following:
            store.drop_front()
            return
        # What was passed long ago goes first; a little of it stays for scrolling back.
        before = store.bounds(min(self._top, len(store) - 1))[0] - store.keep // 4
        self._top = max(0, self._top - store.drop_front(before))
        if len(store.data) > store.keep:
            store.drop_back()
            self.detached = True

    def _want_edges(self) -> None:
        """Ask for what lies beyond the edge of what is held before the user gets there."""
        if self._top < self.height and self.store.start > 0:
            self._ask(max(0, self.store.start - CHUNK), self.store.start)
        elif self.detached and self._top + 2 * self.height > len(self.store):
            self._ask(self.store.end, min(self.size, self.store.end + CHUNK))

    def _ask(self, start: int, end: int, target: int | None = None) -> None:
        want = Want(start, end, target)
        if start < end and want != self._asked:
            self._asked = self.want = want
