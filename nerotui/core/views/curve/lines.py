"""From tracks to lines on an axis: which x each point has, what is smoothed, what was done again, what is in view."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nerotui.core.series import FAR, Bucket, Track, smoothed
from nerotui.core.views.curve.model import Curve, CurveOptions, Mark

#: What is smaller has no place on a logarithmic axis.
TINY = 1e-150


class Stretch(NamedTuple):
    """Points to be joined, by x: the least and greatest value at each; logarithms where the axis is one."""

    xs: list[float]
    lows: list[float]
    highs: list[float]


class Line(NamedTuple):
    """A curve on its axis.

    Attributes:
        curve: what it was.
        main: the line itself, a stretch for each attempt.
        behind: what is drawn faint under it.
        breaks: where values ceased to be finite.
        gaps: all places where a value was not.
        joins: where a further attempt began.
        marks: the findings that have a place.
        places: (time, x) of what is known, by time.
    """

    curve: Curve
    main: list[Stretch]
    behind: list[Stretch]
    breaks: list[float]
    gaps: list[float]
    joins: list[float]
    marks: list[tuple[float, Mark]]
    places: list[tuple[float, float]]

    @property
    def last(self) -> float | None:
        """The last x."""
        return max((stretch.xs[-1] for stretch in self.main), default=None)


def lines_of(curves: Sequence[Curve], options: CurveOptions) -> list[Line]:
    """The curves that have points, as lines.

    All are smoothed over the same stretch of the axis: one with a point where another has ten forgets at each of its
    points as much as the other does at ten.
    """
    found = [curve for curve in curves if curve.track.count]
    spacings = [_spacing(curve, options) for curve in found]
    closest = min((spacing for spacing in spacings if spacing > 0), default=0.0)
    return [
        _line(curve, options, options.smooth ** max(1.0, spacing / closest if closest else 1.0))
        for curve, spacing in zip(found, spacings, strict=True)
    ]


def _spacing(curve: Curve, options: CurveOptions) -> float:
    """The mean distance of a curve's points on the axis."""
    if options.smooth <= 0:
        return 0.0
    xs = [x for part in curve.track.parts() for x in _xs(curve, part, options)]
    return (max(xs) - min(xs)) / max(1, curve.track.count - 1) if xs else 0.0


def _line(curve: Curve, options: CurveOptions, weight: float) -> Line:
    line = Line(curve, [], [], [], [], [], [], [])
    parts = curve.track.parts()
    placed = [_xs(curve, part, options) for part in parts]
    for part, xs in zip(parts, placed, strict=True):
        line.places.extend(zip([bucket.time for bucket in part], xs, strict=True))
    line.places.sort()
    # What comes after the place where a later part begins was done again: x is a time where nothing is.
    again = math.inf
    for part, xs in reversed(list(zip(parts, placed, strict=True))):
        main, raw = _stretch(part, xs, options, weight)
        bad = [index for index, bucket in enumerate(part) if bucket.bad]
        line.gaps.extend(xs[index] for index in bad)
        line.breaks.extend(xs[index] for index in bad if not index or part[index - 1].finite or part[index].finite)
        kept, lost = _split(main, again)
        line.main.insert(0, kept)
        line.behind.extend(stretch for stretch in (raw, lost) if stretch is not None and stretch.xs)
        if options.axis == "x" and xs:
            again = min(again, xs[0])
    line.joins.extend(_joins(curve, placed, line.places))
    for mark in curve.marks:
        at = _place(curve, mark, line.places, options)
        if at is not None:
            line.marks.append((at, mark))
    return _in_view(_logarithmic(line, options), options)


def joins_of(lines: Sequence[Line]) -> list[float]:
    """Where further attempts of the runs began: as the first line of each run has it, mostly the one of most points."""
    found: dict[int, list[float]] = {}
    for index, line in enumerate(lines):
        run = index if line.curve.color is None else line.curve.color
        if line.joins:
            found.setdefault(run, line.joins)
    return sorted({x for joins in found.values() for x in joins})


