"""Whoever dies at whichever write: no run is lost from sight, none starts twice in an attempt, no state is a guess."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.processes import identity, processes
from nerotui.agent.queue import launch
from nerotui.agent.run import attempts
from tests.agent.runs.rig import ENDED, Rig, until

CRASH = str(Path(__file__).with_name("crash.py"))
MARK = "echo $NEROTUI_ATTEMPT >> marks"


@pytest.fixture
def crashes(tmp_path: Path) -> Iterator["Crashes"]:
    found = Crashes(tmp_path)
    try:
        yield found
    finally:
        for rig in found.rigs:
            rig.close()


class Crashes:
    """As many hosts as there are moments to die at, side by side."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rigs: list[Rig] = []

    def rig(self) -> Rig:
        path = self.path / f"root{len(self.rigs)}"
        path.mkdir()
        self.rigs.append(Rig(path))
        return self.rigs[-1]

    def crash(self, at: int, mode: str, rig: Rig, *what: str) -> None:
        """Does something of the agent's on a host until it is killed."""
        done = subprocess.run(
            [sys.executable, CRASH, str(at), mode, what[0], str(rig.path), *what[1:]],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr


def marks(rig: Rig) -> list[str]:
    path = rig.path / "marks"
    return path.read_text().split() if path.exists() else []


def was_killed(rig: Rig) -> bool:
    return (rig.path / "killed").exists()


def settle(rig: Rig, run: str) -> str:
    """Lets contacts put things right until the run has come to an end and nothing more happens."""
    until(lambda: (rig.store.contact(), rig.state(run) in ENDED and not rig.queue.entries())[1], 30)
    return rig.state(run)


def test_a_submit_that_dies_leaves_a_whole_run_or_none(crashes: Crashes) -> None:
    for at in range(1, 200):
        rig = crashes.rig()
        spec = rig.spec(MARK)
        crashes.crash(at, "one", rig, "submit", json.dumps(spec))
        exists = (rig.path / "runs" / spec["id"]).exists()
        if exists:  # acknowledged or not: what is there whole is run
            assert settle(rig, spec["id"]) == "done"
        rig.store.submit(spec, "me@test", False)  # the client never heard of it and asks again
        assert settle(rig, spec["id"]) == "done"
        assert marks(rig) == ["1"]
        rig.store.contact()
        left = [name for name in os.listdir(rig.path / "runs") if name.startswith(".")]
        assert left == []
        if not was_killed(rig):
            assert at > 15
            return
    pytest.fail("never came to its end")


@pytest.mark.parametrize("mode", ["one", "all"])
@pytest.mark.timeout(300)
def test_a_start_that_dies_is_made_good_or_said_to_be_lost(crashes: Crashes, mode: str) -> None:
    outcomes = []
    for at in range(1, 200):
        rig = crashes.rig()
        run = rig.submit(MARK, held=True)
        entry = rig.queue.of_run(run)
        assert entry is not None
        assert rig.queue.change(entry, "q")
        crashes.crash(at, mode, rig, "dispatch")
        # The dispatcher works in the background: it either comes to its end or dies at the chosen change.
        state = settle(rig, run)
        outcomes.append(state)
        found = marks(rig)
        assert found in ([], ["1"]), (at, found)
        if state == "done":
            assert found == ["1"]
            assert rig.record(run)["exit_code"] == 0
        else:
            # Between its proof and the command's first instruction the child died: whether it ran cannot be known.
            # Its supervisor saw by which signal, unless it died too.
            assert state == "lost" or rig.record(run)["signal"] == "SIGKILL", (at, rig.record(run))
            assert attempts.read(rig.root.run(run).attempts).tries[1].ran
        assert rig.end(rig.submit("true"))["state"] == "done"  # whatever it held was given back
        if not was_killed(rig):
            assert at > 25
            break
    assert outcomes.count("done") > 0.8 * len(outcomes)


def test_a_retry_that_dies_makes_one_attempt_or_none(crashes: Crashes) -> None:
    for at in range(1, 60):
        rig = crashes.rig()
        run = rig.submit(MARK)
        rig.end(run)
        crashes.crash(at, "one", rig, "act", run, "retry", "{}")
        settle(rig, run)
        assert marks(rig) in (["1"], ["1", "2"])
        assert rig.record(run)["attempt"] == len(marks(rig))
        if not was_killed(rig):
            assert marks(rig) == ["1", "2"]
            return
    pytest.fail("never came to its end")


def test_a_kill_that_dies_leaves_a_run_that_is_killed_or_goes_on(crashes: Crashes) -> None:
    for at in range(1, 60):
        rig = crashes.rig()
        run = rig.submit(MARK, held=True)
        crashes.crash(at, "one", rig, "act", run, "kill", "{}")
        rig.reach(run, "held", "killed")
        if rig.state(run) == "held":
            assert rig.act(run, "kill")["state"] == "killed"
        assert settle(rig, run) == "killed"
        assert marks(rig) == []
        if not was_killed(rig):
            return
    pytest.fail("never came to its end")


def test_a_run_whose_supervisor_was_killed_goes_on_is_adopted_and_its_end_is_reported(rig: Rig) -> None:
    run = rig.submit("for i in $(seq 1 40); do echo step $i loss 0.$i; sleep 0.05; done; exit 5")
    rig.printed(run, "step 10 ")
    before = rig.supervisor(run)
    os.kill(before, signal.SIGKILL)
    until(lambda: identity.of(before) is None)
    assert rig.state(run) == "running"
    until(lambda: (rig.store.contact(), rig.supervisor(run) != before)[1])
    found = rig.end(run)
    assert (found["state"], found["exit_code"], found["attempt"]) == ("failed", 5, 1)
    points = [json.loads(line) for line in Path(rig.store.points_path(run)).read_text().splitlines()]
    assert [point["step"] for point in points] == list(range(1, 41))  # no gap, no repeat
    assert found["metrics"]["loss"] == {"last": 0.4, "x": 40, "min": 0.1, "max": 0.9}
    assert "adopted" in rig.events(run)


def test_a_run_that_ends_while_nobody_watches_is_reported_by_the_next_who_looks(rig: Rig) -> None:
    run = rig.submit("echo here; sleep 0.3; exit 4")
    rig.printed(run, "here")
    os.kill(rig.supervisor(run), signal.SIGKILL)
    folder = rig.root.run(run).attempts
    until(lambda: attempts.read(folder).tries[1].exit_code is not None)
    assert rig.state(run) == "failed"  # its exit code tells, before anybody put it in words
    found = rig.end(run)
    assert (found["state"], found["exit_code"]) == ("failed", 4)


def test_a_run_that_dies_with_its_supervisor_and_its_shell_is_lost(rig: Rig) -> None:
    run = rig.submit("echo here; exec sleep 1000")
    rig.printed(run, "here")
    rig.reach(run, "running")
    folder = rig.root.run(run).attempts
    shell = attempts.read(folder).child(attempts.read(folder).tries[1])
    assert shell is not None
    os.kill(rig.supervisor(run), signal.SIGKILL)
    for found in processes.snapshot().values():
        if found.session == shell.pid:
            os.kill(found.pid, signal.SIGKILL)
    record = rig.end(run)
    assert record["state"] == "lost"
    assert record["last_seen"] is not None
    assert record["reason"] == "it ended unseen: its processes are gone and left no exit code"
    rig.act(run, "retry", held=True)
    assert rig.record(run)["attempt"] == 2


def test_requests_survive_their_supervisor(rig: Rig) -> None:
    run = rig.submit("trap '' TERM; echo here; while :; do sleep 0.05; done")
    rig.printed(run, "here")
    rig.act(run, "kill", grace=1)
    rig.reach(run, "stopping")
    os.kill(rig.supervisor(run), signal.SIGKILL)
    found = rig.end(run)
    assert (found["state"], found["signal"]) == ("killed", "SIGKILL")


def test_a_frozen_run_is_still_frozen_under_its_next_supervisor(rig: Rig) -> None:
    run = rig.submit("echo here; while :; do sleep 0.05; done")
    rig.printed(run, "here")
    rig.reach(run, "running")
    rig.act(run, "freeze")
    rig.reach(run, "paused")
    before = rig.supervisor(run)
    os.kill(before, signal.SIGKILL)
    until(lambda: (rig.store.contact(), rig.supervisor(run) != before)[1])
    until(lambda: "adopted" in rig.events(run))
    assert rig.state(run) == "paused"
    rig.act(run, "thaw")
    rig.reach(run, "running")
    rig.act(run, "kill")
    assert rig.end(run)["state"] == "killed"


def test_the_line_goes_on_when_the_dispatcher_is_killed(rig: Rig) -> None:
    runs = [rig.submit(f"sleep 0.2; echo {number} >> marks") for number in range(5)]
    for _ in range(3):
        for pid in until(lambda: rig.processes("dispatch") or not rig.queue.entries() or [0]):
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        rig.store.contact()
    for run in runs:
        assert rig.end(run)["state"] == "done"
    assert sorted(marks(rig)) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("by", ["an ending supervisor", "a submit", "a contact"])
def test_whoever_comes_by_sees_to_it_that_a_dispatcher_lives(rig: Rig, by: str) -> None:
    first = rig.submit("echo here; while [ ! -e go ]; do sleep 0.02; done")
    until(lambda: "here" in rig.log(first))
    second = rig.submit("echo second >> marks")

    def no_dispatcher() -> bool:
        for pid in rig.processes("dispatch"):
            os.kill(pid, signal.SIGKILL)
        return not rig.processes("dispatch")

    until(no_dispatcher)
    # Nobody else is in contact with this root: what follows can only come from the one who comes by.
    if by == "an ending supervisor":
        (rig.path / "go").touch()
    elif by == "a submit":
        rig.submit("echo third >> marks")
        until(lambda: rig.processes("dispatch"))
    else:
        rig.store.contact()
        until(lambda: rig.processes("dispatch"))
    (rig.path / "go").touch()
    until(lambda: rig.state(second) == "done")
    assert marks(rig)[:1] == ["second"]


def test_a_supervisor_that_fails_by_itself_is_not_tried_without_end(crashes: Crashes) -> None:
    rig = crashes.rig()
    run = rig.submit("echo here; while [ ! -e go ]; do sleep 0.02; done; echo on >> marks")
    until(lambda: "here" in rig.log(run))
    waits = rig.submit("echo waited >> marks")
    for pid in [*rig.processes("dispatch"), *rig.processes("supervise")]:
        with contextlib.suppress(ProcessLookupError):  # a child of theirs that was just about to become something else
            os.kill(pid, signal.SIGKILL)
    code = (
        "import sys; from nerotui.agent.queue import dispatch; from nerotui.agent.supervise import supervise\n"
        "supervise.Supervisor.run = lambda self: 1 / 0\n"
        "dispatch.main(sys.argv[1])"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run([sys.executable, "-c", code, str(rig.path)], env=env, check=True, timeout=30)
    errors = Path(rig.queue.folder.errors)
    until(lambda: errors.read_text().count("ZeroDivisionError") >= 2)
    holder = launch.Lock(rig.queue.folder).holder()
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    assert errors.read_text().count("ZeroDivisionError") <= 3
    assert rig.state(run) == "running"
    (rig.path / "go").touch()
    assert rig.end(run)["state"] == "done"
    assert rig.end(waits)["state"] == "done"
    assert marks(rig) == ["on", "waited"]


def test_thirty_runs_come_through_while_everything_around_them_is_killed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEROTUI_SLOTS", "4")
    command = (
        "echo $NEROTUI_RUN_ID $NEROTUI_ATTEMPT >> marks; for i in 1 2 3 4 5; do echo step $i loss $i; sleep 0.1; done"
    )
    runs = [rig.submit(command) for _ in range(30)]
    for kind in ("dispatch", "supervise", "dispatch", "supervise", "supervise", "dispatch", "supervise"):
        for pid in rig.processes(kind)[:2]:
            os.kill(pid, signal.SIGKILL)
        until(lambda: (rig.store.contact(), rig.processes("supervise") or not rig.queue.entries())[1])
    for run in runs:
        found = rig.end(run)
        assert found["state"] == "done", found
        assert rig.log(run) == "".join(f"step {i} loss {i}\n" for i in range(1, 6))
        points = [json.loads(line) for line in Path(rig.store.points_path(run)).read_text().splitlines()]
        assert [point["step"] for point in points] == [1, 2, 3, 4, 5]
    assert sorted((rig.path / "marks").read_text().splitlines()) == sorted(f"{run} 1" for run in runs)


def test_after_a_reboot_what_ran_is_lost_and_what_waited_runs(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = rig.submit("echo here; exec sleep 1000")
    waits = rig.submit("echo waited >> marks")
    rig.printed(ran, "here")
    for pid in [*rig.processes("dispatch"), *rig.processes("supervise")]:
        os.kill(pid, signal.SIGKILL)
    rig.close()
    monkeypatch.setenv("NEROTUI_BOOT_ID", "another")
    monkeypatch.setattr(identity, "_here", None)
    after = Rig(rig.path)
    assert after.end(ran)["state"] == "lost"
    assert after.end(waits)["state"] == "done"
    assert marks(after) == ["waited"]
