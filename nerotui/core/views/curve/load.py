"""The load of a run's host on the axis of its curve: as a strip of cells, or as curves of their own."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from nerotui.core.records import Load
from nerotui.core.series import Track
from nerotui.core.views.curve.axes import Scale
from nerotui.core.views.curve.lines import Line, known_places
from nerotui.core.views.curve.model import Curve


def load_strip(line: Line, load: Load, scale: Scale, columns: int) -> tuple[tuple[str, tuple[int | None, ...]], ...]:
    """The load in the cells of the axis: each sample stands where the run was at its time."""
    rows = []
    places = _places(line, load.times)
    for label, samples in (("gpu", load.gpu), ("cpu", load.cpu)):
        sums: dict[int, list[float]] = {}
        for place, sample in zip(places, samples, strict=False):
            if place is None or sample is None or not math.isfinite(sample):
                continue
            if scale.x_low <= place <= scale.x_high:
                column = scale.x(place) // 2
                if 0 <= column < columns:
                    sums.setdefault(column, []).append(sample)
        if not sums:
            continue
        cells: list[int | None] = [None] * columns
        held: int | None = None
        for column in range(min(sums), max(sums) + 1):
            if column in sums:
                mean = sum(sums[column]) / len(sums[column])
                held = max(1, min(8, round(mean / 100 * 8)))
            cells[column] = held
        rows.append((label, tuple(cells)))
    return tuple(rows)


def load_curves(load: Load, *, along: Track | None, start: float | None) -> tuple[Curve, ...]:
    """The load as curves of their own, in percent.

    Args:
        load: of a run and its host.
        along: the track of the run that tells where on the axis it was at a time; None on an axis of times.
        start: when the run began.
    """
    begin, end = -math.inf, math.inf
    if along is not None:
        known = known_places(along)
        begin, end = known[0][0], known[-1][0]
    found = []
    for color, (label, samples) in enumerate((("gpu", load.gpu), ("cpu", load.cpu))):
        track = Track("time")
        track.extend(
            (time, sample, time)
            for time, sample in zip(load.times, samples, strict=False)
            if sample is not None and math.isfinite(sample) and begin <= time <= end
        )
        if track.count:
            found.append(Curve(label=label, track=track, color=color, along=along, start=start))
    return tuple(found)


def _places(line: Line, times: Sequence[float]) -> list[float | None]:
    """Where on the axis the run was at given times; None outside of what is known."""
    known = line.places
    when = [time for time, _ in known]
    places: list[float | None] = []
    for time in times:
        index = bisect_left(when, time)
        if not known or index == 0 or index == len(known):
            near = known[0 if index == 0 else -1] if known else (math.inf, 0.0)
            places.append(near[1] if abs(near[0] - time) < 1 else None)
            continue
        (before, low), (after, high) = known[index - 1], known[index]
        part = (time - before) / (after - before) if after > before else 0.0
        places.append(low + part * (high - low))
    return places
