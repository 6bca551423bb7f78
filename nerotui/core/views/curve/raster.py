"""Lines as characters. The only module that knows plotext; it is imported when the first curve is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import plotext

from nerotui.core.views.curve.model import Stroke

#: Marker of the finest dots: two a cell across, four down.
BRAILLE = "braille"
EMPTY = " \u2800"


@lru_cache(maxsize=256)
def inked(strokes: tuple[Stroke, ...], columns: int, rows: int, marker: str) -> tuple[str, ...]:
    """Strokes in dots drawn into `rows` lines of `columns` characters, each cell by `marker` or in braille.

    This is what costs: a line that did not change is not drawn again.
    """
    drawn = [stroke for stroke in strokes if stroke]
    if not drawn:
        return (" " * columns,) * rows
    plotext.clear_figure()
    # The picture may be wider than the terminal that plotext finds: in a test, in a pipe.
    plotext.limit_size(False, False)
    plotext.plot_size(columns, rows)
    plotext.theme("clear")
    plotext.frame(False)
    plotext.xaxes(False, False)
    plotext.yaxes(False, False)
    plotext.xticks([])
    plotext.yticks([])
    plotext.xlim(0, columns * 2 - 1)
    plotext.ylim(0, rows * 4 - 1)
    for stroke in drawn:
        plotext.plot([x for x, _ in stroke], [y for _, y in stroke], marker=marker)
    text: str = plotext.uncolorize(plotext.build())
    plotext.clear_figure()
    lines = text.split("\n")
    return tuple((lines[row] if row < len(lines) else "").ljust(columns)[:columns] for row in range(rows))


def over(below: str, above: str) -> str:
    """Two characters in one cell: the dots of both where both are braille, else the upper one."""
    if above in EMPTY:
        return below
    one, other = ord(below) - 0x2800, ord(above) - 0x2800
    if 0 <= one < 256 and 0 <= other < 256:
        return chr(0x2800 + (one | other))
    return above


def layered(layers: Sequence[tuple[Sequence[str], int, bool]], columns: int, rows: int) -> list[list[tuple[str, int]]]:
    """Drawings over each other, the last on top: for each cell its character and the number of its layer, or 0.

    Args:
        layers: lines, the layer's number (not 0), and whether it hides what is below rather than adding its dots to it.
        columns: cells across.
        rows: cells down.
    """
    grid: list[list[tuple[str, int]]] = [[(" ", 0)] * columns for _ in range(rows)]
    for lines, number, hides in layers:
        for row, text in zip(grid, lines, strict=False):
            if text.isspace():
                continue
            for column, character in enumerate(text):
                if character not in EMPTY:
                    below = row[column][0]
                    row[column] = (character if hides or below == " " else over(below, character), number)
    return grid
