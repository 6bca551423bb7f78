"""The curve pane: which lines over which axis, brought down to what a picture of a given width can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from nerotui.core.records import Load
from nerotui.core.series import Track
from nerotui.core.views.spans import Notice, Role, Span, View

Axis = Literal["x", "time"]


class CurveOptions(View, frozen=True, kw_only=True):
    """How curves are drawn.

    Attributes:
        axis: the series' own x (step, epoch), or time since its first point, seconds.
        log: whether y is logarithmic; values ≤ 0 are left out then.
        smooth: weight of the past in an exponential average, 0 to below 1; 0 = as it is.
    """

    metric: str = "loss"
    axis: Axis = "x"
    log: bool = False
    smooth: float = 0.0


class Curve(View, frozen=True, kw_only=True):
    """One line to draw, as it comes from the runs: `track` grows as points arrive.

    Attributes:
        label: "k3f9 train".
        remark: a finding in a word or two ("rising"), shown in the legend after ▲.
        mark_x: where on the axis the finding was, or None.
        best: whether smaller or larger is better, or None where that is unknown.
    """

    label: str
    track: Track
    remark: str = ""
    mark_x: float | None = None
    best: Literal["min", "max"] | None = None


class Trace(View, frozen=True, kw_only=True):
    """A line ready to be drawn: at most two points a column. `breaks` are x where the value was not finite."""

    label: str
    role: Role
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    breaks: tuple[float, ...]
    legend: tuple[Span, ...]
    mark_x: float | None = None


class CurveView(View, frozen=True, kw_only=True):
    """A picture's worth of curves: equal views look the same, so an equal one is not drawn again.

    Attributes:
        axis_name: "epoch", "step", "time".
        load: the rows of the load strip under the curve: (label, one level 0 to 100 or None a column).
        right: what the pane's rule says: "loss · smooth 0.9 · x epoch · y lin".
    """

    traces: tuple[Trace, ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    axis_name: str
    log: bool = False
    load: tuple[tuple[str, tuple[float | None, ...]], ...] = ()
    right: str = ""
    notice: Notice | None = None


def curve_view(curves: Sequence[Curve], options: CurveOptions, *, columns: int, load: Load | None = None) -> CurveView:
    """Curves brought down to a picture `columns` cells wide.

    Args:
        curves: in legend order; the first is the selected run's.
        options: how to draw.
        columns: cells of the drawing area, without axis labels.
        load: the selected run's load over time, drawn under its own part of the axis.
    """
    raise NotImplementedError


def metric_names(curves: Sequence[str]) -> tuple[str, ...]:
    """Metric names in the order in which `m` walks through them: losses first, then accuracies, then the rest."""
    raise NotImplementedError
