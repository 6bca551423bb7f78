"""A log on its way from its file: at once, in order, without a gap or a repeat, whatever happens to the file."""

import os
import random
import select
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest

from nerotui.agent.errors import AgentError
from nerotui.agent.logs.follow import Follower
from nerotui.agent.logs.inotify import Inotify
from nerotui.agent.serve.loop import Loop
from nerotui.agent.serve.outbox import Outbox
from nerotui.agent.serve.streams import LogStream, Streams
from tests.agent.serve.far import Far, Message

GIGABYTE = 1 << 30


def check(path: Path, offset: int, inode: int | None = None) -> Message:
    data = path.read_bytes()[max(0, offset - 64) : offset]
    return {"inode": inode or path.stat().st_ino, "offset": offset, "sum": f"{zlib.crc32(data):08x}"}


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)))
    return path


def test_the_end_comes_first_and_says_where_it_stands(far: Far, log: Path) -> None:
    size = log.stat().st_size
    opened = far.ok("log", path=str(log), stream=1, tail=100, credit=1000)
    assert opened == {"offset": size - 100, "size": size, "inode": log.stat().st_ino, "reset": False}
    assert far.data(100) == log.read_bytes()[-100:]
    assert far.push("log") == {
        "push": "log",
        "stream": 1,
        "event": "end",
        "offset": size,
        "size": size,
        "inode": log.stat().st_ino,
        "message": "",
    }


def test_a_stretch_in_the_middle(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=500, length=70, credit=1000)
    assert far.data(70) == log.read_bytes()[500:570]
    assert far.push("log")["event"] == "end"
    assert far.quiet(0.1)


def test_what_is_appended_follows(far: Far, log: Path) -> None:
    size = log.stat().st_size
    far.ok("log", path=str(log), stream=1, offset=size, follow=True, credit=10**6)
    for number in range(20):
        append(log, b"new %d\n" % number)
        assert far.data(len(b"new %d\n" % number)) == b"new %d\n" % number


def test_the_first_line_after_silence_comes_at_once(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=log.stat().st_size, follow=True, credit=10**6)
    waits = []
    for _ in range(5):
        time.sleep(0.06)
        began = time.monotonic()
        append(log, b"x\n")
        far.data(2)
        waits.append(time.monotonic() - began)
    assert sorted(waits)[2] < 0.025, waits


def test_a_busy_log_is_gathered_into_few_packets(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=log.stat().st_size, follow=True, credit=10**6)
    end = time.monotonic() + 0.5
    written = 0
    with log.open("ab", buffering=0) as file:
        while time.monotonic() < end:
            written += file.write(b"a line a millisecond\n")
            time.sleep(0.001)
    packets = 0
    received = 0
    while received < written:
        frame = far.frame()
        assert isinstance(frame, tuple)
        received += len(frame[2])
        packets += 1
    assert packets <= 22, packets


