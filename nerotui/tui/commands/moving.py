"""Moving in the focused pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nerotui.tui.widgets.lineview import LineView

if TYPE_CHECKING:
    from nerotui.tui.screens.main import MainScreen

#: Cells that a step sideways scrolls.
STEP = 8


class MovingCommands:
    """Rows, pages and ends of whatever is focused."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    @property
    def _body(self) -> LineView:
        return self._screen.bodies[self._screen.looking.focus]

    def do_down(self, argument: str) -> None:
        """One row down."""
        self._body.move(1)

    def do_up(self, argument: str) -> None:
        """One row up."""
        self._body.move(-1)

    def do_left(self, argument: str) -> None:
        """Some cells left."""
        self._body.sideways(-STEP)

    def do_right(self, argument: str) -> None:
        """Some cells right."""
        self._body.sideways(STEP)

    def do_first(self, argument: str) -> None:
        """The first row."""
        self._body.home()

    def do_last(self, argument: str) -> None:
        """The last row; the log follows from there."""
        if self._screen.looking.focus == "log":
            self._screen.log_view.set_follow(True)
        else:
            self._body.end()

    def do_half_page_down(self, argument: str) -> None:
        """Half a page down."""
        self._body.page(0.5)

    def do_half_page_up(self, argument: str) -> None:
        """Half a page up."""
        self._body.page(-0.5)

    def do_page_down(self, argument: str) -> None:
        """A page down."""
        self._body.page(1)

    def do_page_up(self, argument: str) -> None:
        """A page up."""
        self._body.page(-1)

    def do_log_down(self, argument: str) -> None:
        """The log, from another pane."""
        self._screen.log_view.move(1)

    def do_log_up(self, argument: str) -> None:
        """The log, from another pane."""
        self._screen.log_view.move(-1)
