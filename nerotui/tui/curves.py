"""Which of the points that came are drawn: a metric with its validation twin, of the selected run and those over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from nerotui.core.records import Run
from nerotui.core.series import Track
from nerotui.core.text import clean
from nerotui.core.views.curve import Curve, Mark
from nerotui.core.views.curve.families import Group, families, grouped
from nerotui.core.views.metrics import better, is_validation, stem
from nerotui.core.views.rows import finding_words

if TYPE_CHECKING:
    from nerotui.fleet import PointBatch

#: Kinds of findings that are marked on a validation curve rather than on the training curve.
_OF_VALIDATION = ("overfit", "overfitting")
#: Axes that every run has: time since it began, time of day.
TIMES = ("time", "clock")


def part(name: str) -> str:
    """On which data a metric was measured, for the legend: "train", "val", "test"."""
    if not is_validation(name):
        return "train"
    return "test" if "test" in name.lower() else "val"


class CurveBook:
    """The points of the runs that are drawn, by run and metric, and which colour each run has."""

    def __init__(self) -> None:
        self._tracks: dict[str, dict[str, Track]] = {}
        self._starts: dict[str, float] = {}
        self._colors: dict[str, int] = {}
        self.joins: dict[str, tuple[float, ...]] = {}

    def keep(self, runs: Iterable[str]) -> None:
        """Forgets every other run's points. Those that stay keep their colours; a new one gets the first free one."""
        wanted = list(runs)
        for run_id in [run_id for run_id in self._tracks if run_id not in wanted]:
            self._forget(run_id)
        self.joins = {run_id: times for run_id, times in self.joins.items() if run_id in wanted}
        self._colors = {run_id: color for run_id, color in self._colors.items() if run_id in wanted}
        for run_id in wanted:
            if run_id not in self._colors:
                taken = set(self._colors.values())
                self._colors[run_id] = next(color for color in range(len(taken) + 1) if color not in taken)

    def take(self, run_id: str, batches: Iterable[PointBatch]) -> None:
        """Adds points as they come."""
        for batch in batches:
            if batch.reset:
                self._forget(run_id)
            tracks = self._tracks.setdefault(run_id, {})
            for series in batch.series:
                if series.name not in tracks:
                    tracks[series.name] = Track(series.x)
                tracks[series.name].extend(series.points)
                if series.points:
                    first = series.points[0][2]
                    self._starts[run_id] = min(first, self._starts.get(run_id, first))

    def known(self, run_id: str) -> bool:
        """Whether anything came of a run, be it that it has no points."""
        return run_id in self._tracks

    def color(self, run_id: str) -> int | None:
        """Which of the palette's line colours a run has while it is drawn."""
        return self._colors.get(run_id)

    def start(self, run_id: str) -> float | None:
        """When a run's first point was seen."""
        return self._starts.get(run_id)

    def groups(self, runs: Iterable[str]) -> tuple[Group, ...]:
        """What can be drawn of some runs, under its headings."""
        return grouped(dict.fromkeys(name for run_id in runs for name in self._tracks.get(run_id, {})))

    def families(self, run_id: str) -> tuple[str, ...]:
        """What can be drawn of a run, losses first."""
        return families(self._tracks.get(run_id, {}))

    def axes(self, runs: Sequence[Run], metric: str) -> tuple[str, ...]:
        """What a metric's series stand on (step, epoch), that of most of them first."""
        counted = Counter(self._tracks[run.id][name].x_name for run in runs for name in self._names(run, metric))
        return tuple(axis for axis, _ in counted.most_common())

    def curves(self, runs: Sequence[Run], metric: str, *, axis: str, short: Callable[[str], str]) -> tuple[Curve, ...]:
        """The lines to draw for a metric, the first run's first, training before validation.

        Args:
            runs: whose.
            metric: its stem.
            axis: one of `axes`; a series that stands on another is placed by its time, where the run's other series
                tell where the run was then. "time" and "clock" are for all.
            short: a run's id as the screen shows it.
        """
        found: list[Curve] = []
        for run in runs:
            tracks = self._tracks.get(run.id, {})
            along = self.along(run.id, axis)
            names = [name for name in self._names(run, metric) if axis in (*TIMES, tracks[name].x_name) or along]
            kinds = Counter(part(name) for name in names)
            for name in sorted(names, key=lambda name: (is_validation(name), name)):
                kind = part(name) if kinds[part(name)] == 1 else clean(name)
                alone = len(names) == 1
                found.append(
                    Curve(
                        label=short(run.id) if alone and kind == "train" else f"{short(run.id)} {kind}".strip(),
                        track=tracks[name],
                        color=self._colors.get(run.id),
                        pale=is_validation(name) and not alone,
                        marks=_marks(run, name, tracks, of_validation=is_validation(name) or alone),
                        best=_best(name) if is_validation(name) or "val" not in kinds else None,
                        start=self._starts.get(run.id),
                        along=None if axis in (*TIMES, tracks[name].x_name) else along,
                        joins=self.joins.get(run.id, ()),
                    )
                )
        return tuple(found)

    def along(self, run_id: str, axis: str) -> Track | None:
        """The track that tells best where on an axis a run was at a time; None where none does."""
        fitting = [track for track in self._tracks.get(run_id, {}).values() if track.x_name == axis and track.timed]
        return max(fitting, key=lambda track: track.count, default=None)

    def _forget(self, run_id: str) -> None:
        self._tracks.pop(run_id, None)
        self._starts.pop(run_id, None)

    def _names(self, run: Run, metric: str) -> list[str]:
        return [name for name in self._tracks.get(run.id, {}) if stem(name) == metric]


def _best(name: str) -> Literal["min", "max"] | None:
    direction = better(name)
    return "min" if direction == "min" else "max" if direction == "max" else None


def _marks(run: Run, name: str, tracks: Mapping[str, Track], *, of_validation: bool) -> tuple[Mark, ...]:
    """The findings about a curve. One that names no series of the run is about the one its kind is mostly seen on."""
    found = []
    for finding in run.findings:
        series = finding.series
        if series in tracks:
            here = series == name
        else:
            kind = finding.kind in _OF_VALIDATION
            here = kind == of_validation or (of_validation and finding.x is not None)
        if here:
            words = finding_words(finding)
            found.append(Mark(text=words, severity=finding.severity, x=finding.x, time=finding.since))
    return tuple(found)
