"""Where each pane stands: a pure function of the terminal's size and of what is focused, folded and zoomed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from textual.geometry import Region

from nerotui.tui.action import PANES, Pane

Kind = Literal["tiny", "tabbed", "normal", "wide"]

#: Panes that share the lower half where there is no room for all. Hosts are one line of chips there, until asked for.
TABS: tuple[Pane, ...] = ("curve", "log", "detail", "findings", "hosts")

_LEFT = 36
_LEFT_WIDE = 42
#: Fewer rows than this say too little of a host.
_DETAIL = 6


@dataclass(frozen=True)
class Wish:
    """What decides the arrangement besides the size.

    Attributes:
        focus: the focused pane.
        tab: the pane in the lower half of a narrow terminal.
        zoomed: the pane that has the whole screen, if one has.
        folded: panes of which only the rule is shown.
        rows: how many rows each pane has to show.
    """

    focus: Pane = "runs"
    tab: Pane = "curve"
    zoomed: Pane | None = None
    folded: frozenset[Pane] = frozenset()
    rows: Mapping[Pane, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The arrangement: which kind, and where each thing that is shown stands.

    The names in `places` are those of the panes, and "header", "chips", "footer", "divider1", "divider2".
    """

    kind: Kind
    places: dict[str, Region]


def kind_of(width: int, height: int) -> Kind:
    """The kind of arrangement that fits a terminal."""
    if width < 60 or height < 15:
        return "tiny"
    if width < 100 or height < 30:
        return "tabbed"
    return "wide" if width >= 160 else "normal"


def arranged(width: int, height: int, wish: Wish) -> Plan:
    """The arrangement for a terminal of `width` by `height` cells."""
    kind = kind_of(width, height)
    places = {"footer": Region(0, max(0, height - 1), width, 1)}
    if kind == "tiny":
        places[wish.zoomed or wish.focus] = Region(0, 0, width, max(0, height - 1))
        return Plan(kind, places)
    places["header"] = Region(0, 0, width, 1)
    top = 2 if kind in ("normal", "wide") else 1
    if wish.zoomed:
        _zoomed(places, Region(0, top, width, height - top - 1), wish.zoomed, wish)
        return Plan(kind, places)
    if kind == "tabbed":
        places["chips"] = Region(0, 1, width, 1)
        _tabbed(places, Region(0, 2, width, height - 3), wish)
    elif kind == "normal":
        _normal(places, Region(0, top, width, height - top - 1), wish)
    else:
        _wide(places, Region(0, top, width, height - top - 1), wish)
    return Plan(kind, places)


def _zoomed(places: dict[str, Region], area: Region, pane: Pane, wish: Wish) -> None:
    """The whole area for a pane; under the hosts, where they leave room, the one under the cursor in detail."""
    hosts = _rows(wish, "hosts", 4, area.height * 2 // 3)
    if pane == "hosts" and area.height - hosts > _DETAIL:
        _stack(places, area, [("hosts", hosts, 1), ("detail", 0, 0)])
    else:
        places[pane] = area


def _rows(wish: Wish, pane: Pane, least: int, most: int) -> int:
    """Cells high enough for a pane's rule and rows, between two bounds; a folded pane is its rule."""
    return 1 if pane in wish.folded else max(least, min(most, 1 + wish.rows.get(pane, 0)))


def _tabbed(places: dict[str, Region], area: Region, wish: Wish) -> None:
    lower = wish.focus if wish.focus in TABS else wish.tab
    runs = _rows(wish, "runs", 5, area.height // 2)
    if lower in wish.folded:
        runs = area.height - 1
    places["runs"] = Region(area.x, area.y, area.width, runs)
    places[lower] = Region(area.x, area.y + runs, area.width, area.height - runs)


def _columns(area: Region, widths: list[int], places: dict[str, Region]) -> list[Region]:
    """Columns of the given widths with a divider in the middle of each gap of three cells; 0 takes what is left."""
    free = area.width - sum(widths) - 3 * (len(widths) - 1)
    columns: list[Region] = []
    x = area.x
    for index, width in enumerate(widths):
        taken = width or free
        columns.append(Region(x, area.y, taken, area.height))
        x += taken
        if index < len(widths) - 1:
            places[f"divider{index + 1}"] = Region(x + 1, area.y, 1, area.height)
            x += 3
    return columns


def _stack(places: dict[str, Region], column: Region, heights: list[tuple[Pane, int, int]]) -> None:
    """Panes from the top down: (pane, height, blank rows under it); height 0, or the last one, takes what is left."""
    open_end = next((pane for pane, height, _ in heights if height == 0), heights[-1][0])
    fixed = sum(height + gap for pane, height, gap in heights if pane != open_end)
    fixed += sum(gap for pane, _, gap in heights if pane == open_end)
    y = column.y
    for pane, height, gap in heights:
        taken = column.height - fixed if pane == open_end else height
        places[pane] = Region(column.x, y, column.width, max(1, taken))
        y += max(1, taken) + gap


def _curve_and_log(wish: Wish, height: int) -> tuple[int, int]:
    """How two panes share a height: the log about a third, a folded one its rule."""
    if "log" in wish.folded:
        return height - 1, 1
    if "curve" in wish.folded:
        return 1, height - 1
    log = max(6, height * 3 // 8)
    return height - log, log


def _normal(places: dict[str, Region], area: Region, wish: Wish) -> None:
    left, right = _columns(area, [_LEFT, 0], places)
    _left(places, left, wish, findings=True)
    runs = _rows(wish, "runs", 6, area.height // 3)
    if {"curve", "log"} <= wish.folded:
        runs = area.height - 3
    curve, log = _curve_and_log(wish, area.height - runs - 1)
    _stack(places, right, [("runs", runs, 1), ("curve", curve, 0), ("log", log, 0)])


def _wide(places: dict[str, Region], area: Region, wish: Wish) -> None:
    third = max(58, (area.width - _LEFT_WIDE - 6) * 2 // 5)
    left, middle, right = _columns(area, [_LEFT_WIDE, 0, third], places)
    _left(places, left, wish, findings=False)
    runs = _rows(wish, "runs", 8, area.height * 2 // 5)
    if "log" in wish.folded:
        runs = area.height - 2
    _stack(places, middle, [("runs", runs, 1), ("log", 0, 0)])
    findings = _rows(wish, "findings", 10, area.height // 3)
    if "curve" in wish.folded:
        _stack(places, right, [("curve", 1, 1), ("findings", 0, 0)])
    else:
        _stack(places, right, [("curve", 0, 1), ("findings", findings, 0)])


def _left(places: dict[str, Region], column: Region, wish: Wish, *, findings: bool) -> None:
    hosts = _rows(wish, "hosts", 4, column.height * 2 // 5)
    stack: list[tuple[Pane, int, int]] = [("hosts", hosts, 1)]
    below = _rows(wish, "findings", 5, column.height // 4) if findings else 0
    if "detail" in wish.folded:
        stack.append(("detail", 1, 1 if findings else 0))
        if findings:
            stack.append(("findings", 1 if "findings" in wish.folded else 0, 0))
    else:
        stack.append(("detail", 0, 1 if findings else 0))
        if findings:
            stack.append(("findings", below, 0))
    _stack(places, column, stack)


def shown_panes(plan: Plan) -> tuple[Pane, ...]:
    """The panes that are on the screen, in the order of their numbers."""
    return tuple(pane for pane in PANES if pane in plan.places)
