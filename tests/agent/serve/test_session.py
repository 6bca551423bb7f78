"""A session answers whatever it is asked, and ends only with its channel."""

import json
import os
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent import wire
from tests.agent.serve.far import Far


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"op": None},
        {"op": "fly"},
        {"op": ["log"]},
        {"op": "log"},
        {"op": "log", "stream": "one", "path": "/etc/passwd"},
        {"op": "log", "stream": 1, "path": 7},
        {"op": "log", "stream": 1, "path": "/etc/\0passwd"},
        {"op": "log", "stream": 1, "path": "/etc/passwd", "offset": -5},
        {"op": "log", "stream": 1, "path": "/etc/passwd", "check": "no"},
        {"op": "log", "stream": 1, "run": "../../etc"},
        {"op": "log", "stream": 1, "run": "zzzzzzzz"},
        {"op": "log_find", "path": "/etc/passwd", "pattern": 3, "offset": 0},
        {"op": "log_lines", "path": "/etc/passwd"},
        {"op": "points", "path": "/etc/passwd"},
        {"op": "points", "path": "/etc/passwd", "stream": 1, "names": "loss"},
        {"op": "points", "path": "/etc", "stream": 1},
        {"op": "load", "run": "zzzzzzzz"},
        {"op": "watch", "stats": "often"},
        {"op": "runs", "ids": ["zzzzzzzz"]},
        {"op": "runs", "ids": 5},
        {"op": "show"},
        {"op": "show", "run": "zzzzzzzz"},
        {"op": "why", "run": "zzzzzzzz"},
        {"op": "tree", "run": "zzzzzzzz"},
        {"op": "act", "run": "zzzzzzzz", "action": "kill"},
        {"op": "act", "run": "zzzzzzzz"},
        {"op": "submit"},
        {"op": "submit", "spec": {"id": "no"}},
        {"op": "submit", "spec": []},
    ],
    ids=str,
)
def test_a_bad_request_is_answered_and_ends_nothing(far: Far, request_: dict[str, Any]) -> None:
    far.send({"id": 1000, **request_})
    error = far.reply(1000)["error"]
    assert error["code"] in {"bad_request", "no_such_run", "unsupported", "io", "refused"}
    assert error["message"]
    assert "Traceback" not in error["message"]
    assert far.ok("cancel", stream=1) == {}


@pytest.mark.parametrize("noise", [b"\0\0\0\2\1x", b"\xff\xff\xff\xff", b"\0\0\0\1\7", b"\0\0\0\3\1[]"])
def test_what_is_no_frame_ends_the_session_with_a_sentence(far: Far, noise: bytes) -> None:
    far.write(noise)
    assert far.process.wait(5) == 1
    assert "not nerotui's" in far.errors()


def test_data_frames_from_the_link_are_passed_over(far: Far) -> None:
    far.write(struct.pack(">IBIQ", 13, 2, 1, 0))
    assert far.ok("cancel", stream=1) == {}


def test_frames_may_come_in_any_pieces(far: Far) -> None:
    body = b"\1" + json.dumps({"id": 50, "op": "cancel", "stream": 1}).encode()
    for byte in len(body).to_bytes(4, "big") + body:
        far.write(bytes([byte]))
        time.sleep(0.001)
    assert far.reply(50) == {"id": 50, "ok": {}}


def test_a_reader_that_is_gone_ends_the_agent(root: Path, tmp_path: Path) -> None:
    flood = tmp_path / "flood"
    flood.write_bytes(bytes(1 << 20))
    with Far(sys.executable) as agent:
        agent.greet(root)
        agent.ok("log", path=str(flood), stream=1, offset=0, credit=1 << 30, follow=True)
        assert agent.process.stdout
        agent.process.stdout.close()
        assert agent.process.wait(5) == 1


def test_hello_says_who_and_where(far: Far, root: Path) -> None:
    hello = far.hello
    assert hello["protocol"] == wire.PROTOCOL
    assert hello["version"] == wire.VERSION
    assert hello["hostname"] == os.uname().nodename
    assert hello["uid"] == os.getuid()
    assert hello["pid"] == far.process.pid
    assert hello["root"] == str(root)
    assert hello["writable"] is True
    assert hello["root_error"] is None
    assert hello["cores"] == os.cpu_count()
    assert hello["slots"] >= 1
    assert hello["backends"] == ["process"]
    assert abs(hello["time"] - time.time()) < 5
    assert hello["platform"].startswith("linux")


def test_a_stopped_agent_goes_on_where_it_was(far: Far, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"")
    far.ok("log", path=str(log), stream=1, follow=True, credit=10_000)
    far.process.send_signal(signal.SIGSTOP)
    log.write_bytes(b"written meanwhile\n")
    number = far.ask("stats")
    far.process.send_signal(signal.SIGCONT)
    assert far.data(18) == b"written meanwhile\n"
    assert "ok" in far.reply(number)


def test_samples_asked_for_together_are_one(far: Far) -> None:
    numbers = [far.ask("stats") for _ in range(5)]
    times = {far.reply(number)["ok"]["stats"]["time"] for number in numbers}
    assert len(times) <= 2


def test_every_python_does_all_of_it(python: str, root: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("epoch 1 loss 0.5\nepoch 2 loss 0.25\nRuntimeError: no\n")
    with Far(python) as far:
        far.greet(root)
        far.ok("watch", stats=1, runs=True)
        assert far.push("runs")["full"]
        assert far.push("stats")["stats"]["errors"] == {}
        far.ok("log", path=str(log), stream=1, offset=0, credit=1000, follow=True)
        far.data(log.stat().st_size)
        with log.open("a") as file:
            file.write("epoch 3 loss nan\n")
        assert far.data(17) == b"epoch 3 loss nan\n"
        assert far.ok("log_find", path=str(log), pattern=r"loss \S+$", regex=True, offset=1)["match"] == [8, 16]
        assert far.ok("log_find", path=str(log), errors=True, offset=0)["match"] == [35, 51]
        assert far.ok("log_lines", path=str(log), offset=20) == {"line": 2, "exact": True, "total": 4}
        far.ok("points", path=str(log), stream=2, max_points=100)
        (series,) = far.push("points")["series"]
        assert [point[:2] for point in series["points"]] == [[1, 0.5], [2, 0.25], [3, "NaN"]]


# The wire itself.


def test_what_is_not_finite_travels_as_words() -> None:
    message = {"a": float("nan"), "b": [float("inf"), {"c": -float("inf")}], "d": (1.5, 2)}
    (back,) = wire.Decoder().feed(wire.encode(message))
    assert back == {"a": "NaN", "b": ["Infinity", {"c": "-Infinity"}], "d": [1.5, 2]}


def test_frames_come_apart_wherever_they_were_cut() -> None:
    frames = wire.encode({"ä": 1}) + wire.encode_data(3, 1 << 40, b"\0\1") + wire.encode({"b": "→"})
    for size in (1, 2, 3, 7, len(frames)):
        decoder = wire.Decoder()
        found = [frame for at in range(0, len(frames), size) for frame in decoder.feed(frames[at : at + size])]
        assert found == [{"ä": 1}, wire.Data(3, 1 << 40, b"\0\1"), {"b": "→"}]


def test_a_message_that_is_too_long_is_no_frame() -> None:
    with pytest.raises(wire.BadFrame):
        wire.encode({"text": "x" * wire.MAX_FRAME})
    with pytest.raises(wire.BadFrame):
        wire.Decoder().feed((wire.MAX_FRAME + 1).to_bytes(4, "big"))
