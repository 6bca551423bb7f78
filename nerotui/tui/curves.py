"""Which of the points that came are drawn: a metric with its validation twin, of the selected run and those over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from nerotui.core.records import Run
from nerotui.core.series import Track
from nerotui.core.views.curve import Curve
from nerotui.core.views.curve.families import Group, families, grouped
from nerotui.core.views.curve.pairing import along, axes, paired

if TYPE_CHECKING:
    from nerotui.fleet import PointBatch


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
        return axes((self._tracks.get(run.id, {}) for run in runs), metric)

    def others(self, runs: Sequence[Run], metric: str) -> tuple[str, ...]:
        """On what else a metric can be drawn: what the runs' other series count, where their times tell the place."""
        own = self.axes(runs, metric)
        found = {track.x_name for run in runs for track in self._tracks.get(run.id, {}).values() if track.timed}
        return tuple(sorted(found.difference(own)))

    def curves(self, runs: Sequence[Run], metric: str, *, axis: str, short: Callable[[str], str]) -> tuple[Curve, ...]:
        """The lines to draw for a metric, the first run's first, training before validation.

        Args:
            runs: whose.
            metric: its stem.
            axis: as in `paired`.
            short: a run's id as the screen shows it.
        """
        return tuple(
            curve
            for run in runs
            for curve in paired(
                self._tracks.get(run.id, {}),
                metric,
                axis,
                who=short(run.id),
                color=self._colors.get(run.id),
                start=self._starts.get(run.id),
                joins=self.joins.get(run.id, ()),
                findings=run.findings,
            )
        )

    def along(self, run_id: str, axis: str) -> Track | None:
        """The track that tells best where on an axis a run was at a time; None where none does."""
        return along(self._tracks.get(run_id, {}), axis)

    def _forget(self, run_id: str) -> None:
        self._tracks.pop(run_id, None)
        self._starts.pop(run_id, None)
