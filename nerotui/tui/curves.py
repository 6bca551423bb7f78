"""Which of the points that came are drawn: a metric with its validation twin, of the selected run and those over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from nerotui.core.records import Run
from nerotui.core.series import Track
from nerotui.core.text import clean
from nerotui.core.views.curve import Curve, Mark
from nerotui.core.views.metrics import better, in_order, is_validation, stem
from nerotui.core.views.rows import finding_words

if TYPE_CHECKING:
    from nerotui.fleet import PointBatch

#: Kinds of findings that are marked on a validation curve rather than on the training curve.
_OF_VALIDATION = ("overfit", "overfitting")


def part(name: str) -> str:
    """On which data a metric was measured, for the legend: "train", "val", "test"."""
    if not is_validation(name):
        return "train"
    return "test" if "test" in name.lower() else "val"


class CurveBook:
    """The points of the runs that are drawn, by run and metric."""

    def __init__(self) -> None:
        self._tracks: dict[str, dict[str, Track]] = {}

    def keep(self, runs: Iterable[str]) -> None:
        """Forgets every other run's points."""
        wanted = set(runs)
        for run_id in [run_id for run_id in self._tracks if run_id not in wanted]:
            del self._tracks[run_id]

    def take(self, run_id: str, batches: Iterable[PointBatch]) -> None:
        """Adds points as they come."""
        for batch in batches:
            tracks = self._tracks.setdefault(run_id, {})
            if batch.reset:
                tracks.clear()
            for series in batch.series:
                if series.name not in tracks:
                    tracks[series.name] = Track(series.x)
                tracks[series.name].extend(series.points)

    def known(self, run_id: str) -> bool:
        """Whether anything came of a run, be it that it has no points."""
        return run_id in self._tracks

    def families(self, run_id: str) -> tuple[str, ...]:
        """What can be drawn of a run, losses first."""
        return tuple(dict.fromkeys(stem(name) for name in in_order(self._tracks.get(run_id, {}))))

    def axes(self, runs: Sequence[Run], metric: str) -> tuple[str, ...]:
        """What a metric's series stand on (step, epoch), that of most of them first."""
        counted = Counter(self._tracks[run.id][name].x_name for run in runs for name in self._names(run, metric))
        return tuple(axis for axis, _ in counted.most_common())

    def curves(self, runs: Sequence[Run], metric: str, *, axis: str, short: Callable[[str], str]) -> tuple[Curve, ...]:
        """The lines to draw for a metric, the first run's first, training before validation.

        Args:
            runs: whose.
            metric: its stem.
            axis: one of `axes`, for the series that stand on it; "time" for all.
            short: a run's id as the screen shows it.
        """
        found: list[Curve] = []
        for run in runs:
            tracks = self._tracks.get(run.id, {})
            names = [name for name in self._names(run, metric) if axis in ("time", tracks[name].x_name)]
            kinds = Counter(part(name) for name in names)
            for name in sorted(names, key=lambda name: (is_validation(name), name)):
                kind = part(name) if kinds[part(name)] == 1 else clean(name)
                label = f"{short(run.id)} {kind}" if len(names) > 1 or kind != "train" else short(run.id)
                marks = _marks(run, name, of_validation=is_validation(name) or len(names) == 1)
                best: Literal["min", "max"] | None = None
                if better(name) == "min":
                    best = "min"
                elif better(name) == "max":
                    best = "max"
                found.append(Curve(label=label, track=self._tracks[run.id][name], marks=marks, best=best))
        return tuple(found)

    def _names(self, run: Run, metric: str) -> list[str]:
        return [name for name in self._tracks.get(run.id, {}) if stem(name) == metric]


def _marks(run: Run, name: str, *, of_validation: bool) -> tuple[Mark, ...]:
    """The findings about a curve. One that names no series is about the one that its kind is mostly seen on."""
    found = []
    for finding in run.findings:
        series = getattr(finding, "series", None)
        kind = finding.kind in _OF_VALIDATION
        if series == name or (series is None and (kind == of_validation or (of_validation and finding.x is not None))):
            found.append(Mark(text=finding_words(finding), severity=finding.severity, x=finding.x, time=finding.since))
    return tuple(found)
