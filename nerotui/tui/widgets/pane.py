"""A pane: a titled rule and what lies under it; no box."""

from __future__ import annotations

from dataclasses import dataclass

from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from nerotui.tui.palette import DEFAULT, Palette


class Pane(Vertical):
    """A titled rule above one widget. The rule is in the accent colour while the focus is inside.

    Args:
        body: what lies under the rule.
        number: the key that focuses it, or None.
        title: one or two words.
        palette: colours and glyphs.
        id: the pane's id.
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
        self.title = title
        self.palette = palette

    def say(self, right: str, *, title: str | None = None) -> None:
        """Say at the rule's right end what the pane is showing, and change the title if one is given."""
        raise NotImplementedError
