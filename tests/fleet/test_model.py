"""What is known of hosts and runs: each run once, changes in place, listeners told once a turn."""

import asyncio
from typing import Any

from nerotui.agent.states import RunState
from nerotui.core.records import Host, Pending, Run
from nerotui.fleet.change import Change
from nerotui.fleet.model import MESSAGES, Model


def run(run_id: str, host: str = "a", state: RunState = RunState.RUNNING, **more: Any) -> Run:
    return Run(id=run_id, name=f"run {run_id}", host=host, state=state, **more)


def model(*names: str) -> Model:
    return Model(Host(name=name) for name in names or ("a", "b"))


async def test_a_full_report_replaces_and_a_partial_one_adds() -> None:
    known = model()
    known.report("a", [run("1"), run("2")], full=True)
    known.report("b", [run("3", "b")], full=True)
    known.report("a", [run("2", state=RunState.DONE)], gone=["1"])
    assert {one.id: one.state for one in known.runs.values()} == {"2": RunState.DONE, "3": RunState.RUNNING}
    known.report("a", [run("4")], full=True)
    assert set(known.runs) == {"3", "4"}


async def test_listeners_hear_once_a_turn_and_only_of_what_changed() -> None:
    known = model()
    heard: list[Change] = []
    stop = known.changes.subscribe(heard.append)
    known.report("a", [run("1"), run("2")], full=True)
    known.host("a", state="up")
    known.say("info", "hello")
    await asyncio.sleep(0.01)
    assert [(change.hosts, change.runs) for change in heard] == [(frozenset({"a"}), frozenset({"1", "2"}))]
    assert [message.text for message in heard[0].messages] == ["hello"]
    known.report("a", [run("1"), run("2", attempt=2)], full=True)
    await asyncio.sleep(0.01)
    assert heard[1].runs == {"2"}
    stop()
    known.report("a", [], full=True)
    await asyncio.sleep(0.01)
    assert len(heard) == 2


async def test_a_listener_that_fails_keeps_nothing_from_the_others() -> None:
    known = model()
    heard: list[Change] = []
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))

    def broken(_: Change) -> None:
        raise RuntimeError("broken")

    known.changes.subscribe(broken)
    known.changes.subscribe(heard.append)
    known.host("a", state="up")
    await asyncio.sleep(0.01)
    assert len(heard) == 1
    assert len(failures) == 1


async def test_a_run_on_a_shared_home_is_shown_once_as_its_own_host_says() -> None:
    known = model("a", "b")
    known.is_machine("a", "node-a")
    known.is_machine("b", "node-b")
    mine = run("1", "b", hostname="node-b")
    known.report("a", [run("1", "a", RunState.LOST, hostname="node-b")], full=True)
    assert known.runs["1"].host == "a"
    known.report("b", [mine], full=True)
    known.report("a", [run("1", "a", RunState.LOST, hostname="node-b", attempt=9)], full=True)
    assert known.runs == {"1": mine}
    known.away("b")
    assert (known.runs["1"].host, known.runs["1"].stale) == ("a", False)
    known.report("b", [mine], full=True)
    assert known.runs == {"1": mine}
    known.report("b", [], full=True)
    assert known.runs["1"].host == "a"
    known.report("a", [], full=True)
    assert known.runs == {}


async def test_what_a_host_said_stays_when_it_is_away() -> None:
    known = model()
    known.report("a", [run("1")], full=True)
    known.away("a")
    assert known.runs["1"].stale
    known.report("a", [run("1")], full=True)
    assert not known.runs["1"].stale


async def test_a_pending_action_stays_on_top_of_reports() -> None:
    known = model()
    known.report("a", [run("1")], full=True)
    asked = Pending(action="kill", since=1.0)
    known.pending("1", asked)
    assert known.runs["1"].pending == asked
    known.report("a", [run("1", log_size=5)], full=True)
    assert known.runs["1"].pending == asked
    theirs = Pending(action="kill", since=2.0)
    known.report("a", [run("1", pending=theirs)], full=True)
    known.pending("1", None)
    assert known.runs["1"].pending == theirs
    known.report("a", [run("1")], full=True)
    assert known.runs["1"].pending is None


async def test_old_messages_are_forgotten() -> None:
    known = model()
    for number in range(MESSAGES + 20):
        known.say("info", str(number))
    assert len(known.messages) == MESSAGES
    assert known.messages[-1].text == str(MESSAGES + 19)
