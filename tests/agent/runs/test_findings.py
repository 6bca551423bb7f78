"""What is noticed about a run while it lives, through its supervisor."""

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.runs.rig import Rig, rigs, until


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    yield from rigs(tmp_path / "root")


class Program:
    """A run of Python code that waits at each `wait()` until the test lets it go on."""

    def __init__(self, rig: Rig, code: str, **more: Any) -> None:
        rig.path.mkdir(exist_ok=True)
        self.rig = rig
        self._gate = rig.path / "gate"
        os.mkfifo(self._gate)
        begin = f"import sys, time, traceback\ndef wait(): open({str(self._gate)!r}).read()\n"
        self.run = rig.submit([sys.executable, "-u", "-c", begin + code], **more)

    def go_on(self) -> None:
        with open(self._gate, "w"):
            pass

    def findings(self) -> dict[str, dict[str, Any]]:
        return {finding["kind"]: finding for finding in self.rig.record(self.run)["findings"]}

    def finding(self, kind: str) -> dict[str, Any]:
        return dict(until(lambda: self.findings().get(kind), 30, what=f"a finding {kind}, not {self.findings()}"))

    def history(self) -> list[tuple[str, str]]:
        events = self.rig.store.show(self.run)["events"]
        return [(event["kind"], event["text"]) for event in events if event["kind"].startswith("finding")]


NAN_AND_BACK = """
for step in range(5): print("step", step, "loss", 1 / (step + 1))
print("step 5 loss nan")
wait()
for step in range(6, 9): print("step", step, "loss 0.1")
wait()
"""


def test_a_finding_comes_goes_with_its_cause_and_both_are_in_the_history(rig: Rig) -> None:
    program = Program(rig, NAN_AND_BACK)
    found = program.finding("nan")
    assert (found["severity"], found["series"], found["x"]) == ("error", "loss", 5)
    assert found["evidence"][0]["text"] == "nan at step 5, 0.2 before"
    assert rig.log(program.run)[found["evidence"][0]["line"] :].startswith("step 5 loss nan")
    program.go_on()
    until(lambda: "nan" not in program.findings(), 30)
    program.go_on()
    rig.end(program.run)
    kinds = [kind for kind, _ in program.history()]
    assert kinds == ["finding", "finding_gone"]


COUNTS = """
for step in range(1, 2001):
    print(f"step {step}/2000 loss {2 - step / 2000}")
    time.sleep(0.05)
"""


def test_a_run_that_will_miss_its_deadline_is_told_of_in_time(rig: Rig) -> None:
    program = Program(rig, COUNTS, deadline=time.time() + 50)
    found = program.finding("late")
    assert found["severity"] == "warning"
    assert re.fullmatch(r"at this pace it needs \d+ s more, and its deadline leaves [34]\d s", found["message"])
    assert rig.record(program.run)["deadline"] is not None
    rig.act(program.run, "kill", now=True)
    rig.end(program.run)


def test_a_limit_that_was_changed_is_the_one_that_counts(rig: Rig) -> None:
    program = Program(rig, COUNTS)
    until(lambda: (rig.record(program.run)["progress"] or {}).get("at", 0) > 100, 30)
    assert "late" not in program.findings()
    rig.act(program.run, "limit", seconds=60.0)
    assert "its time limit of 60 s leaves" in program.finding("late")["message"]
    rig.act(program.run, "limit", seconds=6000.0)
    until(lambda: "late" not in program.findings(), 30)
    rig.act(program.run, "kill", now=True)
    rig.end(program.run)


def test_frozen_time_brings_a_deadline_nearer(rig: Rig) -> None:
    deadline = time.time() + 3
    program = Program(rig, "print('step 1 loss 1'); wait()", deadline=deadline)
    rig.printed(program.run, "step 1")
    rig.reach(program.run, "running")
    rig.act(program.run, "freeze")
    rig.reach(program.run, "paused")
    found = program.finding("late")
    assert found["message"].startswith("its deadline was ")
    assert found["since"] == pytest.approx(deadline, abs=0.1)
    rig.act(program.run, "kill", now=True)
    rig.end(program.run)


FAILS = """
def load():
    raise TypeError("list indices must be integers")
def main():
    try:
        load()
    except TypeError:
        traceback.print_exc()
    wait()
    load()
main()
"""


def test_a_traceback_stays_with_a_run_that_failed_by_it(rig: Rig) -> None:
    program = Program(rig, FAILS)
    assert program.finding("traceback")["severity"] == "warning"  # as long as it may go on all the same
    program.go_on()
    rig.end(program.run)
    (found,) = rig.record(program.run)["findings"]
    assert (found["kind"], found["severity"]) == ("traceback", "error")
    assert found["message"].startswith("TypeError: list indices must be integers")


SURVIVES = """
try:
    raise ImportError("no apex")
except ImportError:
    traceback.print_exc()
print("step 1 loss 0.5")
"""


def test_what_a_run_survives_is_no_finding_once_it_ended_well(rig: Rig) -> None:
    program = Program(rig, SURVIVES)
    rig.end(program.run)
    assert rig.record(program.run)["findings"] == []


def test_a_successor_knows_what_its_predecessor_noticed(rig: Rig) -> None:
    program = Program(rig, NAN_AND_BACK)
    before = program.finding("nan")
    supervisor = rig.supervisor(program.run)
    os.kill(supervisor, 9)
    until(lambda: rig.store.contact() or rig.supervisor(program.run) != supervisor, 30)
    until(lambda: "adopted" in rig.events(program.run), 30)
    assert program.finding("nan")["x"] == before["x"]
    rig.act(program.run, "kill")
    rig.end(program.run)
