"""Lines of many frameworks in their documented forms: each is one point, or says only where the log is.

frameworks.jsonl holds them, each with what a careful reader finds in it.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.metrics import Reader

LINES = [json.loads(line) for line in (Path(__file__).parent / "frameworks.jsonl").read_text().splitlines()]


def read(text: str) -> list[dict[str, Any]]:
    reader = Reader()
    found = reader.feed(text.encode(), 0, 5.0) + reader.end(5.0)
    return [{name: value for name, value in point.items() if name not in ("t", "source", "offset")} for point in found]


@pytest.mark.parametrize("known", LINES, ids=[known["line"][:60].strip() for known in LINES])
def test_a_line_as_a_framework_writes_it(known: dict[str, Any]) -> None:
    points = read(known["line"])
    assert len(points) == bool(known["point"])
    for point in points:
        assert list(point) == list(known["point"])
        for name, value in known["point"].items():
            assert point[name] == pytest.approx(value, rel=1e-9) or (math.isnan(value) and math.isnan(point[name]))


def test_the_order_of_a_lines_parts_does_not_matter() -> None:
    parts = ["epoch 3", "step 120", "loss 0.5", "val_acc 0.75", "lr 0.01"]
    for turn in range(len(parts)):
        line = " | ".join(parts[turn:] + parts[:turn])
        (point,) = read(line)
        assert point == {"epoch": 3, "step": 120, "loss": 0.5, "val_acc": 0.75, "lr": 0.01}, line
