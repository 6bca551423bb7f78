"""The hosts: a list with a cursor on one host, and the line of chips that a narrow terminal shows instead."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from nerotui.core.views.hosts import ChipsView, HostsView
from nerotui.tui.widgets.lineview import LineView


class HostList(LineView, can_focus=True):
    """Hosts with their GPUs. The cursor is on a host, by name, whatever is refreshed around it."""

    @dataclass
    class Moved(Message):
        """The cursor came to another host."""

        list: HostList
        host: str

    @dataclass
    class Opened(Message):
        """The user asked for the host's details (double click)."""

        list: HostList
        host: str

    @property
    def host(self) -> str | None:
        """The host under the cursor."""
        raise NotImplementedError

    def show(self, view: HostsView) -> None:
        """Show these hosts."""
        raise NotImplementedError


class HostChips(LineView):
    """One line with a chip a host; what does not fit is counted at the end ("+12")."""

    DEFAULT_CSS = """
    HostChips { height: 1; }
    """

    def show(self, view: ChipsView) -> None:
        """Show these chips."""
        raise NotImplementedError
