"""Panes cover the terminal without overlap at any size, and every pane can be reached."""

from __future__ import annotations

from itertools import combinations

import pytest

from nerotui.tui.action import PANES, Pane
from nerotui.tui.arrangement import Wish, arranged

SIZES = [
    (80, 24),
    (120, 40),
    (200, 60),
    (100, 30),
    (99, 50),
    (160, 30),
    (60, 15),
    (59, 24),
    (80, 14),
    (20, 5),
    (300, 90),
]
ROWS: list[dict[Pane, int]] = [{}, {"runs": 200, "hosts": 400, "findings": 50}, {"runs": 3, "hosts": 2}]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("rows", ROWS, ids=["none", "many", "few"])
@pytest.mark.parametrize("focus", PANES)
@pytest.mark.parametrize("zoomed", [False, True])
def test_panes_fit_and_the_focused_one_is_there(
    size: tuple[int, int], rows: dict[Pane, int], focus: Pane, zoomed: bool
) -> None:
    for folded in (frozenset[Pane](), frozenset[Pane](("log",)), frozenset[Pane](("curve", "detail", "hosts"))):
        if focus in folded:
            continue
        plan = arranged(*size, Wish(focus, zoomed=focus if zoomed else None, folded=folded, rows=rows))
        for place in plan.places.values():
            assert place.x >= 0
            assert place.y >= 0
            assert place.right <= size[0]
            assert place.bottom <= size[1]
        for (one, first), (two, second) in combinations(plan.places.items(), 2):
            assert not first.overlaps(second), f"{one} and {two}"
        assert plan.places[focus].height >= min(4, size[1] - 1)


def test_a_small_terminal_keeps_the_runs() -> None:
    plan = arranged(58, 20, Wish())
    assert set(plan.places) == {"runs", "footer"}


def test_a_narrow_one_has_hosts_on_one_line_and_one_pane_below() -> None:
    plan = arranged(80, 24, Wish(tab="log"))
    assert set(plan.places) == {"header", "chips", "runs", "log", "footer"}


def test_a_wide_one_has_everything() -> None:
    assert set(PANES) < set(arranged(200, 60, Wish()).places)
    assert set(PANES) < set(arranged(120, 40, Wish()).places)


def test_hosts_that_have_the_screen_leave_their_detail_what_they_do_not_need() -> None:
    plan = arranged(120, 40, Wish("hosts", zoomed="hosts", rows={"hosts": 5}))
    assert set(plan.places) == {"header", "hosts", "detail", "footer"}
    assert plan.places["detail"].width == 120
    assert plan.places["hosts"].height == 6
    many = arranged(120, 40, Wish("hosts", zoomed="hosts", rows={"hosts": 400}))
    assert many.places["hosts"].height > many.places["detail"].height
    assert "detail" not in arranged(80, 18, Wish("hosts", zoomed="hosts", rows={"hosts": 400})).places


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_folding_leaves_the_rule_and_gives_its_room_away(size: tuple[int, int]) -> None:
    open_ = arranged(*size, Wish(rows={"runs": 50}, tab="log"))
    folded = arranged(*size, Wish(rows={"runs": 50}, tab="log", folded=frozenset(("log",))))
    assert folded.places["log"].height == 1
    assert (
        sum(place.area for place in folded.places.values()) >= sum(place.area for place in open_.places.values()) - 200
    )
