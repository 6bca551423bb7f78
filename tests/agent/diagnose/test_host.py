"""What samples of a host, a counter and a clock tell of trouble; nothing of what is usual."""

from collections.abc import Sequence
from typing import Any

import pytest

from nerotui.agent.diagnose.host import HostWatch
from nerotui.agent.diagnose.pace import Pace
from nerotui.agent.diagnose.silence import BUSY, IDLE, UNKNOWN, Silence

GIB = 1 << 30


def kinds(samples: list[dict[str, Any]], every: float = 10.0, left: float | None = None) -> set[tuple[str, str]]:
    """What is found after these samples, one each ten seconds."""
    watch = HostWatch()
    for at, sample in enumerate(samples):
        watch.add(sample, at * every)
    return {(one["kind"], one["severity"]) for one in watch.look((len(samples) - 1) * every, left, 0.5)}


def disks(*free: float) -> list[dict[str, Any]]:
    return [{"disks": [{"path": "/data", "free": int(size), "total": 100 * GIB}]} for size in free]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([{"run_cpu": 350.0, "gpu": 8.0}] * 8, {("input_bound", "warning")}),
        ([{"run_cpu": 350.0, "gpu": 85.0}] * 8, set()),
        ([{"run_cpu": 3.0, "gpu": 0.0}] * 8, {("waiting", "warning")}),
        ([{"run_cpu": 40.0, "gpu": 12.0}] * 8, set()),
        ([{"run_cpu": 3.0}] * 8, {("input_bound", "info")}),
        ([{"run_cpu": 99.0}] * 8, set()),
        ([{"run_cpu": 12.0, "run_wait": 30.0}] * 8, set()),  # others have the processors
        ([{"run_cpu": 3.0, "gpu": 0.0}] * 4, set()),  # too early to say
        ([{"run_cpu": 3.0, "gpu": 0.0, "paused": True}] * 8, set()),
        ([{"memory": 97.0, "swap": 0.9}], {("memory_full", "warning")}),
        ([{"memory": 90.0}], set()),
        ([{"limit": {"used": 9 * GIB, "max": 10 * GIB}}], {("memory_full", "warning")}),
        (
            [{"limit": {"used": int(used * GIB), "max": 10 * GIB}} for used in (4, 5, 6, 7)],
            {("memory_full", "warning")},
        ),
        ([{"limit": {"used": int(used * GIB), "max": 10 * GIB}} for used in (1, 6, 7, 7)], set()),
        ([{"gpus": [{"index": 0, "memory_used": 79, "memory_total": 80}]}], {("gpu_memory_full", "info")}),
        ([{"gpus": [{"index": 0, "others": ["bob"]}]}], {("gpu_shared", "warning")}),
        ([{"gpus": [{"index": 0, "temperature": 95.0}]}], {("throttled", "warning")}),
        ([{"gpus": [{"index": 0, "temperature": 95.0, "throttled": False}]}], set()),
        (disks(3 * GIB, 2.9 * GIB, 2.8 * GIB, 2.7 * GIB), {("disk_filling", "warning")}),
        (disks(3 * GIB, 2 * GIB, 2 * GIB, 2 * GIB), set()),  # one checkpoint, and that was all
        (disks(9 * GIB, 9 * GIB, 9 * GIB), set()),
        (disks(1 << 26, 1 << 25), {("disk_filling", "warning")}),
    ],
)
def test_findings_of_samples(samples: list[dict[str, Any]], expected: set[tuple[str, str]]) -> None:
    assert kinds(samples) == expected


def test_a_disk_that_outlasts_the_run_is_no_trouble() -> None:
    filling = disks(3 * GIB, 2.9 * GIB, 2.8 * GIB, 2.7 * GIB)
    assert kinds(filling, left=60.0) == set()
    assert kinds(filling, left=3600.0) != set()


def progress(
    limit: float | None, speeds: Sequence[float], of: float = 1e6, each: float = 60.0, deadline: float | None = None
) -> set[str]:
    """What is found of a run that made so many steps in each minute."""
    pace, at, now = Pace(0.0, limit), 0.0, 0.0
    pace.deadline = deadline
    for speed in speeds:
        for _ in range(4):
            now += each / 4
            at += speed / 4
            pace.add("step", at, of, now)
    return {one["kind"] for one in pace.look(now)}


def test_a_run_that_slows_down_is_told_of() -> None:
    assert progress(None, [100] * 12 + [30] * 6) == {"slower"}
    assert progress(None, [100, 60] * 12) == set()  # an evaluation every other minute
    assert progress(None, [100] * 30) == set()


def test_a_run_that_will_not_be_done_in_time_is_told_of() -> None:
    assert progress(3600.0, [100] * 10, of=10_000) == {"late"}
    assert progress(7200.0, [100] * 10, of=10_000) == set()
    assert progress(3600.0, [100] * 1, of=10_000) == set()  # too early to say
    assert progress(3600.0, [10] * 10, of=10_000) == set()
    assert progress(3600.0, [10] * 15, of=10_000) == {"late"}  # hardly begun with a quarter of the time over
    assert progress(None, [100] * 10, of=10_000, deadline=3600.0) == {"late"}
    assert progress(None, [100] * 10, of=10_000, deadline=7200.0) == set()


def test_a_run_past_its_deadline_is_told_of_though_it_never_said_how_far_it_is() -> None:
    pace = Pace(0.0)
    pace.deadline = 100.0
    assert pace.look(99.0) == []
    (found,) = pace.look(160.0)
    assert (found["kind"], found["since"]) == ("late", 100.0)
    assert found["message"] == "its deadline was 60 s ago, and it still runs"


def test_a_silence_is_measured_by_the_runs_own_habit() -> None:
    silence = Silence()
    for at in range(100):
        silence.note((at + 1, 0), float(at))
    assert silence.look(99.0 + IDLE - 1, 0.0, None) is None
    found = silence.look(99.0 + IDLE, 0.0, None)
    assert found is not None
    assert found["kind"] == "stall"
    assert found["since"] == 99.0
    assert silence.look(99.0 + IDLE, 80.0, None) is None  # it works on in silence
    assert silence.look(99.0 + UNKNOWN - 1, 80.0, None) is None  # it has not printed for long enough to say
    assert silence.look(99.0 + UNKNOWN, 80.0, None) is not None
    for at in range(100, 800):
        silence.note((at + 1, 0), float(at))
    assert silence.look(799.0 + BUSY - 1, 80.0, None) is None
    assert silence.look(799.0 + BUSY, 80.0, None) is not None
    silence.note((5000, 0), 1400.0)
    assert silence.look(1401.0, 0.0, None) is None
    assert silence.look(1400.0 + 10 * 601 - 1, 0.0, None) is None  # it has been silent for long before


def test_a_run_that_never_said_anything_is_not_called_silent() -> None:
    silence = Silence()
    silence.note((0, 0), 0.0)
    assert silence.look(1e6, 0.0, None) is None
