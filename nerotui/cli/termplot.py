"""Curves on the terminal, drawn by plotext."""

import math
from collections.abc import Sequence

#: One colour a curve, of the 256, told apart by colour-blind eyes; without colours the marker tells.
COLOURS = (75, 214, 152, 209, 176, 250)
MARKERS = ("*", "+", "o", "x", "#", "@")

Labelled = tuple[str, Sequence[tuple[float, float]]]


def drawing(
    curves: Sequence[Labelled], x_name: str, *, width: int, height: int, log_y: bool, braille: bool, coloured: bool
) -> str:
    """The picture as lines of text, legend above it.

    Args:
        curves: label and points; none of them empty altogether.
        x_name: what the x axis counts.
        width: cells.
        height: lines.
        log_y: whether y is logarithmic; the points are positive then.
        braille: whether braille cells may be used; else plain ASCII.
        coloured: whether colours may be used.
    """
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, height)
    legend = []
    for at, (name, points) in enumerate(curves):
        if not points:
            continue
        marker = "braille" if braille and (coloured or len(curves) == 1) else MARKERS[at % len(MARKERS)]
        colour = COLOURS[at % len(COLOURS)]
        ys = [math.log10(value) if log_y else value for _, value in points]
        plotext.plot([x for x, _ in points], ys, marker=marker, color=colour if coloured else None)
        sign = "─" if marker == "braille" else marker
        legend.append(f"\x1b[38;5;{colour}m{sign}\x1b[0m {name}" if coloured else f"{sign} {name}")
    if log_y:
        _decades([value for _, points in curves for _, value in points])
    plotext.xlabel(x_name)
    picture = plotext.build()
    if not coloured:
        picture = plotext.uncolorize(picture)
    if not braille:
        picture = picture.translate(_PLAIN)
    return "  ".join(legend) + "\n" + "\n".join(line.rstrip() for line in picture.rstrip("\n").split("\n"))


_PLAIN = str.maketrans("─│┌┐└┘┤├┬┴┼", "-|++++||+++")


def _decades(values: Sequence[float]) -> None:
    """Labels a y axis of logarithms with the values themselves."""
    import plotext

    low, high = math.log10(min(values)), math.log10(max(values))
    ticks = [float(exponent) for exponent in range(math.ceil(low), math.floor(high) + 1)]
    if len(ticks) < 3:
        ticks = [low + (high - low) * part / 4 for part in range(5)]
    plotext.yticks(ticks, [f"{10**tick:.3g}" for tick in ticks])
