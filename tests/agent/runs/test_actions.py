"""What people ask of runs, on real process trees."""

import os
import signal
import time
from pathlib import Path

import pytest

from nerotui.agent.errors import AgentError
from nerotui.agent.processes import processes
from tests.agent.runs.rig import Rig, until

#: A shell, a Python, two workers of it, and a daemon: forked twice, in a session of its own, with its ends closed.
TREE = """
import os, sys, time
def work(name):
    while True:
        with open(name, "a") as file:
            file.write("x")
        time.sleep(0.02)
for number in range(2):
    if not os.fork():
        os.setpgid(0, 0)
        work("worker%d" % number)
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    os.closerange(0, 3)
    work("daemon")
print("all here", flush=True)
work("main")
"""
NAMES = ("worker0", "worker1", "daemon", "main")


def grow(rig: Rig) -> str:
    run = rig.submit(["sh", "-c", 'python3 -c "$0"; echo over', TREE])
    rig.printed(run, "all here")
    until(lambda: all((rig.path / name).exists() for name in NAMES))
    return run


def sizes(rig: Rig) -> list[int]:
    return [(rig.path / name).stat().st_size for name in NAMES]


def still(rig: Rig) -> bool:
    before = sizes(rig)
    time.sleep(0.15)
    return sizes(rig) == before


def test_freeze_stops_the_whole_tree_and_thaw_moves_all_of_it(rig: Rig) -> None:
    run = grow(rig)
    rig.reach(run, "running")
    rig.act(run, "freeze")
    rig.reach(run, "paused")
    assert still(rig)
    assert rig.record(run)["pending"] is None
    states = [processes.stat(pid) for pid in rig.members(run)]
    assert all(found is not None and found.stopped for found in states)
    assert len(states) == 4
    rig.act(run, "thaw")
    rig.reach(run, "running")
    before = sizes(rig)
    until(lambda: all(new > old for new, old in zip(sizes(rig), before, strict=True)))
    assert rig.record(run)["paused_s"] > 0.1
    rig.act(run, "kill", now=True)
    assert rig.end(run)["state"] == "killed"


def test_a_run_that_runs_has_processes_from_its_first_moment(rig: Rig) -> None:
    for _ in range(10):
        run = rig.submit(["sleep", "1000"])
        rig.reach(run, "running")
        assert rig.store.tree(run), "running, and no process"
        until(lambda: rig.store.tree(run)[0]["command"].endswith("sleep 1000"), 20)  # noqa: B023
        rig.act(run, "kill", now=True)
        rig.end(run)


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "frozen"])
def test_nothing_of_a_killed_tree_is_left(rig: Rig, frozen: bool) -> None:
    run = grow(rig)
    if frozen:
        rig.act(run, "freeze")
        rig.reach(run, "paused")
    rig.act(run, "kill", grace=5)
    found = rig.end(run)
    assert (found["state"], found["signal"]) == ("killed", "SIGTERM")
    assert found["reason"] == "killed as me@test asked (SIGTERM)"
    assert rig.members(run) == []
    assert "over" not in rig.log(run)


def test_a_tree_that_ignores_term_is_killed_after_its_grace(rig: Rig) -> None:
    run = rig.submit("trap '' TERM; echo here; while :; do sleep 0.05; done")
    rig.printed(run, "here")
    rig.act(run, "kill", grace=0.3)
    rig.reach(run, "stopping")
    found = rig.end(run)
    assert (found["state"], found["signal"]) == ("killed", "SIGKILL")
    assert found["ended"] - found["started"] > 0.3
    assert rig.members(run) == []


def test_a_second_kill_need_not_wait_for_the_first(rig: Rig) -> None:
    run = rig.submit("trap '' TERM; echo here; while :; do sleep 0.05; done")
    rig.printed(run, "here")
    rig.act(run, "kill", grace=600)
    rig.reach(run, "stopping")
    rig.act(run, "kill", now=True)
    assert rig.end(run)["signal"] == "SIGKILL"


