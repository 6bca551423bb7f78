"""How long a run still takes, told by what its attempt has done."""

import pytest

from nerotui.core.records import Progress, Run
from nerotui.core.views.metrics import seconds_left

NOW = 10_000.0


def a_run(attempt: int, progress: Progress, **more: float) -> Run:
    started = more.pop("started", NOW - 100)
    return Run(
        id="abcdefgh",
        name="x",
        host="h",
        state="running",  # type: ignore[arg-type]
        attempt=attempt,
        started=started,
        progress=progress,
        **more,  # type: ignore[arg-type]
    )


def test_a_first_attempt_is_timed_from_its_start() -> None:
    assert seconds_left(a_run(1, Progress(unit="epoch", at=20, of=100)), NOW) == 400
    assert seconds_left(a_run(1, Progress(unit="epoch", at=20, of=100), paused_s=50), NOW) == 200


def test_a_resumed_attempt_is_timed_by_its_own_progress() -> None:
    resumed = Progress(unit="epoch", at=82, of=100, start=80, since=NOW - 90, paused_s=0)
    assert seconds_left(a_run(2, resumed), NOW) == pytest.approx(18 * 45)
    paused = Progress(unit="epoch", at=82, of=100, start=80, since=NOW - 90, paused_s=10)
    assert seconds_left(a_run(2, paused, paused_s=40), NOW) == pytest.approx(18 * 30)


def test_what_cannot_be_told_is_not_told() -> None:
    for progress in (
        Progress(unit="epoch", at=80, of=100, start=80, since=NOW - 5),
        Progress(unit="epoch", at=80, of=100),
        Progress(unit="epoch", at=80),
    ):
        assert seconds_left(a_run(2, progress), NOW) is None
    assert seconds_left(a_run(1, Progress(unit="epoch", at=0, of=100)), NOW) is None
    assert seconds_left(a_run(1, Progress(unit="epoch", at=101, of=100)), NOW) is None
