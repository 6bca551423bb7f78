"""The findings pane's body: what is wrong, then what happened."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from nerotui.core.views.findings import FindingsView
from nerotui.tui.widgets.lineview import LineView


class FindingsList(LineView, can_focus=True):
    """Findings and messages with a cursor."""

    @dataclass
    class Opened(Message):
        """The user asked to see what a finding or message is about (Enter, double click)."""

        list: FindingsList
        run: str | None
        host: str | None

    def show(self, view: FindingsView) -> None:
        """Show these rows."""
        raise NotImplementedError

    def open(self) -> None:
        """Post `Opened` for the row under the cursor."""
        raise NotImplementedError
