"""Times at the beginnings of lines, in the forms that loggers write, and the clock that they make."""

import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from nerotui.agent.diagnose.stamps import LogClock, stamps

#: The real time where the year is said; else whether the day is.
FORMS = {
    "2026-12-01 10:11:12,345 INFO step 1": 12.345,
    "2026-12-01T10:11:12.345Z step 1": 12.345,
    "[2026-12-01 10:11:12] [training] Ep. 1": 12.0,
    "2026/12/01 10:11:12 step 1": 12.0,
    "2026-12-01 10:11:12 | INFO | train": 12.0,
    " [2026-12-01 10:11:12] iteration 100/ 500 |": 12.0,
    "[host] 2026-12-01 10:11:12,345 (trainer:338) INFO: 1epoch": 12.345,
    "[rank0]: 2026-12-01 10:11:12,345 - mmdet - INFO": 12.345,
    "INFO:2026-12-01 10:11:12,345:step 1": 12.345,
    "WARNING 2026-12-01 10:11:12 slow": 12.0,
    "3: 2026-12-01 10:11:12 step 1": 12.0,
    "\x1b[32m2026-12-01 10:11:12.345\x1b[0m | INFO": 12.345,
    "12/01/2026 10:11:12 - INFO - __main__": 12.0,
    "Tue Dec  1 10:11:12 2026 step 1": 12.0,
    "Dec 1, 2026 10:11:12 AM": 12.0,
    "12/01/26 10:11:12 AM step 1": 12.0,
    '[12/01 10:11:12 d2.utils.events]:  eta: 0:00:10': True,
    "12/01 10:11:12 - mmengine - INFO": True,
    "I1201 10:11:12.345678  1234 solver.cpp:228] Iteration": True,
    "Dec  1 10:11:12 host python[1]: step": True,
    "[10:11:12] WARNING: /xgboost/src": False,
    "10:11:12 Starting an experiment": False,
}  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), FORMS.items())
def test_forms(line: str, expected: float | bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    (found,) = stamps(line.encode() + b"\n")
    if isinstance(expected, bool):
        assert (found.dated, found.real) == (expected, None)
    else:
        assert found.real == pytest.approx(datetime(2026, 12, 1, 10, 11, tzinfo=UTC).timestamp() + expected)
    assert found.moment % 60 == pytest.approx(expected if not isinstance(expected, bool) else 12, abs=0.5)


def test_a_zone_and_mlperfs_milliseconds_are_heeded() -> None:
    (found,) = stamps(b"2026-12-01T12:11:12+02:00 step 1\n")
    assert found.real == datetime(2026, 12, 1, 10, 11, 12, tzinfo=UTC).timestamp()
    (found,) = stamps(b':::MLLOG {"namespace": "", "time_ms": 1796119872345, "event_type": "POINT"}\n')
    assert found.real == 1796119872.345


@pytest.mark.parametrize(
    "line",
    [
        "step 1 loss 0.5",
        " 10%|#         | 5/50 [00:05<00:45,  1.00it/s]",
        "[00:01:02<00:03:04, 1.00it/s]",
        "started 2026-12-01 10:11:12",
        "checkpoint of 2020-01-01 00:00:00 loaded",
        "2026-13-41 10:11:12 no such day",
        "12:61:00 no such time",
        "ratio 10:11",
    ],
)
def test_what_is_no_time_at_a_lines_beginning(line: str) -> None:
    assert list(stamps(line.encode() + b"\n")) == []


def clock(text: str, least: float = 60.0) -> list[tuple[float, float]]:
    return [(tick.now, tick.silent) for tick in LogClock(least).ticks(text.encode(), 0)]


def test_a_silence_is_between_neighbouring_lines_alone() -> None:
    told = clock("10:00:00 a\n10:00:30 b\n10:02:00 c\nwithout a time\n10:04:00 d\n10:05:00 e\n")
    assert told == [(0, 0), (30, 0), (120, 90), (240, 0), (300, 60)]


def test_midnight_passes_and_lines_out_of_order_turn_nothing_back() -> None:
    assert clock("23:59:30 a\n00:00:30 b\n")[-1] == (60, 60)
    assert clock("10:00:10 a\n10:00:08 b\n10:01:10 c\n")[-1] == (60, 0)


def test_the_time_of_something_else_is_no_time_of_the_log_and_another_runs_goes_on() -> None:
    other = "2026-12-01 10:00:00 a\n2019-01-01 00:00:00 b\n2026-12-01 10:01:00 c\n2036-01-01 00:00:00 d\n"
    assert clock(other + "2026-12-01 10:02:00 e\n")[-1] == (120, 0)
    again = "2026-12-01 10:00:00 a\n2026-12-01 10:01:00 b\n2026-12-01 09:00:00 a\n2026-12-01 09:01:00 b\n"
    assert clock(again)[-1] == (120, 0)


@pytest.mark.parametrize("size", [1, 7, 20, 33, 1000])
def test_a_log_cut_into_pieces_makes_the_same_clock(size: int) -> None:
    lines = [f"2026-12-01 {at // 60:02}:{at % 60:02}:00 step {at} loss 1\n" for at in range(10, 300, 7)]
    lines[5:5] = ["a warning\n"]
    text = "".join(lines).encode()
    one, cut = LogClock(60.0), LogClock(60.0)
    whole = one.ticks(text, 0)
    pieces = [tick for at in range(0, len(text), size) for tick in cut.ticks(text[at : at + size], at)]
    assert [tick[1:] for tick in pieces] == [tick[1:] for tick in whole]
    assert cut.stamped == one.stamped == len(lines) - 1
    assert all(earlier.offset <= later.offset for earlier, later in pairwise(pieces))


@pytest.mark.parametrize("line", ["[" * 500, "A" * 500, "1" * 500, "INFO:" * 100, "\x1b[1m" * 100, ":::MLLOG " * 60])
def test_no_line_costs_much(line: str) -> None:
    data = (line + "\n").encode() * (200_000 // len(line))
    began = time.process_time()
    assert list(stamps(data)) == []
    assert time.process_time() - began < 0.5  # 0.05 s at most where this was written
