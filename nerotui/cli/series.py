"""The points of runs, files and folders, gathered for commands that print or draw them."""

from collections.abc import AsyncIterable, Sequence
from pathlib import Path
from typing import NamedTuple

from nerotui.core.records import Series
from nerotui.fleet import Fleet
from nerotui.fleet.points import PointBatch

_Points = dict[tuple[str, str], list[tuple[float, float, float]]]


class Curve(NamedTuple):
    """One series and what it is of: a run's id and name, or a file's path."""

    source: str
    label: str
    series: Series


def is_file(text: str) -> bool:
    """Whether an argument names a file or folder here rather than a run.

    A folder that stands here under a bare name may share it with a run: it is meant if it holds metrics.
    """
    path = Path(text)
    return "/" in text or path.is_file() or (path.is_dir() and (text in (".", "..") or bool(_metric_files(path))))


async def curves_of(
    fleet: Fleet, text: str, *, names: Sequence[str] | None = None, max_points: int | None = None
) -> list[Curve]:
    """Every series of a run, of a file on this machine, or of all files of metrics below a folder on this machine.

    Args:
        fleet: an open fleet.
        text: a run, or a file's or folder's path.
        names: only these metrics; None = all.
        max_points: where a series has more, the least and greatest of each stretch are kept; None = every point.
    """
    wanted = list(names) if names else None
    if is_file(text):
        source = label = text
        files = _below(text)
        if files is not None:
            found = await _folder(fleet, Path(text), files, max_points)
            found = {key: points for key, points in found.items() if wanted is None or key[0] in wanted}
        else:
            found = await _gather(fleet.file_points(text, max_points=max_points, names=wanted, follow=False))
    else:
        run = await fleet.resolve(text, changing=False)
        source, label = run.id, run.name
        found = await _gather(fleet.points(run.id, max_points=max_points, names=wanted, follow=False))
    return [Curve(source, label, Series(name=name, x=x, points=tuple(points))) for (name, x), points in found.items()]


async def _gather(batches: AsyncIterable[PointBatch]) -> _Points:
    found: _Points = {}
    async for batch in batches:
        if batch.reset:
            found.clear()
        for series in batch.series:
            found.setdefault((series.name, series.x), []).extend(series.points)
        if batch.done:
            break
    return found


async def _folder(fleet: Fleet, folder: Path, files: Sequence[Path], max_points: int | None) -> _Points:
    """The series of all files of metrics below a folder: those of several folders told apart by their paths in it.

    Event files of one folder go on where the one before ended. What a folder's files hold twice is taken from that
    which has more of it.
    """
    from nerotui.agent.metrics.files.finding import split_of, with_split
    from nerotui.agent.metrics.files.naming import alike

    several = len({path.parent for path in files}) > 1
    found: _Points = {}
    for place in sorted({path.parent for path in files}):
        kinds: dict[str, _Points] = {}
        for path in sorted(files, key=lambda path: ("tfevents" in path.name, path)):
            if path.parent == place:
                kind = kinds.setdefault("events" if "tfevents" in path.name else path.name, {})
                split = "" if several and "tfevents" in path.name else split_of(str(path))
                for (name, x), points in (await _gather(fleet.file_points(str(path), max_points=max_points))).items():
                    kind.setdefault((with_split(name, split), x), []).extend(points)
        prefix = f"{place.relative_to(folder)}/" if several and place != folder else ""
        best: dict[str, tuple[int, str]] = {}
        for kind_name, series in kinds.items():
            for (name, _), points in series.items():
                known = best.get(alike(name))
                if known is None or len(points) > known[0]:
                    best[alike(name)] = len(points), kind_name
        for kind_name, series in kinds.items():
            for (name, x), points in series.items():
                if best[alike(name)][1] == kind_name:
                    found[prefix + name, x] = points
    return found


def _below(text: str) -> list[Path] | None:
    """The files of metrics below a folder, None where the path is no folder's."""
    return _metric_files(Path(text)) if Path(text).is_dir() else None


def _metric_files(folder: Path) -> list[Path]:
    """The files of metrics below a folder; of checkpoints that each hold the whole history only the newest one's."""
    from nerotui.agent.metrics.files import finding

    walk = finding.Walk(str(folder), set())
    while walk.go_on(finding.FOLDERS):
        pass
    newest: dict[str, tuple[float, str]] = {}
    for path, status in walk.files():
        if finding.reader_of(path, finding.beginning_of(path)) is not None:
            key = finding.logical(path)
            newest[key] = max(newest.get(key, (0.0, "")), (status.st_mtime, path))
    return sorted(Path(path) for _, path in newest.values())
