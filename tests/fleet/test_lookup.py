"""Which run a user means, and when that cannot be known."""

import pytest

from nerotui.errors import AmbiguousRun, NoSuchRun, Unreachable
from nerotui.fleet import Fleet
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
        assert (await fleet.resolve("first", changing=False)).id == one
        assert not fleet.runs[one].stale
        assert rig["two"].opened == opened
    rig["one"].failure = Unreachable("one: off")
    async with rig.fleet("one", cache=True) as fleet:
        run = await fleet.resolve(two, changing=False)
        assert run.stale
        with pytest.raises(Unreachable, match="one: off"):
            await fleet.resolve(two, changing=True)
