"""Charts on the terminal: as in the console, but printed."""

from collections.abc import Sequence

from nerotui.cli.output import Colours
from nerotui.core.views.curve.picture import drawn
from nerotui.core.views.curve.sheet import (
    Chart,
    arrange,
    beside,
    chart_lines,
    framed,
    groups_of,
    heading_line,
)
from nerotui.core.views.curve.tones import curve_colors
from nerotui.core.views.glyphs import Glyphs
from nerotui.core.views.spans import Line, Role

#: Rows of each chart where there are several.
ROWS = 14
#: Columns from which two charts stand side by side, and so on.
WIDE = 60


def drawing(
    charts: Sequence[Chart],
    *,
    width: int,
    height: int,
    glyphs: Glyphs,
    colours: Colours,
    key: Sequence[tuple[str, int]] = (),
) -> str:
    """Charts as lines of text: one of them as large as asked for, several in a grid as wide as asked for.

    Args:
        charts: what to draw.
        width: cells.
        height: lines of a chart that stands alone.
        glyphs: the characters to draw with.
        colours: what may be used; none where lines are to be told apart without.
        key: whose lines they are and their colours, for several charts of several runs.
    """
    if len(charts) == 1:
        (chart,) = charts
        view = framed(chart.curves, chart.options, columns=width, rows=height - 1, dot=glyphs.dot)
        if view.notice is not None:
            return view.notice.text
        head: Line = heading_line(chart.title, view.right.partition(f" {glyphs.dot} ")[2], width, glyphs)
        return _text((head, *drawn(view, glyphs, colored=bool(colours))), colours)
    groups = groups_of(charts)
    across = max(1, min(width // WIDE, max(count for _, count in groups)))
    rows = sum(-(-count // across) for _, count in groups) * ROWS + len(groups)
    layout = arrange(groups, width, rows, headed=bool(key))
    lines: list[Line] = [()] * layout.rows
    for y, name, count in layout.headings:
        lines[y] = heading_line(name, str(count), width, glyphs, key if not y else ())
    for chart, place in zip(charts, layout.places, strict=True):
        view = framed(chart.curves, chart.options, columns=place.width, rows=place.height - 1, dot=glyphs.dot)
        beside(lines, chart_lines(chart, view, place, glyphs, chosen=False, colored=bool(colours)), place, 0)
    return _text(lines, colours)


def _text(lines: Sequence[Line], colours: Colours) -> str:
    codes = _codes(colours)
    return "\n".join(_printed(line, codes).rstrip() for line in lines)


def _printed(line: Line, codes: dict[Role, str]) -> str:
    return "".join(
        f"\x1b[{codes[role]}m{text}\x1b[0m" if role in codes and not text.isspace() else text for text, role in line
    )


def _codes(colours: Colours) -> dict[Role, str]:
    """The terminal's colours, those of curves among them."""
    if not colours:
        return {}
    many = any(code.startswith("38;5") for code in colours.values())
    curves = {
        role: f"38;5;{rich}" if many else f"{30 + basic if basic < 8 else 82 + basic}"
        for role, (rich, basic) in curve_colors().items()
    }
    return {"rule": colours["label"], "error": colours["failed"], **colours, **curves}
