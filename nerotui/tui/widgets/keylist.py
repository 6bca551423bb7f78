"""Keys and what they do, under headings: rows that scroll on a dialog's own background."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from nerotui.core.views.cells import wrap
from nerotui.core.views.spans import Line, Role, Span
from nerotui.tui.palette import Palette
from nerotui.tui.widgets.lineview import LineView

#: Cells from the beginning of a row to what its keys do; longer keys push it on.
_KEYS = 16

#: A heading, and under it the keys and the sentence of each entry.
Part = tuple[str, Sequence[tuple[str, str]]]


class KeyList(LineView):
    """All keys, or those that were searched for."""

    def __init__(self, *, palette: Palette, id: str | None = None) -> None:
        super().__init__(palette=palette, id=id)
        self._parts: tuple[Part, ...] = ()
        self._rows: list[Line] = []
        self._top = 0

    def show(self, parts: Sequence[Part], nothing: str) -> None:
        """Shows these from their beginning; `nothing` where there are none."""
        self._parts = tuple(parts) or ((nothing, ()),)
        self._top = 0
        self.laid_out()
        self.repaint()

    def laid_out(self) -> None:
        """Sentences are broken anew at another width."""
        rows: list[Line] = []
        for heading, entries in self._parts:
            if rows:
                rows.append(())
            rows.append((Span(heading, "strong" if entries else "label"),))
            for keys, sentence in entries:
                first, *rest = wrap(sentence, max(20, self.size.width - _KEYS - 2))
                rows.append((Span(f"  {keys} ".ljust(_KEYS), "key"), Span(first)))
                rows += [(Span(" " * _KEYS), Span(text)) for text in rest]
        self._rows = rows
        self._top = self._within(self._top)

    def move(self, rows: int) -> None:
        """Scrolls."""
        self._top = self._within(self._top + rows)
        self.repaint()

    def strip(self, y: int) -> Strip:
        """A row, and at its right end where in the list it is seen."""
        at = self._top + y
        width, height = self.size
        strip = self.drawn(self._rows[at] if at < len(self._rows) else ())
        if len(self._rows) <= height:
            return strip
        seen = range(self._top * height // len(self._rows), -(-(self._top + height) * height // len(self._rows)))
        bar = self.palette.glyphs.divider if y in seen else " "
        return Strip([*strip.crop(0, width - 1), Segment(bar, self._ink("label"))], width)

    def drawn(self, line: Line, *, selected: bool = False) -> Strip:
        """A line on the dialog's background instead of the panes'."""
        segments = [Segment(text, self._ink(role)) for text, role in line]
        return Strip(segments).adjust_cell_length(self.size.width, self._ink("text"))

    def _ink(self, role: Role) -> Style:
        """A role's style on the background that the widget has."""
        style = self.palette.style(role)
        back = self.background_colors[1].rich_color if self.palette.mode == "256" else None
        return Style(color=style.color, bgcolor=back, bold=style.bold, dim=style.dim)

    def _within(self, top: int) -> int:
        return max(0, min(top, len(self._rows) - self.size.height))
