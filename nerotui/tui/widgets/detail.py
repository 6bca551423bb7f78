"""The detail pane's body: labelled lines, long ones wrapped under their label."""

from __future__ import annotations

from textual.strip import Strip

from nerotui.core.views.cells import fit, width
from nerotui.core.views.detail import DetailView
from nerotui.core.views.spans import Line, Span
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView
from nerotui.tui.widgets.wrapping import shortened, wrapped


class DetailLines(LineView, can_focus=True):
    """Everything about one run or host."""

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self._view = DetailView()
        self._lines: list[Line] = []
        self._top = 0

    def show(self, view: DetailView) -> None:
        """Show these lines; the place in the text stays while the same run is shown."""
        if view == self._view:
            return
        if view.subject != self._view.subject:
            self._top = 0
        self._view, self.notice = view, view.notice
        self._break()
        self.repaint()

    @property
    def lines(self) -> int:
        """How many rows the text takes at its present width."""
        return len(self._lines)

    def laid_out(self) -> None:
        """Lines break elsewhere at another width."""
        self._break()

    def strip(self, y: int) -> Strip:
        """A visible row."""
        row = self._top + y
        return self.drawn(self._lines[row] if row < len(self._lines) else ())

    def move(self, rows: int) -> None:
        """Scroll."""
        self._scroll(self._top + rows)

    def home(self) -> None:
        """Go to the first row."""
        self._scroll(0)

    def end(self) -> None:
        """Go to the last row."""
        self._scroll(len(self._lines))

    def _scroll(self, top: int) -> None:
        self._top = max(0, min(top, len(self._lines) - self.size.height))
        self.repaint()

    def _break(self) -> None:
        labels = max(8, min(14, max((width(row.label) + 1 for row in self._view.rows), default=0)))
        room = max(10, self.size.width - labels)
        self._lines = []
        for row in self._view.rows:
            label = Span(fit(row.label, labels), "label")
            lines = wrapped(row.line, room) if row.whole else [shortened(row.line, room, self.palette.glyphs.ellipsis)]
            for line in lines:
                self._lines.append((label, *line))
                label = Span(" " * labels)
        self._top = max(0, min(self._top, len(self._lines) - self.size.height))
