"""The first line and the last one."""

from __future__ import annotations

from collections.abc import Sequence

from nerotui.core.views.header import HeaderView
from nerotui.core.views.spans import Role
from nerotui.tui.widgets.lineview import LineView


class HeaderLine(LineView):
    """The first line: name, what is watched, what needs attention."""

    DEFAULT_CSS = """
    HeaderLine { height: 1; dock: top; }
    """

    def show(self, view: HeaderView) -> None:
        """Show this."""
        raise NotImplementedError


class FooterLine(LineView):
    """The last line: the keys that work now, as many as fit; or a message in their place for a while."""

    DEFAULT_CSS = """
    FooterLine { height: 1; dock: bottom; }
    """

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show (key, word) pairs, most wanted first; the last one given is kept when the line is short."""
        raise NotImplementedError

    def say(self, text: str, role: Role = "text") -> None:
        """Show a sentence instead of the keys; "" brings the keys back."""
        raise NotImplementedError
