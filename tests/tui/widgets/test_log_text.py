"""What a log holds is drawn as it was meant, and lets nothing through that a terminal would act upon."""

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from nerotui.tui.widgets.log import LogView
from tests.tui.widgets.stage import Stage, text_of


async def test_a_progress_bar_shows_its_last_state() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(60, 5)):
        bar = b"".join(b"\r%3d%%|####    | %d/100" % (step, step) for step in range(100))
        log.append(b"start\n" + bar, 0)
        assert text_of(log)[:2] == ["start", " 99%|####    | 99/100"]
        log.append(b"\r100%|########| 100/100\nnext\n", len(b"start\n" + bar))
        log.set_follow(True)
        assert text_of(log)[:3] == ["start", "100%|########| 100/100", "next"]


async def test_megabytes_of_progress_bar_without_a_line_end_show_the_last_state() -> None:
    log = LogView(keep=1 << 20)
    async with Stage(log).run_test(size=(60, 5)):
        offset = 0
        for step in range(0, 100_000, 1000):
            part = b"".join(b"\rstep %d of 100000" % at for at in range(step, step + 1000))
            log.append(part, offset)
            offset += len(part)
        log.set_follow(True)
        assert [line for line in text_of(log) if line] == ["step 99999 of 100000"]
        assert log.held[1] - log.held[0] <= 1 << 20


NASTY = [
    b"\x1b]52;c;ZXZpbA==\x07clipboard",
    b"\x1b]0;title\x1b\\title",
    b"\x1b[2J\x1b[H\x1b[31mred\x1b[0m",
    b"\x9b31mcsi \x9d0;t\x9c",
    "\u009b31mc1".encode(),
    b"[red]markup[/] [link=x]y[/link]",
    "\u202eevil\u2066x\u2069".encode(),
    "שלום עולם العربية".encode(),
    "日本語の損失 loss 0.5 学習率".encode(),
    b"\xff\xfe\x00\x01binary\x80\x81",
    b"tab\there\x0b\x0c\x08\x7f",
    b"\x1bPq#0;2;0;0;0\x1b\\sixel",
    b"\x1b_Gf=100;AAAA\x1b\\kitty",
    b"\x1b",
    b"\x1b[",
    b"e\xcc\x81 combining",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 family".encode(),
    b"x" * 90_000,
    bytes(range(256)),
]


@pytest.mark.parametrize("wrap", [False, True])
async def test_nothing_that_a_terminal_acts_upon_gets_through(wrap: bool) -> None:
    log = LogView()
    async with Stage(log).run_test(size=(60, 40)):
        if wrap:
            log.toggle_wrap()
        log.append(b"\n".join(NASTY) + b"\n", 0)
        log.move(-1000)
        shown = []
        for _ in range(60):
            for y in range(40):
                strip = log.render_line(y)
                assert strip.cell_length == 60
                shown.append("".join(segment.text for segment in strip))
            log.move(40)
        for line in shown:
            assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
            assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
        assert any("[red]markup[/]" in line for line in shown)
        assert any("日本語の損失 loss 0.5" in line for line in shown)


async def test_random_bytes_in_random_pieces_are_drawn_without_harm() -> None:
    chance = random.Random(3)
    log = LogView(keep=20_000)
    async with Stage(log).run_test(size=(33, 7)):
        offset = 0
        for _ in range(300):
            piece = bytes(chance.choice(b"\x1b\n\r\tab[]0;m\xe6\x97\xa5\xff\x07") for _ in range(chance.randrange(200)))
            log.append(piece, offset)
            offset += len(piece)
            acts: list[Callable[[], None]] = [
                lambda: log.move(-3),
                lambda: log.move(2),
                log.end,
                log.toggle_wrap,
                lambda: log.sideways(4),
            ]
            chance.choice(acts)()
            for y in range(7):
                strip = log.render_line(y)
                assert strip.cell_length == 33
                assert "\x1b" not in strip.text


async def test_a_line_of_90000_characters_costs_no_more_than_is_shown_of_it() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(80, 5)):
        log.append(b"y" * 90_000 + b"\nend\n", 0)
        assert text_of(log)[0] == "y" * 80
        log.sideways(4090)
        assert text_of(log)[0].startswith("yyyyyy … ")
        assert text_of(log)[0].endswith(" more")


async def test_wrapped_lines_keep_all_their_characters() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(10, 8)):
        log.toggle_wrap()
        text = "abcdefghijklmnopqrstuvw"
        log.append(f"{text}\n{'日' * 7}\n".encode(), 0)
        assert text_of(log)[:3] == ["abcdefghij", "klmnopqrst", "uvw"]
        assert "".join(text_of(log)[3:5]) == "日" * 7


async def test_values_of_metrics_stand_out_and_warnings_are_coloured() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(80, 4)):
        log.append(b"09:20:57 epoch 34 loss 0.8149 lr 0.01\n09:21:01 WARN slow\nval_loss=nan\nRuntimeError: x\n", 0)
        styles = [
            {
                segment.text.strip(): segment.style.color.number
                for segment in log.render_line(y)
                if segment.style and segment.style.color
            }
            for y in range(4)
        ]
        assert styles[0]["0.8149"] == 75
        assert styles[0]["09:20:57"] == 245
        assert styles[1]["WARN slow"] == 214
        assert styles[2]["nan"] == 209
        assert styles[3]["RuntimeError: x"] == 209


async def test_the_store_keeps_little_more_than_the_text() -> None:
    import tracemalloc

    line = (
        b"epoch 34 it 1650/2502 loss 0.8190 lr 0.0100 img/s 2841 seconds 0.123 memory 31.2G throughput 12345 tokens\n"
    )
    log = LogView(keep=64 << 20)
    block = line * 1000
    tracemalloc.start()
    for index in range(100):
        log.window.append(block, index * len(block))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used <= 1.3 * 100 * len(block)


def test_any_split_of_the_bytes_gives_the_samenumbered(tmp_path: Path) -> None:
    from nerotui.core.views.logstore import LogStore

    data = b"a\n\nbb\nccc" + b"d" * 20 + b"\n\n\nlast"
    whole = LogStore()
    whole.append(data, 0)
    expected = [whole.bounds(line) for line in range(len(whole))]
    for sizes in itertools.product((1, 2, 3, 7), repeat=3):
        store, at = LogStore(), 0
        for size in itertools.cycle(sizes):
            store.append(data[at : at + size], at)
            at += size
            if at >= len(data):
                break
        assert [store.bounds(line) for line in range(len(store))] == expected
        back = LogStore()
        back.append(data[-5:], len(data) - 5)
        at = len(data) - 5
        for size in itertools.cycle(sizes):
            start = max(0, at - size)
            back.prepend(data[start:at], start)
            at = start
            if not at:
                break
        assert [back.bounds(line) for line in range(len(back))] == expected
