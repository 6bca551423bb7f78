"""Whole logs, written after the documented form of frameworks that are not at hand: their curves, names and places.

written/NAME.log is the log, NAME.expected.json what a careful reader finds in it, by name: {"x", "count", "first",
"last"}, the latter two as [x, value].
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.metrics import Reader
from nerotui.agent.points.series import Series

LOGS = sorted((Path(__file__).parent / "written").glob("*.log"))


def curves(data: bytes, size: int) -> dict[str, dict[str, Any]]:
    reader, series = Reader(), Series(None, None)
    for at in range(0, len(data), size):
        series.add(reader.feed(data[at : at + size], at, 1.0))
    series.add(reader.end(1.0))
    return {
        name: {"x": axis, "count": len(points), "first": list(points[0][:2]), "last": list(points[-1][:2])}
        for name, axis, points in series.all()
    }


@pytest.mark.parametrize("log", LOGS, ids=[log.stem for log in LOGS])
def test_a_log_gives_its_curves_and_no_others(log: Path) -> None:
    wanted = json.loads(log.with_suffix(".expected.json").read_text())
    found = curves(log.read_bytes(), 1 << 16)
    assert list(found) == list(wanted)
    for name, curve in wanted.items():
        assert (found[name]["x"], found[name]["count"]) == (curve["x"], curve["count"]), name
        for end in ("first", "last"):
            for one, other in zip(found[name][end], curve[end], strict=True):
                assert math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (one != one and other != other), name


@pytest.mark.parametrize("log", LOGS, ids=[log.stem for log in LOGS])
@pytest.mark.parametrize("size", [1, 7, 4099])
def test_where_a_log_is_cut_makes_no_difference(log: Path, size: int) -> None:
    data = log.read_bytes()
    assert str(curves(data, size)) == str(curves(data, len(data)))
