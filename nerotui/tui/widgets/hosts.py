"""The hosts: a list with a cursor on one host, and the line of chips that a narrow terminal shows instead."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from nerotui.core.views.hosts import ChipsView, HostsView
from nerotui.core.views.spans import plain
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView
from nerotui.tui.widgets.listview import ListView


class HostList(ListView, can_focus=True):
    """Hosts with their GPUs. The cursor is on a host, by name, whatever is refreshed around it."""

    @dataclass
    class Moved(Message):
        """The cursor came to another host."""

        list: HostList
        host: str

    @dataclass
    class Opened(Message):
        """The user asked for the host's details (double click)."""

        list: HostList
        host: str

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self._view = HostsView(rows=())
        self._names: list[str] = []
        self._starts: list[int] = []
        self._item_of: list[int] = []
        self._host: str | None = None

    @property
    def host(self) -> str | None:
        """The host under the cursor."""
        return self._host

    def show(self, view: HostsView) -> None:
        """Show these hosts."""
        if view == self._view:
            return
        self._view, self.notice = view, view.notice
        self._names, self._starts, self._item_of = [], [], []
        for row, found in enumerate(view.rows):
            if not self._names or found.host != self._names[-1]:
                self._names.append(found.host)
                self._starts.append(row)
            self._item_of.append(len(self._names) - 1)
        if self._host in self._names:
            self.cursor = self._names.index(self._host)
        self.settle()
        self.cursor_moved()

    def go_to(self, host: str) -> bool:
        """Put the cursor on a host; False if it is not listed."""
        if host not in self._names:
            return False
        self.put_cursor(self._names.index(host))
        return True

    def items(self) -> int:
        """How many hosts are listed."""
        return len(self._names)

    def rows(self) -> int:
        """How many rows they take."""
        return len(self._view.rows)

    def rows_of(self, item: int) -> tuple[int, int]:
        """The rows of a host."""
        end = self._starts[item + 1] if item + 1 < len(self._starts) else len(self._view.rows)
        return self._starts[item], end

    def item_at(self, row: int) -> int:
        """The host of a row."""
        return self._item_of[row]

    def cursor_moved(self) -> None:
        """Tell which host it is on."""
        host = self._names[self.cursor] if self._names else None
        if host != self._host:
            self._host = host
            if host is not None:
                self.post_message(self.Moved(self, host))

    def opened(self) -> None:
        """Ask for the host's details."""
        if self._host is not None:
            self.post_message(self.Opened(self, self._host))

    def on_focus(self, event: events.Focus) -> None:
        """The cursor shows only while the keys are for this list."""
        self.repaint()

    def on_blur(self, event: events.Blur) -> None:
        """The cursor shows only while the keys are for this list."""
        self.repaint()

    def row_strip(self, row: int, *, selected: bool) -> Strip:
        """One line of a host."""
        found = self._view.rows[row]
        selected = selected and self.has_focus and found.part == 0
        return self.drawn(found.line, selected=selected)


class HostChips(LineView):
    """One line with a chip a host; what does not fit is counted at the end ("+12")."""

    DEFAULT_CSS = """
    HostChips { height: 1; }
    """

    @dataclass
    class Picked(Message):
        """The user clicked a host's chip."""

        chips: HostChips
        host: str

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self._view = ChipsView(chips=())
        self._ends: list[tuple[int, str]] = []

    def show(self, view: ChipsView) -> None:
        """Show these chips."""
        self._view = view
        self.repaint()

    def strip(self, y: int) -> Strip:
        """The line."""
        segments: list[Segment] = []
        self._ends, used, chips = [], 0, self._view.chips
        for index, (host, line) in enumerate(chips):
            cells = len(plain(line))
            left = len(chips) - index
            needed = cells + (2 if used else 0)
            more = f"  +{left}"
            # All others must fit, or the count of them.
            if used + needed + (0 if left == 1 else len(f"  +{left - 1}")) > self.size.width and used:
                segments.append(Segment(more, self.palette.style("label")))
                break
            if used:
                segments.append(self.blank(2))
            segments += self.styled(line)
            used += needed
            self._ends.append((used, host))
        return Strip(segments)

    def on_click(self, event: events.Click) -> None:
        """Tell which host was clicked."""
        for end, host in self._ends:
            if event.x < end:
                self.post_message(self.Picked(self, host))
                return
