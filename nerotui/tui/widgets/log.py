"""The log: bytes of any size shown as lines, following the end until the user scrolls up."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

from rich.segment import Segment
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from nerotui.core.views import logtext
from nerotui.core.views.format import clock, plural
from nerotui.core.views.logstore import LogStore
from nerotui.core.views.spans import Line, Notice
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView

#: Bytes asked for at once when the view comes near the edge of what is held.
CHUNK = 256 << 10
#: Seconds between two paints under load; a line after silence is painted at once.
PAUSE = 0.1
_LINE_BYTES = 64 << 10
_TIME_CELLS = 9


class LogView(LineView, can_focus=True):
    """A window of a log's bytes, told where it lies in the file.

    `begin()`, then `append()` as bytes arrive. Scrolled to the edge of what is held, it posts `Wanted` with the byte
    range that it lacks; the answer goes to `fill()`. While following is paused, what arrives never moves the view.

    Args:
        keep: bytes held at most; the far end is dropped first.
    """

    @dataclass
    class Wanted(Message):
        """Bytes [start, end) of the log are needed to go on scrolling, or to show `target`."""

        log: LogView
        start: int
        end: int
        target: int | None = None

    @dataclass
    class Following(Message):
        """Following began or stopped, or what the pane's rule says of it changed."""

        log: LogView
        following: bool
        missed: int

    @dataclass
    class SearchOn(Message):
        """No hit in the bytes held: the search goes on from `offset` in the file, and `go_to()` takes the answer."""

        log: LogView
        pattern: str
        regex: bool
        errors: bool
        offset: int
        back: bool

    def __init__(
        self,
        *,
        keep: int = 4 << 20,
        palette: Palette = DEFAULT,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self.store = LogStore(keep)
        self.following = True
        self.missed = 0
        self.wrap = False
        self.times = False
        self.left = 0
        self.size_of_file = 0
        self._top = 0  # the first visible line, and the first visible row of it when wrapped
        self._sub = 0
        self._detached = False  # the end of what is held is not the end of the file
        self._asked: tuple[int, int] | None = None
        self._total_lines: int | None = None
        self._seen: list[tuple[int, float]] = []
        self._pattern: re.Pattern[str] | None = None
        self._wanted_text: tuple[str, bool] = ("", False)
        self._hit: tuple[int, int] | None = None
        self._lines: dict[tuple[int, int], Line] = {}
        self._painted_at = 0.0
        self._later: Timer | None = None

    # What it says.

    @property
    def held(self) -> tuple[int, int]:
        """The byte range that is held."""
        return self.store.start, self.store.end

    @property
    def at(self) -> int:
        """The byte offset of the line at hand: that of the present hit, else the last visible one."""
        if self._hit is not None:
            return self._hit[0]
        lines = [line for line, _ in self._visible()]
        return self.store.bounds(lines[-1])[0] if lines else self.store.start

    @property
    def right(self) -> str:
        """What the pane's rule says: "41,220 lines · following", "PAUSED +214"."""
        if not len(self.store):
            return ""
        dot = f" {self.palette.glyphs.dot} "
        parts = []
        lines = self._total_lines
        if lines is None and self.store.start == 0 and not self._detached:
            lines = len(self.store)
        if lines is not None:
            parts.append(plural(lines, "line"))
        if self._pattern is not None:
            parts.append(f"/{self._wanted_text[0]}")
        if self.wrap:
            parts.append("wrapped")
        elif self.left:
            parts.append(f"from column {self.left + 1}")
        parts.append("following" if self.following else f"PAUSED +{self.missed:,}" if self.missed else "PAUSED")
        return dot.join(parts)

    def line_text(self) -> str:
        """The line at hand, clean, for copying."""
        return self._text(self.store.line_at(self.at)) if len(self.store) else ""

    # Bytes come.

    def begin(self, notice: Notice | None = None) -> None:
        """Forget everything: another run's log, or a log that was replaced; show `notice` until bytes come."""
        self.store.clear()
        self._lines.clear()
        self._seen.clear()
        self.following, self.missed = True, 0
        self._top = self._sub = self.left = self.size_of_file = 0
        self._detached, self._asked, self._hit, self._total_lines = False, None, None, None
        self.notice = notice
        self._paint()

    def append(self, data: bytes, offset: int, *, size: int | None = None, seen: float | None = None) -> None:
        """Take bytes that came at the end.

        Args:
            data: the bytes.
            offset: where they lie in the file; a gap to what is held starts anew, an overlap is cut.
            size: of the whole file, if known.
            seen: when they arrived, for the time column; None for a backlog.
        """
        end = offset + len(data)
        self.size_of_file = max(self.size_of_file, size or 0, end)
        if not data:
            return
        if self._detached:
            self._count_missed(data.count(b"\n"))
            return
        store = self.store
        if not self.following and offset > store.end and len(store):
            # Something is missing in between: it is fetched when the user scrolls there.
            self._detached = True
            self._count_missed(data.count(b"\n"))
            return
        self.notice = None
        came = store.append(data, offset)
        if seen is not None:
            self._note_time(offset, seen)
        if self._total_lines is not None:
            self._total_lines += came
        self._make_room()
        if not self.following:
            self._count_missed(came)
        self._paint_soon()

    def fill(self, data: bytes, offset: int, *, size: int | None = None, target: int | None = None) -> None:
        """Take bytes asked for by `Wanted`: beside what is held, or in its place to show `target`."""
        self._asked = None
        self.size_of_file = max(self.size_of_file, size or 0, offset + len(data))
        store = self.store
        if not data:
            return
        self.notice = None
        if target is not None:
            self._lines.clear()
            store.clear(offset)
            store.append(data, offset)
            self._detached = store.end < self.size_of_file
            self._pause()
            self._show_line(store.line_at(target))
        elif not len(store) or offset < store.start <= offset + len(data):
            anchor = store.bounds(self._top)[0] if len(store) else None
            store.prepend(data, offset)
            if len(store.data) > store.keep and not self.following:
                store.drop_back()
                self._detached = True
            if anchor is not None:
                self._top = store.line_at(anchor)
        elif store.start <= offset <= store.end:
            store.append(data, offset)
            self._make_room()
            self._detached = store.end < self.size_of_file
        self._paint()

    def say_lines(self, total: int | None) -> None:
        """Tell how many lines the whole log has, for `right`."""
        self._total_lines = total

    # The user acts.

    def set_follow(self, on: bool) -> None:
        """Follow from now on (goes to the end), or stop."""
        if not on:
            self._pause()
            return
        self.following, self.missed, self._hit = True, 0, None
        if self._detached:
            # The next bytes at the end begin the window anew; what lies before them is fetched.
            self._detached = False
            self.store.clear(self.size_of_file)
            self._lines.clear()
            self._ask(max(0, self.size_of_file - CHUNK), self.size_of_file)
        self._tell()
        self._paint()

    def toggle_wrap(self) -> None:
        """Wrap long lines, or scroll sideways instead."""
        self.wrap = not self.wrap
        self._sub = self.left = 0
        self._tell()
        self._paint()

    def toggle_times(self) -> None:
        """Show or hide when each line was seen, for lines that arrived while followed."""
        self.times = not self.times
        self._paint()

    def move(self, rows: int) -> None:
        """Scroll by rows; at the end following begins again."""
        if rows < 0:
            if not len(self.store):
                return
            top, sub = self._first_visible()
            self._pause()
            self._top, self._sub = self._stepped(top, sub, rows)
        elif not self.following:
            top, sub = self._stepped(self._top, self._sub, rows)
            last, last_sub = self._last_top()
            if (top, sub) >= (last, last_sub):
                top, sub = last, last_sub
                if not self._detached:
                    self.set_follow(True)
                    return
            self._top, self._sub = top, sub
        self._hit = None
        self._want_edges()
        self._paint()

    def sideways(self, cells: int) -> None:
        """Scroll by cells to the right, or to the left if negative."""
        if not self.wrap:
            self.left = max(0, min(logtext.LIMIT, self.left + cells))
            self._tell()
            self._paint()

    def home(self) -> None:
        """Go to the beginning of the file."""
        self._pause()
        if self.store.start > 0:
            self._ask(0, min(self.size_of_file, CHUNK), 0)
        else:
            self._top = self._sub = 0
            self._paint()

    def end(self) -> None:
        """Go to the end of the file and follow."""
        self.set_follow(True)

    def search(self, pattern: str, *, regex: bool = False) -> None:
        """Highlight a pattern; "" ends the search. Case matters only where the pattern has capitals.

        Raises:
            ValueError: with a sentence, if it is no valid expression.
        """
        self._wanted_text = (pattern, regex)
        self._hit = None
        if not pattern:
            self._pattern = None
        else:
            flags = 0 if pattern != pattern.lower() else re.IGNORECASE
            try:
                self._pattern = re.compile(pattern if regex else re.escape(pattern), flags)
            except re.error as error:
                raise ValueError(f"“{pattern}” is no valid expression: {error}.") from error
        self._tell()
        self._paint()

    def next_hit(self, *, back: bool = False) -> None:
        """Go to the next hit, or post `SearchOn` if the bytes held have none."""
        if self._pattern is not None:
            text, regex = self._wanted_text
            source = text if regex else re.escape(text)
            flags = self._pattern.flags & re.IGNORECASE
            self._seek(re.compile(source.encode(), flags | re.MULTILINE), text, regex, False, back)

    def next_error(self, *, back: bool = False) -> None:
        """Go to the next line that is an error or begins a traceback, or post `SearchOn`."""
        self._seek(logtext.ERROR_BYTES, "", False, True, back)

    def go_to(self, start: int, end: int | None = None) -> None:
        """Show the line at a byte offset, [start, end) being the present hit; posts `Wanted` if it is not held."""
        self._pause()
        self._hit = (start, start if end is None else end)
        if len(self.store) and self.store.bounds(0)[0] <= start < max(self.store.end, 1):
            self._show_line(self.store.line_at(start))
            self._paint()
        else:
            self._ask(max(0, start - CHUNK // 2), min(self.size_of_file, start + CHUNK // 2), start)

    # Drawing.

    def laid_out(self) -> None:
        """The last lines stay at the bottom while following; the top stays otherwise."""
        self._rows_shown = None

    def strip(self, y: int) -> Strip:
        """A visible row."""
        rows = self._rows_shown
        if y == 0 or rows is None:
            rows = self._rows_shown = self._visible()
        if y >= len(rows):
            return Strip.blank(0)
        line, sub = rows[y]
        cells = self._cells()
        found = self._line(line)
        if self._pattern is not None:
            found = logtext.with_hits(found, self._pattern)
        part = logtext.window(found, sub * cells if self.wrap else self.left, cells)
        segments = self.styled(part, selected=self._is_hit(line))
        if self.times:
            segments.insert(0, Segment(self._seen_text(line, sub), self.palette.style("faint")))
        return Strip(segments)

    _rows_shown: list[tuple[int, int]] | None = None

    def _cells(self) -> int:
        return max(1, self.size.width - (_TIME_CELLS if self.times else 0))

    def _visible(self) -> list[tuple[int, int]]:
        """The visible rows: (line, row within it)."""
        top, sub = self._first_visible()
        rows: list[tuple[int, int]] = []
        lines = len(self.store)
        while top < lines and len(rows) < self.size.height:
            for row in range(sub, self._rows_of(top)):
                rows.append((top, row))
            top, sub = top + 1, 0
        return rows[: self.size.height]

    def _first_visible(self) -> tuple[int, int]:
        if self.following:
            return self._last_top()
        return min(self._top, max(0, len(self.store) - 1)), self._sub

    def _last_top(self) -> tuple[int, int]:
        """The first visible row when the last one is at the bottom."""
        lines = len(self.store)
        if not lines:
            return 0, 0
        return self._stepped(lines - 1, self._rows_of(lines - 1) - 1, 1 - max(1, self.size.height))

    def _rows_of(self, line: int) -> int:
        return logtext.rows(self._line(line), self._cells()) if self.wrap else 1

    def _stepped(self, line: int, sub: int, rows: int) -> tuple[int, int]:
        """So many rows further, within what is held."""
        lines = len(self.store)
        if not self.wrap:
            return max(0, min(lines - 1, line + rows)), 0
        while rows < 0:
            if sub + rows >= 0:
                return line, sub + rows
            if line == 0:
                return 0, 0
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

    def _line(self, line: int) -> Line:
        key = self.store.bounds(line)
        found = self._lines.get(key)
        if found is None:
            if len(self._lines) > 2000:
                self._lines.clear()
            found = self._lines[key] = logtext.spans(self._text(line))
        return found

    def _text(self, line: int) -> str:
        raw, length = self.store.line(line, _LINE_BYTES)
        return logtext.shown(raw, length)

    def _is_hit(self, line: int) -> bool:
        return self._hit is not None and self.store.line_at(self._hit[0]) == line

    def _seen_text(self, line: int, sub: int) -> str:
        start = self.store.bounds(line)[0]
        index = bisect_right(self._seen, (start, float("inf"))) - 1
        known = index >= 0 and sub == 0
        return f"{clock(self._seen[index][1], seconds=True) if known else '':8} "

    # The rest.

    def _note_time(self, offset: int, seen: float) -> None:
        if not self._seen or int(seen) > int(self._seen[-1][1]):
            self._seen.append((offset, seen))
            if len(self._seen) > 20_000:
                del self._seen[:10_000]

    def _make_room(self) -> None:
        """Keep to the bytes allowed; what is on screen while paused stays, and what is new is dropped instead."""
        store = self.store
        if len(store.data) <= store.keep:
            return
        if self.following:
            store.drop_front()
        elif len(store) and store.bounds(self._top)[0] - store.start > len(store.data) // 2:
            self._top -= store.drop_front()
        else:
            store.drop_back()
            self._detached = True
        self._top = max(0, self._top)

    def _count_missed(self, lines: int) -> None:
        if lines and not self.following:
            self.missed += lines
            self._tell()

    def _pause(self) -> None:
        if self.following:
            self._top, self._sub = self._last_top()
            self.following = False
            self._tell()

    def _show_line(self, line: int) -> None:
        """Bring a line in sight, in the upper third of the view."""
        self._top, self._sub = self._stepped(line, 0, -(self.size.height // 3))

    def _want_edges(self) -> None:
        """Ask for what lies beyond the edge of what is held before the user gets there."""
        page = max(1, self.size.height)
        if self._top < page and self.store.start > 0:
            self._ask(max(0, self.store.start - CHUNK), self.store.start)
        elif self._detached and self._top + 2 * page > len(self.store):
            self._ask(self.store.end, min(self.size_of_file, self.store.end + CHUNK))

    def _ask(self, start: int, end: int, target: int | None = None) -> None:
        if start < end and self._asked != (start, end):
            self._asked = (start, end)
            self.post_message(self.Wanted(self, start, end, target))

    def _seek(self, pattern: re.Pattern[bytes], text: str, regex: bool, errors: bool, back: bool) -> None:
        store = self.store
        if not len(store):
            return
        if self._hit is not None:
            at = self._hit[0]
        else:
            top, _ = self._first_visible()
            at = store.end if back and self.following else store.bounds(top)[0] - (0 if back else 1)
        place = at - store.start
        if back:
            found = deque(pattern.finditer(store.data, 0, max(0, place)), 1)
        else:
            found = deque(filter(None, [pattern.search(store.data, max(0, place + 1))]))
        if found:
            self.go_to(found[0].start() + store.start, found[0].end() + store.start)
        elif (store.start > 0) if back else self._detached:
            self.post_message(self.SearchOn(self, text, regex, errors, store.start if back else store.end, back))

    def _tell(self) -> None:
        self.post_message(self.Following(self, self.following, self.missed))

    def _paint_soon(self) -> None:
        """Paint at once after silence, else when the pause since the last paint is over."""
        if self._later is not None:
            return
        wait = self._painted_at + PAUSE - time.monotonic()
        if wait <= 0:
            self._paint()
        else:
            self._later = self.set_timer(wait, self._paint)

    def _paint(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        self._painted_at = time.monotonic()
        self._rows_shown = None
        self.repaint()
