"""The log: bytes of any size shown as lines, following the end until the user scrolls up."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from dataclasses import dataclass

from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from nerotui.core.views import logtext
from nerotui.core.views.filters import endless
from nerotui.core.views.format import clock, plural
from nerotui.core.views.logwindow import LogWindow
from nerotui.core.views.spans import Notice, Span
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView

#: Seconds between two paints under load; a line after silence is painted at once.
PAUSE = 0.1
_TIME_CELLS = 9
_TIMES_KEPT = 20_000


class LogView(LineView, can_focus=True):
    """A window of a log's bytes, told where it lies in the file.

    `begin()`, then `append()` as bytes arrive. Scrolled to the edge of what is held, it posts `Wanted` with the byte
    range that it lacks; the answer goes to `fill()`. While following is paused, what arrives never moves the view.

    Args:
        keep: bytes held at most; the far end is dropped first.
    """

    @dataclass
    class Wanted(Message):
        """Bytes [start, end) of the log are needed to go on scrolling, or to show `target`; hand it back to `fill`."""

        log: LogView
        start: int
        end: int
        target: int | None = None

    @dataclass
    class Following(Message):
        """Following began or stopped, or what the pane's rule says (`right`) changed otherwise."""

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
        keep: int = 2 << 20,
        palette: Palette = DEFAULT,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self.window = LogWindow(keep)
        self.times = False
        self._left = 0
        self._total: int | None = None
        self._seen: list[tuple[int, float]] = []
        self._pattern: re.Pattern[str] | None = None
        self._searched: tuple[str, bool] = ("", False)
        self._rows: list[tuple[int, int]] | None = None
        self._painted_at = 0.0
        self._later: Timer | None = None
        self._told = ""

    # What it says.

    @property
    def following(self) -> bool:
        """Whether new lines move the view."""
        return self.window.following

    @property
    def missed(self) -> int:
        """Lines that came while following was paused."""
        return self.window.missed

    @property
    def held(self) -> tuple[int, int]:
        """The byte range that is held."""
        return self.window.store.start, self.window.store.end

    @property
    def at(self) -> int:
        """The byte offset of the line at hand: that of the present hit, else the last visible one."""
        if self.window.hit is not None:
            return self.window.hit[0]
        rows = self.window.visible()
        return self.window.store.bounds(rows[-1][0])[0] if rows else self.window.store.start

    @property
    def right(self) -> str:
        """What the pane's rule says: "41,220 lines · following", "PAUSED +214"."""
        window = self.window
        if not len(window.store):
            return ""
        parts = []
        lines = self._total
        if lines is None and window.store.start == 0 and not window.detached:
            lines = len(window.store)
        if lines is not None:
            parts.append(plural(lines, "line"))
        if self._pattern is not None:
            parts.append(f"/{self._searched[0]}")
        if window.wrap:
            parts.append("wrapped")
        elif self._left:
            parts.append(f"from column {self._left + 1}")
        if window.following:
            parts.append("following")
        else:
            parts.append(f"PAUSED +{window.missed:,}" if window.missed else "PAUSED")
        return f" {self.palette.glyphs.dot} ".join(parts)

    def line_text(self) -> str:
        """The line at hand, clean, for copying."""
        store = self.window.store
        return self.window.text(store.line_at(self.at)) if len(store) else ""

    # Bytes come.

    def begin(self, notice: Notice | None = None) -> None:
        """Forget everything: another run's log, or a log that was replaced; show `notice` until bytes come."""
        self.window.begin()
        self._seen.clear()
        self._left, self._total = 0, None
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
        came = self.window.append(data, offset, size)
        if self._total is not None:
            self._total += came
        if seen is not None and (not self._seen or int(seen) > int(self._seen[-1][1])):
            self._seen.append((offset, seen))
            del self._seen[: -_TIMES_KEPT if len(self._seen) > _TIMES_KEPT * 2 else 0]
        if data:
            self.notice = None
            self._paint_soon()

    def fill(self, data: bytes, offset: int, *, size: int | None = None, target: int | None = None) -> None:
        """Take bytes asked for by `Wanted`: beside what is held, or in its place to show `target`."""
        self.window.fill(data, offset, size, target)
        if data:
            self.notice = None
        self._paint()

    def say_lines(self, total: int | None) -> None:
        """Tell how many lines the whole log has, for `right`."""
        self._total = total
        self._tell()

    # The user acts.

    def set_follow(self, on: bool) -> None:
        """Follow from now on (goes to the end), or stop."""
        if on:
            self.window.follow()
        else:
            self.window.pause()
        self._paint()

    def toggle_wrap(self) -> None:
        """Wrap long lines, or scroll sideways instead."""
        self.window.set_wrap(not self.window.wrap)
        self._left = 0
        self._paint()

    def toggle_times(self) -> None:
        """Show or hide when each line was seen, for lines that arrived while followed."""
        self.times = not self.times
        self._paint()

    def move(self, rows: int) -> None:
        """Scroll by rows; at the end following begins again."""
        self.window.move(rows)
        self._paint()

    def sideways(self, cells: int) -> None:
        """Scroll by cells to the right, or to the left if negative."""
        if not self.window.wrap:
            self._left = max(0, min(logtext.LIMIT, self._left + cells))
            self._paint()

    def home(self) -> None:
        """Go to the beginning of the file."""
        self.window.home()
        self._paint()

    def end(self) -> None:
        """Go to the end of the file and follow."""
        self.set_follow(True)

    def search(self, pattern: str, *, regex: bool = False) -> None:
        """Highlight a pattern; "" ends the search. Case matters only where the pattern has capitals.

        Raises:
            ValueError: with a sentence, if it is no valid expression, or one that could take for ever.
        """
        compiled = None
        if pattern:
            flags = 0 if pattern != pattern.lower() else re.IGNORECASE
            try:
                compiled = re.compile(pattern if regex else re.escape(pattern), flags)
            except re.error as error:
                raise ValueError(f"“{pattern}” is no valid expression: {error}.") from error
            if regex and endless(pattern):
                raise ValueError(f"“{pattern}” repeats a repetition: it could search for hours.")
        self._pattern, self._searched, self.window.hit = compiled, (pattern, regex), None
        self._paint()

    def next_hit(self, *, back: bool = False) -> None:
        """Go to the next hit, or post `SearchOn` if the bytes held have none."""
        if self._pattern is not None:
            text, regex = self._searched
            flags = self._pattern.flags & re.IGNORECASE | re.MULTILINE
            self._seek(re.compile(self._pattern.pattern.encode(), flags), text, regex, False, back)

    def next_error(self, *, back: bool = False) -> None:
        """Go to the next line that is an error or begins a traceback, or post `SearchOn`."""
        self._seek(logtext.ERROR_BYTES, "", False, True, back)

    def go_to(self, start: int, end: int | None = None) -> None:
        """Show the line at a byte offset, [start, end) being the present hit; posts `Wanted` if it is not held."""
        self.window.go_to(start, start if end is None else end)
        self._paint()

    # Drawing.

    def laid_out(self) -> None:
        """The last lines stay at the bottom while following; the top stays otherwise."""
        self._measure()

    def selection_updated(self, selection: Selection | None) -> None:
        """Lines stay under the mouse while the user drags over them."""
        if selection is not None:
            self.window.pause()
            self._measure()
            self._tell()
        super().selection_updated(selection)

    def strip(self, y: int) -> Strip:
        """A visible row."""
        if self._rows is None:
            self._measure()
            self._rows = self.window.visible()
        if y >= len(self._rows):
            return self.drawn(())
        line, sub = self._rows[y]
        found = self.window.line(line)
        if self._pattern is not None:
            found = logtext.with_hits(found, self._pattern)
        cells = self.window.cells
        part = logtext.window(found, sub * cells if self.window.wrap else self._left, cells)
        hit = self.window.hit
        selected = hit is not None and self.window.store.line_at(hit[0]) == line
        if self.times:
            part = (Span(self._seen_text(line, sub), "faint"), *part)
        return self.drawn(part, selected=selected)

    def _measure(self) -> None:
        self.window.height = max(1, self.size.height)
        self.window.cells = max(1, self.size.width - (_TIME_CELLS if self.times else 0))
        self._rows = None

    def _seen_text(self, line: int, sub: int) -> str:
        start = self.window.store.bounds(line)[0]
        index = bisect_right(self._seen, (start, float("inf"))) - 1
        known = index >= 0 and sub == 0
        return f"{clock(self._seen[index][1], seconds=True) if known else '':8} "

    def _seek(self, pattern: re.Pattern[bytes], text: str, regex: bool, errors: bool, back: bool) -> None:
        found = self.window.search(pattern, back)
        store = self.window.store
        if found is not None:
            self.go_to(*found)
        elif (store.start > 0) if back else self.window.detached:
            self.post_message(self.SearchOn(self, text, regex, errors, store.start if back else store.end, back))

    def _tell(self) -> None:
        """Post what was asked for and what changed."""
        want = self.window.take_want()
        if want is not None:
            self.post_message(self.Wanted(self, *want))
        right = self.right
        if right != self._told:
            self._told = right
            self.post_message(self.Following(self, self.following, self.missed))

    def _paint_soon(self) -> None:
        """Paint at once after silence, else when the pause since the last paint is over."""
        if self._later is not None:
            return
        now = time.monotonic()
        wait = self._painted_at + PAUSE - now
        if wait > 0:
            self._later = self.set_timer(wait, self._paint_late)
        else:
            self._painted_at = now
            self._paint()

    def _paint_late(self) -> None:
        self._painted_at = time.monotonic()
        self._paint()

    def _paint(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        self._measure()
        self._tell()
        self.repaint()
