"""The curve's keys on the whole console: what is drawn, over which axis, which part of it, and what Esc takes back."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from nerotui.core.records import Series
from nerotui.core.views.curve.tones import curve_role
from nerotui.fleet import PointBatch
from nerotui.tui.app import ConsoleApp
from nerotui.tui.messages import PointsArrived
from tests.tui.curvescene import CurveScene
from tests.tui.scene import NOW, app
from tests.tui.widgets.stage import text_of


@asynccontextmanager
async def console(*keys: str, size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[ConsoleApp, Pilot[str]]]:
    """A console that looks at the scene's second run, after some keys."""
    made = app(scene=CurveScene())
    async with made.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press("j", "3", *keys)
        await settled(pilot)
        yield made, pilot


async def settled(pilot: Pilot[str]) -> None:
    for _ in range(3):
        await pilot.pause()


def rule(made: ConsoleApp) -> str:
    """What the curve's rule says."""
    return made.main.curve.right


def screen(made: ConsoleApp) -> str:
    return "\n".join(text_of(made.main.curve))


async def press(pilot: Pilot[str], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def test_smoothing_goes_up_and_down_by_key_and_by_word() -> None:
    async with console() as (made, pilot):
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert "smooth 0.75" in rule(made)
        assert any(trace.behind for trace in made.main.curve.view.traces)  # type: ignore[union-attr]
        await press(pilot, "left_square_bracket")
        assert "smooth 0.5" in rule(made)
        made.main.obey("smoother 0.97")
        assert "smooth 0.97" in rule(made)
        made.main.obey("smoother 7")
        assert "smooth 0.97" in rule(made)
        await press(pilot, *["left_square_bracket"] * 9)
        assert "smooth" not in rule(made)
        await press(pilot, *["right_square_bracket"] * 12)
        assert "smooth 0.998" in rule(made)


async def test_the_x_axis_walks_through_what_there_is() -> None:
    async with console() as (made, pilot):
        seen = []
        for _ in range(4):
            seen.append(rule(made).split(" · ")[1])
            await press(pilot, "x")
        assert seen == ["x epoch", "x time", "x clock", "x epoch"]
        made.main.obey("x-axis parsecs")
        assert "x time" in rule(made)
        await press(pilot, "H")
        assert "x time log" in rule(made)


async def test_t_shows_all_metrics_and_the_chosen_one_alone() -> None:
    async with console("t") as (made, pilot):
        assert made.main.looking.zoomed == "curve"
        text = screen(made)
        assert all(name in text for name in ("▌loss", "acc", "lr", "load of gpu01 %", "grad_norm ──", "layer2"))
        await press(pilot, "l")
        assert rule(made).startswith("acc")
        await press(pilot, "j", "k", "h")
        assert rule(made).startswith("loss")
        await press(pilot, "h")
        assert rule(made).startswith("weights_fc"), "it goes round"
        await press(pilot, "t")
        assert "layer2" not in screen(made)
        assert rule(made).startswith("weights_fc")
        await press(pilot, "escape")
        assert made.main.looking.zoomed is None


async def test_the_cursor_is_one_place_in_all_charts_and_esc_ends_it() -> None:
    async with console("t", "comma", "comma", "comma") as (made, pilot):
        place = made.main.looking.cursor
        assert place is not None
        assert f"at epoch {place:g}" in rule(made)
        reading = next(line for line in screen(made).splitlines() if "loss" in line)
        await press(pilot, "full_stop")
        assert (made.main.looking.cursor or 0) > place
        assert next(line for line in screen(made).splitlines() if "loss" in line) != reading
        await press(pilot, "escape")
        assert made.main.looking.cursor is None
        assert made.main.looking.zoomed == "curve", "one step back at a time"


async def test_a_part_of_the_axis_is_shown_moved_and_left() -> None:
    async with console("i", "i") as (made, pilot):
        window = made.main.looking.window
        assert window is not None
        low, high = window
        assert high == pytest.approx(33.9)
        assert high - low == pytest.approx(33.9 / 4)
        await press(pilot, "left")
        moved = made.main.looking.window
        assert moved is not None
        assert moved[1] < high
        assert rule(made).startswith("loss"), "the arrows move the part, not the metric"
        await press(pilot, "o")
        wider = made.main.looking.window
        assert wider is not None
        assert wider[1] - wider[0] == pytest.approx(33.9 / 2)
        await press(pilot, "o")
        assert made.main.looking.window is None
        await press(pilot, "i", "0")
        assert made.main.looking.window is None
        await press(pilot, "i", "escape")
        assert made.main.looking.window is None
        assert made.main.looking.focus == "curve"


async def test_closer_is_about_the_cursor_and_the_cursor_stays_in_sight() -> None:
    async with console("home") as (made, pilot):
        await press(pilot, "i", "i", "i")
        window = made.main.looking.window
        assert window is not None
        assert window[0] == 0
        await press(pilot, "end")
        window = made.main.looking.window
        assert window is not None
        assert window[0] < 33.9 <= window[1] + 1e-6
        await press(pilot, *["i"] * 30)
        assert made.main.curve.view is not None, "there is an end to it"


async def test_marks_are_visited_in_order_and_named() -> None:
    async with console("n") as (made, pilot):
        first = made.main.looking.cursor
        assert first is not None
        await press(pilot, "n")
        assert made.main.looking.cursor is not None
        await press(pilot, "N")
        assert made.main.looking.cursor == first


async def test_a_run_keeps_its_colour_while_others_come_and_go() -> None:
    async with console() as (made, pilot):
        main = made.main

        def colors() -> dict[str, int]:
            return {trace.label[:4]: trace.color for trace in main.curve.view.traces}  # type: ignore[union-attr]

        await press(pilot, "2", "space", "space", "space")
        before = colors()
        assert len(set(before.values())) == len(before) >= 3
        await press(pilot, "k", "k", "space")
        after = colors()
        kept = before.keys() & after.keys()
        assert len(kept) >= 2
        assert {run: after[run] for run in kept} == {run: before[run] for run in kept}


async def test_points_that_come_while_one_looks_are_drawn_soon() -> None:
    async with console() as (made, pilot):
        before = screen(made)
        more = Series(name="loss", x="epoch", points=((39.0, 2.2, NOW + 5),))
        run = made.main.table.run
        assert run is not None
        batch = PointBatch(reset=False, series=(more,), done=True)
        import asyncio

        made.main.post_message(PointsArrived(run, [batch], asyncio.Event()))
        for _ in range(100):
            await pilot.pause(0.02)
            if screen(made) != before:
                break
        assert screen(made) != before


@pytest.mark.parametrize(
    ("keys", "size"), [((), (120, 40)), (("t",), (80, 24)), (("t", "t"), (100, 30)), (("t",), (40, 10))], ids=str
)
async def test_every_key_is_safe_in_every_state(keys: Sequence[str], size: tuple[int, int]) -> None:
    chance = random.Random(f"{keys}{size}")
    every = [
        "comma", "full_stop", "i", "o", "0", "h", "l", "j", "k", "m", "x", "L", "H", "n", "N", "g", "G", "v",
        "left_square_bracket", "right_square_bracket", "ctrl+d", "ctrl+u", "pagedown", "pageup",
    ]  # fmt: skip
    async with console(*keys, size=size) as (made, pilot):
        for key in chance.choices(every, k=40):
            await pilot.press(key)
        await settled(pilot)
        assert all(math.isfinite(edge) for edge in made.main.looking.window or ())
        assert made.is_running


async def test_marks_in_the_table_have_the_colours_of_their_curves() -> None:
    async with console("2", "space", "space", size=(120, 40)) as (made, _):
        table, palette = made.main.table, made.main.palette
        colors = {run.id: made.main.painting.charts.book.color(run.id) for run in made.main.drawn}
        assert len(colors) == 3
        seen = set()
        for y in range(table.size.height):
            for segment in table.render_line(y):
                if (
                    palette.glyphs.mark in segment.text
                    and segment.style is not None
                    and segment.style.color is not None
                ):
                    seen.add(segment.style.color.number)
        wanted = {palette.style(curve_role(color or 0)).color for run, color in colors.items() if run in table.marks}
        assert seen == {color.number for color in wanted if color is not None}
        assert len(seen) == 2