def test_a_program_may_end_well_when_it_is_killed_and_is_still_killed(rig: Rig) -> None:
    run = rig.submit("trap 'echo saved; exit 0' TERM; echo here; while :; do sleep 0.05; done")
    rig.printed(run, "here")
    rig.act(run, "kill")
    found = rig.end(run)
    assert (found["state"], found["exit_code"], found["reason"]) == (
        "killed",
        0,
        "killed as me@test asked (exit code 0)",
    )
    assert "saved" in rig.log(run)


def test_what_a_run_leaves_behind_is_ended_with_it(rig: Rig) -> None:
    run = rig.submit("(setsid sleep 1000 &) ; sleep 0.05; echo over")
    found = rig.end(run)
    assert found["state"] == "done"
    assert "cleared" in rig.events(run)
    assert rig.members(run) == []


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "frozen"])
def test_yield_asks_the_program_waits_and_puts_it_back_in_line(rig: Rig, frozen: bool) -> None:
    code = (
        "import os, signal, sys, time\n"
        "def save(*_):\n    open('ckpt.1', 'a').write(str(os.getpid()) + '\\n'); sys.exit(0)\n"
        "signal.signal(signal.SIGUSR1, save)\n"
        "if not os.fork(): time.sleep(1000)\n"  # a worker that inherits the handler
        "print('here', flush=True)\n"
        "while True: time.sleep(0.1)\n"
    )
    run = rig.submit(
        ["sh", "-c", 'python3 -c "$0"; exit 7', code],
        resume=["echo", "resumed from {checkpoint}"],
        checkpoint="ckpt.*",
    )
    rig.printed(run, "here")
    if frozen:
        rig.act(run, "freeze")
        rig.reach(run, "paused")
    rig.act(run, "yield", wait=10, held=True)
    found = rig.reach(run, "held")
    assert found["attempt"] == 2
    assert found["reason"] == "yielded as me@test asked (exit code 7)"
    assert len((rig.path / "ckpt.1").read_text().split()) == 1
    assert rig.members(run) == []
    rig.in_line(run)
    rig.act(run, "release")
    assert rig.end(run)["state"] == "done"
    assert rig.log(run).endswith(f"resumed from {rig.path}/ckpt.1\n")


def test_yield_of_a_program_that_handles_no_signal_ends_it_by_term(rig: Rig) -> None:
    run = rig.submit("echo attempt $NEROTUI_ATTEMPT; exec sleep 1000")
    rig.printed(run, "attempt 1")
    rig.act(run, "yield")
    rig.printed(run, "attempt 2")
    found = rig.reach(run, "running")
    assert found["attempt"] == 2
    rig.act(run, "kill", now=True)
    rig.end(run)


def test_a_run_that_waits_is_held_released_and_killed(rig: Rig) -> None:
    run = rig.submit("echo ran", held=True)
    assert rig.state(run) == "held"
    assert rig.act(run, "kill")["state"] == "killed"
    assert rig.record(run)["reason"] == "killed as me@test asked while it waited"
    assert rig.log(run) == ""
    assert rig.queue.entries() == []
    rig.act(run, "retry")
    found = rig.end(run)
    assert (found["state"], found["attempt"]) == ("done", 2)


def test_the_line_is_kept_and_can_be_changed(rig: Rig) -> None:
    blocker = rig.submit("echo here; sleep 1000")
    rig.printed(blocker, "here")
    runs = [rig.submit(f"echo {name} >> order") for name in "abcd"]
    a, b, c, d = runs

    def line() -> list[str]:
        return sorted((run for run in runs if rig.record(run)["position"]), key=lambda run: rig.record(run)["position"])

    assert line() == [a, b, c, d]
    assert rig.record(a)["position"] == 1
    rig.act(d, "move", to="front")
    assert line() == [d, a, b, c]
    rig.act(a, "move", to="down")
    assert line() == [d, b, a, c]
    rig.act(c, "move", to="up")
    assert line() == [d, b, c, a]
    rig.act(d, "move", to="back")
    assert line() == [b, c, a, d]
    rig.act(b, "hold")
    assert line() == [c, a, d]
    assert rig.state(b) == "held"
    rig.act(b, "release")
    assert line() == [b, c, a, d]  # its place was kept
    for _ in range(60):  # orders never run out of room
        rig.act(d, "move", to="up")
        rig.act(d, "move", to="down")
    rig.act(blocker, "kill", now=True)
    for run in runs:
        rig.end(run)
    assert (rig.path / "order").read_text().split() == [x for x in "bcad"] or line() == []


