"""The findings pane's body: what is wrong, then what happened."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.strip import Strip

from nerotui.core.views.cells import fit, width
from nerotui.core.views.findings import FindingsView
from nerotui.core.views.spans import Line, Span, plain
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.listview import ListView
from nerotui.tui.widgets.wrapping import wrapped


class FindingsList(ListView, can_focus=True):
    """Findings and messages with a cursor."""

    @dataclass
    class Opened(Message):
        """The user asked to see what a finding or message is about (Enter, double click)."""

        list: FindingsList
        run: str | None
        host: str | None

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self._view = FindingsView()
        self._lines: list[Line] = []
        self._starts: list[int] = []
        self._item_of: list[int] = []

    def show(self, view: FindingsView) -> None:
        """Show these rows; the cursor stays on its finding while keys are for this list, else the worst is in sight."""
        if view == self._view:
            return
        rows = self._view.rows
        at = rows[self.cursor] if self.cursor < len(rows) else None
        self._view, self.notice = view, view.notice
        if not self.has_focus:
            self.cursor = self.top = 0
        elif at in view.rows:
            self.cursor = view.rows.index(at)
        self._break()
        self.settle()

    def open(self) -> None:
        """Post `Opened` for the row under the cursor."""
        if self.cursor < len(self._view.rows):
            row = self._view.rows[self.cursor]
            self.post_message(self.Opened(self, row.run, row.host))

    def items(self) -> int:
        """How many findings and messages there are."""
        return len(self._starts)

    def rows(self) -> int:
        """How many rows they take."""
        return len(self._lines)

    def rows_of(self, item: int) -> tuple[int, int]:
        """The rows of one of them."""
        end = self._starts[item + 1] if item + 1 < len(self._starts) else len(self._lines)
        return self._starts[item], end

    def item_at(self, row: int) -> int:
        """Which one a row belongs to."""
        return self._item_of[row]

    def opened(self) -> None:
        """Ask to see what it is about."""
        self.open()

    def laid_out(self) -> None:
        """Sentences break elsewhere at another width."""
        self._break()
        super().laid_out()

    def on_focus(self, event: events.Focus) -> None:
        """The cursor shows only while the keys are for this list."""
        self.repaint()

    def on_blur(self, event: events.Blur) -> None:
        """The cursor shows only while the keys are for this list."""
        self.repaint()

    def row_strip(self, row: int, *, selected: bool) -> Strip:
        """A row."""
        selected = selected and self.has_focus
        return self.drawn(self._lines[row], selected=selected)

    def _break(self) -> None:
        self._lines, self._starts, self._item_of = [], [], []
        heads = max((width(plain(row.head)) + 2 for row in self._view.rows), default=8)
        heads = max(8, min(heads, 14, self.size.width // 3))
        room = max(10, self.size.width - heads)
        for item, row in enumerate(self._view.rows):
            self._starts.append(len(self._lines))
            head: Line = (Span(fit(plain(row.head), heads - 1) + " ", row.head[0].role),)
            for line in row.lines:
                for part in wrapped(line, room):
                    self._lines.append((*head, *part))
                    head = (Span(" " * heads),)
            self._item_of += [item] * (len(self._lines) - self._starts[-1])
