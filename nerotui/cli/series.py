"""The points of runs and files, gathered for commands that print or draw them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from nerotui.core.records import Series
from nerotui.fleet import Fleet


class Curve(NamedTuple):
    """One series and what it is of: a run's id and name, or a file's path."""

    source: str
    label: str
    series: Series


def is_file(text: str) -> bool:
    """Whether an argument names a file here rather than a run."""
    return "/" in text or Path(text).is_file()


async def curves_of(
    fleet: Fleet, text: str, *, names: Sequence[str] | None = None, max_points: int | None = None
) -> list[Curve]:
    """Every series of a run or of a file on this machine.

    Args:
        fleet: an open fleet.
        text: a run, or a file's path.
        names: only these metrics; None = all.
        max_points: where a series has more, the least and greatest of each stretch are kept; None = every point.
    """
    wanted = list(names) if names else None
    if is_file(text):
        source = label = text
        batches = fleet.file_points(text, max_points=max_points, names=wanted, follow=False)
    else:
        run = await fleet.resolve(text, changing=False)
        source, label = run.id, run.name
        batches = fleet.points(run.id, max_points=max_points, names=wanted, follow=False)
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    async for batch in batches:
        if batch.reset:
            found.clear()
        for series in batch.series:
            found.setdefault((series.name, series.x), []).extend(series.points)
        if batch.done:
            break
    return [Curve(source, label, Series(name=name, x=x, points=tuple(points))) for (name, x), points in found.items()]
