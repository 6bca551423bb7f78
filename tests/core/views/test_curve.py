"""A picture shows what the points say, and stays the same until a visible dot changes."""

import math
from typing import Any

import pytest

from nerotui.core.records import Load
from nerotui.core.series import Track
from nerotui.core.views import ticks
from nerotui.core.views.curve import MOST_POINTS, Curve, CurveOptions, CurveView, curve_view


def _track(points: int = 100, name: str = "epoch") -> Track:
    track = Track(name)
    track.extend((float(x), 2.0 * math.exp(-x / 20) + 0.3, 1000.0 + 10 * x) for x in range(points))
    return track


def _view(*curves: Curve, load: Load | None = None, columns: int = 70, rows: int = 12, **options: Any) -> CurveView:
    return curve_view(
        curves,
        CurveOptions(**options),
        columns=columns,
        rows=rows,
        load=load,
    )


def test_dots_lie_within_the_picture_and_fall_with_the_loss() -> None:
    view = _view(Curve(label="a", track=_track()))
    (trace,) = view.traces
    assert all(0 <= x < 140 and 0 <= y < 48 for x, y in trace.points)
    assert trace.points[0][1] > trace.points[-1][1]
    assert view.right == "loss · x epoch · y lin"


def test_no_line_is_drawn_from_more_points_than_plotext_can_take_quickly() -> None:
    view = _view(Curve(label="a", track=_track(100_000)), columns=400)
    assert len(view.traces[0].points) <= MOST_POINTS


def test_a_point_too_small_to_see_changes_no_dot() -> None:
    track = _track(2000)
    before = _view(Curve(label="a", track=track)).traces[0].points
    track.extend([(1998.5, track.last or 0.0, 30000.0)])
    assert _view(Curve(label="a", track=track)).traces[0].points == before


def test_a_logarithmic_axis_leaves_out_what_it_cannot_show() -> None:
    track = Track()
    track.extend([(0, 100.0, 0), (1, 0.0, 1), (2, -1.0, 2), (3, 0.01, 3)])
    view = _view(Curve(label="a", track=track), log=True)
    assert len(view.traces[0].points) == 2
    assert view.y_ticks[0].label == "0.01"
    only = Track()
    only.extend([(0, -1.0, 0)])
    notice = _view(Curve(label="a", track=only), log=True).notice
    assert notice is not None
    assert "logarithmic" in notice.text


def test_nan_is_marked_where_it_came() -> None:
    track = Track()
    track.extend([(0, 2.0, 0), (5, 1.0, 5), (10, math.nan, 10)])
    (trace,) = _view(Curve(label="a", track=track)).traces
    assert trace.breaks[0].x == 139


def test_a_track_of_nan_alone_says_so() -> None:
    track = Track()
    track.extend([(0, math.nan, 0)])
    notice = _view(Curve(label="a", track=track)).notice
    assert notice is not None
    assert "finite" in notice.text


def test_time_as_axis_starts_each_run_at_its_own_beginning() -> None:
    late = Track("epoch")
    late.extend((float(x), 1.0, 90_000.0 + 10 * x) for x in range(100))
    view = _view(Curve(label="a", track=_track()), Curve(label="b", track=late), axis="time")
    assert view.traces[0].points[-1][0] == view.traces[1].points[-1][0]
    assert view.x_ticks[0].label == "0"
    assert "x time" in view.right


def test_the_load_lies_under_its_own_part_of_the_axis() -> None:
    # Points at 10 s each; the GPU idles while epochs 40 to 59 run.
    times = tuple(1000.0 + 5 * step for step in range(200))
    gpu = tuple(5.0 if 40 <= (time - 1000) / 10 < 60 else 100.0 for time in times)
    view = _view(Curve(label="a", track=_track()), load=Load(times=times, gpu=gpu, cpu=(None,) * 200))
    ((label, cells),) = view.load
    dips = [column for column, level in enumerate(cells) if level == 1]
    assert label == "gpu"
    assert dips
    assert min(dips) / 70 == pytest.approx(0.4, abs=0.03)
    assert max(dips) / 70 == pytest.approx(0.6, abs=0.03)


def test_one_point_is_a_picture() -> None:
    track = Track()
    track.extend([(7, 0.5, 0)])
    view = _view(Curve(label="a", track=track))
    assert view.notice is None
    assert view.traces[0].points


def test_the_legend_names_the_best_or_the_last() -> None:
    best, last = _view(Curve(label="a", track=_track(), best="min"), Curve(label="b", track=_track())).traces
    assert best.value.split() == ["best", "0.3142"]
    assert last.value == "0.3142"


@pytest.mark.parametrize(("low", "high"), [(0.3, 2.3), (0, 0), (-5, 5), (1e-9, 2e-9), (1e6, 3e6), (0.99, 1.01), (5, 5)])
@pytest.mark.parametrize("most", [1, 2, 5, 8])
def test_axes_cover_the_data_with_labels_that_differ(low: float, high: float, most: int) -> None:
    for axis in (ticks.linear(low, high, most), ticks.whole(low, high, most)):
        slack = 1e-9 * (axis.high - axis.low)
        assert axis.low - slack <= low <= high <= axis.high + slack
        assert 1 <= len(axis.values) <= most + 2
        labels = ticks.labels(axis.values)
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(("low", "high"), [(0.01, 100), (0.3, 2.3), (1, 1), (5, 5), (1e-12, 1e12), (2.1, 2.2)])
def test_logarithmic_axes_cover_the_data(low: float, high: float) -> None:
    axis = ticks.decades(low, high, 4)
    assert axis.low <= math.log10(low) + 1e-9
    assert axis.high >= math.log10(high) - 1e-9
    labels = ticks.log_labels(axis.values)
    assert len(set(labels)) == len(labels) >= 2
