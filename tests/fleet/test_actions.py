"""Changes reach the host at once, or are kept while it is away and done only to the very run that was meant."""

import asyncio

import pytest

from nerotui.agent.states import RunState
from nerotui.core.records import Run
from nerotui.errors import HostError, IllegalAction, NoSuchRun, Unreachable, UsageError
from nerotui.fleet import Fleet
from nerotui.fleet import actions as actions_module
from tests.fleet.rig import Rig, shell, texts, until


async def running(fleet: Fleet, script: str = "sleep 600", host: str = "one") -> Run:
    run, _ = await fleet.submit(shell(script), host)
    await until(fleet, lambda: fleet.runs[run.id].state == RunState.RUNNING)
    return fleet.runs[run.id]


async def lose(rig: Rig, fleet: Fleet, host: str = "one") -> None:
    rig[host].failure = Unreachable(f"{host}: away")
    await rig[host].cut()
    await until(fleet, lambda: fleet.hosts[host].state == "down")


async def find_again(rig: Rig, fleet: Fleet, host: str = "one") -> None:
    rig[host].failure = None
    await fleet.refresh(host)
    await until(fleet, lambda: fleet.hosts[host].state == "up")


async def test_pause_resume_kill_and_retry(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run = await running(fleet)
        await fleet.act(run.id, "pause")
        await until(fleet, lambda: fleet.runs[run.id].state == RunState.PAUSED)
        await fleet.act(run.id, "resume")
        await until(fleet, lambda: fleet.runs[run.id].state == RunState.RUNNING)
        await fleet.act(run.id, "kill", grace=5)
        assert (await fleet.wait(run.id, 30)).state == RunState.KILLED
        with pytest.raises(IllegalAction, match="is killed: kill means nothing there"):
            await fleet.act(run.id, "kill")
        await fleet.act(run.id, "retry")
        await until(fleet, lambda: fleet.runs[run.id].state == RunState.RUNNING)
        assert fleet.runs[run.id].attempt == 2
        events = [event.who for event in (await fleet.show(run.id)).events]
        assert fleet.who in events


async def test_what_waits_is_held_released_moved_and_removed(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        await running(fleet)
        first, _ = await fleet.submit(shell("true"), "one")
        second, _ = await fleet.submit(shell("true"), "one")
        await until(fleet, lambda: fleet.runs[second.id].position == 2)
        await fleet.act(second.id, "move", to="front")
        await until(fleet, lambda: fleet.runs[second.id].position == 1)
        await fleet.act(first.id, "pause")
        await until(fleet, lambda: fleet.runs[first.id].state == RunState.HELD)
        await fleet.act(first.id, "resume")
        await until(fleet, lambda: fleet.runs[first.id].state == RunState.QUEUED)
        await fleet.act(first.id, "remove")
        await until(fleet, lambda: first.id not in fleet.runs)


async def test_what_makes_no_sense_is_refused_before_anything_is_asked(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run = await running(fleet)
        with pytest.raises(IllegalAction, match="resume means nothing there") as caught:
            await fleet.act(run.id, "resume")
        assert caught.value.hint == "resume is for a run that is held or paused"
        with pytest.raises(UsageError, match="no action 'explode'"):
            await fleet.act(run.id, "explode")
        with pytest.raises(NoSuchRun):
            await fleet.act("aaaaaaaa", "kill")


async def test_a_command_keeps_nothing_for_a_host_that_is_away(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run = await running(fleet)
        await lose(rig, fleet)
        assert fleet.runs[run.id].stale
        with pytest.raises(HostError, match="one: "):
            await fleet.act(run.id, "kill")
        assert fleet.runs[run.id].pending is None


async def test_a_console_keeps_it_and_does_it_when_the_host_is_back(rig: Rig) -> None:
    async with rig.fleet("one", keep_actions=True) as fleet:
        run = await running(fleet)
        await lose(rig, fleet)
        kept = await fleet.act(run.id, "kill")
        assert kept.pending is not None
        assert kept.pending.away
        assert kept.pending.until == pytest.approx(kept.pending.since + 600)
        assert fleet.runs[run.id].pending == kept.pending
        await find_again(rig, fleet)
        assert (await fleet.wait(run.id, 30)).state == RunState.KILLED
        assert "was carried out: its host is back" in texts(fleet)


async def test_what_is_kept_can_be_cancelled(rig: Rig) -> None:
    async with rig.fleet("one", keep_actions=True) as fleet:
        run = await running(fleet)
        await lose(rig, fleet)
        await fleet.act(run.id, "kill")
        assert fleet.cancel_pending(run.id)
        assert not fleet.cancel_pending(run.id)
        assert fleet.runs[run.id].pending is None
        await find_again(rig, fleet)
        await fleet.why(run.id)
        assert fleet.runs[run.id].state == RunState.RUNNING


async def test_what_is_kept_too_long_is_dropped(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions_module, "KEEP", 0.2)
    async with rig.fleet("one", keep_actions=True) as fleet:
        run = await running(fleet)
        await lose(rig, fleet)
        await fleet.act(run.id, "kill")
        await until(fleet, lambda: fleet.runs[run.id].pending is None)
        assert "was dropped: its host did not come back" in texts(fleet)


async def test_it_is_dropped_when_the_run_is_not_the_same_any_more(rig: Rig) -> None:
    async with rig.fleet("one", keep_actions=True) as fleet, rig.fleet("one") as other:
        attempt = await running(fleet)
        await until(other, lambda: attempt.id in other.runs)
        rig["one"].failure = Unreachable("one: away")
        # Only this fleet's line is cut: the other one goes on.
        link = fleet._tasks["one"]._link
        assert link is not None
        await link._stream.close()
        await until(fleet, lambda: fleet.hosts["one"].state == "down")
        await fleet.act(attempt.id, "freeze")
        await other.act(attempt.id, "kill", now=True)
        await other.wait(attempt.id, 30)
        await other.act(attempt.id, "retry")
        await until(other, lambda: other.runs[attempt.id].state == RunState.RUNNING)
        await find_again(rig, fleet)
        await until(fleet, lambda: "was dropped" in texts(fleet))
        assert "it is at attempt 2 now, not 1" in texts(fleet)
        assert fleet.runs[attempt.id].state == RunState.RUNNING
        assert fleet.runs[attempt.id].pending is None


async def test_closing_forgets_what_was_kept(rig: Rig) -> None:
    async with rig.fleet("one", keep_actions=True) as fleet:
        run = await running(fleet)
        await lose(rig, fleet)
        await fleet.act(run.id, "kill")
    rig["one"].failure = None
    async with rig.fleet("one", keep_actions=True) as fleet:
        await fleet.settled(20)
        await fleet.why(run.id)
        assert fleet.runs[run.id].state == RunState.RUNNING


async def test_two_consoles_asking_at_once_change_it_once(rig: Rig) -> None:
    async with rig.fleet("one") as fleet, rig.fleet("one") as other:
        run = await running(fleet)
        await other.settled(20)
        await until(other, lambda: run.id in other.runs and other.runs[run.id].state == RunState.RUNNING)
        await asyncio.gather(
            fleet.act(run.id, "kill", now=True), other.act(run.id, "kill", now=True), return_exceptions=True
        )
        one, two = await fleet.wait(run.id, 30), await other.wait(run.id, 30)
        assert one.state == two.state == RunState.KILLED
