"""The drawing characters: one set of width-1 Unicode shapes and one of plain ASCII."""

from __future__ import annotations

from nerotui.core.views.spans import View


class Glyphs(View, frozen=True, kw_only=True):
    """Characters that panes draw with; each is exactly one cell wide, those of a tree are three.

    Attributes:
        eighths: a bar's partial cells from empty to full, left to right.
        levels: a column's partial cells from empty to full, bottom to top.
        braille: whether curves may use braille cells.
        lines: how the legend shows each line of a curve, in order.
        best: marks the best value of a curve; `join` the place where an attempt began.
        speck: what lies behind a line, where there is no colour.
        branch: before a child in a tree; `last` before the last one, `stem` and `gap` beside what hangs below each.
        signs: what draws the second and further lines of a curve where there is no colour.
    """

    rule: str = "─"
    divider: str = "│"
    cursor: str = "▌"
    mark: str = "●"
    alert: str = "▲"
    ellipsis: str = "…"
    dot: str = "·"
    degree: str = "°"
    times: str = "×"
    bar_left: str = "▕"
    bar_right: str = "▏"
    eighths: str = " ▏▎▍▌▋▊▉█"
    levels: str = " ▁▂▃▄▅▆▇█"
    axis: str = "│"
    corner: str = "└"
    tick: str = "┴"
    branch: str = "├─ "
    last: str = "└─ "
    stem: str = "│  "
    gap: str = "   "
    up: str = "▲"
    down: str = "▼"
    nan: str = "×"
    best: str = "◆"
    join: str = "┊"
    speck: str = "."
    braille: bool = True
    lines: str = "━━━━━━━━"
    signs: str = "·+x:*o%"


UNICODE = Glyphs()
ASCII = Glyphs(
    rule="-",
    divider="|",
    cursor=">",
    mark="*",
    alert="!",
    ellipsis="~",
    dot="-",
    degree="C",
    times="x",
    bar_left="[",
    bar_right="]",
    eighths="    =====",
    levels=" .:-=+*##",
    axis="|",
    corner="+",
    tick="+",
    branch="|- ",
    last="`- ",
    stem="|  ",
    up="^",
    down="v",
    nan="x",
    best="B",
    join=":",
    braille=False,
    lines="*+o#x%@&",
    signs="+o#x%@&",
)
