"""`nerotui plot`: curves of runs and of log files, on the terminal or as an SVG picture."""

import math
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from nerotui.cli.output import remark, say
from nerotui.cli.series import Curve, curves_of, is_file
from nerotui.cli.session import opened, perform
from nerotui.cli.verb import verb
from nerotui.core.records import Series
from nerotui.core.text import clean
from nerotui.core.views.format import count, plural
from nerotui.core.views.metrics import is_validation
from nerotui.errors import NoSuchRun, UsageError

#: Points asked for a curve: more than a terminal or a picture can tell apart, less than it takes long to send.
POINTS = 960


@verb(
    "plot",
    [
        ("nerotui plot k3f7", "Its losses, training and validation together."),
        ("nerotui plot k3f7 m2qa --name val_loss --log", "Two runs in one picture, on a logarithmic axis."),
        ("nerotui plot ./train.log --name acc --svg acc.svg", "Any log file's accuracy as a picture."),
    ],
)
@click.argument("sources", nargs=-1, required=True, metavar="RUN|FILE…")
@click.option("--name", "-n", "names", multiple=True, metavar="METRIC", help="Which metric.  [default: losses]")
@click.option(
    "--x", "axis", type=click.Choice(["own", "time"]), default="own", help="x: the run's own count, or seconds."
)
@click.option("--log", "log_y", is_flag=True, help="A logarithmic y axis.")
@click.option(
    "--svg", "svg_file", type=click.Path(dir_okay=False), metavar="FILE", help="Write an SVG picture instead."
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with plain ASCII characters.")
def plot(
    sources: tuple[str, ...], names: tuple[str, ...], axis: str, log_y: bool, svg_file: str | None, ascii_only: bool
) -> int:
    """Draw curves of runs or log files."""
    return perform(_plot(sources, names, axis == "time", log_y, svg_file, ascii_only))


async def _plot(
    sources: Sequence[str], names: Sequence[str], by_time: bool, log_y: bool, svg_file: str | None, ascii_only: bool
) -> int:
    hosts = ("local",) if all(is_file(source) for source in sources) else ()
    async with opened(hosts, eager=False) as fleet:
        curves = [c for source in sources for c in await curves_of(fleet, source, names=names, max_points=POINTS)]
    chosen = curves if names else default_choice(curves)
    if not by_time:
        chosen = of_one_axis(chosen)
    drawn = [(label(curve, len(sources) > 1), drawable(curve.series, by_time, log_y)) for curve in chosen]
    if not any(points for _, points in drawn):
        known = ", ".join(sorted({clean(curve.series.name) for curve in curves}))
        raise NoSuchRun(
            "there is nothing to draw", hint=f"Metrics found: {known}." if known else "No metrics were found."
        )
    x_name = "seconds" if by_time else clean(chosen[0].series.x)
    if svg_file is not None:
        from nerotui.cli.svg import picture

        _write(Path(svg_file), picture(drawn, x_name, log_y))
        return 0
    columns, lines = shutil.get_terminal_size((80, 24))
    utf = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    from nerotui.cli.output import palette
    from nerotui.cli.termplot import drawing

    text = drawing(
        drawn,
        x_name,
        width=columns,
        height=max(10, min(30, lines - 3)),
        log_y=log_y,
        braille=utf and not ascii_only,
        coloured=bool(palette(sys.stdout, os.environ)),
    )
    say(text)
    for curve in chosen:
        odd = [x for x, value, _ in curve.series.points if not math.isfinite(value)]
        if odd:
            first = f"first at {clean(curve.series.x)} {count(odd[0])}"
            remark(f"{label(curve, len(sources) > 1)}: {plural(len(odd), 'point')} not finite, {first}")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def default_choice(curves: Sequence[Curve]) -> list[Curve]:
    """The losses; without any the first metric of each source."""
    losses = [curve for curve in curves if "loss" in curve.series.name.lower()]
    if losses:
        return losses
    first = {curve.source: curve for curve in reversed(curves)}
    return [curve for curve in curves if first[curve.source] is curve]


def of_one_axis(curves: Sequence[Curve]) -> list[Curve]:
    """Those counted alike: steps and epochs have no place on one axis. Validation decides, it is the rarer."""
    axes = [curve.series.x for curve in curves]
    chosen = next((curve.series.x for curve in curves if is_validation(curve.series.name)), axes[0] if axes else "")
    left_out = [curve for curve in curves if curve.series.x != chosen]
    if left_out:
        names = ", ".join(dict.fromkeys(clean(curve.series.name) for curve in left_out))
        other = clean(left_out[0].series.x)
        remark(f"left out, for it is counted in {other} and not in {clean(chosen)}: {names} (--x time draws all)")
    return [curve for curve in curves if curve.series.x == chosen]


def label(curve: Curve, several: bool) -> str:
    """What a curve is called in the legend."""
    name = clean(curve.series.name)
    whose = clean(curve.label) if curve.source == curve.label else f"{curve.source[:4]} {clean(curve.label)}"
    return f"{whose} {name}" if several else name


def drawable(series: Series, by_time: bool, log_y: bool) -> list[tuple[float, float]]:
    """The points that can be drawn: finite, and positive on a logarithmic axis."""
    start = series.points[0][2] if series.points else 0.0
    points = [(when - start if by_time else x, value) for x, value, when in series.points]
    return [(x, value) for x, value in points if math.isfinite(x) and math.isfinite(value) and (value > 0 or not log_y)]
