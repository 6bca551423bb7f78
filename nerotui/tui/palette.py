"""The colours: one palette designed on the 256-colour cube, its 16-colour and colourless forms, and their glyphs.

Colour means state, never decoration; every state has its word too. Blue, amber, vermilion, mauve and pale teal are told
apart by people with any colour blindness.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

from nerotui.core.views.curve.tones import HUES, curve_colors, curve_role
from nerotui.core.views.glyphs import ASCII, UNICODE, Glyphs
from nerotui.core.views.spans import Role

Mode = Literal["256", "16", "none"]

BACKGROUND = 233
SELECTED = 236
SURFACE = 235

#: role: (colour of 256, colour of 16 or None for the terminal's own, attributes)
_ROLES: dict[Role, tuple[int, int | None, str]] = {
    "text": (252, None, ""),
    "strong": (255, None, "bold"),
    "label": (245, 8, ""),
    "faint": (240, 8, ""),
    "rule": (239, 8, ""),
    "accent": (75, 12, ""),
    "brand": (75, 12, "bold reverse"),
    "key": (75, 12, "bold"),
    "running": (75, 12, "bold"),
    "waiting": (245, 8, "bold"),
    "paused": (214, 11, "bold"),
    "warning": (214, 11, ""),
    "failed": (209, 9, "bold"),
    "error": (209, 9, ""),
    "lost": (176, 13, "bold"),
    "gone": (176, 13, ""),
    "done": (152, 14, "bold"),
    "best": (152, 14, ""),
    "bar": (75, 12, ""),
    "load": (67, 4, ""),
    "load2": (241, 8, ""),
    "hit": (214, 11, "reverse"),
    # A run's lines have one hue: training full, validation pale, what lies behind dark.
    **{role: (rich, basic, "") for role, (rich, basic) in curve_colors().items()},
}

#: What tells roles apart where there is no colour: attributes only, and few of them.
_PLAIN: dict[Role, str] = {
    "strong": "bold",
    "brand": "reverse",
    "key": "bold",
    "running": "bold",
    "failed": "bold",
    "lost": "bold",
    "paused": "bold",
    "hit": "reverse",
    "faint": "dim",
    **{curve_role(index, "faint"): "dim" for index in range(len(HUES))},
}


class Palette:
    """Roles to styles.

    Args:
        mode: how many colours the terminal is trusted with.
        glyphs: the characters to draw with.
    """

    def __init__(self, mode: Mode = "256", glyphs: Glyphs = UNICODE) -> None:
        self.mode = mode
        self.glyphs = glyphs
        self.style = lru_cache(maxsize=256)(self._style)

    def _style(self, role: Role, selected: bool = False) -> Style:
        """The style of a role, on the selected row's background if `selected`."""
        if self.mode == "none":
            style = Style.parse(_PLAIN.get(role, ""))
            # Where there is no background the line under a row says that it is selected, in every list.
            return style + Style(underline=True) if selected else style
        rich, basic, attributes = _ROLES[role]
        style = Style.parse(attributes)
        if self.mode == "256":
            # The background is drawn too: these colours are made for a dark one, whatever the terminal's own is.
            return style + Style(color=_cube(rich), bgcolor=_cube(SELECTED if selected else BACKGROUND))
        color = None if basic is None else Color.from_ansi(basic)
        # The 16 colours have no grey that is fit for a background: a line under the row says it there.
        return style + Style(color=color, underline=True if selected else None)

    def theme(self) -> Theme:
        """The same colours as a Textual theme named "nerotui", for dialogs and CSS ($primary, $warning, $error…)."""
        if self.mode != "256":
            return Theme(
                name="nerotui",
                primary="ansi_bright_blue",
                secondary="ansi_blue",
                warning="ansi_bright_yellow",
                error="ansi_bright_red",
                success="ansi_bright_cyan",
                accent="ansi_bright_blue",
                foreground="ansi_default",
                background="ansi_default",
                surface="ansi_default",
                panel="ansi_default",
                boost="ansi_default",
                dark=True,
                ansi=True,
                variables={
                    "ansi-background": "ansi_default",
                    "ansi-foreground": "ansi_default",
                    "input-cursor-background": "ansi_default",
                    "input-cursor-foreground": "ansi_default",
                    "input-cursor-text-style": "reverse",
                    "input-selection-background": "ansi_blue",
                    "input-selection-foreground": "ansi_bright_white",
                },
            )
        return Theme(
            name="nerotui",
            primary=_hex(75),
            secondary=_hex(67),
            warning=_hex(214),
            error=_hex(209),
            success=_hex(152),
            accent=_hex(75),
            foreground=_hex(252),
            background=_hex(BACKGROUND),
            surface=_hex(SURFACE),
            panel=_hex(SELECTED),
            boost=_hex(SELECTED),
            dark=True,
        )


def palette_for(color: str = "auto", *, ascii_only: bool = False, environ: Mapping[str, str] | None = None) -> Palette:
    """The palette for this terminal.

    Args:
        color: "auto", "256", "16" or "none"; auto heeds NO_COLOR and TERM.
        ascii_only: draw with ASCII alone.
        environ: where TERM and NO_COLOR are looked up; the process's environment by default.
    """
    environ = os.environ if environ is None else environ
    glyphs = ASCII if ascii_only else UNICODE
    if color == "none":
        return Palette("none", glyphs)
    if color == "16":
        return Palette("16", glyphs)
    if color == "256":
        return Palette("256", glyphs)
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR") or term in ("dumb", "vt100", "vt220"):
        return Palette("none", glyphs)
    many = "256" in term or "truecolor" in term or "direct" in term or environ.get("COLORTERM")
    few = term in ("linux", "xterm", "screen", "ansi", "rxvt")
    return Palette("16" if few and not many else "256", glyphs)


@lru_cache(maxsize=256)
def _cube(number: int) -> Color:
    return Color.from_ansi(number)


def _hex(number: int) -> str:
    return str(Color.from_ansi(number).get_truecolor().hex)


DEFAULT = Palette()