def test_a_log_that_is_not_there_yet_is_waited_for(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "later"
    assert far.ok("log", path=str(path), stream=1, follow=True, credit=100) == {
        "offset": 0,
        "size": 0,
        "inode": None,
        "reset": False,
    }
    path.write_bytes(b"here\n")
    assert far.data(5) == b"here\n"
    append(path, b"more\n")
    assert far.data(5) == b"more\n"


def test_credit_is_the_measure(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=0, follow=True, credit=10)
    assert far.data(10) == b"line 0\nlin"
    assert far.quiet(0.2)
    far.send({"op": "credit", "stream": 1, "bytes": 4})
    assert far.data(4) == b"e 1\n"
    assert far.quiet(0.2)
    far.send({"op": "credit", "stream": 77, "bytes": 4})  # ended meanwhile: no mistake
    assert far.ok("log", path=str(log), stream=2, offset=0, credit=0, follow=True)["offset"] == 0
    assert far.quiet(0.1)


def test_a_stalled_stream_does_not_delay_a_reply(far: Far, tmp_path: Path) -> None:
    flood = tmp_path / "flood"
    flood.write_bytes(os.urandom(1 << 20) * 8)
    # All the credit in the world, and nobody reads: the pipe is full after 64 KiB.
    far.ok("log", path=str(flood), stream=1, offset=0, follow=True, credit=1 << 30)
    time.sleep(0.2)
    number = far.ask("cancel", stream=2)
    began = time.monotonic()
    before = 0
    while True:
        frame = far.fresh(time.monotonic() + 10)
        if isinstance(frame, dict):
            assert frame["id"] == number
            break
        before += len(frame[2])
    # What was in the pipe, and the one frame under way; all the rest still lies in the file.
    assert before <= 8 * (1 << 16), before
    assert time.monotonic() - began < 1
    assert far.status("VmRSS") < 40_000


def test_streams_take_turns(far: Far, tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        path = tmp_path / f"log{number}"
        path.write_bytes(bytes([65 + number]) * 1_000_000)
        paths.append(path)
    numbers = [
        far.ask("log", path=str(path), stream=at, offset=0, credit=1 << 30, follow=True)
        for at, path in enumerate(paths, 1)
    ]
    got = {1: 0, 2: 0, 3: 0}
    order = []
    while sum(got.values()) < 3_000_000:
        frame = far.frame()
        if isinstance(frame, dict):
            assert frame["id"] in numbers
            continue
        got[frame[0]] += len(frame[2])
        order.append(frame[0])
    assert set(got.values()) == {1_000_000}
    assert len({*order[5:15]}) == 3, order


def test_cancel_ends_a_stream(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=log.stat().st_size, follow=True, credit=1000)
    assert far.ok("cancel", stream=1) == {}
    append(log, b"nobody reads this\n")
    assert far.quiet(0.3)
    assert str(log) not in str([os.readlink(link) for link in Path(f"/proc/{far.process.pid}/fd").iterdir()])


# Resuming after the connection was lost.


def test_it_goes_on_where_the_last_connection_left_off(far: Far, log: Path) -> None:
    opened = far.ok("log", path=str(log), stream=1, offset=5000, credit=100, follow=True, check=check(log, 5000))
    assert opened["offset"] == 5000
    assert opened["reset"] is False
    assert far.data(100) == log.read_bytes()[5000:5100]


def test_another_file_of_the_same_name_is_read_anew(far: Far, log: Path) -> None:
    kept = check(log, 5000)
    other = log.with_name("other")
    other.write_bytes(log.read_bytes())
    other.rename(log)
    opened = far.ok("log", path=str(log), stream=1, offset=5000, credit=100, check=kept)
    assert opened["reset"] is True
    assert opened["offset"] == 0
    assert opened["inode"] == log.stat().st_ino


@pytest.mark.parametrize("size", [100, 5000, 8000])
def test_a_file_that_was_rewritten_in_place_is_read_anew(far: Far, log: Path, size: int) -> None:
    kept = check(log, 5000)
    log.write_bytes(random.Random(1).randbytes(size))
    opened = far.ok("log", path=str(log), stream=1, offset=5000, tail=50, credit=100, check=kept)
    assert opened["reset"] is True
    assert opened["offset"] == size - 50


def test_nothing_read_before_needs_no_reset(far: Far, log: Path) -> None:
    opened = far.ok(
        "log", path=str(log), stream=1, offset=0, credit=10, check={"inode": None, "offset": 0, "sum": "00000000"}
    )
    assert opened["reset"] is False
    assert opened["offset"] == 0


def test_a_resumed_stream_repeats_and_misses_nothing(root: Path, log: Path) -> None:
    found = b""
    inode = log.stat().st_ino
    for cut in range(6):
        with Far(sys.executable) as agent:
            agent.greet(root)
            position = len(found)
            kept = {"inode": inode, "offset": position, "sum": f"{zlib.crc32(found[-64:]):08x}"}
            credit = 1000 if cut < 5 else 1 << 20
            opened = agent.ok("log", path=str(log), stream=1, offset=position, credit=credit, follow=True, check=kept)
            assert opened["reset"] is False
            append(log, b"after cut %d\n" % cut)
            found += agent.data(1000 if cut < 5 else log.stat().st_size - position)
    assert found == log.read_bytes()


# What may happen to a file while it is followed.


def test_a_truncated_file_says_so_and_begins_again(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=log.stat().st_size, follow=True, credit=10**6)
    log.write_bytes(b"anew\n")
    event = far.push("log")
    assert (event["event"], event["offset"]) == ("truncated", 0)
    assert far.data(5) == b"anew\n"


def test_truncated_and_longer_than_before_by_the_next_look(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=log.stat().st_size, follow=True, credit=10**6)
    far.process.send_signal(19)  # STOP: it sees both changes as one
    log.write_bytes(b"other\n" * 5000)
    far.process.send_signal(18)
    assert far.push("log")["event"] == "truncated"
    assert far.data(30_000) == b"other\n" * 5000


def test_a_rotated_file_is_read_to_its_end_and_then_the_next(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=log.stat().st_size, follow=True, credit=10**6)
    log.rename(log.with_name("log.1"))
    append(log.with_name("log.1"), b"last words\n")
    assert far.data(11) == b"last words\n"
    log.write_bytes(b"first words\n")
    event = far.push("log")
    assert event["event"] == "replaced"
    assert event["inode"] == log.stat().st_ino
    assert far.data(12) == b"first words\n"
    append(log, b"and on\n")
    assert far.data(7) == b"and on\n"


def test_a_deleted_file_is_waited_for(far: Far, log: Path) -> None:
    far.ok("log", path=str(log), stream=1, offset=log.stat().st_size, follow=True, credit=10**6)
    log.unlink()
    assert far.quiet(1.2)
    log.write_bytes(b"back\n")
    assert far.push("log")["event"] == "replaced"
    assert far.data(5) == b"back\n"


def test_where_the_kernel_tells_nothing_it_still_follows(log: Path) -> None:
    loop = Loop()
    reading, writing = os.pipe()
    kernel = Inotify(loop)
    kernel.watch = lambda *_: None  # type: ignore[method-assign]  # as on NFS, or when all watches are taken
    streams = Streams(loop, Outbox(writing, lambda _: None), kernel)
    follower = Follower(str(log))
    follower.start(log.stat().st_size, None, None)
    loop.post(lambda: streams.open(LogStream(1, follower, 1000, None, True)))
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        append(log, b"seen\n")
        assert select.select([reading], [], [], 5)[0]
        assert os.read(reading, 1000).endswith(b"seen\n")
    finally:
        loop.post(loop.stop)
        thread.join()
        os.close(reading)
        os.close(writing)


# What programs write.


def test_bytes_arrive_as_they_are(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "binary"
    data = bytes(range(256)) * 50 + b"\x1b]52;c;aGk=\x07\r\n\0" + "ä→🎉".encode() + b"\xff\xfe"
    path.write_bytes(data)
    far.ok("log", path=str(path), stream=1, offset=0, credit=10**6)
    assert far.data(len(data)) == data


def test_a_very_long_line(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "long"
    data = b"x" * 90_000 + b"\n"
    path.write_bytes(data)
    far.ok("log", path=str(path), stream=1, offset=0, credit=10**6)
    assert far.data(90_001) == data


@pytest.mark.parametrize("what", ["a folder", "a pipe", "a device", "nothing below a file"])
def test_what_is_no_log_is_refused(far: Far, tmp_path: Path, what: str) -> None:
    path = tmp_path / "it"
    if what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a device":
        path = Path("/dev/zero")
    else:
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / "it"
        assert far.ok("log", path=str(path), stream=1, credit=1)["inode"] is None
        return
    error = far.refused("log", path=str(path), stream=1, credit=1)
    assert error["code"] == "io"
    assert str(path) in error["message"]


def test_a_log_that_may_not_be_read_says_whom_to_ask(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str, _flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "open", denied)  # root, who may run the tests, may read everything
    with pytest.raises(AgentError) as caught:
        Follower(str(log)).start(None, 100, None)
    assert "Permission denied" in caught.value.message
    assert "owner" in caught.value.hint


# Ten gigabytes.


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(10 * GIGABYTE)
        file.seek(5 * GIGABYTE)
        file.write(b"\nneedle in the middle\n")
        file.seek(10 * GIGABYTE)
        file.write(b"\nthe last line\n")
    return path


def test_the_end_of_a_huge_log_opens_at_once(far: Far, huge: Path) -> None:
    before = far.status("VmRSS")
    began = time.monotonic()
    opened = far.ok("log", path=str(huge), stream=1, tail=15, follow=True, credit=1 << 20)
    assert far.data(15) == b"\nthe last line\n"
    assert time.monotonic() - began < 0.2
    assert opened["size"] == 10 * GIGABYTE + 15
    append(huge, b"one more\n")
    assert far.data(9) == b"one more\n"
    assert far.status("VmRSS") - before < 3000


def test_any_place_of_a_huge_log_is_near(far: Far, huge: Path) -> None:
    far.ok("log", path=str(huge), stream=1, offset=5 * GIGABYTE + 1, length=20, credit=100)
    assert far.data(20) == b"needle in the middle"
