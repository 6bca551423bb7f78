"""What stands in one cell of a printed table: a number with its unit, or a clock; and the lines between cells."""

import re
from typing import List, NamedTuple, Optional

from nerotui.agent.metrics.text import number

_NUMBER = re.compile(
    rb"([-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?|nan|NaN|NAN|inf|Inf|INF|Infinity))"
    rb"(?:\s?(?:%|[a-zA-Z]{1,2}(?:/[a-zA-Z]{1,3})?))?$"
)
_RATIO = re.compile(rb"(\d+)/\d+$")
_CLOCK = re.compile(rb"\d+(?::\d\d(?:\.\d+)?){1,3}[hms]?$|\d+h\s?\d+m(?:\s?\d+s)?$|\d+m\s?\d+s$")

#: What draws the lines between cells: the pipe, and the upright strokes of box drawing.
_UPRIGHT = re.compile(rb"\||\xe2\x94[\x82\x83]|\xe2\x95\x91")
#: A line of nothing but strokes and corners: dashes, equals, plus, stars, pipes and box drawing.
_RULE = re.compile(rb"(?:[-=+|*:~ _]|\xe2[\x94\x95][\x80-\xbf])+$")
_STROKES = re.compile(rb"(?:[-=_~*]|\xe2\x94[\x80\x81]|\xe2\x95\x90){3}")

#: A cell that is longer holds no number.
_LONGEST = 40


class Span(NamedTuple):
    """Where a column stands in its line, in bytes."""

    begin: int
    end: int


def value(cell: bytes) -> Optional[float]:
    """The number of a cell: 0.5, 1,024, 95 %, 0.22s, nan; None where it holds anything else."""
    cell = cell.strip()
    if not cell or len(cell) > _LONGEST:
        return None
    found = _NUMBER.match(cell)
    return number(found.group(1)) if found else None


def count(cell: bytes) -> Optional[float]:
    """The number of a cell that counts the way: 3, 3/10."""
    found = _RATIO.match(cell.strip()[:_LONGEST])
    return number(found.group(1)) if found else value(cell)


def is_clock(cell: bytes) -> bool:
    """Whether a cell tells a time: 00:12, 1:02:03, 2h 5m."""
    return len(cell) < _LONGEST and _CLOCK.match(cell.strip()) is not None


def is_rule(line: bytes) -> bool:
    """Whether a line is drawn, not written: -----, |----|:---:|, +=====+, ╭─────╮."""
    return _STROKES.search(line) is not None and _RULE.match(line) is not None


def drawn(line: bytes) -> Optional[List[bytes]]:
    """The cells between upright strokes, None where there are none; strokes at the ends bound no empty cells."""
    if b"|" not in line and b"\xe2" not in line:
        return None
    cells = _UPRIGHT.split(line.strip())
    if len(cells) < 2:
        return None
    if not cells[0].strip():
        del cells[0]
    if cells and not cells[-1].strip():
        del cells[-1]
    return cells


def spans(rule: bytes) -> List[Span]:
    """The columns that a rule of several dashes underlines: `---  ------  ----`."""
    return [Span(found.start(), found.end()) for found in re.finditer(rb"[-=]+", rule)]


def name(cell: bytes) -> str:
    """A cell's text as the name of a metric."""
    return " ".join(cell.decode("utf-8", "replace").split())
