"""Whatever is done in whatever order, the view shows the file's lines in order and stays within its room."""

import random
import re

import pytest

from nerotui.core.views import logtext
from nerotui.core.views.logwindow import LogWindow

HEIGHT = 7


def _file(chance: random.Random, lines: int) -> bytes:
    """Numbered lines of many lengths, some empty, some long, some wide."""
    kinds = ("", "x", "loss 0.5 " * 5, "日本" * 9, "y" * 300)
    return "".join(f"{number}:{chance.choice(kinds)}\n" for number in range(lines)).encode()


def _check(window: LogWindow, data: bytes, *, torn: bool) -> None:
    """The visible rows are the file's own, in order; a line may be cut in two only while the rest is on its way."""
    store = window.store
    assert len(store.data) <= window.store.keep + window.store.keep // 4 + 300_000
    assert bytes(store.data) == data[store.start : store.end]
    rows = window.visible()
    assert len(rows) <= HEIGHT
    if window.following and len(store) > HEIGHT:
        assert len(rows) == HEIGHT
        assert rows[-1][0] == len(store) - 1
    assert rows == sorted(rows)
    for line, _ in rows:
        start, end = store.bounds(line)
        whole = (start == 0 or data[start - 1 : start] == b"\n") and data[end : end + 1] in (b"\n", b"")
        if whole:
            assert window.text(line) == logtext.shown(data[start:end])
        else:
            assert torn or line == store.first or end == store.end


def _places(window: LogWindow) -> list[tuple[int, int]]:
    """Where in the file each visible row is."""
    return [(window.store.bounds(line)[0], row) for line, row in window.visible()]


@pytest.mark.parametrize("seed", range(6))
def test_the_view_shows_the_file(seed: int) -> None:
    chance = random.Random(seed)
    data = _file(chance, 4000)
    window = LogWindow(chance.choice([3_000, 30_000, 1 << 20]))
    window.height, window.cells = HEIGHT, 20
    at = chance.randrange(len(data) // 2)
    known = min(len(data), at + 2000)
    window.append(data[at:known], at, size=known)
    for _ in range(250):
        following, seen = window.following, _places(window)
        act = chance.choice(["append", "append", "up", "down", "home", "end", "go", "wrap", "pause"])
        if act == "append" and known < len(data):
            more = chance.randrange(1, 3000)
            window.append(data[known : known + more], known)
            known = min(len(data), known + more)
            if not following:
                assert _places(window)[: len(seen)] == seen
        elif act == "up":
            window.move(-chance.randrange(1, 60))
        elif act == "down":
            window.move(chance.randrange(1, 60))
        elif act == "home":
            window.home()
        elif act == "end":
            window.follow()
        elif act == "go":
            place = chance.randrange(known)
            window.go_to(place, place + 1)
        elif act == "wrap":
            window.set_wrap(not window.wrap)
        elif act == "pause":
            window.pause()
        if chance.random() < 0.7:
            while (want := window.take_want()) is not None:
                window.fill(data[want.start : min(want.end, known)], want.start, size=known, target=want.target)
        _check(window, data[:known], torn=True)
    window.follow()
    while (want := window.take_want()) is not None:
        window.fill(data[want.start : min(want.end, known)], want.start, size=known, target=want.target)
    last, _ = window.visible()[-1]
    assert window.store.bounds(last)[1] >= known - 1
    assert not window.detached


def test_the_next_hit_is_on_another_line() -> None:
    window = LogWindow(1 << 20)
    window.height = HEIGHT
    window.append(b"error error\nfine\nerror\n", 0)
    window.pause()
    pattern = re.compile(b"error")
    first = window.search(pattern, back=False)
    assert first == (0, 5)
    window.go_to(*first)
    second = window.search(pattern, back=False)
    assert second == (17, 22)
    window.go_to(*second)
    assert window.search(pattern, back=False) is None
    back = window.search(pattern, back=True)
    assert back is not None
    assert window.store.line_at(back[0]) == 0
