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
