"""The dry run over time: silences, durations and deadlines in old logs whose lines bear times, and in runs."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.diagnose import replay
from nerotui.agent.diagnose.rules import parse_all
from tests.agent.runs.rig import Rig, rigs, until


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    yield from rigs(tmp_path / "root")


def of_text(folder: Path, lines: list[str], *rules: str) -> dict[str, Any]:
    path = folder / "train.log"
    path.write_text("".join(line + "\n" for line in lines))
    return replay.of_file(str(path), parse_all(list(rules)), lambda: False)


def kinds(found: dict[str, Any]) -> list[tuple[str, int | None]]:
    """What was told, and at which line."""
    return [(told["rule"] or told["kind"], told["at"].get("line")) for told in found["told"]]


def stamped(minutes: list[float], text: str = "step {} loss 1.5") -> list[str]:
    return [
        f"2026-12-01 {int(at) // 60:02}:{int(at) % 60:02}:{at % 1 * 60:02.0f},000 INFO {text.format(step)}"
        for step, at in enumerate(minutes, 1)
    ]


def test_a_silence_between_stamped_lines_is_told_when_it_had_lasted_for_long_enough(tmp_path: Path) -> None:
    found = of_text(tmp_path, stamped([*range(12), 101, 102]), "no output for 30m", "no output for 2h")
    assert found["timed"] == 14
    assert kinds(found) == [("stall", 12), ("no output for 30m", 12)]
    stall, rule = found["told"]
    assert stall["gone"]["line"] == 13
    assert rule["at"]["t"] - stall["at"]["t"] == 20 * 60
    assert rule["message"] == "nothing printed or reported for 30 min"


def test_lines_without_a_time_leave_it_open_when_they_were_printed(tmp_path: Path) -> None:
    lines = stamped([0, 1, 2, 92])
    found = of_text(tmp_path, [*lines[:3], "epoch done", *lines[3:]], "no output for 30m")
    assert (found["timed"], found["lines"]) == (4, 5)
    assert kinds(found) == []


def test_a_log_without_times_has_no_silences(tmp_path: Path) -> None:
    found = of_text(tmp_path, ["step 1 loss 2", "step 2 loss 1"], "no output for 1s")
    assert (found["timed"], kinds(found)) == (0, [])


def test_a_pace_that_falls_and_a_rule_that_waits_go_by_the_logs_clock(tmp_path: Path) -> None:
    steady = [at * 0.5 for at in range(60)]
    slow = [30.0 + 2 * at for at in range(60)]
    assert kinds(of_text(tmp_path, stamped(steady))) == []
    found = of_text(tmp_path, stamped(steady + slow, "step {} loss 2"), "loss > 1 after 10m")
    assert ("slower", None) in [(kind, None) for kind, _ in kinds(found)]
    assert ("loss > 1 after 10m", 21) in kinds(found)


WAITS = """
import time
for step in range(1, 6): print('step', step, 'loss', 1 / step)
time.sleep(4)
print('step 6 loss 0.1')
"""


def of_run(rig: Rig, run: str, *rules: str) -> dict[str, Any]:
    state = rig.record(run)["state"]
    return replay.of_run(rig.root.run(run), state, parse_all(list(rules)), lambda: False)


def test_a_runs_silence_is_replayed_by_its_record(rig: Rig) -> None:
    rig.path.mkdir()
    run = rig.submit([sys.executable, "-u", "-c", WAITS])
    assert rig.end(run)["state"] == "done"
    assert kinds(of_run(rig, run, "no output for 2s", "no output for 20s")) == [("no output for 2s", 5)]


def test_a_silence_up_to_the_end_is_replayed_too_and_frozen_time_is_none(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEROTUI_SLOTS", "2")
    rig.path.mkdir()
    code = "import time; print('step 1 loss 1'); time.sleep(1000)"
    hung, frozen = (rig.submit([sys.executable, "-u", "-c", code], gpus=0) for _ in range(2))
    for run in (hung, frozen):
        rig.printed(run, "step 1")
        rig.reach(run, "running")
        if run == frozen:
            rig.act(run, "freeze")
            rig.reach(run, "paused")
    printed = Path(rig.store.log_path(frozen)).stat().st_mtime
    until(lambda: time.time() > printed + 4)
    for run in (frozen, hung):
        rig.act(run, "kill", now=True)
        rig.end(run)
    assert kinds(of_run(rig, hung, "no output for 3s")) == [("no output for 3s", 1)]
    assert kinds(of_run(rig, frozen, "no output for 3s")) == []


def test_a_deadline_that_would_be_missed_is_replayed(rig: Rig) -> None:
    rig.path.mkdir()
    code = "import time\nfor step in range(1, 20): print(f'step {step}/100 loss 1', flush=True); time.sleep(0.2)"
    run = rig.submit([sys.executable, "-c", code], time=10)
    rig.end(run)
    assert ("late", None) in [(kind, None) for kind, _ in kinds(of_run(rig, run))]
