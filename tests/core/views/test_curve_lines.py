"""Lines say what the run did: what it did twice, how smooth it was, where it stood at which time."""

import math
from typing import Any

import pytest

from nerotui.core.records import Finding
from nerotui.core.series import MOST_PARTS, Track
from nerotui.core.views.curve import Curve, CurveOptions, Mark, curve_view, stops
from nerotui.core.views.curve.lines import Line, lines_of, points_in_view
from nerotui.core.views.curve.pairing import along, axes, paired


def track(points: Any, x: str = "step") -> Track:
    made = Track(x)
    made.extend(points)
    return made


def line(curve: Curve, **options: Any) -> Line:
    (found,) = lines_of([curve], CurveOptions(**options))
    return found


def resumed() -> Track:
    """Steps 0 to 99, then again from the checkpoint at 60 on to 149, a minute later."""
    made = track((float(step), 2.0 - step / 100, 1000.0 + step) for step in range(100))
    made.extend((float(step), 1.0 - step / 200, 1160.0 + step) for step in range(60, 150))
    return made


def test_what_a_later_attempt_did_again_is_drawn_behind() -> None:
    found = line(Curve(label="a", track=resumed()))
    first, second = found.main
    assert (first.xs[0], first.xs[-1]) == (0, 60)
    assert (second.xs[0], second.xs[-1]) == (60, 149)
    (lost,) = found.behind
    assert (lost.xs[0], lost.xs[-1]) == (60, 99)
    assert found.joins == [60]


def test_over_time_nothing_was_done_twice() -> None:
    found = line(Curve(label="a", track=resumed()), axis="time")
    assert found.behind == []
    assert [stretch.xs[0] for stretch in found.main] == [0, 220]
    assert found.joins == [220]


def test_known_attempts_say_where_they_joined_though_no_step_was_repeated() -> None:
    whole = track((float(step), 1.0, 1000.0 + step + (50 if step >= 40 else 0)) for step in range(80))
    found = line(Curve(label="a", track=whole, joins=(1060.0, 5000.0)))
    assert found.joins == [40]


def test_ranks_that_print_in_turn_are_no_attempts() -> None:
    made = track((float(step), 1.0, 0.0) for step in range(1000) for _ in range(4))
    jumping = Track()
    jumping.extend((float(step + shift), 1.0, 0.0) for step in range(0, 3000, 30) for shift in (0, 20, 10))
    assert len(made.parts()) == len(jumping.parts()) == 1
    restless = track((float(x), 1.0, 0.0) for _ in range(3 * MOST_PARTS) for x in range(50))
    assert len(restless.parts()) == 1
    assert restless.count == len(range(3 * MOST_PARTS)) * 50


def test_a_long_run_with_many_attempts_stays_small() -> None:
    made = Track()
    for attempt in range(10):
        made.extend((float(step), 1.0, float(step)) for step in range(attempt * 9_000, attempt * 9_000 + 10_000))
    assert len(made.parts()) == 10
    assert len(made.buckets()) <= 2048
    assert sum(bucket.finite for bucket in made.buckets()) == 100_000


def test_smoothing_forgets_as_much_over_the_same_stretch_of_the_axis() -> None:
    step = [0.0 if x < 500 else 1.0 for x in range(1000)]
    dense = track((float(x), step[x], float(x)) for x in range(1000))
    rare = track((float(x), step[x], float(x)) for x in range(0, 1000, 10))
    train, val = lines_of([Curve(label="a", track=dense), Curve(label="b", track=rare)], CurveOptions(smooth=0.98))

    def at(found: Line, x: float) -> float:
        (stretch,) = found.main
        return stretch.highs[stretch.xs.index(x)]

    assert at(train, 550) == pytest.approx(at(val, 550), abs=0.08)
    assert 0.5 < at(val, 550) < 0.8
    assert train.behind[0].highs[600] == 1.0, "the values themselves stay behind"


def test_a_series_that_counts_something_else_is_placed_by_its_time() -> None:
    steps = track((float(x), 1.0, 1000.0 + 2 * x) for x in range(101))
    epochs = track(((float(x), 0.5, 1000.0 + 50 * x) for x in range(5)), "epoch")
    tracks = {"loss": steps, "val_loss": epochs}
    train, val = paired(tracks, "loss", "step", who="k3f9", color=2)
    assert (train.label, val.label) == ("k3f9 train", "k3f9 val")
    assert (train.pale, val.pale, val.color) == (False, True, 2)
    assert line(val).main[0].xs == [0, 25, 50, 75, 100]
    assert axes([tracks], "loss") == ("step", "epoch")
    old = track(((float(x), 0.5, 1000.0) for x in range(5)), "epoch")
    assert along({"loss": old}, "epoch") is None, "read all at once: no time tells the place"


