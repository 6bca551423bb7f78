"""Points of runs and files as charts: which metrics are drawn, over which axis, whose line has which colour."""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nerotui.cli.series import Curve as Found
from nerotui.core.records import Finding
from nerotui.core.series import Track
from nerotui.core.text import clean
from nerotui.core.views.curve import Axis, CurveOptions
from nerotui.core.views.curve.families import grouped, title
from nerotui.core.views.curve.pairing import TIMES, along, axes, paired
from nerotui.core.views.curve.sheet import Chart
from nerotui.core.views.metrics import stem


class Source(NamedTuple):
    """A run, file or folder: what the legend calls it, its series, what was noticed in it."""

    label: str
    tracks: Mapping[str, Track]
    findings: tuple[Finding, ...] = ()

    @property
    def start(self) -> float | None:
        """When its first point was seen."""
        return min((part[0].time for track in self.tracks.values() for part in track.parts()), default=None)


def sources_of(found: Iterable[Found], findings: Mapping[str, tuple[Finding, ...]]) -> list[Source]:
    """Series by whose they are. Where one name stands on two axes, the second is told apart by its axis.

    Args:
        found: in the order asked for.
        findings: by run.
    """
    tracks: dict[str, dict[str, Track]] = {}
    labels: dict[str, str] = {}
    for curve in found:
        mine = tracks.setdefault(curve.source, {})
        labels[curve.source] = label(curve)
        name = curve.series.name if curve.series.name not in mine else f"{curve.series.name} by {curve.series.x}"
        track = mine.setdefault(name, Track(curve.series.x))
        track.extend(curve.series.points)
    return [Source(labels[source], mine, findings.get(source, ())) for source, mine in tracks.items()]


def label(curve: Found) -> str:
    """What a run or file is called in the legend."""
    if curve.source == curve.label:
        return clean(curve.label).rstrip("/").rpartition("/")[2] or clean(curve.label)
    return f"{curve.source[:4]} {clean(curve.label)}"


def chosen(names: Iterable[str], wanted: Sequence[str]) -> list[str]:
    """The metrics asked for: by name, by what train and validation share, by prefix (`grad_norm/`), by pattern, or all.

    Args:
        names: all there are.
        wanted: what the user said; nothing for the losses, or the most important metric where there is none.
    """
    every = list(dict.fromkeys(names))
    if wanted:
        return [name for name in every if any(_is(name, each) for each in wanted)]
    first = next((family for group in grouped(every) for family in group.families), "")
    return [name for name in every if stem(name) == first]


def _is(name: str, wanted: str) -> bool:
    if wanted == "all" or wanted in (name, stem(name)):
        return True
    return (wanted.endswith("/") and name.startswith(wanted)) or fnmatch.fnmatchcase(name, wanted)


def charts_of(
    sources: Sequence[Source], names: Sequence[str], axis: str | None, options: CurveOptions
) -> tuple[list[Chart], list[str]]:
    """A chart for each metric with its validation twin, and the names of what has no place on the axis.

    Args:
        sources: whose series.
        names: the metrics to draw.
        axis: "step", "epoch", "time", "clock", or None for each metric's own.
        options: how to draw; metric and axis are set here.
    """
    wanted = set(names)
    found: list[Chart] = []
    left_out: list[str] = []
    for group in grouped(names):
        for family in group.families:
            here = [{name: track for name, track in source.tracks.items() if name in wanted} for source in sources]
            own = axes(here, family)
            over = axis or _common(here, family, own)
            drawn: Axis = "time" if over == "time" else "clock" if over == "clock" else "x"
            curves = []
            for color, (source, mine) in enumerate(zip(sources, here, strict=True)):
                # What is not drawn may still tell where the run was at a time.
                reference = {**source.tracks, **mine}
                those = paired(
                    reference, family, over, who=source.label if len(sources) > 1 else "", color=color,
                    start=source.start, findings=source.findings,
                )  # fmt: skip
                curves += [curve for curve in those if any(curve.track is track for track in mine.values())]
                left_out += [
                    name
                    for name, track in mine.items()
                    if stem(name) == family and over not in (*TIMES, track.x_name) and along(reference, over) is None
                ]
            if curves:
                name = title(family, group.name)
                settings = CurveOptions(
                    metric=family, axis=drawn, log=options.log, log_x=options.log_x, smooth=options.smooth
                )
                found.append(Chart(title=name, group=group.name, family=family, curves=tuple(curves), options=settings))
    return found, list(dict.fromkeys(left_out))


def _common(runs: Sequence[Mapping[str, Track]], family: str, own: tuple[str, ...]) -> str:
    """The axis that a metric is drawn over where none was asked for: the one that its validation stands on.

    Validation is the rarer: what it is counted in is what most of its readers think in.
    """
    from nerotui.core.views.metrics import is_validation

    for tracks in runs:
        for name, track in tracks.items():
            if stem(name) == family and is_validation(name):
                return track.x_name
    return own[0] if own else "step"