def start_of(curve: Curve) -> float:
    """When its run began."""
    if curve.start is not None and -FAR < curve.start < FAR:
        return curve.start
    return min((part[0].time for part in curve.track.parts()), default=0.0)


def _xs(curve: Curve, part: list[Bucket], options: CurveOptions) -> list[float]:
    if options.axis == "clock":
        return [bucket.time for bucket in part]
    if options.axis == "time":
        start = start_of(curve)
        return [bucket.time - start for bucket in part]
    if curve.along is not None:
        return places_at(known_places(curve.along), [bucket.time for bucket in part])
    return [bucket.x for bucket in part]


def known_places(track: Track) -> list[tuple[float, float]]:
    """(time, x) of a track, by time."""
    return sorted((bucket.time, bucket.x) for part in track.parts() for bucket in part)


def places_at(known: Sequence[tuple[float, float]], times: Sequence[float]) -> list[float]:
    """Where a run was at given times, between what is known; before and after it, where that begins and ends."""
    when = [time for time, _ in known]
    places: list[float] = []
    for time in times:
        index = bisect_left(when, time)
        if index == 0 or index == len(known):
            places.append(known[0 if index == 0 else -1][1])
            continue
        (before, low), (after, high) = known[index - 1], known[index]
        places.append(low + (time - before) / (after - before) * (high - low) if after > before else high)
    return places


def _stretch(
    part: list[Bucket], xs: list[float], options: CurveOptions, weight: float
) -> tuple[Stretch, Stretch | None]:
    """A part as a stretch, and the values behind it if it is smoothed."""
    finite = [(x, bucket) for x, bucket in zip(xs, part, strict=True) if bucket.finite]
    if options.axis != "x":
        finite.sort()
    raw = Stretch([x for x, _ in finite], [bucket.low for _, bucket in finite], [bucket.high for _, bucket in finite])
    if options.smooth <= 0:
        return raw, None
    known = [
        (x, value)
        for (x, _), value in zip(finite, smoothed([bucket for _, bucket in finite], weight), strict=True)
        if value is not None
    ]
    values = [value for _, value in known]
    return Stretch([x for x, _ in known], values, values), raw


def _split(stretch: Stretch, at: float) -> tuple[Stretch, Stretch | None]:
    """A stretch up to `at`, and what comes after it, beginning where the first ends."""
    end = bisect_right(stretch.xs, at)
    if end >= len(stretch.xs):
        return stretch, None
    return Stretch(*(each[:end] for each in stretch)), Stretch(*(each[max(0, end - 1) :] for each in stretch))


def _joins(curve: Curve, placed: list[list[float]], places: list[tuple[float, float]]) -> Iterable[float]:
    """Where further attempts began: as they are known, else where x went back."""
    if curve.joins and places:
        inside = [time for time in curve.joins if places[0][0] < time <= places[-1][0]]
        # The attempt's first point, not the moment of its start: that is where the curve goes on.
        return [places[bisect_left(places, (time, -math.inf))][1] for time in inside]
    return [xs[0] for xs in placed[1:] if xs]


def _place(curve: Curve, mark: Mark, places: list[tuple[float, float]], options: CurveOptions) -> float | None:
    """Where a finding is on the axis that is drawn."""
    if not places or not all(-FAR < place < FAR for place in (mark.x, mark.time) if place is not None):
        return None
    if mark.x is not None and options.axis == "x" and curve.along is None:
        return mark.x
    time = mark.time
    if mark.x is not None:
        buckets = curve.track.buckets()
        time = buckets[min(bisect_left(buckets, mark.x, key=lambda bucket: bucket.x), len(buckets) - 1)].time
    return None if time is None else places_at(places, [time])[0]


