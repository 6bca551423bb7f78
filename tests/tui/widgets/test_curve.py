"""The curve is drawn where it belongs, as rarely as possible, in every kind of terminal."""

import math
from typing import Any

from nerotui.core.records import Load
from nerotui.core.series import Track
from nerotui.core.views.curve import Curve, CurveOptions, Mark
from nerotui.core.views.spans import Notice
from nerotui.tui.palette import palette_for
from nerotui.tui.widgets.curve import CurvePlot
from tests.tui.widgets.stage import Sent, Stage, text_of


def _track(points: int = 200, rising: bool = False) -> Track:
    track = Track("epoch")
    track.extend((x / 5, x / points if rising else 2.0 * math.exp(-x / 40) + 0.3, 1000.0 + x) for x in range(points))
    return track


def _curves(**fields: Any) -> list[Curve]:
    return [Curve(label="k3f9 train", track=_track(), **fields)]


async def test_axes_legend_and_load_are_where_they_belong() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(82, 16)):
        times = tuple(1000.0 + second for second in range(200))
        load = Load(times=times, gpu=(90.0,) * 200, cpu=(30.0,) * 200)
        plot.show(_curves(best="min"), CurveOptions(smooth=0.9), load=load)
        lines = text_of(plot)
        assert plot.right == "loss · smooth 0.9 · x epoch · y lin"
        assert "━ k3f9 train best" in lines[0]
        assert lines[12].lstrip().startswith("└┴──")
        assert lines[13].split()[0] == "gpu"
        assert lines[14].split()[0] == "cpu"
        assert lines[15].split() == ["0", "10", "20", "30", "40"]
        strip = lines[13][lines[13].index("gpu") + 3 :].strip()
        curve = lines[11].rstrip()
        assert set(strip) <= set("▁▂▃▄▅▆▇█")
        assert len(lines[13].rstrip()) <= len(curve) + 1
        assert all("│" in line for line in lines[:12])


async def test_it_draws_again_only_when_a_dot_changed() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(82, 16)) as pilot:
        track = _track(3000)
        curve = Curve(label="a", track=track)
        plot.show([curve], CurveOptions())
        await pilot.pause()
        drawn, sent = plot.pictures, Sent(plot)
        plot.show([curve], CurveOptions())
        assert (plot.pictures, sent.cells) == (drawn, 0)
        track.extend([(599.81, track.last or 0.0, 5000.0)])
        plot.show([curve], CurveOptions())
        assert (plot.pictures, sent.cells) == (drawn, 0)
        track.extend([(599.82, 1.9, 5001.0)])
        plot.show([curve], CurveOptions())
        assert plot.pictures == drawn + 1
        assert 0 < sent.cells < 82 * 16 // 2


async def test_a_rising_curve_is_not_covered_by_its_legend() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(82, 16)):
        plot.show([Curve(label="acc", track=_track(rising=True))], CurveOptions(metric="acc"))
        lines = text_of(plot)
        assert not any("acc" in line for line in lines[:3])
        assert any("acc" in line for line in lines[3:])


async def test_nan_is_marked_and_a_finding_stands_on_the_axis() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(60, 12)):
        track = _track()
        track.extend([(45.0, math.nan, 2000.0)])
        plot.show(
            [Curve(label="e8s2", track=track, marks=(Mark(text="loss nan", severity="error", x=45.0),))], CurveOptions()
        )
        lines = text_of(plot)
        assert "▲ loss nan" in lines[0]
        assert "×" in "".join(lines[:10])
        assert "▲" in lines[10]


async def test_ascii_draws_stars_and_no_colour_tells_lines_apart_by_sign() -> None:
    for palette in (palette_for("256", ascii_only=True), palette_for("none", ascii_only=True)):
        plot = CurvePlot(palette=palette)
        async with Stage(plot).run_test(size=(60, 12)):
            plot.show([*_curves(), Curve(label="m7qa", track=_track(rising=True), color=1)], CurveOptions())
            lines = text_of(plot)
            assert all(line.isascii() for line in lines)
            body = "".join(line[8:] for line in lines[:10])
            assert body.count("*") > 10
            assert body.count("+") > 10
    plain = CurvePlot(palette=palette_for("none"))
    async with Stage(plain).run_test(size=(60, 12)):
        plain.show([*_curves(), Curve(label="m7qa", track=_track(rising=True), color=1)], CurveOptions())
        assert "".join(text_of(plain)[:10]).count("·") > 10


async def test_any_size_is_drawn_within_itself() -> None:
    plot = CurvePlot()
    stage = Stage(plot)
    async with stage.run_test(size=(100, 20)) as pilot:
        load = Load(times=(1000.0, 1100.0), gpu=(5.0, 95.0), cpu=(None, None))
        for width, height in ((100, 20), (60, 9), (30, 6), (13, 4), (12, 3), (8, 2), (1, 1), (200, 60)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            plot.show([*_curves(), Curve(label="b" * 50, track=_track(3))], CurveOptions(log=True), load=load)
            for y in range(height):
                assert plot.render_line(y).cell_length == width


async def test_without_points_it_says_which_and_why() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(60, 12)):
        plot.show([], CurveOptions(metric="loss"))
        assert text_of(plot)[0] == " No points of loss yet."
        plot.show([], CurveOptions(), notice=Notice(kind="error", text="gpu04 is down.", hint="retry in 24s"))
        assert text_of(plot)[:2] == [" gpu04 is down.", " retry in 24s"]
        plot.show(_curves(), CurveOptions())
        assert "k3f9" in text_of(plot)[0]


async def test_a_million_points_are_drawn_from_a_few_hundred() -> None:
    plot = CurvePlot()
    async with Stage(plot).run_test(size=(120, 30)):
        track = Track()
        track.extend((float(x), 1.0 / (1 + x), float(x)) for x in range(200_000))
        plot.show([Curve(label="a", track=track)], CurveOptions())
        assert plot.pictures == 1
        assert len(track.buckets()) <= 2048
