"""Charts side by side, the cursor over them, and what is drawn again when something changes."""

import math

from nerotui.core.series import Track
from nerotui.core.views.curve import Curve, CurveOptions
from nerotui.core.views.curve.sheet import Chart
from nerotui.tui.palette import palette_for
from nerotui.tui.widgets.curve import CurvePlot
from tests.tui.widgets.stage import Sent, Stage, text_of


def track(count: int = 200, floor: float = 0.3) -> Track:
    made = Track("epoch")
    made.extend((x / 5, 2.0 * math.exp(-x / 40) + floor, 1000.0 + x) for x in range(count))
    return made


def charts(*tracks: Track, cursor: float | None = None) -> list[Chart]:
    return [
        Chart(
            title=f"metric{at}",
            group="layers" if at > 1 else "",
            family=f"metric{at}",
            curves=(Curve(label="train", track=each, color=0),),
            options=CurveOptions(metric=f"metric{at}", cursor=cursor),
        )
        for at, each in enumerate(tracks)
    ]


async def test_charts_stand_under_their_headings() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(100, 36)):
        plot.show_charts(charts(*(track() for _ in range(5))), 0)
        lines = text_of(plot)
        assert lines[0].startswith("metrics ──")
        assert lines[1].startswith("▌metric0")
        assert "metric1" in lines[1]
        heading = next(line for line in lines if line.startswith("layers ──"))
        assert heading.rstrip().endswith(" 3")
        assert max(map(len, lines)) <= 100
        assert plot.right == "metric0 · x epoch · y lin"


async def test_only_the_chart_that_changed_is_drawn_again() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(100, 36)) as pilot:
        tracks = [track() for _ in range(5)]
        plot.show_charts(charts(*tracks), 0)
        await pilot.pause()
        drawn, sent = plot.pictures, Sent(plot)
        plot.show_charts(charts(*tracks), 0)
        assert (plot.pictures, sent.cells) == (drawn, 0)
        tracks[3].extend([(39.9, 1.5, 3000.0)])
        plot.show_charts(charts(*tracks), 0)
        assert plot.pictures == drawn + 1
        assert 0 < sent.cells < 100 * 36 // 4


async def test_more_charts_than_fit_scroll_with_the_chosen_one() -> None:
    plot = CurvePlot()
    stage = Stage(plot)
    async with stage.run_test(size=(80, 20)) as pilot:
        many = charts(*(track(30) for _ in range(30)))
        plot.show_charts(many, 0)
        assert "▌metric0" in text_of(plot)[1]
        for chosen in (29, 3, 17, 0):
            plot.show_charts(many, chosen)
            assert any(f"▌metric{chosen} " in line for line in text_of(plot))
        assert text_of(plot)[0].startswith("metrics"), "the heading comes back with the first chart under it"
        plot.move(1)
        plot.page(1)
        await pilot.pause()
        steps = [message.steps for message in stage.heard_of(CurvePlot.Stepped)]
        assert steps[0] == 1
        assert steps[1] > 1


async def test_the_cursor_reads_all_charts_at_one_place() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(100, 20)):
        first, second = track(), track(floor=1.0)
        plot.show_charts(charts(first, second, cursor=20.0), 0)
        title = text_of(plot)[0]
        assert "0.4642" in title
        assert "1.1642" in title
        assert "at epoch 20 ·" in plot.right
        assert sum(line.count("│") for line in text_of(plot)) > 20, "a line through both"


async def test_the_cursor_steps_from_point_to_point() -> None:
    plot = CurvePlot()
    stage = Stage(plot)
    async with stage.run_test(size=(100, 20)) as pilot:
        few = Track("epoch")
        few.extend((float(x), 1.0 / x, 1000.0 + x) for x in range(1, 6))

        def show(cursor: float | None) -> None:
            plot.show([Curve(label="a", track=few)], CurveOptions(cursor=cursor))

        show(None)
        assert plot.stepped(-1) == 5, "it begins at the newest point"
        show(5.0)
        assert (plot.stepped(-1), plot.stepped(1)) == (4, 5)
        show(1.0)
        assert (plot.stepped(-1), plot.stepped(1)) == (1, 2)
        plot.home()
        plot.end()
        plot.page(-0.5)
        await pilot.pause()
        assert [message.x for message in stage.heard_of(CurvePlot.Pointed)] == [1, 5, 1]


async def test_among_many_points_the_cursor_moves_by_a_cell() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(100, 20)):
        many = Track("step")
        many.extend((float(x), 1.0, float(x)) for x in range(100_000))
        plot.show([Curve(label="a", track=many)], CurveOptions(cursor=50_000.0))
        step = (plot.stepped(1) or 0) - 50_000
        assert 900 < step < 1300


async def test_a_click_points_and_the_wheel_goes_closer() -> None:
    plot = CurvePlot()
    stage = Stage(plot)
    async with stage.run_test(size=(60, 12)) as pilot:
        plot.show([Curve(label="a", track=track())], CurveOptions())
        await pilot.click(CurvePlot, offset=(30, 3))
        plot.wheel(-3)
        await pilot.pause()
        (pointed,) = stage.heard_of(CurvePlot.Pointed)
        assert 10 < pointed.x < 30
        assert [message.steps for message in stage.heard_of(CurvePlot.Turned)] == [1]


async def test_without_colour_every_line_has_a_sign_and_a_number_at_its_end() -> None:
    for ascii_only in (False, True):
        plot = CurvePlot(palette=palette_for("none", ascii_only=ascii_only))
        async with Stage(plot).run_test(size=(70, 14)):
            curves = [Curve(label=f"run{at}", track=track(floor=0.3 + at / 2), color=at) for at in range(3)]
            plot.show(curves, CurveOptions())
            lines = text_of(plot)
            for number, curve in enumerate(curves, 1):
                legend = next(line for line in lines if curve.label in line)
                assert f"{number} {curve.label}" in legend
            ends = [line.rstrip()[-1] for line in lines if line.rstrip()[-1:] in "123"]
            assert sorted(ends) == ["1", "2", "3"]


async def test_any_size_holds_its_charts() -> None:
    plot = CurvePlot()
    stage = Stage(plot)
    async with stage.run_test(size=(100, 20)) as pilot:
        for width, height in ((100, 20), (60, 9), (30, 6), (13, 4), (12, 3), (8, 2), (200, 60)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            plot.show_charts(charts(*(track(50) for _ in range(7)), cursor=3.0), 6)
            for y in range(height):
                assert plot.render_line(y).cell_length == width
