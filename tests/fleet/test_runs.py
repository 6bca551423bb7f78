"""Runs on real agents: queued, seen, followed, waited for, and read without a gap or a repeat."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from nerotui.config import Config, Defaults, HostConfig
from nerotui.errors import HostError, NoSuchRun, Refused, Unreachable, UsageError
from nerotui.fleet import Fleet, LogChunk, LogFollower, RunSpec
from tests.fleet.rig import Rig, shell, until


async def collect(follower: LogFollower, until_event: str = "end") -> tuple[bytes, list[LogChunk]]:
    """All bytes, held together by their offsets, and the events."""
    data, events = bytearray(), []
    async with asyncio.timeout(60):
        async for chunk in follower:
            if chunk.data:
                assert chunk.offset == len(data), "a gap or a repeat"
                data += chunk.data
            if chunk.event:
                events.append(chunk)
            if chunk.event == until_event:
                break
    return bytes(data), events


def log_of(rig: Rig, host: str, run_id: str) -> Path:
    return rig.folder / host / ".nerotui" / "runs" / run_id / "log"


async def test_a_run_is_queued_seen_waited_for_and_read(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, notes = await fleet.submit(shell("echo hello; exit 3", params={"lr": 0.1}), "one")
        assert run.host == "one"
        assert run.state in (RunState.QUEUED, RunState.STARTING, RunState.RUNNING)
        assert isinstance(notes, tuple)
        assert fleet.runs[run.id].params == {"lr": 0.1}
        over = await fleet.wait(run.id, timeout=30)
        assert (over.state, over.exit_code) == (RunState.FAILED, 3)
        assert over.user
        data, size = await fleet.read_log(run.id, 0, 100)
        assert (data, size) == (b"hello\n", 6)
        assert await fleet.read_log(run.id, 2, 3) == (b"llo", 6)
        detail = await fleet.show(run.id)
        assert detail.run.id == run.id
        assert detail.spec["command"] == ["/bin/sh", "-c", "echo hello; exit 3"]
        assert any(event.who == fleet.who for event in detail.events)
        assert await fleet.why(run.id)
        assert await fleet.find_in_log(run.id, "ell") == (1, 4)
        assert await fleet.find_in_log(run.id, "nothing") is None
        assert (await fleet.log_line(run.id, 3)).line == 1
        assert (await fleet.load(run.id)).times is not None
        # Another fleet on the same host shows the same.
        async with rig.fleet("one") as other:
            await other.settled(20)
            assert other.runs[run.id] == fleet.runs[run.id]


async def test_a_run_that_nobody_knows(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        await fleet.settled(20)
        for ask in (
            fleet.show("aaaaaaaa"),
            fleet.why("aaaaaaaa"),
            fleet.wait("aaaaaaaa"),
            fleet.read_log("aaaaaaaa", 0, 1),
        ):
            with pytest.raises(NoSuchRun):
                await ask
        with pytest.raises(NoSuchRun):
            await anext(fleet.follow("aaaaaaaa"))


async def test_the_processes_of_a_run(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell("sleep 600 & wait"), "one")
        await until(fleet, lambda: fleet.runs[run.id].state == RunState.RUNNING)
        commands: list[str] = []
        async with asyncio.timeout(10):
            while not any("sleep 600" in command for command in commands):
                commands = [str(process["command"]) for process in await fleet.tree(run.id)]


async def test_a_log_is_followed_to_its_end_while_the_line_is_cut(rig: Rig) -> None:
    # It ends when it is told to, so that however slow the machine is, it prints through all of the cuts.
    script = "i=0; while [ ! -e ~/over ]; do echo line $i of many; i=$((i+1)); sleep 0.01; done; echo $i lines"
    cuts = 5
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell(script), "one")
        follower = fleet.follow(run.id, offset=0)
        data, kinds, moved = bytearray(), [], asyncio.Event()

        async def read() -> None:
            async for chunk in follower:
                if chunk.data:
                    assert chunk.offset == len(data), "a gap or a repeat"
                    data.extend(chunk.data)
                if chunk.event:
                    kinds.append(chunk.event)
                moved.set()
                if chunk.event == "end":
                    break

        async def seen(count: Callable[[], int], number: int) -> None:
            while count() < number:
                moved.clear()
                await moved.wait()

        async def cut() -> None:
            for number in range(1, cuts + 1):
                await seen(lambda: len(data), len(data) + 200)
                await rig["one"].cut()
                await seen(lambda: kinds.count("lost"), number)
                await until(fleet, lambda: fleet.hosts["one"].state == "down")
                await fleet.refresh()
                await seen(lambda: kinds.count("back"), number)
            (rig.folder / "one" / "over").touch()

        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            tasks.create_task(cut())
            tasks.create_task(read())
        await follower.aclose()
        whole = log_of(rig, "one", run.id).read_bytes()
        assert hashlib.sha256(data).hexdigest() == hashlib.sha256(whole).hexdigest()
        assert data.endswith(b"%d lines\n" % (data.count(b"\n") - 1))
        assert kinds == ["lost", "back"] * cuts + ["end"]


async def test_only_the_tail_where_only_the_tail_is_wanted(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell("seq 1 20000"), "one")
        await fleet.wait(run.id, timeout=30)
        async with fleet.follow(run.id, tail=100) as follower:
            chunk = await anext(follower)
            assert chunk.size == log_of(rig, "one", run.id).stat().st_size
            assert chunk.offset == chunk.size - 100
            assert chunk.data.endswith(b"20000\n")
            assert (await anext(follower)).event == "end"


async def test_a_log_that_became_another_is_read_anew(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell("echo first; sleep 600"), "one")
        async with fleet.follow(run.id) as follower:
            assert (await anext(follower)).data == b"first\n"
            rig["one"].failure = Unreachable("one: away")
            await rig["one"].cut()
            assert (await anext(follower)).event == "lost"
            path = log_of(rig, "one", run.id)
            path.write_bytes(b"other\n")
            rig["one"].failure = None
            await fleet.refresh()
            assert (await anext(follower)).event == "back"
            assert (await anext(follower)).event == "replaced"
            chunk = await anext(follower)
            assert (chunk.offset, chunk.data) == (0, b"other\n")


async def test_a_follower_may_be_interrupted_and_goes_on(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell("for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.1; done"), "one")
        data = b""
        async with fleet.follow(run.id, offset=0) as follower:
            while True:
                try:
                    async with asyncio.timeout(0.03):
                        chunk = await anext(follower)
                except TimeoutError:
                    continue
                data += chunk.data
                if chunk.event == "end":
                    break
        assert data == b"1\n2\n3\n4\n5\n6\n7\n8\n"


async def test_points_come_and_come_again_after_a_cut(rig: Rig) -> None:
    script = "for i in 1 2 3; do echo step $i loss 0.$i; done; sleep 600"
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell(script), "one")
        seen: dict[str, list[tuple[float, float]]] = {}

        async def gather(count: int) -> None:
            async with asyncio.timeout(30):
                while len(seen.get("loss", ())) < count:
                    batch = await anext(follower)
                    if batch.reset:
                        seen.clear()
                    for series in batch.series:
                        seen.setdefault(series.name, []).extend((x, value) for x, value, _ in series.points)

        async with fleet.points(run.id) as follower:
            await gather(3)
            assert seen["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]
            await rig["one"].cut()
            await until(fleet, lambda: fleet.hosts["one"].state == "down")
            await fleet.refresh()
            seen.clear()
            await gather(3)
            assert seen["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]


async def test_points_of_a_file_here(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("step 1 loss 2.5\nstep 2 loss nan\n")
    async with rig.fleet("local") as fleet:
        batches = [batch async for batch in fleet.file_points(str(path))]
        points = [point[:2] for batch in batches for series in batch.series for point in series.points]
        assert points[0] == (1, 2.5)
        assert points[1][0] == 2
        assert points[1][1] != points[1][1]


async def test_a_group_gives_a_run_to_who_can_start_it(rig: Rig) -> None:
    rig["gone"].failure = Unreachable("gone: off")
    async with rig.fleet("gone", "one", "two", groups={"all": ("gone", "one", "two"), "none": ("gone",)}) as fleet:
        first, _ = await fleet.submit(shell("sleep 600"), "all")
        second, _ = await fleet.submit(shell("sleep 600"), "all")
        third, _ = await fleet.submit(shell("sleep 600"), "all")
        assert [first.host, second.host] == ["one", "two"]
        assert third.state == RunState.QUEUED
        assert (await fleet.show(first.id)).spec["group"] == "all"
        with pytest.raises(Unreachable, match="no host of group 'none' can be reached: gone: off"):
            await fleet.submit(shell("true"), "none")
        with pytest.raises(Refused, match="asks for 64 GPUs"):
            await fleet.submit(shell("true", gpus=64), "all")
        with pytest.raises(UsageError, match="no host or group is called 'alll'; did you mean 'all'"):
            await fleet.submit(shell("true"), "alll")


async def test_a_submit_whose_reply_is_lost_makes_one_run(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        await fleet.settled(20)
        rig["one"].pause()
        asking = asyncio.create_task(fleet.submit(shell("echo x >> $HOME/ran"), "one"))
        await asyncio.sleep(0)
        await rig["one"].cut()
        rig["one"].resume()
        await until(fleet, lambda: fleet.hosts["one"].state == "down")
        await fleet.refresh()
        run, _ = await asking
        await fleet.wait(run.id, timeout=30)
        assert (rig.folder / "one" / "ran").read_text() == "x\n"
        assert list(fleet.runs) == [run.id]


async def test_a_host_that_is_away_takes_nothing(rig: Rig) -> None:
    rig["gone"].failure = Unreachable("gone: off", hint="switch it on")
    async with rig.fleet("gone") as fleet:
        with pytest.raises(HostError, match="gone: off"):
            await fleet.submit(RunSpec(command=("true",)), "gone")


async def test_waiting_can_end_before_the_run_does(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell("sleep 600"), "one")
        began = time.monotonic()
        assert not (await fleet.wait(run.id, timeout=0.2)).over
        assert time.monotonic() - began < 5


async def test_a_run_on_a_home_that_two_hosts_share_is_shown_once(rig: Rig) -> None:
    from nerotui.channels.fake import FakeChannel

    rig.channels["twin"] = FakeChannel("twin", rig.folder / "one", python=rig["one"].python)

    def shown(fleet: Fleet) -> list[tuple[str, str]]:
        return [(run.id, run.host) for run in fleet.runs.values()]

    async with rig.fleet("one", "twin") as fleet:
        await fleet.settled(20)
        run, _ = await fleet.submit(shell("sleep 600"), "twin")
        await until(fleet, lambda: fleet.runs[run.id].state == RunState.RUNNING)
        assert shown(fleet) == [(run.id, "twin")]
        async with rig.fleet("one", "twin") as other:
            await other.settled(20)
            assert shown(other) == [(run.id, "twin")]
            assert other.runs[run.id].state == RunState.RUNNING


async def test_a_run_goes_where_its_user_stands(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = Config(hosts={"one": HostConfig(name="one"), "two": HostConfig(name="two", dir="~/there")})
    async with Fleet(config, channels=rig.channel, cache=False) as fleet:
        run, _ = await fleet.submit(shell("pwd"), "one")
        assert run.dir == str(tmp_path)
        with pytest.raises(Refused, match="there is no folder ~/there"):
            await fleet.submit(shell("pwd"), "two")
        (rig.folder / "two" / "there").mkdir()
        run, _ = await fleet.submit(shell("pwd"), "two")
        assert run.dir == str(rig.folder / "two" / "there")
        with pytest.raises(Refused, match="there is no folder /nowhere"):
            await fleet.submit(shell("pwd", dir="/nowhere"), "two")


async def test_the_same_path_under_another_home(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "home" / "work" / "project"
    project.mkdir(parents=True)
    monkeypatch.chdir(project)
    config = Config(hosts={"one": HostConfig(name="one")})
    async with Fleet(config, channels=rig.channel, cache=False) as fleet:
        await fleet.settled(20)
        # What is here is not there: the agent runs on this machine too, so the folder goes once it has been entered.
        project.rename(tmp_path / "gone")
        monkeypatch.setattr(Path, "cwd", lambda: project)
        with pytest.raises(Refused, match="there is no folder ~/work/project"):
            await fleet.submit(shell("pwd"), "one")
        (rig.folder / "one" / "work" / "project").mkdir(parents=True)
        run, _ = await fleet.submit(shell("pwd"), "one")
        assert run.dir == str(rig.folder / "one" / "work" / "project")


async def test_a_follower_stays_for_the_next_attempt(rig: Rig) -> None:
    async with rig.fleet("one") as fleet:
        run, _ = await fleet.submit(shell("echo attempt $NEROTUI_ATTEMPT"), "one")
        async with fleet.follow(run.id, offset=0) as follower:
            first, events = await collect(follower)
            assert first == b"attempt 1\n"
            assert events[-1].offset == len(first)
            await fleet.act(run.id, "retry")
            async with asyncio.timeout(30):
                chunk = await anext(follower)
                assert (chunk.offset, chunk.data) == (len(first), b"attempt 2\n")
                assert (await anext(follower)).event == "end"
            await fleet.act(run.id, "remove")
            async with asyncio.timeout(30):
                assert (await anext(follower)).message == "the run was removed"
            assert [chunk async for chunk in follower] == []


async def test_a_time_limit_comes_from_the_nearest_who_names_one(rig: Rig) -> None:
    hosts = {"one": HostConfig(name="one", dir="~", time=50), "two": HostConfig(name="two", dir="~")}
    config = Config(hosts=hosts, defaults=Defaults(time=70))
    async with Fleet(config, channels=rig.channel, cache=False) as fleet:
        for host, named, limit in (("one", None, 50), ("two", None, 70), ("two", 90.0, 90)):
            run, _ = await fleet.submit(shell("sleep 600", time=named, held=True), host)
            assert run.time_limit == limit
            assert (await fleet.show(run.id)).spec["time"] == limit


async def test_the_defaults_rules_stand_before_a_runs_own_and_each_once(rig: Rig) -> None:
    hosts = {"one": HostConfig(name="one", dir="~")}
    config = Config(
        hosts=hosts, defaults=Defaults(stop=("nan(loss)", "no output for 1h"), metrics=(r"cost (?P<cost>\S+)",))
    )
    async with Fleet(config, channels=rig.channel, cache=False) as fleet:
        # As a run is queued that was filled in from another, whose rules hold the defaults already.
        spec = shell("sleep 600", held=True, stop=("nan(loss)", "loss > 9"), metrics=(r"cost (?P<cost>\S+)",))
        run, _ = await fleet.submit(spec, "one")
        kept = (await fleet.show(run.id)).spec
    assert kept["stop"] == ["nan(loss)", "no output for 1h", "loss > 9"]
    assert kept["patterns"] == [r"cost (?P<cost>\S+)"]
