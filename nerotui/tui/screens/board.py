"""The board that panes stand on: it puts each where the arrangement says and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from textual.geometry import NULL_OFFSET, NULL_SPACING, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.strip import Strip
from textual.widget import Widget

from nerotui.tui.arrangement import Plan
from nerotui.tui.widgets.lineview import LineView


class Divider(LineView):
    """One faint line between two columns."""

    def strip(self, y: int) -> Strip:
        """One cell of it."""
        return Strip([Segment(self.palette.glyphs.divider, self.palette.style("faint"))])


class _Places(Layout):
    """Puts a board's children where its plan says, by their ids."""

    name = "places"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """The placements of the children that the plan shows."""
        assert isinstance(parent, Board)
        places = parent.plan.places
        return [
            WidgetPlacement(places[child.id], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child.id in places
        ]


class Board(Widget):
    """Everything of the main screen, each child at the place that `plan` gives its id; the others are not shown.

    Args:
        children: the panes and lines, with the ids that plans use.
    """

    DEFAULT_CSS = """
    Board { width: 100%; height: 100%; }
    """

    def __init__(self, children: Iterable[Widget]) -> None:
        super().__init__(*children)
        self.plan = Plan("tiny", {})
        self._places = _Places()

    @property
    def layout(self) -> Layout:
        """The layout that follows the plan."""
        return self._places

    def follow(self, plan: Plan) -> None:
        """Arranges everything anew if this plan differs from the one before."""
        if plan == self.plan:
            return
        self.plan = plan
        for child in self.children:
            child.display = child.id in plan.places
        # Asked for by a child: a widget that asks for itself keeps the arrangement of its own children.
        self.children[0].refresh(layout=True)
