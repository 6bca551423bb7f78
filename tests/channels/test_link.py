"""The link over a real agent on this machine: answers, errors, logs under credit, and its end."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.processes import processes
from nerotui.channels.fake import FakeChannel
from nerotui.channels.limiter import Limiter
from nerotui.channels.link import Link
from nerotui.channels.local import LocalChannel
from nerotui.channels.streams import CREDIT, LogBytes, LogEvent, LogStream
from nerotui.errors import Disconnected, NoSuchRun, Refused, Unreachable


@pytest.fixture
def channel(tmp_path: Path) -> FakeChannel:
    return FakeChannel("h1", tmp_path / "h1")


@pytest.fixture
async def link(channel: FakeChannel) -> AsyncIterator[Link]:
    async with await Link.open(channel) as link:
        yield link


async def test_hello_says_who_answers(tmp_path: Path, link: Link) -> None:
    assert link.hello["home"] == str(tmp_path / "h1")
    assert link.hello["root"] == str(tmp_path / "h1" / ".nerotui")
    assert link.hello["protocol"] == 1


async def test_a_process_list_says_kind_and_root(tmp_path: Path, link: Link) -> None:
    root = tmp_path / "h1" / ".nerotui"
    lines = {pid: " ".join(processes.command_line(pid)) for pid in processes.pids()}
    assert [pid for pid, line in lines.items() if re.search(f"{root}/bundle/.* serve", line)] == [link.hello["pid"]]
    python, file, kind = lines[int(link.hello["pid"])].split()
    assert python.startswith("python")
    assert file.startswith(f"{root}/bundle/")
    assert kind == "serve"


async def test_a_long_root_leaves_room_for_the_kind(tmp_path: Path, channel: FakeChannel) -> None:
    root = tmp_path / ("a" * 90) / ("b" * 60)
    async with await Link.open(channel, root=str(root)) as link:
        line = processes.command_line(int(link.hello["pid"]))
        assert line[1].startswith(f"{root}/bundle/")
        assert line[-1] == "serve"


async def test_the_bundle_is_pushed_once(tmp_path: Path, channel: FakeChannel) -> None:
    for _ in range(2):
        await (await Link.open(channel)).close()
    [bundle] = (tmp_path / "h1" / ".nerotui" / "bundle").iterdir()
    first = bundle.stat().st_mtime_ns
    await (await Link.open(channel)).close()
    assert bundle.stat().st_mtime_ns == first


async def test_a_damaged_bundle_is_replaced(tmp_path: Path, channel: FakeChannel) -> None:
    await (await Link.open(channel)).close()
    [bundle] = (tmp_path / "h1" / ".nerotui" / "bundle").iterdir()
    (bundle / "nerotui" / "agent" / "serve.py").write_text("broken")
    async with await Link.open(channel) as link:
        assert (await link.request("stats"))["stats"]


async def test_another_root_can_be_named(tmp_path: Path, channel: FakeChannel) -> None:
    async with await Link.open(channel, root=str(tmp_path / "elsewhere")) as link:
        assert link.hello["root"] == str(tmp_path / "elsewhere")


async def test_this_machine_needs_no_configuration(tmp_path: Path) -> None:
    async with await Link.open(LocalChannel(), root=str(tmp_path / "root")) as link:
        assert (await link.request("stats"))["stats"]["cores"] == os.cpu_count()


async def test_many_questions_at_once_each_get_their_answer(link: Link) -> None:
    answers = await asyncio.gather(*(link.request("stats", 20) for _ in range(20)))
    assert all(answer["stats"]["time"] for answer in answers)


async def test_a_run_that_does_not_exist_is_that_error(link: Link) -> None:
    with pytest.raises(NoSuchRun, match=r"h1: "):
        await link.request("show", run="zzzzzzzz")


async def test_a_request_that_means_nothing_is_refused(link: Link) -> None:
    with pytest.raises(Refused):
        await link.request("make_coffee")


async def test_pushes_come_while_watching(link: Link) -> None:
    came: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    link.on_push = came.put_nowait
    await link.request("watch", stats=0.2, runs=True)
    kinds: set[str] = set()
    async with asyncio.timeout(5):
        while kinds != {"stats", "runs"}:
            kinds.add((await came.get())["push"])


async def read_to_end(stream: LogStream) -> bytes:
    """Everything up to the "end" event, held against the offsets."""
    held = b""
    async for item in stream:
        if isinstance(item, LogEvent):
            assert item.event == "end"
        else:
            assert item.offset == len(held)
            held += item.data
    return held


async def test_a_log_arrives_byte_for_byte(tmp_path: Path, link: Link) -> None:
    log = tmp_path / "log"
    log.write_bytes(os.urandom(3 << 20))
    data = await read_to_end(link.log(path=str(log), offset=0))
    assert hashlib.sha256(data).digest() == hashlib.sha256(log.read_bytes()).digest()


async def test_a_log_that_is_not_read_holds_nothing_else_back(tmp_path: Path, link: Link) -> None:
    log = tmp_path / "log"
    log.write_bytes(bytes(8 << 20))
    stream = link.log(path=str(log), offset=0)
    await stream.opened()
    for _ in range(5):
        await link.request("stats")
    assert sum(len(frame.payload) for frame in stream._received if not isinstance(frame, dict)) <= CREDIT
    assert len(await read_to_end(stream)) == 8 << 20


async def test_following_shows_what_is_appended(tmp_path: Path, link: Link) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"one\n")
    async with asyncio.timeout(5), link.log(path=str(log), offset=0, follow=True) as stream:
        assert await anext(stream) == LogBytes(0, b"one\n")
        with log.open("ab") as file:
            file.write(b"two\n")
        assert await anext(stream) == LogBytes(4, b"two\n")


async def test_closing_a_stream_ends_its_reader(tmp_path: Path, link: Link) -> None:
    log = tmp_path / "log"
    log.touch()
    stream = link.log(path=str(log), offset=0, follow=True)
    await stream.opened()
    reading = asyncio.create_task(anext(stream, None))
    await asyncio.sleep(0)
    await stream.aclose()
    async with asyncio.timeout(2):
        assert await reading is None
    assert (await link.request("stats"))["stats"]


async def test_a_log_that_is_not_there_ends_at_once(tmp_path: Path, link: Link) -> None:
    stream = link.log(path=str(tmp_path / "nothing"), offset=0)
    assert (await stream.opened())["inode"] is None
    assert await read_to_end(stream) == b""


async def test_a_cut_line_ends_what_is_under_way(tmp_path: Path, channel: FakeChannel, link: Link) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"one\n")
    stream = link.log(path=str(log), offset=0, follow=True)
    assert await anext(stream) == LogBytes(0, b"one\n")
    channel.pause()
    waiting = asyncio.create_task(link.request("stats"))
    await asyncio.sleep(0)
    await channel.cut()
    for work in (waiting, anext(stream)):
        with pytest.raises(Disconnected):
            await work
    assert isinstance(await link.closed(), Disconnected)
    async with await Link.open(channel) as again:
        assert (await again.request("stats"))["stats"]


async def test_an_answer_that_does_not_come_is_given_up_on(channel: FakeChannel, link: Link) -> None:
    channel.pause()
    with pytest.raises(Unreachable, match=r"did not answer within 0\.2 s"):
        await link.request("stats", 0.2)
    channel.resume()
    assert (await link.request("stats"))["stats"]


async def test_closing_from_this_side_is_no_error(channel: FakeChannel) -> None:
    link = await Link.open(channel)
    await link.close()
    assert await link.closed() is None
    with pytest.raises(Disconnected):
        await link.request("stats")


def gone(pid: int) -> bool:
    """Waits for a process to end."""
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not Path(f"/proc/{pid}").exists()


async def test_the_agent_goes_with_the_link(channel: FakeChannel) -> None:
    link = await Link.open(channel)
    pid = link.hello["pid"]
    await link.close()
    assert await asyncio.to_thread(gone, pid)


class Scripted:
    """A channel whose far end says fixed words."""

    host = "h1"
    python = ""

    def __init__(self, *said: bytes, stderr: str = "") -> None:
        self._said = [*said, b""]
        self._stderr = stderr

    async def open(self, deadline: float) -> Scripted:
        return self

    async def read(self, count: int) -> bytes:
        return self._said.pop(0) if len(self._said) > 1 else b""

    async def write(self, data: bytes) -> None:
        pass

    async def close(self) -> None:
        pass

    def stderr_tail(self) -> str:
        return self._stderr


GARBAGE = {
    "a frame too long": (b"\0nerotui 1\n", b"\xff\xff\xff\xff\x01{}"),
    "no JSON": (b"\0nerotui 1\n", b"\x00\x00\x00\x03\x01{]"),
    "an unknown kind": (b"\0nerotui 1\n", b"\x00\x00\x00\x02\x09x"),
    "an unknown variant": (b"\0nerotui 1\n", b'\x00\x00\x00\x1d\x01{"need": "x", "variant":"y"}'),
    "bytes first": (b"\0nerotui 1\n", b"\x00\x00\x00\x0e\x02" + bytes(13)),
}


@pytest.mark.parametrize("said", GARBAGE.values(), ids=GARBAGE.keys())
async def test_what_is_not_the_agents_is_an_error_and_no_more(said: tuple[bytes, ...]) -> None:
    with pytest.raises(Exception, match=r"h1: ") as caught:
        await Link.open(Scripted(*said))
    assert type(caught.value).__name__ in ("NoAgent", "Disconnected")


async def test_what_a_host_prints_reaches_no_terminal(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="Welcome") as caught:
        await Link.open(Scripted(b"\x1b]0;evil\x07Welcome\n", stderr="\x1b[2Jsh: oops\n"))
    assert "\x1b" not in str(caught.value)
    assert "oops" in str(caught.value)


def test_a_limiter_is_made_outside_a_loop() -> None:
    assert Limiter()
