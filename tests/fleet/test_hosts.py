"""Hosts come up, go down and come back; one that is down costs the others nothing, and nothing escapes its task."""

import asyncio
import time
from typing import Any

import pytest

from nerotui.channels import ByteStream
from nerotui.config import Config, HostConfig
from nerotui.errors import IllegalAction, LoginError, Refused, Unreachable, UsageError
from nerotui.fleet import Fleet
from nerotui.fleet import host as host_module
from tests.fleet.rig import Rig, shell, texts, until


async def test_hosts_answer_and_are_sampled(rig: Rig) -> None:
    async with rig.fleet("one", "two") as fleet:
        assert {host.state for host in fleet.hosts.values()} == {"connecting"}
        assert await fleet.settled(20) == []
        for host in fleet.hosts.values():
            assert host.state == "up", host.error
            assert host.backend == "process"
            assert host.stats is not None
            assert host.stats.cores
            assert host.clock_skew is not None
            assert abs(host.clock_skew) < 30
            assert host.root == str(rig.folder / host.name / ".nerotui")
        first = fleet.hosts["one"].stats
        await until(fleet, lambda: fleet.hosts["one"].stats != first)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_a_host_that_is_down_costs_the_others_nothing(rig: Rig) -> None:
    rig["bad"].failure = Unreachable("bad: no route to it", hint="is it on?")
    async with rig.fleet("bad", "good") as fleet:
        assert await fleet.settled(20) == []
        bad = fleet.hosts["bad"]
        assert (bad.state, bad.error, bad.hint) == ("down", "bad: no route to it", "is it on?")
        assert bad.retry_at is not None
        assert fleet.hosts["good"].state == "up"
        assert texts(fleet).count("no route") == 1
        await until(fleet, lambda: rig["bad"].opened >= 2)
        assert texts(fleet).count("no route") == 1
        rig["bad"].failure = None
        await fleet.refresh("bad")
        await until(fleet, lambda: fleet.hosts["bad"].state == "up")
        assert fleet.hosts["bad"].error is None
        assert "bad is back" in texts(fleet)


async def test_what_cannot_succeed_by_itself_is_not_tried_again(rig: Rig) -> None:
    rig["bad"].failure = LoginError("bad: does not let you in")
    async with rig.fleet("bad") as fleet:
        await fleet.settled(20)
        assert fleet.hosts["bad"].retry_at is None
        rig["bad"].failure = None
        await fleet.refresh()
        await until(fleet, lambda: fleet.hosts["bad"].state == "up")
        assert rig["bad"].opened == 2


async def test_a_dropped_connection_is_made_again(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        await fleet.settled(20)
        for round_number in range(3):
            await rig["one"].cut()
            await until(fleet, lambda: fleet.hosts["one"].state == "down")
            await fleet.refresh()
            await until(fleet, lambda: fleet.hosts["one"].state == "up")
            assert rig["one"].opened == round_number + 2


async def test_a_host_that_falls_silent_is_noticed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "SILENCE", 0.3)
    monkeypatch.setattr(host_module, "ALIVE", 0.5)
    async with rig.fleet("one") as fleet:
        fleet.attend(0.2)
        await fleet.settled(20)
        rig["one"].pause()
        await until(fleet, lambda: fleet.hosts["one"].state == "down")
        rig["one"].resume()
        await until(fleet, lambda: fleet.hosts["one"].state == "up")


async def test_a_mistake_of_nerotuis_own_stays_with_its_host(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: float) -> ByteStream:
        raise ZeroDivisionError("\x1b[31moops")

    monkeypatch.setattr(rig["bad"], "open", broken)
    async with rig.fleet("bad", "good") as fleet:
        assert await fleet.settled(20) == []
        assert fleet.hosts["good"].state == "up"
        assert fleet.hosts["bad"].error == "bad: nerotui made a mistake here: ZeroDivisionError: oops"


