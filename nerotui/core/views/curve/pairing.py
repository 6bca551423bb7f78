"""Which of a run's series share a chart: a metric with its validation twin, on one axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from nerotui.core.records import Finding
from nerotui.core.series import Track
from nerotui.core.text import clean
from nerotui.core.views.curve.model import Curve, Mark
from nerotui.core.views.metrics import better, is_validation, stem
from nerotui.core.views.rows import finding_words

#: Axes that every run has: time since it began, time of day.
TIMES = ("time", "clock")
#: Kinds of findings that are marked on a validation curve rather than on the training curve.
_OF_VALIDATION = ("overfitting", "no_validation")


def part(name: str) -> str:
    """On which data a metric was measured, for the legend: "train", "val", "test"."""
    if not is_validation(name):
        return "train"
    return "test" if "test" in name.lower() else "val"


def axes(runs: Iterable[Mapping[str, Track]], metric: str) -> tuple[str, ...]:
    """What a metric's series stand on (step, epoch), that of most of them first."""
    counted = Counter(track.x_name for tracks in runs for name, track in tracks.items() if stem(name) == metric)
    return tuple(axis for axis, _ in counted.most_common())


def along(tracks: Mapping[str, Track], axis: str) -> Track | None:
    """The track that tells best where on an axis a run was at a time; None where none does."""
    fitting = [track for track in tracks.values() if track.x_name == axis and track.timed]
    return max(fitting, key=lambda track: track.count, default=None)


def paired(
    tracks: Mapping[str, Track],
    metric: str,
    axis: str,
    *,
    who: str = "",
    color: int | None = None,
    start: float | None = None,
    joins: tuple[float, ...] = (),
    findings: Iterable[Finding] = (),
) -> tuple[Curve, ...]:
    """The lines of one run for a metric, training before validation.

    Args:
        tracks: all of the run's series by name.
        metric: the stem of those to draw.
        axis: what they are drawn over; a series that stands on another is placed by its time, where the run's other
            series tell where the run was then. "time" and "clock" are for all.
        who: what the legend calls the run.
        color: the run's line colour.
        start: when the run began.
        joins: when further attempts of it began.
        findings: what was noticed in it.
    """
    placed = None if axis in TIMES else along(tracks, axis)
    names = [
        name
        for name, track in tracks.items()
        if stem(name) == metric and (axis in (*TIMES, track.x_name) or placed is not None)
    ]
    kinds = Counter(part(name) for name in names)
    alone = len(names) == 1
    found: list[Curve] = []
    for name in sorted(names, key=lambda name: (is_validation(name), name)):
        kind = part(name) if kinds[part(name)] == 1 else clean(name)
        found.append(
            Curve(
                label=who if alone and kind == "train" else f"{who} {kind}".strip(),
                track=tracks[name],
                color=color,
                pale=is_validation(name) and not alone,
                marks=_marks(findings, name, tracks, alone=alone),
                best=_best(name) if is_validation(name) or not any(map(is_validation, names)) else None,
                start=start,
                along=None if axis in (*TIMES, tracks[name].x_name) else placed,
                joins=joins,
            )
        )
    return tuple(found)


def _best(name: str) -> Literal["min", "max"] | None:
    direction = better(name)
    return "min" if direction == "min" else "max" if direction == "max" else None


def _marks(findings: Iterable[Finding], name: str, tracks: Mapping[str, Track], *, alone: bool) -> tuple[Mark, ...]:
    """The findings about a curve; one that has a place and names none of the run's series is where its kind shows."""
    found = []
    for finding in findings:
        if finding.series in tracks:
            here = finding.series == name
        else:
            of_validation = finding.kind in _OF_VALIDATION
            here = finding.x is not None and (alone or of_validation == is_validation(name))
        if here:
            words = finding_words(finding)
            found.append(Mark(text=words, severity=finding.severity, x=finding.x, time=finding.since))
    return tuple(found)
