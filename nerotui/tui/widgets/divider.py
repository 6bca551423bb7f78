"""The one faint line that parts the columns."""

from __future__ import annotations

from textual.strip import Strip

from nerotui.core.views.spans import Span
from nerotui.tui.widgets.lineview import LineView


class Divider(LineView):
    """A vertical line, one cell wide."""

    DEFAULT_CSS = """
    Divider { width: 1; }
    """

    def strip(self, y: int) -> Strip:
        """A piece of the line."""
        return self.drawn((Span(self.palette.glyphs.divider, "rule"),))
