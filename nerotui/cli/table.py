"""Tables for people: columns aligned, names elided in their middle to fit the terminal, whole in a pipe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nerotui.cli.output import Colours, paint
from nerotui.core.views.cells import cut, elide
from nerotui.core.views.cells import width as cells
from nerotui.core.views.spans import Role

GAP = "  "


@dataclass(frozen=True)
class Cell:
    """A text and what it is, which says its colour."""

    text: str
    role: Role = "text"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        least: how far it may be cut when the table is too wide; None = never cut.
        spare: where cutting does not suffice, columns are left out, the one with the highest number first; 0 = never.
        cut: where a text gives way: names in their middle, sentences at their end.
    """

    title: str
    align: Literal["left", "right"] = "left"
    least: int | None = None
    spare: int = 0
    cut: Literal["middle", "end"] = "middle"


def render(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    width: int | None,
    colours: Colours,
) -> list[str]:
    """The table's lines, heading first. Columns without any text are left out.

    Args:
        columns: as many as each row has cells.
        rows: the cells.
        width: cells of the terminal; None = as wide as it gets.
        colours: from `output.palette`.
    """
    shown = [at for at in range(len(columns)) if any(row[at].text for row in rows)]
    sizes = {at: max(cells(columns[at].title), *(cells(row[at].text) for row in rows)) for at in shown}
    if width is not None:
        shown = _fitting(shown, sizes, columns, width)
        sizes = {at: sizes[at] for at in shown}
        _shrink(sizes, columns, width - len(GAP) * (len(shown) - 1))
    lines = [_line([Cell(columns[at].title, "label") for at in shown], shown, columns, sizes, colours)]
    lines += [_line([row[at] for at in shown], shown, columns, sizes, colours) for row in rows]
    return lines


def _fitting(shown: list[int], sizes: dict[int, int], columns: Sequence[Column], width: int) -> list[int]:
    """The columns that fit when each is cut as far as it may be."""

    def needed(column: int) -> int:
        least = columns[column].least
        return sizes[column] if least is None else min(least, sizes[column])

    left = list(shown)
    while sum(map(needed, left)) + len(GAP) * (len(left) - 1) > width:
        spare = max(left, key=lambda at: columns[at].spare)
        if columns[spare].spare == 0:
            break
        left.remove(spare)
    return left


def _shrink(sizes: dict[int, int], columns: Sequence[Column], room: int) -> None:
    """Takes cells from the widest column that may give some, until the table fits or none may."""
    excess = sum(sizes.values()) - room
    while excess > 0:
        able = [at for at in sizes if (least := columns[at].least) is not None and sizes[at] > least]
        if not able:
            return
        widest = max(able, key=lambda at: sizes[at])
        sizes[widest] -= 1
        excess -= 1


def _line(
    row: Sequence[Cell],
    shown: Sequence[int],
    columns: Sequence[Column],
    sizes: Mapping[int, int],
    colours: Colours,
) -> str:
    parts = []
    for cell, at in zip(row, shown, strict=True):
        text = (cut if columns[at].cut == "end" else elide)(cell.text, sizes[at])
        space = " " * (sizes[at] - cells(text))
        painted = paint(text, cell.role, colours)
        parts.append(space + painted if columns[at].align == "right" else painted + space)
    return GAP.join(parts).rstrip()
