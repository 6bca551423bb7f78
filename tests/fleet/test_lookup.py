"""Which run a user means, and when that cannot be known."""

import asyncio

import pytest

from nerotui.agent.states import RunState
from nerotui.core.records import Host, Run
from nerotui.errors import AmbiguousRun, NoSuchRun, Unreachable
from nerotui.fleet import Fleet
from nerotui.fleet.lookup import find
from nerotui.fleet.model import Model
from tests.fleet.rig import Rig, shell


async def two_runs(fleet: Fleet) -> tuple[str, str]:
    one, _ = await fleet.submit(shell("sleep 600", name="first"), "one")
    two, _ = await fleet.submit(shell("sleep 600", name="second"), "one")
    return one.id, two.id


async def test_by_id_by_beginning_and_by_name(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        one, two = await two_runs(fleet)
        assert fleet.find(one).id == one
        assert fleet.find(fleet.short(two)).id == two
        assert fleet.find(fleet.short(two).upper()).id == two
        assert fleet.find("second").id == two
        for changing in (False, True):
            assert (await fleet.resolve("second", changing=changing)).id == two
            assert (await fleet.resolve(fleet.short(one), changing=changing)).id == one
            with pytest.raises(NoSuchRun, match="no run is called 'third'"):
                await fleet.resolve("third", changing=changing)
        with pytest.raises(NoSuchRun):
            fleet.find("")
        third, _ = await fleet.submit(shell("sleep 600", name="first"), "one")
        with pytest.raises(AmbiguousRun, match="'first' could be") as caught:
            fleet.find("first")
        assert one in str(caught.value)
        assert third.id in str(caught.value)


async def test_a_change_needs_the_whole_id_while_a_host_is_silent(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        one, _ = await two_runs(fleet)
    rig["gone"].failure = Unreachable("gone: off")
    async with rig.fleet("gone", "one") as fleet:
        assert (await fleet.resolve(one[:5], changing=False)).id == one
        with pytest.raises(Unreachable, match="might mean another run on gone") as caught:
            await fleet.resolve(one[:5], changing=True)
        assert one in caught.value.hint
        assert (await fleet.resolve(one, changing=True)).id == one
        with pytest.raises(Unreachable, match="gone did not answer"):
            await fleet.resolve("aaaaaaaa", changing=True)


async def test_a_run_is_found_on_whichever_host_has_it(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        one, _ = await two_runs(fleet)
    rig["hole"].pause()
    async with rig.fleet("hole", "one", eager=False) as fleet:
        assert (await fleet.resolve(one, changing=True)).id == one


async def test_what_was_last_known_says_whom_to_ask(rig: Rig) -> None:
    async with rig.fleet("one", "two", cache=True) as fleet:
        one, two = await two_runs(fleet)
    rig["two"].pause()
    opened = rig["two"].opened
    async with rig.fleet("one", "two", cache=True, eager=False) as fleet:
        assert (await fleet.resolve(one[:6], changing=False)).id == one
        assert not fleet.runs[one].stale
        assert rig["two"].opened == opened
        # A name may be another run's, too, by now. What only reads does not wait long for who does not answer.
        began = asyncio.get_running_loop().time()
        assert (await fleet.resolve("first", changing=False)).id == one
        assert asyncio.get_running_loop().time() - began < 10
        assert rig["two"].opened == opened + 1
    rig["one"].failure = Unreachable("one: off")
    async with rig.fleet("one", cache=True) as fleet:
        run = await fleet.resolve(two, changing=False)
        assert run.stale
        with pytest.raises(Unreachable, match="one: off"):
            await fleet.resolve(two, changing=True)


@pytest.mark.parametrize("host", ["one", "two"])
@pytest.mark.parametrize("changing", [False, True])
async def test_a_name_that_was_given_again_meanwhile_is_no_name_of_one_run(rig: Rig, host: str, changing: bool) -> None:
    async with rig.fleet("one", "two", cache=True) as fleet:
        first, _ = await fleet.submit(shell("sleep 600", name="train"), "one")
        await fleet.settled(20)
    # Somebody else's console, whose cache is not ours.
    async with rig.fleet(host) as other:
        second, _ = await other.submit(shell("sleep 600", name="train"), host)
    async with rig.fleet("one", "two", cache=True, eager=False) as fleet:
        with pytest.raises(AmbiguousRun, match="'train' could be") as caught:
            await fleet.resolve("train", changing=changing)
        assert first.id in str(caught.value)
        assert second.id in str(caught.value)


async def test_the_cache_knows_what_was_just_queued(rig: Rig) -> None:
    async with rig.fleet("one", cache=True) as fleet:
        await fleet.settled(20)
        run, _ = await fleet.submit(shell("sleep 600", name="train"), "one")
    rig["one"].failure = Unreachable("one: off")
    async with rig.fleet("one", cache=True) as fleet:
        assert (await fleet.resolve("train", changing=False)).id == run.id


def test_a_job_is_a_name_too_unless_an_id_begins_so() -> None:
    model = Model([Host(name="triton")])
    job = Run(id="k3f9ab2c", name="fit", host="triton", state=RunState.RUNNING, job="2345")
    model.report("triton", [job])
    assert find(model, "2345") == job
    model.report("triton", [Run(id="2345ab2c", name="other", host="triton", state=RunState.RUNNING, job="77")])
    with pytest.raises(AmbiguousRun):
        find(model, "2345")
    assert find(model, "2345a").name == "other"
    with pytest.raises(NoSuchRun):
        find(model, "99")