async def test_a_push_that_cannot_be_understood_costs_nothing_else(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        await fleet.settled(20)
        task = fleet._tasks["one"]
        strange: list[dict[str, Any]] = [
            {"push": "stats", "stats": {"time": "never"}},
            {"push": "stats"},
            {
                "push": "runs",
                "runs": [{"id": "x", "state": "flying"}, None, {"id": "aaaaaaaa", "name": "n", "state": "done"}],
            },
            {"push": "news"},
        ]
        for message in strange:
            task._push(message)
        assert set(fleet.runs) == {"aaaaaaaa"}
        assert fleet.hosts["one"].state == "up"
        assert texts(fleet).count("does not understand") == 1


async def test_closing_while_connecting_is_quick(rig: Rig) -> None:
    rig["hole"].pause()
    began = time.monotonic()
    async with rig.fleet("hole") as fleet:
        assert await fleet.settled(0.05) == ["hole"]
        assert fleet.hosts["hole"].state == "connecting"
        with pytest.raises(UsageError, match="not among"):
            await fleet.refresh("other")
    assert time.monotonic() - began < 3


async def test_hosts_connect_when_they_are_needed_if_so_wished(rig: Rig) -> None:
    async with rig.fleet("one", "two", eager=False) as fleet:
        run, _ = await fleet.submit(shell("exit 0"), "two")
        assert (rig["one"].opened, rig["two"].opened) == (0, 1)
        assert (await fleet.resolve(run.id, changing=True)).id == run.id
        assert rig["one"].opened == 0


async def test_a_read_only_fleet_changes_nothing(rig: Rig) -> None:
    async with rig.fleet("one", readonly=True) as fleet:
        with pytest.raises(IllegalAction, match="read-only"):
            await fleet.submit(shell("exit 0"), "one")
        with pytest.raises(IllegalAction, match="read-only"):
            await fleet.act("aaaaaaaa", "kill")


async def test_closing_ends_whoever_still_follows(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell("echo hello; sleep 600"), "one")
        log, points = fleet.follow(run.id), fleet.points(run.id)
        assert (await anext(log)).data == b"hello\n"

        async def rest() -> list[object]:
            async for batch in points:
                assert not batch.series
            return [chunk async for chunk in log]

        waiting = asyncio.create_task(rest())
        await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        assert await waiting == []  # not even that the host is lost
    await log.aclose()
    await points.aclose()


async def test_a_host_where_nothing_can_be_kept_is_watched_all_the_same(rig: Rig) -> None:
    config = Config(hosts={"one": HostConfig(name="one", root="/proc/nerotui")})
    async with Fleet(config, channels=rig.channel, cache=False) as fleet:
        assert await fleet.settled(20) == []
        host = fleet.hosts["one"]
        assert (host.state, host.error) == ("up", None)
        assert host.note is not None
        assert host.note.startswith("watching only, nothing can be queued: ")
        assert host.stats is not None
        with pytest.raises(Refused, match="nothing can be kept under /proc/nerotui"):
            await fleet.submit(shell("true", dir="/"), "one")


async def test_slots_that_the_user_configured_are_the_hosts(rig: Rig) -> None:
    config = Config(hosts={"one": HostConfig(name="one", slots=2, dir="~")})
    async with Fleet(config, channels=rig.channel, cache=False) as fleet:
        runs = [(await fleet.submit(shell("sleep 600"), "one"))[0].id for _ in range(3)]
        assert fleet.hosts["one"].slots == 2
        await until(fleet, lambda: [fleet.runs[run].live for run in runs] == [True, True, False])
        with pytest.raises(UsageError, match="no host or group is called 'two'"):
            await fleet.submit(shell("true"), "two")


async def test_runs_that_cannot_be_listed_stay_as_last_known(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell("sleep 600"), "one")
        await until(fleet, lambda: fleet.runs[run.id].live)
        task = fleet._tasks["one"]
        for _ in range(2):
            task._push({"push": "trouble", "message": "the runs cannot be read: Stale file handle"})
        assert fleet.hosts["one"].note == "the runs cannot be read: Stale file handle"
        assert texts(fleet).count("Stale") == 1
        # The agent begins a new list when it can; one that came to its end is the truth again.
        task._push({"push": "runs", "runs": [], "gone": [], "full": True})
        await until(fleet, lambda: run.id not in fleet.runs)
        assert fleet.hosts["one"].note is None
        assert fleet.hosts["one"].state == "up"


async def test_a_backend_that_there_is_not_is_said(rig: Rig) -> None:
    config = Config(hosts={"one": HostConfig(name="one", backend="pbs")})
    async with Fleet(config, channels=rig.channel, cache=False) as fleet:
        await fleet.settled(20)
        assert fleet.hosts["one"].state == "down"
        assert fleet.hosts["one"].error == "one: this nerotui knows no backend 'pbs'"
        assert (fleet.hosts["one"].hint or "").startswith("there are process, slurm, gridengine")
