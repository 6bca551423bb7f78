"""The base of all widgets here: rows of styled cells of which only changed ones are sent to the terminal."""

from __future__ import annotations

from textual.widget import Widget

from nerotui.core.views.spans import Notice
from nerotui.tui.palette import DEFAULT, Palette


class LineView(Widget, inherit_bindings=False):
    """Draws rows by Textual's line API, remembers what it drew, and repaints only the cells that differ.

    Args:
        palette: colours and glyphs.
        id: the widget's id.
        classes: its CSS classes.
    """

    DEFAULT_CSS = """
    LineView { width: 1fr; height: 1fr; }
    """

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.palette = palette
        self.notice: Notice | None = None

    def move(self, rows: int) -> None:
        """Move the cursor, or the text where there is none, by rows."""
        raise NotImplementedError

    def page(self, pages: float) -> None:
        """Move by pages: 1 is a page down, -0.5 half a page up."""
        raise NotImplementedError

    def sideways(self, cells: int) -> None:
        """Scroll by cells to the right, or to the left if negative."""
        raise NotImplementedError

    def home(self) -> None:
        """Go to the first row."""
        raise NotImplementedError

    def end(self) -> None:
        """Go to the last row."""
        raise NotImplementedError
