"""What a picture of curves is made from, and what it is: values only."""

from __future__ import annotations

from typing import Literal, NamedTuple

from nerotui.core.records import Severity
from nerotui.core.series import Track
from nerotui.core.views.spans import Notice, View

#: What lies on the x axis: the series' own count, time since the run began, or the time of day.
Axis = Literal["x", "time", "clock"]

#: Points of one line in dots from the lower left, to be joined.
Stroke = tuple[tuple[int, int], ...]


class CurveOptions(View, frozen=True, kw_only=True):
    """How curves are drawn.

    Attributes:
        metric: what they show, for the pane's rule.
        axis: the series' own x (step, epoch), time since the run began, or the time of day.
        log: whether y is logarithmic; values ≤ 0 are left out then.
        log_x: whether x is logarithmic; the time of day never is.
        smooth: weight of the past in an exponential average, 0 to below 1; 0 = as it is.
        window: the part of the x axis that is shown; None for all.
        cursor: where on the x axis values are read off, or None.
        reach: the least range of y to show, so that pictures beside each other share theirs; None for the data's own.
    """

    metric: str = "loss"
    axis: Axis = "x"
    log: bool = False
    log_x: bool = False
    smooth: float = 0.0
    window: tuple[float, float] | None = None
    cursor: float | None = None
    reach: tuple[float, float] | None = None


class Mark(View, frozen=True, kw_only=True):
    """A finding on a curve: what in a word or two, how bad, and where on the curve's own x or when."""

    text: str
    severity: Severity = "warning"
    x: float | None = None
    time: float | None = None


class Curve(View, frozen=True, kw_only=True):
    """One line to draw, as it comes from the runs: `track` grows as points arrive.

    Attributes:
        label: "k3f9 train".
        color: which of the palette's line colours, for a run to keep its own while others come and go; else its place.
        pale: whether it is drawn in the pale tone of that colour: the validation beside the training.
        marks: findings about it; the first one is named in the legend.
        best: whether the least or the greatest value is marked and named in the legend, or None for the last one.
        start: when its run began, seconds since the epoch; None for its first point.
        along: the track that tells where on the axis it was at a time, for a curve that counts something else.
        joins: when further attempts of its run began.
    """

    label: str
    track: Track
    color: int | None = None
    pale: bool = False
    marks: tuple[Mark, ...] = ()
    best: Literal["min", "max"] | None = None
    start: float | None = None
    along: Track | None = None
    joins: tuple[float, ...] = ()


class Spot(NamedTuple):
    """A place on a line, in dots."""

    x: int
    y: int


class Trace(View, frozen=True, kw_only=True):
    """A line in dots from the lower left.

    Attributes:
        label: what it is.
        value: its best, its last, or its value at the cursor, in words.
        remark: the first finding about it.
        color: of the palette's line colours.
        pale: whether in the colour's pale tone.
        strokes: what is drawn; it breaks off where a value was not finite, and where an attempt ended.
        behind: what is drawn faint: values behind their average, what a later attempt did again.
        breaks: where a value was not finite, at the height where the line broke off.
        best: where the best value is.
        marks: where findings are, and how bad they are.
    """

    label: str
    value: str
    remark: str = ""
    color: int = 0
    pale: bool = False
    strokes: tuple[Stroke, ...] = ()
    behind: tuple[Stroke, ...] = ()
    breaks: tuple[Spot, ...] = ()
    best: Spot | None = None
    marks: tuple[tuple[Spot, Severity], ...] = ()

    @property
    def points(self) -> Stroke:
        """All points of the line itself."""
        return tuple(point for stroke in self.strokes for point in stroke)


class Tick(NamedTuple):
    """A label and the dot that it stands at."""

    dot: int
    label: str


class CurveView(View, frozen=True, kw_only=True):
    """A picture of curves, `columns` by `rows` cells.

    Attributes:
        load: the rows of the strip under the curve: (label, an eighth 0 to 8 or None for each cell).
        joins: the dots at which a further attempt began.
        cursor: the dot at which values are read off.
        place: where that is, in words: "epoch 21 · 38m".
        right: what the pane's rule says: "loss · smooth 0.9 · x epoch · y lin".
        span: the ends of the x axis, in its own units.
        notice: why there is no picture, or None.
    """

    columns: int
    rows: int
    traces: tuple[Trace, ...] = ()
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    load: tuple[tuple[str, tuple[int | None, ...]], ...] = ()
    joins: tuple[int, ...] = ()
    cursor: int | None = None
    place: str = ""
    right: str = ""
    span: tuple[float, float] = (0.0, 1.0)
    notice: Notice | None = None

    @property
    def gutter(self) -> int:
        """Cells left of the drawing area: the axis' labels and the axis."""
        names = [tick.label for tick in self.y_ticks] + [label for label, _ in self.load]
        return max(map(len, names), default=4) + 3
