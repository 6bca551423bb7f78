"""`nerotui metrics`: the numbers of runs, of logs and of files of metrics."""

import csv
import io
import math
import sys
from collections.abc import Sequence

import click

from nerotui.cli.output import palette, say, say_json, width
from nerotui.cli.series import Curve, curves_of, is_file
from nerotui.cli.session import opened, perform
from nerotui.cli.table import Cell, Column, render
from nerotui.cli.verb import as_json, verb
from nerotui.core.text import clean
from nerotui.core.views.format import count, number
from nerotui.errors import NoSuchRun

COLUMNS = (
    Column("RUN", least=8),
    Column("METRIC", least=12),
    Column("POINTS", align="right"),
    Column("X"),
    Column("FROM", align="right"),
    Column("TO", align="right"),
    Column("FIRST", align="right"),
    Column("LAST", align="right"),
    Column("LEAST", align="right"),
    Column("MOST", align="right"),
)


@verb(
    "metrics",
    [
        ("nerotui metrics k3f7", "What it reported: each metric, its last, least and greatest value."),
        (
            "nerotui metrics k3f7 m2qa --name loss --csv > loss.csv",
            "Every point of two runs' losses, for a spreadsheet.",
        ),
        ("nerotui metrics ./train.log --json | jq '.series[].name'", "What can be read out of any log file."),
        ("nerotui metrics runs/", "What all event files, tables and the like below a folder hold."),
    ],
)
@click.argument("sources", nargs=-1, required=True, metavar="RUN|FILE|FOLDER…")
@click.option("--name", "-n", "names", multiple=True, metavar="METRIC", help="Only this metric; may be repeated.")
@click.option("--csv", "as_csv", is_flag=True, help="Print every point as comma-separated values.")
@as_json
def metrics(sources: tuple[str, ...], names: tuple[str, ...], as_csv: bool, as_json: bool) -> int:
    """Print metrics of runs, logs and other files: a summary, or with --json or --csv every point as written."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other.")
    return perform(_metrics(sources, names, as_csv, as_json))


async def _metrics(sources: Sequence[str], names: Sequence[str], as_csv: bool, as_json: bool) -> int:
    hosts = ("local",) if all(is_file(source) for source in sources) else ()
    async with opened(hosts, eager=False) as fleet:
        curves = [curve for source in sources for curve in await curves_of(fleet, source, names=names)]
    if as_json:
        from nerotui.cli.jsonform import series_json

        several = len(sources) > 1
        own = [{"source": curve.source} if several else {} for curve in curves]
        say_json({"series": [series_json(curve.series) | extra for curve, extra in zip(curves, own, strict=True)]})
    elif as_csv:
        say(csv_text(curves), end="")
    elif curves:
        rows = [_row(curve) for curve in curves]
        for line in render(COLUMNS, rows, width=width(), colours=palette(sys.stdout)):
            say(line)
    else:
        raise NoSuchRun(
            "no metrics in " + ", ".join(clean(source) for source in sources),
            hint="Print lines like `step 10 loss 0.3`, or append JSON lines to the file that NEROTUI_METRICS names.",
        )
    return 0


def csv_text(curves: Sequence[Curve]) -> str:
    """One line a point: source, metric, what x counts, x, value, time (seconds since the epoch)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("source", "metric", "x_is", "x", "value", "time"))
    for source, _, series in curves:
        writer.writerows(
            (source, series.name, series.x, repr(x), repr(value), time) for x, value, time in series.points
        )
    return text.getvalue()


def _row(curve: Curve) -> list[Cell]:
    points = curve.series.points
    finite = [value for _, value, _ in points if math.isfinite(value)]
    numbers: list[float | None] = [None] * 6
    if points:
        numbers[:4] = points[0][0], points[-1][0], points[0][1], points[-1][1]
    if finite:
        numbers[4:] = min(finite), max(finite)
    own = curve.label if curve.label == curve.source else f"{curve.source[:4]} {curve.label}"
    head = [
        Cell(clean(own)),
        Cell(clean(curve.series.name), "strong"),
        Cell(str(len(points))),
        Cell(clean(curve.series.x)),
    ]
    return [*head, *(Cell("" if n is None else (count if at < 2 else number)(n)) for at, n in enumerate(numbers))]
