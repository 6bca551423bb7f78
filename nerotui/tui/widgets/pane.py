"""A pane: a titled rule and what lies under it; no box."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from nerotui.core.views.cells import cut, width
from nerotui.core.views.spans import Role
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView


class PaneRule(LineView):
    """Number, title, rule, and what the pane is showing."""

    DEFAULT_CSS = """
    PaneRule { height: 1; }
    """

    def __init__(self, *, title: str, number: int | None, palette: Palette) -> None:
        super().__init__(palette=palette)
        self.title = title
        self.number = number
        self.right = ""
        self.lit = False

    def strip(self, y: int) -> Strip:
        """The rule."""
        style, glyphs, cells = self.palette.style, self.palette.glyphs, self.size.width
        accent: Role = "accent" if self.lit else "rule"
        segments = []
        if self.number is not None:
            segments.append(Segment(f"{self.number} ", style("key" if self.lit else "label")))
        segments.append(Segment(f"{self.title} ", style("strong")))
        used = sum(segment.cell_length for segment in segments)
        right = cut(self.right, max(0, cells - used - 3), glyphs.ellipsis)
        line = cells - used - (width(right) + 1 if right else 0)
        segments.append(Segment(glyphs.rule * max(0, line), style(accent)))
        if right:
            segments.append(Segment(f" {right}", style("label")))
        return Strip(segments)


class Pane(Vertical):
    """A titled rule above one widget. The rule is in the accent colour while the focus is inside.

    Args:
        body: what lies under the rule.
        number: the key that focuses it, or None.
        title: one or two words.
        palette: colours and glyphs.
        id: the pane's id.
    """

    DEFAULT_CSS = """
    Pane { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Picked(Message):
        """The user clicked the pane's rule."""

        pane: Pane

        @property
        def control(self) -> Pane:
            """The pane."""
            return self.pane

    def __init__(
        self, body: Widget, *, title: str, number: int | None = None, palette: Palette = DEFAULT, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.body = body
        self.number = number
        self.rule = PaneRule(title=title, number=number, palette=palette)

    def compose(self) -> ComposeResult:
        """Rule above body."""
        yield self.rule
        yield self.body

    def say(self, right: str, *, title: str | None = None) -> None:
        """Say at the rule's right end what the pane is showing, and change the title if one is given."""
        title = self.rule.title if title is None else title
        if (right, title) != (self.rule.right, self.rule.title):
            self.rule.right, self.rule.title = right, title
            self.rule.repaint()

    def light(self, lit: bool) -> None:
        """Draw the rule as that of the focused pane, or not."""
        self.rule.lit = lit
        self.rule.repaint()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The focus came in."""
        self.light(True)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """The focus went."""
        self.light(False)

    def on_click(self, event: events.Click) -> None:
        """A click on the rule."""
        if event.widget is self.rule:
            self.post_message(self.Picked(self))