def _logarithmic(line: Line, options: CurveOptions) -> Line:
    """The line on logarithmic axes; what has no logarithm is left out."""
    if not options.log and not log_x(options):
        return line

    def y_log(stretch: Stretch) -> Stretch:
        kept = [index for index, high in enumerate(stretch.highs) if high > TINY]
        highs = [math.log10(stretch.highs[index]) for index in kept]
        lows = [
            math.log10(stretch.lows[index] if stretch.lows[index] > TINY else stretch.highs[index]) for index in kept
        ]
        return Stretch([stretch.xs[index] for index in kept], lows, highs)

    def x_log(stretch: Stretch) -> Stretch:
        begin = bisect_right(stretch.xs, TINY)
        return Stretch([math.log10(x) for x in stretch.xs[begin:]], stretch.lows[begin:], stretch.highs[begin:])

    main, behind = line.main, line.behind
    if options.log:
        main, behind = [y_log(stretch) for stretch in main], [y_log(stretch) for stretch in behind]
    if not log_x(options):
        return line._replace(main=main, behind=behind)
    return line._replace(
        main=[x_log(stretch) for stretch in main],
        behind=[x_log(stretch) for stretch in behind],
        breaks=[math.log10(x) for x in line.breaks if x > TINY],
        gaps=[math.log10(x) for x in line.gaps if x > TINY],
        joins=[math.log10(x) for x in line.joins if x > TINY],
        marks=[(math.log10(x), mark) for x, mark in line.marks if x > TINY],
        places=[(time, math.log10(x)) for time, x in line.places if x > TINY],
    )


def log_x(options: CurveOptions) -> bool:
    """Whether x is logarithmic: the time of day never is."""
    return options.log_x and options.axis != "clock"


def drawn_x(x: float, options: CurveOptions) -> float:
    """A place on the axis as it is drawn there."""
    if not log_x(options):
        return x
    return math.log10(x) if x > TINY else -math.inf


def real_x(x: float, options: CurveOptions) -> float:
    """A place on the axis as it is drawn there, in the axis' own units."""
    return 10**x if log_x(options) else x


def points_in_view(curves: Sequence[Curve], options: CurveOptions) -> list[float]:
    """All places in the window that have a point, from left to right, in the axis' own units."""
    low, high = (-math.inf, math.inf) if options.window is None else options.window
    if log_x(options):
        low = max(low, TINY)
    lines = lines_of(curves, CurveOptions(axis=options.axis))
    found = {x for line in lines for stretch in (*line.main, *line.behind) for x in stretch.xs}
    found.update(x for line in lines for x in line.gaps)
    return sorted(x for x in found if low <= x <= high)


def _in_view(line: Line, options: CurveOptions) -> Line:
    """What lies in the window, up to its edges."""
    if options.window is None:
        return line
    low, high = (drawn_x(edge, options) for edge in options.window)

    def inside(xs: Iterable[float]) -> list[float]:
        return [x for x in xs if low <= x <= high]

    return line._replace(
        main=[_clipped(stretch, low, high) for stretch in line.main],
        behind=[_clipped(stretch, low, high) for stretch in line.behind],
        breaks=inside(line.breaks),
        gaps=inside(line.gaps),
        joins=inside(line.joins),
        marks=[(x, mark) for x, mark in line.marks if low <= x <= high],
    )


def _clipped(stretch: Stretch, low: float, high: float) -> Stretch:
    first, end = bisect_left(stretch.xs, low), bisect_right(stretch.xs, high)
    xs, lows, highs = (list(each[first:end]) for each in stretch)
    if 0 < first < len(stretch.xs) and low > -math.inf:
        at = _between(stretch, first - 1, low)
        xs.insert(0, low)
        lows.insert(0, at)
        highs.insert(0, at)
    if 0 < end < len(stretch.xs):
        at = _between(stretch, end - 1, high)
        xs.append(high)
        lows.append(at)
        highs.append(at)
    return Stretch(xs, lows, highs)


def _between(stretch: Stretch, index: int, x: float) -> float:
    """The height of the line at x, after its point `index`."""
    before, after = stretch.xs[index], stretch.xs[index + 1]
    one, other = (stretch.lows[at] / 2 + stretch.highs[at] / 2 for at in (index, index + 1))
    return one + (other - one) * ((x - before) / (after - before) if after > before else 0.0)