def test_the_best_is_that_of_the_validation_where_there_is_one() -> None:
    both = {"acc": track([(0, 0.1, 0)]), "val_acc": track([(0, 0.2, 0)])}
    assert [curve.best for curve in paired(both, "acc", "step")] == [None, "max"]
    assert [curve.best for curve in paired({"loss": track([(0, 1, 0)])}, "loss", "step")] == ["min"]
    assert [curve.best for curve in paired({"lr": track([(0, 1, 0)])}, "lr", "step")] == [None]


def test_a_finding_is_marked_on_the_series_that_it_names() -> None:
    tracks = {"loss": track([(0, 1, 0)]), "val_loss": track([(0, 1, 0)])}
    named = Finding(kind="plateau", severity="warning", message="m", x=0.0, series="loss")
    unnamed = Finding(kind="overfitting", severity="warning", message="m", x=0.0)
    train, val = paired(tracks, "loss", "step", findings=(named, unnamed))
    assert [mark.text for mark in train.marks] == ["plateau"]
    assert [mark.text for mark in val.marks] == ["overfits"]
    elsewhere = Finding(kind="traceback", severity="error", message="m", since=5.0)
    assert paired(tracks, "loss", "step", findings=(elsewhere,))[0].marks == (), "it is about no curve"


def test_only_the_window_is_drawn_up_to_its_edges() -> None:
    made = track((float(x), float(x), float(x)) for x in range(0, 101, 10))
    (stretch,) = line(Curve(label="a", track=made), window=(15.0, 42.0)).main
    assert stretch.xs == [15, 20, 30, 40, 42]
    assert stretch.highs == pytest.approx([15, 20, 30, 40, 42])
    (between,) = line(Curve(label="a", track=made), window=(12.0, 18.0)).main
    assert between.highs == pytest.approx([12, 18]), "the line runs through a window without a point"
    view = curve_view([Curve(label="a", track=made)], CurveOptions(window=(15.0, 42.0)), columns=60, rows=10)
    assert view.span == (15.0, 42.0)
    assert [tick.label for tick in view.x_ticks] == ["20", "30", "40"]


def test_logarithmic_x_leaves_out_what_has_no_logarithm() -> None:
    made = track((float(x), 1.0, float(x)) for x in range(1001))
    found = line(Curve(label="a", track=made), log_x=True)
    assert found.main[0].xs[0] == 0.0
    view = curve_view([Curve(label="a", track=made)], CurveOptions(log_x=True), columns=80, rows=10)
    assert [tick.label for tick in view.x_ticks] == ["1", "10", "100", "1000"]
    assert "x step log" in view.right
    clock = CurveOptions(axis="clock", log_x=True)
    assert "log" not in curve_view([Curve(label="a", track=made)], clock, columns=80, rows=10).right


def test_places_to_stop_at_come_in_order_and_say_what_they_are() -> None:
    made = resumed()
    made.extend([(150, math.nan, 1400.0), (151, math.nan, 1401.0)])
    curve = Curve(label="k3f9", track=made, best="min", marks=(Mark(text="plateau", x=120.0),))
    found = stops([curve], CurveOptions())
    assert [x for x, _ in found] == [60, 120, 149, 150]
    assert [what.rpartition(": ")[2].split(",")[0] for _, what in found] == [
        "another attempt begins",
        "plateau",
        "best",
        "not finite",
    ]


def test_points_are_found_on_every_axis() -> None:
    made = track(((float(x), 1.0, 1000.0 + 5 * x) for x in range(5)), "epoch")
    curve = Curve(label="a", track=made, start=990.0)
    assert points_in_view([curve], CurveOptions()) == [0, 1, 2, 3, 4]
    assert points_in_view([curve], CurveOptions(axis="time")) == [10, 15, 20, 25, 30]
    assert points_in_view([curve], CurveOptions(axis="clock", window=(1004.0, 1011.0))) == [1005, 1010]


def read(curve: Curve, at: float, **options: Any) -> str:
    view = curve_view([curve], CurveOptions(cursor=at, **options), columns=60, rows=10)
    return view.traces[0].value


def test_the_cursor_reads_the_nearest_point_and_nothing_beyond_the_ends() -> None:
    made = track([(0, 1.0, 0), (10, 0.5, 10), (20, math.nan, 20), (30, 0.25, 30)])
    far = track([(0, 1.0, 0), (100, 1.0, 100)])
    curve = Curve(label="a", track=made)
    assert read(curve, 0) == "1.0000"
    assert read(curve, 11) == "0.5000"
    assert read(curve, 20) == "nan"
    assert read(curve, 30, log=True) == "0.2500"
    both = curve_view([Curve(label="b", track=far), curve], CurveOptions(cursor=80.0), columns=60, rows=10)
    assert [trace.value for trace in both.traces] == ["1.0000", "-"]
    assert both.place == "step 80 · 1m40s · 00:01" or both.place.startswith("step 80")
    assert both.cursor is not None
