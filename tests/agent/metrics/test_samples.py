"""What real programs printed gives the curves that were read in it by eye and by plain patterns, and no others.

FAMILY/NAME.log.expected.json holds, by name, {"x", "count", "first", "last"}; {} is a log without a curve. A name
stands there as it is shown today: a curve may be renamed, but not to something that has no word in common with it.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.metrics import Reader
from nerotui.agent.metrics.words import words
from nerotui.agent.points.series import Series

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = sorted(SAMPLES.glob("*/*.expected.json"))

#: What besides curves of learning a log repeats beside them: it may be shown.
ALSO = {
    *("val/time", "val/data_time", "train/Instances", "train/Size"),
    *("val/P", "val/R", "val/mAP50", "val/mAP50-95"),
}


def curves(log: Path) -> dict[str, tuple[str, list[Any]]]:
    reader = Reader()
    found = Series(None, None)
    found.add(reader.feed(log.read_bytes(), 0, 1.0) + reader.end(1.0))
    return {name: (axis, points) for name, axis, points in found.all()}


def same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (one != one and other != other)


def fits(want: dict[str, Any], axis: str, points: list[Any]) -> bool:
    ends = [*zip(want["first"], points[0], strict=False), *zip(want["last"], points[-1], strict=False)]
    return axis == want["x"] and len(points) == want["count"] and all(same(one, other) for one, other in ends)


@pytest.mark.parametrize("file", EXPECTED, ids=lambda file: str(file.relative_to(SAMPLES))[: -len(".expected.json")])
def test_a_sample_gives_its_curves_and_no_others(file: Path) -> None:
    wanted = json.loads(file.read_text())
    found = curves(file.with_name(file.name[: -len(".expected.json")]))
    left = dict(found)
    for name, want in wanted.items():
        hits = [each for each, (axis, points) in left.items() if fits(want, axis, points)]
        alike = [each for each in hits if words(each) & words(name)]
        got = {each: (axis, len(points), points[0], points[-1]) for each, (axis, points) in found.items()}
        assert alike, f"{name} {want} is not among {got}"
        del left[name if name in alike else alike[0]]
    assert not {name: len(points) for name, (_, points) in left.items() if len(points) > 1 and name not in ALSO}


def test_every_real_sample_says_what_made_it() -> None:
    told = {line.split("\t")[0] for line in (SAMPLES / "ORIGINS.tsv").read_text().splitlines()}
    logs = {str(log.relative_to(SAMPLES)) for log in SAMPLES.glob("*/*.log")}
    assert logs
    assert logs <= told
