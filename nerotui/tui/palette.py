"""The colours: one palette designed on the 256-colour cube, its 16-colour and colourless forms, and the glyphs that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rich.style import Style
from textual.theme import Theme

from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.spans import Role

Mode = Literal["256", "16", "none"]


class Palette:
    """Roles to styles.

    Args:
        mode: how many colours the terminal is trusted with.
        glyphs: the characters to draw with.
    """

    def __init__(self, mode: Mode = "256", glyphs: Glyphs = UNICODE) -> None:
        self.mode = mode
        self.glyphs = glyphs

    def style(self, role: Role, *, selected: bool = False) -> Style:
        """The style of a role, on the selected row's background if `selected`."""
        raise NotImplementedError

    def theme(self) -> Theme:
        """The same colours as a Textual theme named "nerotui", for dialogs and CSS ($primary, $warning, $error…)."""
        raise NotImplementedError


def palette_for(color: str = "auto", *, ascii_only: bool = False, environ: Mapping[str, str] | None = None) -> Palette:
    """The palette for this terminal.

    Args:
        color: "auto", "256", "16" or "none"; auto heeds NO_COLOR and TERM.
        ascii_only: draw with ASCII alone.
        environ: where TERM and NO_COLOR are looked up; the process's environment by default.
    """
    raise NotImplementedError


DEFAULT = Palette()
