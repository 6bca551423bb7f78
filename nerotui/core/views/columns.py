"""Which columns of the runs table fit into a width: state, name and host always, others as they are missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from nerotui.core.views.spans import View

ColumnKey = Literal["state", "id", "name", "host", "epoch", "loss", "acc", "left", "user"]


class Column(View, frozen=True, kw_only=True):
    """A column that fits: its heading, its width in cells, the gap after it, whether it holds numbers."""

    key: ColumnKey
    title: str
    width: int
    gap: int = 2
    right: bool = False


#: (key, title, least width, greatest width, gap after it, numbers to the right), in the order on screen.
_COLUMNS: tuple[tuple[ColumnKey, str, int, int, int, bool], ...] = (
    ("state", "state", 4, 4, 1, False),
    ("id", "id", 4, 8, 2, False),
    ("name", "name", 10, 40, 2, False),
    ("host", "host", 7, 16, 1, False),
    ("epoch", "epoch", 8, 8, 1, True),
    ("loss", "loss", 7, 7, 1, True),
    ("acc", "acc", 5, 5, 1, True),
    ("left", "left", 6, 6, 1, True),
    ("user", "user", 4, 10, 1, False),
)

#: Cells of a remark such as "freeze kept 9m".
_REMARK = 14

#: Which optional column comes first, and the cells that must remain for the remarks at the rows' ends.
_WANTED: tuple[tuple[ColumnKey, int], ...] = (
    ("epoch", 2),
    ("loss", 2),
    ("left", 2),
    ("id", 2),
    ("acc", 13),
    ("user", 24),
)


def fitting(width: int, longest: Mapping[str, int]) -> tuple[Column, ...]:
    """The columns for a table `width` cells wide, cursor column not counted.

    Args:
        width: cells.
        longest: cells of the longest content of id, name, host, user, and of a remark that is to be seen whole;
            `foreign` those of the remark that nerotui did not start a run, where there is one.
    """
    least: dict[ColumnKey, tuple[int, int, int]] = {key: (low, high, gap) for key, _, low, high, gap, _ in _COLUMNS}
    keep: tuple[ColumnKey, ...] = ("state", "name", "host")
    widths = {key: least[key][0] for key in keep}
    widths["host"] = min(least["host"][1], max(least["host"][0], longest.get("host", 0)))

    def taken() -> int:
        return sum(cells + least[key][2] for key, cells in widths.items())

    # A narrow terminal keeps its names readable before it shows another number.
    readable = min(15, max(widths["name"], longest.get("name", 0)))
    for key, remark in _WANTED:
        low, high, gap = least[key]
        cells = min(high, max(low, longest.get(key, 0))) if key in ("id", "user") else low
        if taken() + cells + gap + readable - widths["name"] + remark <= width:
            widths[key] = cells
        elif key not in ("acc", "user"):
            break
    kept = max(_REMARK, longest.get("remark", 0)) if "acc" in widths else 2 + longest.get("foreign", 0)
    spare = width - taken() - kept
    longest_name = min(least["name"][1], longest.get("name", 0))
    widths["name"] = max(widths["name"], min(longest_name, widths["name"] + max(0, spare)))
    if taken() > width:
        widths["host"] = max(4, widths["host"] - (taken() - width))
    if taken() > width:
        widths["name"] = max(4, widths["name"] - (taken() - width))
    return tuple(
        Column(key=key, title=title, width=widths[key], gap=gap, right=right)
        for key, title, _, _, gap, right in _COLUMNS
        if key in widths
    )
