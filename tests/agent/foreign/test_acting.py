"""Freeze, thaw and kill of what nerotui did not start: its own tree, nobody else, and never by a stale pid."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.agent.foreign.hand import Hand, told, until, watch
from tests.agent.serve.far import Far, Message

#: A parent and two workers, of which one has left for a session of its own.
FAMILY = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("loss 1", flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("no", flush=True))
while True:
    print("loss 1", flush=True)
    time.sleep(0.1)
"""


def act(far: Far, run: Message, action: str, **args: object) -> Message:
    found: Message = far.ok("act", run=run["id"], action=action, who="me@here", attempt=run["attempt"], args=args)[
        "run"
    ]
    return found


def family(far: Far, hand: Hand) -> Message:
    """The run of a program with workers, typed into a shell that lives on."""
    hand.log("a")
    hand.shell('set -m; nohup "$PYTHON" -c "$FAMILY" > a/log.txt 2>&1 & exec sleep 600', FAMILY=FAMILY)
    until(lambda: len(hand.processes()) == 4 and hand.log("a").stat().st_size)
    (run,) = watch(far, hand.folder / "*/log.txt")
    return run


def test_frozen_thawed_and_killed_with_all_its_processes_and_no_other(far: Far, hand: Hand, root: Path) -> None:
    run = family(far, hand)
    shell = next(pid for pid in hand.processes() if Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
    assert act(far, run, "freeze")["state"] == "paused"
    assert sorted(state for pid, state in hand.processes().items() if pid != shell) == ["T", "T", "T"]
    assert hand.processes()[shell] == "S"
    assert act(far, run, "thaw")["state"] == "running"
    assert "T" not in hand.processes().values()
    stopping = act(far, run, "kill")
    assert (stopping["state"], stopping["pending"]["action"]) == ("stopping", "kill")
    ended = told(far, lambda one: one["state"] not in ("running", "paused", "stopping"))
    assert (ended["state"], ended["reason"]) == ("killed", "killed as me@here asked (SIGTERM)")
    assert list(hand.processes()) == [shell]
    events = far.ok("show", run=run["id"])["events"]
    assert [(event["kind"], event["who"]) for event in events] == [
        (kind, "me@here") for kind in ("frozen", "thawed", "kill", "killed")
    ]


def test_a_frozen_one_is_killed_too(far: Far, hand: Hand) -> None:
    run = family(far, hand)
    act(far, run, "freeze")
    act(far, run, "kill")
    assert told(far, lambda one: one["state"] == "killed")["pid"] is None


def test_what_ignores_term_is_killed_after_its_grace_though_the_link_is_gone(far: Far, hand: Hand) -> None:
    hand.log("a")
    hand.shell('"$PYTHON" -c "$STUBBORN" > a/log.txt', STUBBORN=STUBBORN)
    until(lambda: hand.log("a").exists() and hand.log("a").stat().st_size)
    (run,) = watch(far, hand.folder / "*/log.txt")
    act(far, run, "kill", grace=2)
    assert far.process.stdin
    began = time.monotonic()
    far.process.stdin.close()
    far.process.wait(20)
    assert time.monotonic() - began < 2  # whoever closes a link does not wait for what was asked
    assert hand.processes() != {}
    until(lambda: hand.processes() == {})
    assert b"no" in hand.log("a").read_bytes()


def test_the_next_link_knows_who_killed_it(far: Far, hand: Hand, root: Path) -> None:
    hand.train("a")
    (run,) = watch(far, hand.folder / "*/log.txt")
    act(far, run, "kill", now=True)
    told(far, lambda one: one["state"] == "killed")
    with Far(sys.executable) as other:
        other.greet(root)
        (again,) = watch(other, hand.folder / "*/log.txt")
        assert (again["state"], again["signal"]) == ("killed", "SIGKILL")
        assert "me@here" in again["reason"]
        # Somebody starts it again: what was done to the one before says nothing of this one.
        hand.train("a")
        now = told(other, lambda one: one["state"] == "running")
        os.kill(now["pid"], signal.SIGKILL)
        assert told(other, lambda one: one["pid"] is None)["state"] == "lost"


@pytest.mark.parametrize("action", ["hold", "release", "move", "yield", "retry", "remove"])
def test_what_only_runs_of_nerotui_can_do_is_refused_in_a_sentence(far: Far, hand: Hand, action: str) -> None:
    hand.train("a")
    (run,) = watch(far, hand.folder / "*/log.txt")
    error = far.refused("act", run=run["id"], action=action, who="me", attempt=1, args={})
    assert error["code"] == "illegal"
    assert "nerotui did not start" in error["message"]
    assert run["pid"] in hand.processes()


def test_nothing_is_done_to_another_process_than_the_one_that_was_seen(far: Far, hand: Hand) -> None:
    hand.train("a")
    (run,) = watch(far, hand.folder / "*/log.txt")
    error = far.refused("act", run=run["id"], action="kill", who="me", attempt=1, args={"pid": run["pid"] + 1})
    assert "another process" in error["message"]
    os.kill(run["pid"], signal.SIGKILL)
    hand.train("a")
    until(lambda: len(hand.processes()) == 1)
    error = far.refused("act", run=run["id"], action="kill", who="me", attempt=1, args={"pid": run["pid"]})
    assert error["code"] == "illegal"
    time.sleep(0.2)
    assert len(hand.processes()) == 1


def test_a_log_that_another_program_took_over_is_nobody_s_to_kill(far: Far, hand: Hand) -> None:
    hand.train("a")
    (run,) = watch(far, hand.folder / "*/log.txt")
    # The path names another file now: the process that was seen writes the old one.
    log = hand.log("a")
    log.rename(log.with_name("old"))
    log.write_text("loss 1\n")
    error = far.refused("act", run=run["id"], action="kill", who="me", attempt=1, args={})
    assert error["code"] == "illegal"
    assert run["pid"] in hand.processes()
