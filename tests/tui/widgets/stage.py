"""A bare app around one widget, and ways to see what it drew and what it sent."""

from __future__ import annotations

from typing import Any

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget

from nerotui.tui.palette import DEFAULT
from nerotui.tui.widgets.lineview import LineView


class Stage(App[None]):
    """Shows one widget alone and keeps the messages that it posts."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""

    def __init__(self, widget: Widget) -> None:
        super().__init__(ansi_color=True)
        self.register_theme(DEFAULT.theme())
        self.theme = "nerotui"
        self.widget = widget
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    async def _dispatch_message(self, message: Message) -> None:
        if type(message).__module__.startswith("nerotui."):
            self.heard.append(message)
        await super()._dispatch_message(message)

    def heard_of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]


def text_of(widget: Widget) -> list[str]:
    """What a widget shows, line by line."""
    return ["".join(segment.text for segment in widget.render_line(y)).rstrip() for y in range(widget.size.height)]


def lit(widget: Widget, y: int) -> bool:
    """Whether a row is drawn on the selected row's background."""
    return any(
        segment.style is not None and segment.style.bgcolor is not None and segment.style.bgcolor.number == 236
        for segment in widget.render_line(y)
    )


def underlined(widget: Widget, y: int) -> bool:
    """Whether a row is drawn as the selected one where there are no colours."""
    return any(segment.style is not None and bool(segment.style.underline) for segment in widget.render_line(y))


class Sent:
    """Counts the regions that a widget asks to be sent to the terminal."""

    def __init__(self, widget: LineView) -> None:
        self.regions: list[Region] = []
        refresh = widget.refresh

        def counted(*regions: Region, **options: Any) -> Any:
            self.regions += regions
            return refresh(*regions, **options)

        widget.refresh = counted  # type: ignore[method-assign]

    @property
    def cells(self) -> int:
        """Cells in all regions since the start or the last `clear`."""
        return sum(region.area for region in self.regions)

    def clear(self) -> None:
        self.regions.clear()