def test_remove_leaves_nothing(rig: Rig) -> None:
    done, waits = rig.submit("true"), rig.submit("true", held=True)
    rig.end(done)
    for run in (done, waits):
        rig.act(run, "remove")
        assert not (rig.path / "runs" / run).exists()
        with pytest.raises(AgentError) as refusal:
            rig.record(run)
        assert refusal.value.code == "no_such_run"
    assert rig.queue.entries() == []
    assert os.listdir(rig.path / "runs") == []


@pytest.mark.parametrize(
    ("state", "action"),
    [("held", "hold"), ("held", "freeze"), ("held", "retry"), ("done", "kill"), ("done", "release"), ("done", "thaw")],
)
def test_what_makes_no_sense_in_a_state_is_refused(rig: Rig, state: str, action: str) -> None:
    run = rig.submit("true", held=state == "held")
    if state == "done":
        rig.end(run)
    with pytest.raises(AgentError) as refusal:
        rig.act(run, action)
    assert refusal.value.code == "illegal"


def test_an_action_meant_for_another_attempt_is_refused(rig: Rig) -> None:
    run = rig.submit("true")
    rig.end(run)
    rig.act(run, "retry", held=True)
    with pytest.raises(AgentError) as refusal:
        rig.store.act(run, "kill", "me", 1, {})
    assert refusal.value.code == "illegal"
    assert rig.state(run) == "held"


def test_each_action_is_on_record_with_who_asked(rig: Rig) -> None:
    run = rig.submit("echo here; exec sleep 1000", held=True)
    rig.act(run, "release")
    rig.printed(run, "here")
    rig.reach(run, "running")
    for action, state in (("freeze", "paused"), ("thaw", "running"), ("kill", "killed")):
        rig.act(run, action)
        rig.reach(run, state)
    history = rig.store.show(run)["events"]
    asked = [event["kind"] for event in history if event["who"] == "me@test"]
    for kind in ("submitted", "release", "freeze", "frozen", "thaw", "thawed", "kill"):
        assert kind in asked
    assert [event["time"] for event in history] == sorted(event["time"] for event in history)


def test_the_tree_is_listed_with_parents_first(rig: Rig) -> None:
    run = grow(rig)
    listed = rig.store.tree(run)
    assert [entry["pid"] for entry in listed if entry["pid"] == os.getpid()] == []
    assert len(listed) == 5  # shell, python, two workers, daemon
    assert listed[0]["command"].startswith("/usr/bin/sh -c") or listed[0]["command"].startswith("/bin/sh -c")
    assert abs(listed[0]["started"] - time.time()) < 30
    for entry in listed:
        os.kill(entry["pid"], signal.SIGKILL)
    assert rig.end(run)["state"] == "killed"


def test_a_command_that_is_killed_with_its_shell_is_no_mystery(rig: Rig) -> None:
    run = rig.submit("echo here; exec sleep 1000")
    rig.printed(run, "here")
    pid = rig.reach(run, "running")["pid"]
    pid = until(lambda: rig.record(run)["pid"])
    session = processes.stat(pid).session  # type: ignore[union-attr]
    for found in processes.snapshot().values():
        if found.session == session:
            os.kill(found.pid, signal.SIGKILL)
    found_run = rig.end(run)
    assert (found_run["state"], found_run["signal"]) == ("killed", "SIGKILL")


def test_the_supervisor_is_listed_as_what_it_is(rig: Rig) -> None:
    run = rig.submit("echo here; sleep 1000")
    rig.printed(run, "here")
    line = processes.command_line(rig.supervisor(run))
    assert line[-4:] == ["supervise", run, "--root", str(rig.path)]
    assert Path(line[-5]).name == "__main__.py"
    rig.act(run, "kill", now=True)
    rig.end(run)
