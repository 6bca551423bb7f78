"""Finding a place in a log of any size, and saying which line it is."""

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.logs import logsearch
from nerotui.agent.logs.lineindex import LineIndex
from tests.agent.serve.far import Far

GIGABYTE = 1 << 30


def find(far: Far, path: Path, pattern: str = "", **arguments: Any) -> str | None:
    found = far.ok("log_find", **{"path": str(path), "pattern": pattern, "offset": 0, **arguments})["match"]
    if found is None:
        return None
    with path.open("rb") as file:
        file.seek(found[0])
        return file.read(found[1] - found[0]).decode()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.write_text("alpha 1\nBeta 2\nalpha 3\ngamma.*4\n" + "filler\n" * 300_000 + "omega 5\nalpha 6\n")
    return path


def test_forward_and_back_from_where_one_stands(far: Far, log: Path) -> None:
    text = log.read_bytes()
    places = [match.start() for match in re.finditer(b"alpha", text)]
    at = 0
    for place in places:
        found = far.ok("log_find", path=str(log), pattern="alpha", offset=at)
        assert found["match"] == [place, place + 5]
        at = found["match"][1]
    assert far.ok("log_find", path=str(log), pattern="alpha", offset=at)["match"] is None
    at = len(text)
    for place in reversed(places):
        found = far.ok("log_find", path=str(log), pattern="alpha", offset=at, direction="back")
        assert found["match"] == [place, place + 5]
        at = place
    nothing = far.ok("log_find", path=str(log), pattern="alpha", offset=at, direction="back")
    assert nothing == {"match": None, "searched_to": 0}


def test_text_is_no_pattern_unless_said(far: Far, log: Path) -> None:
    assert find(far, log, "gamma.*4") == "gamma.*4"
    assert find(far, log, "alpha.*3") is None
    assert find(far, log, r"^alpha \d$", regex=True, offset=3) == "alpha 3"
    assert find(far, log, "beta") is None
    assert find(far, log, "beta", ignore_case=True) == "Beta"
    assert find(far, log, "BETA \\d", ignore_case=True, regex=True) == "Beta 2"


@pytest.mark.parametrize("regex", [False, True])
@pytest.mark.parametrize("direction", ["forward", "back"])
def test_a_match_across_blocks_is_found(far: Far, tmp_path: Path, regex: bool, direction: str) -> None:
    path = tmp_path / "log"
    for shift in (-6, -3, -1, 0):
        path.write_bytes(b"." * (logsearch.BLOCK + shift) + b"needle" + b"." * logsearch.BLOCK)
        offset = 0 if direction == "forward" else path.stat().st_size
        assert find(far, path, "needle", regex=regex, direction=direction, offset=offset) == "needle"


def test_the_next_error_is_found_as_a_whole_line(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(
        "epoch 1 error_rate 0.5 top1err: 0.3\n"
        "Traceback (most recent call last):\n"
        '  File "train.py", line 3, in <module>\n'
        "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB\n"
        "2026-01-01 ERROR worker died\n"
        "no errors here\n"
    )
    found = []
    at = 0
    while (match := far.ok("log_find", path=str(path), errors=True, offset=at)["match"]) is not None:
        found.append(path.read_bytes()[match[0] : match[1]].decode())
        at = match[1]
    assert found == [
        "Traceback (most recent call last):",
        "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB",
        "2026-01-01 ERROR worker died",
    ]


def test_a_pattern_that_is_none_is_said(far: Far, log: Path) -> None:
    error = far.refused("log_find", path=str(log), pattern="a(b", regex=True, offset=0)
    assert error["code"] == "bad_request"
    assert "a(b" in error["message"]
    assert far.refused("log_find", path=str(log), pattern="", offset=0)["code"] == "bad_request"
    assert far.refused("log_find", path=str(log) + "no", pattern="a", offset=0)["code"] == "io"


def test_a_pattern_that_takes_for_ever_holds_nothing_up_and_gives_way(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a" * 5000 + b"\n")
    endless = far.ask("log_find", path=str(path), pattern=r"(a+)+b", regex=True, offset=0)
    began = time.monotonic()
    assert far.ok("cancel", stream=9) == {}
    assert time.monotonic() - began < 0.5
    assert find(far, path, "a") == "a"
    assert far.reply(endless)["ok"]["match"] is None


def test_ten_gigabytes_from_the_end(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(10 * GIGABYTE)
        file.seek(10 * GIGABYTE - 5_000_000)
        file.write(b"\nthe needle\n")
    began = time.monotonic()
    assert find(far, path, "the needle", direction="back", offset=10 * GIGABYTE) == "the needle"
    assert time.monotonic() - began < 1
    far.ask("log_find", path=str(path), pattern="not there", offset=0)
    assert find(far, path, "needle", offset=10 * GIGABYTE - 6_000_000) == "needle"  # the other one gave way


def test_the_line_of_an_offset(far: Far, log: Path) -> None:
    text = log.read_bytes()
    for offset in (0, 7, 8, 20, 1_000_000, 2_000_000, len(text)):
        assert far.ok("log_lines", path=str(log), offset=offset) == {
            "line": text.count(b"\n", 0, offset) + 1,
            "exact": True,
            "total": text.count(b"\n"),
        }


def test_a_far_line_is_estimated_first_and_counted_then(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        for _ in range(140):
            file.write(b"0123456789abcde\n" * (1 << 16))
    index = LineIndex(str(path))
    offset = 139 * (1 << 20)
    first = index.line(offset, lambda: False)
    assert first == {"line": pytest.approx(offset // 16, rel=0.02), "exact": False, "total": None}
    index.complete(lambda: False)
    total = 140 * (1 << 16)
    assert index.line(offset, lambda: False) == {"line": offset // 16 + 1, "exact": True, "total": total}
    path.write_bytes(b"short\nnow\n")
    assert index.line(7, lambda: False) == {"line": 2, "exact": True, "total": 2}


def test_a_search_is_given_up_when_told(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(4 * GIGABYTE)
    told = threading.Event()
    threading.Timer(0.1, told.set).start()
    began = time.monotonic()
    search = logsearch.Search("x", regex=False, ignore_case=False, errors=False)
    assert logsearch.find(str(path), search, 0, False, told.is_set)["match"] is None
    assert time.monotonic() - began < 1
