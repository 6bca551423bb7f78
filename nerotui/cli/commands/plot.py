"""`nerotui plot`: curves of runs, log files and folders, on the terminal or as an SVG picture."""

import math
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nerotui.cli.output import palette, remark, say
from nerotui.cli.series import Curve, curves_of, is_file
from nerotui.cli.session import opened, perform
from nerotui.cli.verb import verb
from nerotui.core.text import clean
from nerotui.core.views.curve import CurveOptions
from nerotui.core.views.format import count, plural
from nerotui.errors import NoSuchRun, UsageError

if TYPE_CHECKING:
    from nerotui.core.views.curve.sheet import Chart

#: Points asked for a curve: more than a terminal or a picture can tell apart, less than it takes long to send.
POINTS = 960
#: Metrics named at most, of those that are not drawn.
NAMED = 8


@verb(
    "plot",
    [
        ("nerotui plot k3f7", "Its loss, training and validation together."),
        ("nerotui plot k3f7 m2qa --log --smooth 0.9", "Two runs in one picture, smoothed, on a logarithmic axis."),
        ("nerotui plot ./train.log -m acc -m lr", "Any log file's accuracy and learning rate, side by side."),
        ("nerotui plot ./lightning_logs -m all --svg run.svg", "All metrics below a folder as a picture."),
    ],
)
@click.argument("sources", nargs=-1, required=True, metavar="RUN|FILE…")
@click.option(
    "--metric",
    "-m",
    "--name",
    "-n",
    "names",
    multiple=True,
    metavar="METRIC",
    help="Which metric: its name, a prefix (grad_norm/), a pattern (*loss*), or all.  [default: the loss]",
)
@click.option(
    "--x",
    "axis",
    type=click.Choice(["own", "step", "epoch", "time", "clock"]),
    default="own",
    help="x: the run's own count, time since it began, or time of day.",
)
@click.option("--log", "log_y", is_flag=True, help="A logarithmic y axis.")
@click.option("--log-x", is_flag=True, help="A logarithmic x axis.")
@click.option(
    "--smooth",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    metavar="WEIGHT",
    help="An exponential average, such as 0.9; the values stay faint behind it.",
)
@click.option(
    "--svg", "svg_file", type=click.Path(dir_okay=False), metavar="FILE", help="Write an SVG picture instead."
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with plain ASCII characters.")
def plot(
    sources: tuple[str, ...],
    names: tuple[str, ...],
    axis: str,
    log_y: bool,
    log_x: bool,
    smooth: float,
    svg_file: str | None,
    ascii_only: bool,
) -> int:
    """Draw curves of runs, log files, metric files or folders of them."""
    options = CurveOptions(log=log_y, log_x=log_x, smooth=smooth)
    return perform(_plot(sources, names, None if axis == "own" else axis, options, svg_file, ascii_only))


async def _plot(
    sources: Sequence[str],
    names: Sequence[str],
    axis: str | None,
    options: CurveOptions,
    svg_file: str | None,
    ascii_only: bool,
) -> int:
    from nerotui.cli.charts import charts_of, chosen, sources_of

    hosts = ("local",) if all(is_file(source) for source in sources) else ()
    async with opened(hosts, eager=False) as fleet:
        curves = [curve for source in sources for curve in await curves_of(fleet, source, max_points=POINTS)]
        findings = {run_id: run.findings for run_id, run in fleet.runs.items()}
    found = sources_of(curves, findings)
    every = list(dict.fromkeys(name for source in found for name in source.tracks))
    wanted = chosen(every, names)
    charts, left_out = charts_of(found, wanted, axis, options)
    finite = any(curve.track.least is not None for chart in charts for curve in chart.curves)
    if not finite:
        known = ", ".join(sorted(map(clean, every)))
        raise NoSuchRun(
            "there is nothing to draw", hint=f"Metrics found: {known}." if known else "No metrics were found."
        )
    if left_out:
        axes = [curve.track.x_name for chart in charts for curve in chart.curves]
        other = next(track.x_name for source in found for name, track in source.tracks.items() if name == left_out[0])
        over = f"counted in {clean(other)} and not in {clean(axis or axes[0])}"
        remark(f"left out, for it is {over}: {', '.join(map(clean, left_out))} (--x time draws all)")
    if svg_file is not None:
        from nerotui.cli.svg import picture

        _write(Path(svg_file), picture(charts))
    else:
        key = [(source.label, color) for color, source in enumerate(found)] if len(found) > 1 else []
        _print(charts, key, ascii_only)
    _say_odd([curve for curve in curves if curve.series.name in wanted], len(found) > 1)
    others = [clean(name) for name in every if name not in wanted]
    if others and not names and sys.stderr.isatty():
        more = f", and {len(others) - NAMED} more" if len(others) > NAMED else ""
        remark(f"also there: {', '.join(others[:NAMED])}{more} (--metric NAME, or all)")
    return 0


def _print(charts: "Sequence[Chart]", key: Sequence[tuple[str, int]], ascii_only: bool) -> None:
    from nerotui.cli.termplot import drawing
    from nerotui.core.views.glyphs import ASCII, UNICODE

    columns, lines = shutil.get_terminal_size((80, 24))
    utf = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = drawing(
        charts,
        width=max(40, columns),
        height=max(10, min(32, lines - 2)),
        glyphs=UNICODE if utf and not ascii_only else ASCII,
        colours=palette(sys.stdout, os.environ),
        key=key,
    )
    say(text)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _say_odd(curves: Sequence[Curve], several: bool) -> None:
    """Says which curves hold what cannot be drawn."""
    for curve in curves:
        odd = [x for x, value, _ in curve.series.points if not math.isfinite(value)]
        if odd:
            whose = f"{clean(curve.label)} " if several else ""
            first = f"first at {clean(curve.series.x)} {count(odd[0])}"
            remark(f"{whose}{clean(curve.series.name)}: {plural(len(odd), 'point')} not finite, {first}")
