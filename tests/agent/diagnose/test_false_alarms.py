"""Wrong alarms cost trust: hardly any on sound runs of every kind, and on sick ones the right word."""

import random
from collections import Counter
from typing import Any

import pytest

from nerotui.agent.diagnose.diagnosis import Diagnosis
from tests.agent.diagnose.curves import SICK, SOUND, Point

#: Of each kind of sound run. With 17 kinds that makes more than two hundred.
SOUND_SEEDS = 13
SICK_SEEDS = 10


def told(points: list[Point]) -> dict[tuple[str, str], int]:
    """What was ever said of a run, and at which point first."""
    diagnosis = Diagnosis(0.0)
    first: dict[tuple[str, str], int] = {}
    for at, point in enumerate(points):
        diagnosis.points([point])
        for found in diagnosis.look(point["t"]):
            first.setdefault((found["severity"], found["kind"]), at)
    return first


def test_sound_runs_raise_no_alarm() -> None:
    errors: list[Any] = []
    warnings: Counter[str] = Counter()
    runs = 0
    for name, maker in SOUND.items():
        for seed in range(SOUND_SEEDS):
            runs += 1
            found = told(maker(random.Random(f"{name} {seed}")))
            errors += [(name, seed, kind) for severity, kind in found if severity == "error"]
            warnings[name] += any(severity == "warning" for severity, _ in found)
    assert len(errors) <= runs / 100, errors
    assert warnings.total() <= 0.05 * runs, warnings


@pytest.mark.parametrize("name", SICK)
def test_sick_runs_are_seen_to_be_so(name: str) -> None:
    maker, kinds = SICK[name]
    seen = 0
    for seed in range(SICK_SEEDS):
        points, ill = maker(random.Random(f"{name} {seed}"))
        found = told(points)
        seen += any(kind in kinds and at >= ill - 1 for (_, kind), at in found.items())
        assert all(kind in kinds for severity, kind in found if severity == "error"), found
    # A rise within a run of sixty points may be a saw's; longer ones are all told of.
    assert seen >= (0.7 if name in ("drifts_away", "leaps") else 0.9) * SICK_SEEDS
