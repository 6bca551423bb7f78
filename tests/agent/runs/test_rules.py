"""Rules are enforced on the run's own host, by its supervisor, whoever looks."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.errors import AgentError
from tests.agent.runs.rig import Rig, rigs, until


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    yield from rigs(tmp_path / "root")


TRAINS = """
import signal, sys, time
def checkpoint(number, frame):
    print("checkpoint written")
    sys.exit(0)
if {catches}:
    signal.signal(signal.SIGUSR1, checkpoint)
for step in range(1, 4):
    print("step", step, "loss", 3 * step)
time.sleep(600)
"""


def trains(rig: Rig, rule: str | dict[str, Any], catches: bool = False) -> str:
    return rig.submit([sys.executable, "-u", "-c", TRAINS.format(catches=catches)], stop=[rule])


def test_kill_ends_it_and_the_end_says_the_rule(rig: Rig) -> None:
    run = trains(rig, "loss > 5 then kill", catches=True)
    end = rig.end(run)
    assert (end["state"], end["signal"]) == ("killed", "SIGTERM")
    assert end["reason"] == 'killed by its rule "loss > 5 then kill": loss is 6 at step 2 (SIGTERM)'
    (event,) = [event for event in rig.store.show(run)["events"] if event["kind"] == "rule"]
    assert (event["who"], event["action"]) == ("its rule", "kill")
    assert [found["kind"] for found in end["findings"]] == ["rule"]


def test_stop_asks_for_a_checkpoint_first(rig: Rig) -> None:
    run = trains(rig, "loss > 5", catches=True)
    end = rig.end(run)
    assert (end["state"], end["exit_code"]) == ("killed", 0)
    assert end["reason"].startswith('stopped by its rule "loss > 5": ')
    assert "checkpoint written" in rig.log(run)


def test_yield_puts_it_back_in_line_and_freeze_leaves_it_where_it_stands(rig: Rig) -> None:
    yields = trains(rig, "loss > 5 then yield", catches=True)
    until(lambda: rig.record(yields)["attempt"] >= 2, 30)
    until(lambda: "preempted" in rig.events(yields), 30)
    until(lambda: rig.state(yields) == "running", 30)
    rig.act(yields, "kill", now=True)
    rig.end(yields)
    freezes = trains(rig, "loss > 5 then freeze")
    rig.reach(freezes, "paused")
    rig.act(freezes, "thaw")
    rig.reach(freezes, "running")  # and stays so: a rule acts once
    rig.act(freezes, "kill", now=True)
    rig.end(freezes)


def test_a_condition_of_five_keys_warns_as_it_says(rig: Rig) -> None:
    rule = {"variablename": "loss", "killvalue": 5, "comparator": "geq", "when": "immediately", "action": "warn"}
    run = trains(rig, rule)
    (found,) = until(lambda: rig.record(run)["findings"], 30)
    assert (found["kind"], found["severity"]) == ("rule", "warning")
    assert rig.state(run) == "running"
    rig.act(run, "kill", now=True)
    rig.end(run)


def test_silence_is_enforced_and_frozen_time_counts_for_none(rig: Rig) -> None:
    run = rig.submit([sys.executable, "-u", "-c", TRAINS.format(catches=False)], stop=["no output for 4s then kill"])
    rig.printed(run, "step 3")
    rig.act(run, "freeze")
    rig.reach(run, "paused")
    thaw = time.monotonic() + 5  # longer than the rule would wait
    until(lambda: time.monotonic() > thaw)
    assert rig.state(run) == "paused"
    rig.act(run, "thaw")
    end = rig.end(run)
    assert end["reason"].startswith('killed by its rule "no output for 4s then kill": ')


def test_a_host_takes_no_rule_that_it_cannot_read(rig: Rig) -> None:
    with pytest.raises(AgentError) as refusal:
        rig.submit("true", stop=["loss >> 5"])
    assert "loss >> 5" in refusal.value.message
