"""Logs that match a host's `watch` are runs of the fleet, in the console's list as in a single command."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from nerotui.config import Config, HostConfig
from nerotui.core.records import Run
from nerotui.errors import IllegalAction
from nerotui.fleet import Fleet
from tests.agent.foreign.hand import Hand
from tests.fleet.rig import Rig, shell, until


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    made = Hand(tmp_path / "exp")
    yield made
    made.sweep()


def fleet(rig: Rig, hand: Hand) -> Fleet:
    host = HostConfig(name="gpu1", dir="~", watch=(f"{hand.folder}/**/log.txt",))
    return Fleet(Config(hosts={"gpu1": host}), channels=rig.channel, cache=False, keep_actions=True)


async def test_it_is_there_with_the_first_list_and_after_each_reconnect(rig: Rig, hand: Hand) -> None:
    hand.train("a")
    async with fleet(rig, hand) as one:
        await one.settled(30)
        (run,) = one.runs.values()
        assert (run.name, run.state, run.foreign, run.host) == ("a", RunState.RUNNING, True, "gpu1")
        await until(one, lambda: "loss" in one.runs[run.id].metrics)
        data, size = await one.read_log(run.id, 0, 7)
        assert (data, size > 7) == (b"step 1 ", True)
        assert (await one.show(run.id)).run.pid == run.pid
        assert (await one.tree(run.id))[0]["pid"] == run.pid
        await rig["gpu1"].cut()
        await until(one, lambda: one.hosts["gpu1"].state != "up")
        assert one.runs[run.id].stale
        await one.refresh()
        await until(one, lambda: one.hosts["gpu1"].state == "up")
        assert [(known.id, known.state, known.stale) for known in one.runs.values()] == [
            (run.id, RunState.RUNNING, False)
        ]


async def test_one_whose_log_is_gone_while_nobody_looked_is_gone(rig: Rig, hand: Hand) -> None:
    log = hand.log("a")
    log.write_text("loss 1\n")
    async with fleet(rig, hand) as one:
        await one.settled(30)
        assert len(one.runs) == 1
        await rig["gpu1"].cut()
        await until(one, lambda: one.hosts["gpu1"].state != "up")
        log.unlink()
        await one.refresh()
        await until(one, lambda: one.hosts["gpu1"].state == "up")
        await until(one, lambda: not one.runs)


async def test_it_is_acted_on_and_what_is_impossible_is_said(rig: Rig, hand: Hand) -> None:
    hand.train("a")
    async with fleet(rig, hand) as one:
        run = await one.resolve("a", changing=True)
        assert (await one.act(run.id, "pause")).state is RunState.PAUSED
        with pytest.raises(IllegalAction, match="nerotui did not start it"):
            await one.act(run.id, "yield")
        assert (await one.act(run.id, "resume")).state is RunState.RUNNING
        await one.act(run.id, "kill")
        assert (await one.wait(run.id, 20)).state is RunState.KILLED
        assert hand.processes() == {}


async def test_a_process_that_was_not_seen_is_not_killed(rig: Rig, hand: Hand) -> None:
    hand.train("a")
    async with fleet(rig, hand) as one:
        run = await one.resolve("a", changing=True)
        assert run.pid is not None
        os.kill(run.pid, signal.SIGKILL)
        hand.train("a")
        with pytest.raises(IllegalAction):
            await one.act(run.id, "kill")
        await until(one, lambda: _is_another(one.runs[run.id], run))
        assert len(hand.processes()) == 1


def _is_another(now: Run, before: Run) -> bool:
    return now.state is RunState.RUNNING and now.pid != before.pid


async def test_a_fleet_of_this_python_is_enough(hand: Hand) -> None:
    """The agent of this machine, started as a user's is."""
    hand.train("a")
    host = HostConfig(name="local", connect="local", watch=(f"{hand.folder}/*/log.txt",))
    async with Fleet(Config(hosts={"local": host}), cache=False) as one:
        async with asyncio.timeout(30):
            run = await one.resolve("a", changing=False)
        assert run.command[0] == sys.executable


async def test_what_a_run_of_nerotui_wrote_is_not_foreign_even_when_it_is_over(rig: Rig, hand: Hand) -> None:
    log = hand.log("a")
    command = shell(f"echo loss 1 > {log}; exec sleep 600 >> {log}", dir=str(log.parent))
    async with rig.fleet("gpu1") as plain:
        run, _ = await plain.submit(command, "gpu1")
        await until(plain, lambda: log.exists() and plain.runs[run.id].live)
    async with fleet(rig, hand) as one:
        await one.settled(30)
        assert list(one.runs) == [run.id]
        await one.act(run.id, "kill", now=True)
        await one.wait(run.id, 20)
    async with fleet(rig, hand) as one:
        await one.settled(30)
        assert list(one.runs) == [run.id]


async def test_where_nothing_can_be_kept_it_is_watched_and_acted_on_all_the_same(rig: Rig, hand: Hand) -> None:
    hand.train("a")
    rig.folder.mkdir(parents=True, exist_ok=True)
    (rig.folder / "file").write_text("")
    host = HostConfig(name="gpu1", root=str(rig.folder / "file" / "root"), watch=(f"{hand.folder}/*/log.txt",))
    async with Fleet(Config(hosts={"gpu1": host}), channels=rig.channel, cache=False) as one:
        run = await one.resolve("a", changing=True)
        assert (await one.act(run.id, "pause")).state is RunState.PAUSED
        await one.act(run.id, "kill")
        await one.wait(run.id, 20)
        assert hand.processes() == {}
