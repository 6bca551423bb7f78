"""The colours of curves by number: each hue full, pale and dark, told apart by people with any colour blindness."""

from __future__ import annotations

from typing import Literal

from nerotui.core.views.spans import Role, as_role

Tone = Literal["full", "pale", "faint"]

#: For each line colour its full tone (training), its pale one (validation), its dark one (what lies behind), and the
#: first two of the 16.
HUES: tuple[tuple[int, int, int, int, int], ...] = (
    (75, 152, 24, 12, 14),
    (214, 223, 94, 11, 3),
    (176, 225, 96, 13, 5),
    (209, 217, 95, 9, 1),
    (79, 158, 23, 6, 14),
    (180, 187, 101, 3, 11),
    (105, 189, 60, 4, 12),
    (250, 255, 240, 7, 15),
)
#: Dark grey of the 16 colours: what lies behind.
_BEHIND = 8


def curve_role(index: int, tone: Tone = "full") -> Role:
    """The role of the index-th line in one of its tones."""
    return as_role(f"curve{index % len(HUES) + 1}{'' if tone == 'full' else tone[0] if tone == 'faint' else 'v'}")


def curve_colors() -> dict[Role, tuple[int, int]]:
    """All roles of curves: the number of the 256 colours, and that of the 16."""
    found: dict[Role, tuple[int, int]] = {}
    for index, (full, pale, faint, basic, basic_pale) in enumerate(HUES):
        found[curve_role(index)] = (full, basic)
        found[curve_role(index, "pale")] = (pale, basic_pale)
        found[curve_role(index, "faint")] = (faint, _BEHIND)
    return found
