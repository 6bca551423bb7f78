"""A run's time limit: the word that it should checkpoint, its end, and what does not count."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.durations import seconds, spelled
from nerotui.agent.errors import AgentError
from tests.agent.runs.rig import Rig, until

#: Says each signal that it gets, in the order that it gets them, and leaves at none of them.
DEAF = "trap 'echo checkpoint' USR1; trap 'echo term' TERM; echo here; while :; do sleep 0.02; done"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("45s", 45),
        ("15 min", 900),
        ("2h30m", 9000),
        ("1.5h", 5400),
        ("1d12h", 129600),
        ("1:30:00", 5400),
        ("2-12:00:00", 216000),
    ],
)
def test_a_duration_is_read_as_people_write_it_and_written_so_that_it_reads_the_same(text: str, length: float) -> None:
    assert seconds(text) == length
    assert seconds(spelled(length)) == length


@pytest.mark.parametrize("text", ["", "soon", "1:30", "1h30", "3h2d", "1..5h", "-5", "."])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)


def test_a_run_is_ended_at_its_time_limit(rig: Rig) -> None:
    run = rig.submit("echo here; exec sleep 1000", time=1)
    found = rig.end(run)
    assert (found["state"], found["exit_code"], found["signal"]) == ("timeout", None, "SIGTERM")
    assert found["reason"] == "stopped for its time limit of 1s (SIGTERM)"
    assert found["time_limit"] == 1
    assert 0.9 < found["ended"] - found["started"] < 10
    assert rig.members(run) == []
    texts = [event["text"] for event in rig.store.show(run)["events"]]
    assert "its time limit of 1s is up" in texts
    rig.act(run, "retry", held=True)
    assert rig.record(run)["state"] == "held"


def test_a_run_is_asked_to_checkpoint_then_to_end_and_is_then_killed(rig: Rig) -> None:
    run = rig.submit(DEAF, time=6, grace=0.5)
    rig.printed(run, "checkpoint")
    assert "term" not in rig.log(run)
    assert rig.reach(run, "stopping")["pending"] is None
    found = rig.end(run)
    assert (found["state"], found["signal"]) == ("timeout", "SIGKILL")
    assert [line for line in rig.log(run).splitlines() if line != "Terminated"] == ["here", "checkpoint", "term"]
    # It is counted from its first process, which is a little older than the command.
    assert found["ended"] - found["started"] > 6.4
    texts = [event["text"] for event in rig.store.show(run)["events"]]
    assert any(text.startswith("its time limit of 6s is up in 0.") for text in texts)


def test_a_program_that_checkpoints_and_leaves_has_run_into_its_limit_all_the_same(rig: Rig) -> None:
    run = rig.submit("trap 'echo saved; exit 0' USR1; echo here; while :; do sleep 0.02; done", time=6)
    found = rig.end(run)
    assert (found["state"], found["exit_code"]) == ("timeout", 0)
    assert found["reason"] == "stopped for its time limit of 6s (exit code 0)"
    assert found["ended"] - found["started"] < 6
    assert rig.log(run) == "here\nsaved\n"


def test_a_run_that_ends_within_its_limit_knows_nothing_of_it(rig: Rig) -> None:
    found = rig.end(rig.submit("exit 3", time=3600))
    assert (found["state"], found["exit_code"]) == ("failed", 3)


def test_frozen_time_does_not_count(rig: Rig) -> None:
    run = rig.submit("echo here; while :; do sleep 0.02; done", time=2)
    rig.printed(run, "here")
    rig.reach(run, "running")
    rig.act(run, "freeze")
    began = rig.reach(run, "paused")["started"]
    until(lambda: time.time() > began + 3)  # past its limit, were it not frozen
    assert rig.state(run) == "paused"
    rig.act(run, "thaw")
    rig.reach(run, "running")
    found = rig.end(run)
    assert found["state"] == "timeout"
    assert found["ended"] - found["started"] - found["paused_s"] > 1.9
    assert found["paused_s"] > 0.5


def test_a_successor_keeps_the_limit(rig: Rig) -> None:
    run = rig.submit("echo here; while :; do sleep 0.02; done", time=3)
    rig.printed(run, "here")
    began = rig.reach(run, "running")["started"]
    until(lambda: time.time() > began + 1)
    before = rig.supervisor(run)
    os.kill(before, signal.SIGKILL)
    until(lambda: (rig.store.contact(), rig.supervisor(run) != before)[1])
    found = rig.end(run)
    assert found["state"] == "timeout"
    assert 2.9 < found["ended"] - found["started"] < 5.5  # not three seconds from its adoption


def test_a_successor_goes_on_with_what_was_begun_for_the_limit(rig: Rig) -> None:
    run, supervisor = asked_early(rig, time=4, grace=0.5)
    supervisor.kill()
    supervisor.wait()
    found = rig.end(run)
    assert (found["state"], found["signal"]) == ("timeout", "SIGKILL")
    assert rig.log(run).startswith("here\ncheckpoint\n")
    assert rig.log(run).endswith("term\n")
    assert 4.4 < found["ended"] - found["started"] < 10


def test_a_run_that_outlived_its_limit_unwatched_is_ended_when_it_is_adopted(rig: Rig) -> None:
    run = rig.submit("echo here; while :; do sleep 0.02; done", time=2)
    rig.printed(run, "here")
    began = rig.reach(run, "running")["started"]
    os.kill(rig.supervisor(run), signal.SIGKILL)
    until(lambda: time.time() > began + 2.5)
    assert rig.state(run) == "running"
    assert rig.end(run)["state"] == "timeout"


def test_a_kill_while_it_is_asked_to_checkpoint_is_a_kill(rig: Rig) -> None:
    run, supervisor = asked_early(rig, time=100, grace=0.2)
    rig.act(run, "kill")
    assert rig.end(run)["reason"] == "killed as me@test asked (SIGKILL)"
    assert supervisor.wait(30) == 0


def asked_early(rig: Rig, **more: Any) -> tuple[str, "subprocess.Popen[bytes]"]:
    """A run that takes no notice and has been asked to checkpoint long before its limit; and its supervisor."""
    run = rig.submit(DEAF, held=True, **more)
    code = (
        "import sys; from nerotui.agent.supervise import supervise, timelimit; timelimit.PART = 0.97;"
        "timelimit.NOTICE = 1e9; supervise.main(sys.argv[1], sys.argv[2])"
    )
    here = str(Path(__file__).parents[3])
    env = {**os.environ, "PYTHONPATH": here}
    supervisor = subprocess.Popen([sys.executable, "-c", code, str(rig.path), run], env=env)
    rig.printed(run, "checkpoint")
    rig.reach(run, "stopping")
    return run, supervisor


@pytest.mark.parametrize("limit", [0, -1, True, "2h", 1e300])
def test_a_limit_that_is_none_is_refused(rig: Rig, limit: object) -> None:
    with pytest.raises(AgentError, match="its time limit is"):
        rig.submit("true", time=limit)
