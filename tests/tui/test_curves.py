"""Which series share a picture: those that stand on the same axis."""

from nerotui.agent.states import RunState
from nerotui.core.records import Run, Series
from nerotui.fleet.points import PointBatch
from nerotui.tui.curves import CurveBook

RUN = Run(id="k3f9aaaa", name="a", host="gpu1", state=RunState.RUNNING)


def series(name: str, x: str, *places: float) -> Series:
    return Series(name=name, x=x, points=tuple((place, 1.0, 0.0) for place in places))


def book(*found: Series) -> CurveBook:
    made = CurveBook()
    made.take(RUN.id, [PointBatch(reset=True, series=found, done=True)])
    return made


def labels(made: CurveBook, axis: str) -> list[str]:
    return [curve.label for curve in made.curves([RUN], "loss", axis=axis, short=lambda run: run[:4])]


def test_epochs_are_not_drawn_on_the_axis_of_steps() -> None:
    made = book(series("loss", "step", 1, 900), series("train_loss", "epoch", 1, 2), series("val_loss", "epoch", 1, 2))
    assert made.axes([RUN], "loss") == ("epoch", "step")
    assert labels(made, "epoch") == ["k3f9 train", "k3f9 val"]
    assert labels(made, "step") == ["k3f9"]


def test_over_time_all_are_drawn_and_told_apart_by_name() -> None:
    made = book(series("loss", "step", 1, 900), series("train_loss", "epoch", 1, 2), series("val_loss", "epoch", 1, 2))
    assert labels(made, "time") == ["k3f9 loss", "k3f9 train_loss", "k3f9 val"]


def timed(name: str, x: str, *places: float) -> Series:
    return Series(name=name, x=x, points=tuple((place, 1.0, 100.0 + 10 * at) for at, place in enumerate(places)))


def test_what_is_counted_otherwise_is_drawn_where_its_time_tells_the_place() -> None:
    made = book(timed("loss", "step", 0, 100, 200), timed("val_loss", "epoch", 0, 1, 2))
    assert labels(made, "step") == labels(made, "epoch") == ["k3f9 train", "k3f9 val"]
    assert made.others([RUN], "loss") == ()
    made = book(timed("loss", "step", 0, 100, 200), timed("acc", "epoch", 0, 1, 2))
    assert made.others([RUN], "loss") == ("epoch",)
    assert labels(made, "epoch") == ["k3f9"]


def test_colours_go_to_whoever_is_there() -> None:
    made = CurveBook()
    made.keep(["a", "b", "c"])
    assert [made.color(run) for run in "abc"] == [0, 1, 2]
    made.keep(["c", "d"])
    assert (made.color("c"), made.color("d"), made.color("a")) == (2, 0, None)
    made.keep(["e", "d", "c"])
    assert [made.color(run) for run in "edc"] == [1, 0, 2]


def test_a_history_that_comes_anew_replaces_the_old_one() -> None:
    made = book(timed("loss", "step", 0, 100), timed("gone", "step", 1))
    made.take(RUN.id, [PointBatch(reset=True, series=(timed("loss", "step", 5),), done=True)])
    assert made.families(RUN.id) == ("loss",)
    assert made.start(RUN.id) == 100.0
