"""The log: bytes of any size shown as lines, following the end until the user scrolls up."""

from __future__ import annotations

import re
from dataclasses import dataclass

from textual.message import Message

from nerotui.core.views.spans import Notice
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView


class LogView(LineView, can_focus=True):
    """A window of a log's bytes, told where it lies in the file.

    `begin()`, then `append()` as bytes arrive. Scrolled to the edge of what is held, it posts `Wanted` with the byte
    range that it lacks; the answer goes to `fill()`.

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
        """Following began or stopped, or `missed` lines came while it was paused."""

        log: LogView
        following: bool
        missed: int

    @dataclass
    class SearchOn(Message):
        """No hit in the bytes held: the search goes on from `offset` in the file (-> `go_to` the answer)."""

        log: LogView
        pattern: str
        regex: bool
        errors: bool
        offset: int
        back: bool

    def __init__(
        self, *, keep: int = 4 << 20, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self.keep = keep

    @property
    def following(self) -> bool:
        """Whether new lines move the view."""
        raise NotImplementedError

    @property
    def missed(self) -> int:
        """Lines that came while following was paused."""
        raise NotImplementedError

    @property
    def held(self) -> tuple[int, int]:
        """The byte range that is held."""
        raise NotImplementedError

    @property
    def at(self) -> int:
        """The byte offset of the line at the cursor (the last visible line while following)."""
        raise NotImplementedError

    @property
    def right(self) -> str:
        """What the pane's rule says: "41,220 lines · following", "PAUSED +214"."""
        raise NotImplementedError

    def begin(self, notice: Notice | None = None) -> None:
        """Forget everything: another run's log, or a log that was replaced; show `notice` until bytes come."""
        raise NotImplementedError

    def append(self, data: bytes, offset: int, *, size: int | None = None, seen: float | None = None) -> None:
        """Take bytes that came at the end.

        Args:
            data: the bytes.
            offset: where they lie in the file; a gap to what is held starts anew, an overlap is cut.
            size: of the whole file, if known.
            seen: when they arrived, for the time column; None for a backlog.
        """
        raise NotImplementedError

    def fill(self, data: bytes, offset: int, *, size: int | None = None, target: int | None = None) -> None:
        """Take bytes asked for by `Wanted`: put in front of what is held, or in its place around `target`."""
        raise NotImplementedError

    def say_lines(self, total: int | None) -> None:
        """Tell how many lines the whole log has, for `right`."""
        raise NotImplementedError

    def set_follow(self, on: bool) -> None:
        """Follow from now on (goes to the end), or stop."""
        raise NotImplementedError

    def toggle_wrap(self) -> None:
        """Wrap long lines, or scroll sideways instead."""
        raise NotImplementedError

    def toggle_times(self) -> None:
        """Show or hide when each line was seen, for lines that arrived while followed."""
        raise NotImplementedError

    def search(self, pattern: str, *, regex: bool = False) -> re.Pattern[str] | None:
        """Highlight a pattern ("" ends the search); raises ValueError with a sentence if it is no valid expression."""
        raise NotImplementedError

    def next_hit(self, *, back: bool = False) -> None:
        """Go to the next hit, or post `SearchOn` if the bytes held have none."""
        raise NotImplementedError

    def next_error(self, *, back: bool = False) -> None:
        """Go to the next line that is an error or begins a traceback, or post `SearchOn`."""
        raise NotImplementedError

    def go_to(self, start: int, end: int | None = None) -> None:
        """Show the line at a byte offset and mark [start, end) as the present hit; posts `Wanted` if it is not held."""
        raise NotImplementedError

    def line_text(self) -> str:
        """The line at the cursor, clean, for copying."""
        raise NotImplementedError
