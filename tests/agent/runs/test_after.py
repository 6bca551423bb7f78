"""Runs that wait for others: they start once those have ended as was asked, and never wait in vain."""

from pathlib import Path

import pytest

from nerotui.agent.queue.plan import Ask, Room, plan, reason
from nerotui.agent.queue.queue import Entry
from tests.agent.runs.rig import Rig, until

#: Lives until a file called "go" is there.
WAITS = "while [ ! -e go ]; do sleep 0.02; done"


@pytest.fixture
def wide(rig: Rig) -> Rig:
    """A host with room for many runs at once."""
    rig.path.mkdir()
    rig.queue.make()
    Path(rig.queue.folder.settings).write_text('{"slots": 8}')
    return rig


def ended(rig: Rig, command: str) -> str:
    run = rig.submit(command)
    rig.end(run)
    return run


def why(rig: Rig, run: str) -> str:
    return rig.store.why(run)


def test_a_run_starts_when_the_one_before_it_is_done(wide: Rig) -> None:
    first = wide.submit(WAITS + "; echo first >> order", name="first")
    second = wide.submit("echo second >> order", after=[first])
    third = wide.submit("echo third >> order", after=[second], after_any=[first])
    wide.reach(first, "running")
    assert why(wide, second) == f"it waits for first ({first}), which runs"
    assert why(wide, third) == f"it waits for a run ({second}), which waits itself and first ({first}), which runs"
    assert (wide.state(second), wide.record(second)["after"]) == ("queued", [first])
    (wide.path / "go").touch()
    assert wide.end(third)["state"] == "done"
    assert (wide.path / "order").read_text() == "first\nsecond\nthird\n"


def test_a_run_that_waits_for_others_takes_nobodys_place(wide: Rig) -> None:
    Path(wide.queue.folder.settings).write_text('{"slots": 2}')
    first = wide.submit(WAITS)
    second = wide.submit("true", after=[first])
    third = wide.submit("true")
    assert wide.end(third)["state"] == "done"
    assert wide.state(second) == "queued"


@pytest.mark.parametrize(
    ("command", "how"),
    [("exit 3", "failed"), ("kill -TERM $$", "was killed"), ("echo MemoryError; exit 1", "ran out of memory")],
)
def test_a_run_whose_predecessor_did_not_end_well_is_held_with_the_reason(wide: Rig, command: str, how: str) -> None:
    first = ended(wide, command)
    second = wide.submit("true", after=[first])
    found = wide.reach(second, "held")
    assert found["reason"] == f"the run that it waits for, a run ({first}), {how}"
    assert why(wide, second) == f"it is held ({found['reason']}): it waits until somebody releases it"
    assert "held" in wide.events(second)
    wide.act(second, "release")
    wide.reach(second, "held")


def test_a_predecessor_that_is_tried_again_counts_again(wide: Rig) -> None:
    first = ended(wide, "[ -e go ]")
    second = wide.submit("true", after=[first])
    wide.reach(second, "held")
    (wide.path / "go").touch()
    wide.act(first, "retry")
    wide.end(first)
    wide.act(second, "release")
    assert wide.end(second)["state"] == "done"


def test_for_some_it_is_enough_that_the_other_is_over(wide: Rig) -> None:
    first = ended(wide, "exit 3")
    assert wide.end(wide.submit("true", after_any=[first]))["state"] == "done"


def test_a_run_that_is_gone_can_not_be_waited_for(wide: Rig) -> None:
    first = ended(wide, "true")
    wide.act(first, "remove")
    second = wide.submit("true", after=[first])
    assert wide.reach(second, "held")["reason"] == f"the run {first} that it waits for is not there any more"
    assert wide.end(wide.submit("true", after_any=[first]))["state"] == "done"


def test_a_held_predecessor_is_waited_for(wide: Rig) -> None:
    first = wide.submit("true", held=True)
    second = wide.submit("true", after=[first])
    until(lambda: (wide.store.contact(), "which is held" in why(wide, second))[1])
    wide.act(first, "release")
    assert wide.end(second)["state"] == "done"


def test_a_predecessor_that_carries_on_is_waited_for(wide: Rig) -> None:
    first = wide.submit("sleep 1000", time=0.5, resume=["sh", "-c", "echo resumed"], attempts=2)
    second = wide.submit("true", after=[first])
    assert wide.end(second)["state"] == "done"
    assert (wide.state(first), wide.record(first)["attempt"]) == ("done", 2)


def test_a_killed_run_that_waited_for_others_is_killed(wide: Rig) -> None:
    first = wide.submit(WAITS)
    second = wide.submit("true", after=[first])
    wide.reach(first, "running")
    wide.act(second, "kill")
    assert wide.state(second) == "killed"


def test_the_plan_passes_over_those_that_wait_for_others() -> None:
    def ask(run: str, gpus: int, waits: str = "") -> Ask:
        return Ask(Entry("q", 1, run, 1), gpus, None, waits)

    line = [ask("a", 2, "it waits for x"), ask("b", 1), ask("c", 1)]
    room = Room(1, (0,), 0, 2)
    assert [start.ask.entry.run for start in plan(line, room)] == ["b"]
    assert reason(line, "a", room, 1) == "it waits for x"
    assert reason(line, "c", Room(0, (), 1, 2), 1) == "the host's only slot is in use; one run is ahead of it in line"
