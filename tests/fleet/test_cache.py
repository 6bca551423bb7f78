"""What was last known is there at the next start, for its user alone, and never in the way of the truth."""

import stat
from pathlib import Path

import msgspec

from nerotui import locations
from nerotui.config import Config, HostConfig
from nerotui.errors import Unreachable
from nerotui.fleet import Fleet
from tests.fleet.rig import Rig, shell, until


def files() -> list[Path]:
    return sorted((locations.cache_dir() / "hosts").iterdir())


async def test_a_host_that_is_down_is_shown_as_it_was(rig: Rig) -> None:
    async with rig.fleet("one", cache=True) as fleet:
        run, _ = await fleet.submit(shell("sleep 600"), "one")
        await until(fleet, lambda: fleet.runs[run.id].live and fleet.hosts["one"].stats)
        before = fleet.hosts["one"]
    rig["one"].failure = Unreachable("one: off")
    async with rig.fleet("one", cache=True) as fleet:
        await fleet.settled(20)
        await until(fleet, lambda: run.id in fleet.runs)
        host = fleet.hosts["one"]
        assert host.state == "down"
        assert host.stats == before.stats
        assert host.seen is not None
        assert fleet.runs[run.id].stale
        rig["one"].failure = None
        await fleet.refresh()
        await until(fleet, lambda: fleet.hosts["one"].state == "up" and not fleet.runs[run.id].stale)


async def test_only_its_user_can_read_it(rig: Rig) -> None:
    async with rig.fleet("one", cache=True) as fleet:
        await fleet.settled(20)
    assert len(files()) == 1
    assert stat.S_IMODE(files()[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(files()[0].parent.stat().st_mode) == 0o700


async def test_what_cannot_be_read_is_ignored_and_replaced(rig: Rig) -> None:
    async with rig.fleet("one", cache=True) as fleet:
        await fleet.settled(20)
    files()[0].write_bytes(b"{broken")
    async with rig.fleet("one", cache=True) as fleet:
        assert await fleet.settled(20) == []
    assert msgspec.json.decode(files()[0].read_bytes())["version"] == 1


async def test_another_machine_under_an_old_name_has_no_past(rig: Rig) -> None:
    async with rig.fleet("one", cache=True) as fleet:
        run, _ = await fleet.submit(shell("sleep 600"), "one")
    rig["one"].failure = Unreachable("one: off")
    moved = Config(hosts={"one": HostConfig(name="one", address="elsewhere")})
    async with Fleet(moved, channels=rig.channel) as fleet:
        await fleet.settled(20)
        assert fleet._cache is not None
        await fleet._cache.loaded.wait()
        assert run.id not in fleet.runs


async def test_a_folder_that_cannot_be_written_is_no_obstacle(rig: Rig) -> None:
    locations.cache_dir().parent.mkdir(parents=True, exist_ok=True)
    locations.cache_dir().write_text("a file in the way")
    async with rig.fleet("one", cache=True) as fleet:
        assert await fleet.settled(20) == []
        assert fleet.hosts["one"].state == "up"
