"""The log follows, stays where the user stopped it, and lets nothing through that a terminal would act upon."""

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from nerotui.core.views.spans import Notice
from nerotui.tui.widgets.log import LogView
from tests.tui.widgets.stage import Sent, Stage, lit, text_of


def _lines(first: int, last: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(first, last))


class File:
    """A log in a file, and the answers to what a view wants of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def answer(self, stage: Stage, log: LogView) -> int:
        """Fill in what was asked for since the last time; how many asked."""
        wanted = stage.heard_of(LogView.Wanted)
        stage.heard.clear()
        for message in wanted:
            log.fill(self.data[message.start : message.end], message.start, size=len(self.data), target=message.target)
        return len(wanted)


async def test_new_lines_are_followed_at_the_bottom() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(40, 5)):
        log.append(_lines(0, 3), 0)
        assert text_of(log)[:3] == ["line 0", "line 1", "line 2"]
        log.set_follow(True)
        log.append(_lines(3, 100), len(_lines(0, 3)))
        log.set_follow(True)
        assert text_of(log) == ["line 95", "line 96", "line 97", "line 98", "line 99"]
        assert log.right == "100 lines · following"


async def test_scrolled_up_nothing_moves_and_what_came_is_counted() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(40, 5)):
        data = _lines(0, 100)
        log.append(data, 0)
        log.move(-10)
        before = text_of(log)
        assert before[0] == "line 85"
        for start in range(100, 1100, 10):
            more = _lines(start, start + 10)
            log.append(more, len(data))
            data += more
        log.set_follow(False)
        assert text_of(log) == before
        assert not log.following
        assert log.right.endswith("PAUSED +1,000")
        log.end()
        assert log.following
        assert text_of(log)[-1] == "line 1099"


async def test_scrolling_back_down_to_the_end_follows_again() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(40, 5)):
        log.append(_lines(0, 100), 0)
        log.move(-3)
        log.move(1)
        assert not log.following
        log.move(5)
        assert log.following


async def test_stopped_at_the_bottom_it_stays_there() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(40, 5)):
        log.append(_lines(0, 100), 0)
        log.set_follow(False)
        log.append(_lines(100, 120), len(_lines(0, 100)))
        log.set_follow(False)
        assert text_of(log)[-1] == "line 99"
        assert log.missed == 20


async def test_a_flood_while_paused_neither_moves_the_view_nor_grows_without_bound() -> None:
    log = LogView(keep=50_000)
    stage = Stage(log)
    async with stage.run_test(size=(40, 5)) as pilot:
        file = File(_lines(0, 20_000))
        log.append(file.data[:10_000], 0)
        log.move(-10)
        before = text_of(log)
        for start in range(10_000, len(file.data), 5000):
            log.append(file.data[start : start + 5000], start)
        log.set_follow(False)
        assert text_of(log) == before
        assert log.held[1] - log.held[0] <= 60_000
        log.end()
        await pilot.pause()
        file.answer(stage, log)
        assert text_of(log)[-1] == "line 19999"
        assert log.following


async def test_bytes_that_come_while_the_end_is_fetched_are_not_lost() -> None:
    log = LogView(keep=2000)
    stage = Stage(log)
    async with stage.run_test(size=(40, 5)) as pilot:
        file = File(_lines(0, 1000))
        log.append(file.data[:1500], 0)
        log.move(-5)
        log.append(file.data[1500:], 1500)
        log.end()
        more = b"line 1000\nline 1001\n"
        log.append(more, len(file.data))
        await pilot.pause()
        assert file.answer(stage, log)
        log.set_follow(True)
        assert text_of(log) == [f"line {number}" for number in range(997, 1002)]


async def test_older_parts_are_fetched_on_the_way_up_and_the_view_stays() -> None:
    log = LogView()
    stage = Stage(log)
    async with stage.run_test(size=(40, 5)) as pilot:
        file = File(_lines(0, 60_000))
        tail = 20_000
        log.append(file.data[-tail:], len(file.data) - tail, size=len(file.data))
        assert text_of(log)[-1] == "line 59999"
        first = 59_995
        while first > 0:
            log.move(-700)
            await pilot.pause()
            file.answer(stage, log)
            shown = text_of(log)
            assert int(shown[0].split()[1]) < first
            first = int(shown[0].split()[1])
            assert shown == [f"line {first + row}" for row in range(5)]


async def test_the_beginning_of_a_huge_file_is_one_fetch_away() -> None:
    log = LogView(keep=300_000)
    stage = Stage(log)
    async with stage.run_test(size=(40, 5)) as pilot:
        file = File(_lines(0, 200_000))
        log.append(file.data[-10_000:], len(file.data) - 10_000)
        log.home()
        await pilot.pause()
        assert file.answer(stage, log) == 1
        assert text_of(log)[0] == "line 0"
        assert not log.following
        first = 0
        while first < 100_000:
            log.move(2000)
            await pilot.pause()
            file.answer(stage, log)
            shown = text_of(log)
            assert int(shown[0].split()[1]) > first
            first = int(shown[0].split()[1])
            assert shown == [f"line {first + row}" for row in range(5)]
            assert log.held[1] - log.held[0] <= 300_000


async def test_a_hit_far_away_is_shown_in_its_surroundings() -> None:
    log = LogView()
    stage = Stage(log)
    async with stage.run_test(size=(40, 9)) as pilot:
        file = File(_lines(0, 100_000))
        log.append(file.data[-1000:], len(file.data) - 1000)
        at = file.data.index(b"line 41234\n")
        log.go_to(at, at + 4)
        await pilot.pause()
        file.answer(stage, log)
        row = text_of(log).index("line 41234")
        assert lit(log, row)
        assert log.line_text() == "line 41234"
        assert log.at == at


async def test_search_walks_both_ways_and_goes_on_in_the_file() -> None:
    log = LogView()
    stage = Stage(log)
    async with stage.run_test(size=(40, 5)) as pilot:
        data = _lines(0, 50) + b"CUDA out of memory\n" + _lines(50, 90) + b"again memory\n" + _lines(90, 100)
        log.append(data, 5000)
        log.search("MEMORY".lower())
        log.next_hit(back=True)
        assert log.line_text() == "again memory"
        log.next_hit(back=True)
        assert log.line_text() == "CUDA out of memory"
        log.next_hit(back=True)
        await pilot.pause()
        (on,) = stage.heard_of(LogView.SearchOn)
        assert (on.pattern, on.back, on.offset) == ("memory", True, 5000)
        log.next_hit()
        assert log.line_text() == "again memory"
        assert "/memory" in log.right
        log.search("")
        assert "/memory" not in log.right


async def test_a_pattern_that_is_no_expression_is_refused_in_words() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(40, 5)):
        with pytest.raises(ValueError, match="no valid expression"):
            log.search("(", regex=True)
        with pytest.raises(ValueError, match="repeats a repetition"):
            log.search("(a+)+$", regex=True)
        log.search("(")


async def test_the_next_error_is_found() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(60, 5)):
        log.append(
            _lines(0, 30)
            + b"Traceback (most recent call last):\n  File x\nValueError: bad shape\n"
            + _lines(30, 60)
            + b"2026-01-01 10:00:00 ERROR worker died\n"
            + _lines(60, 90),
            0,
        )
        log.next_error(back=True)
        assert log.line_text().endswith("ERROR worker died")
        log.next_error(back=True)
        assert log.line_text() == "ValueError: bad shape"
        log.next_error(back=True)
        assert log.line_text().startswith("Traceback")


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


async def test_sideways_and_up_are_independent() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(20, 3)):
        log.append(b"".join(b"%03d abcdefghijklmnopqrstuvwxyz\n" % number for number in range(50)), 0)
        log.sideways(10)
        assert text_of(log)[-1].startswith("ghijk")
        log.move(-5)
        log.append(b"more\n", 50 * 31)
        assert all(line.startswith("ghijk") for line in text_of(log))


async def test_wrapped_lines_keep_all_their_characters() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(10, 8)):
        log.toggle_wrap()
        text = "abcdefghijklmnopqrstuvw"
        log.append(f"{text}\n{'日' * 7}\n".encode(), 0)
        assert text_of(log)[:3] == ["abcdefghij", "klmnopqrst", "uvw"]
        assert "".join(text_of(log)[3:5]) == "日" * 7


async def test_nothing_new_sends_nothing_and_a_growing_number_sends_little() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(100, 10)) as pilot:
        lines = [b"epoch 34 it %04d/2502 loss 0.8190 lr 0.0100 img/s 2841 and more text\n" % it for it in range(60)]
        log.append(b"".join(lines[:50]), 0)
        await pilot.pause()
        sent = Sent(log)
        log.set_follow(True)
        assert sent.cells == 0
        log.append(lines[50], 50 * len(lines[0]))
        log.set_follow(True)
        assert 0 < sent.cells <= 10 * 8


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


async def test_the_time_a_line_was_seen_is_shown_on_request() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(60, 4)):
        log.append(b"old\n", 0)
        log.append(b"new\n", 4, seen=1_000_000.0)
        log.toggle_times()
        first, second = text_of(log)[:2]
        assert first == "         old"
        assert second[2] == second[5] == ":"
        assert second.endswith(" new")


async def test_a_log_without_bytes_says_why() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(60, 4)):
        log.begin(Notice(kind="empty", text="It has not printed anything yet.", hint="It started 3s ago."))
        assert text_of(log)[:2] == [" It has not printed anything yet.", " It started 3s ago."]
        log.append(b"hello\n", 0)
        assert text_of(log)[0] == "hello"


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


def test_any_split_of_the_bytes_gives_the_same_lines(tmp_path: Path) -> None:
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


async def test_dragging_over_lines_selects_their_text_and_holds_them_still() -> None:
    log = LogView()
    stage = Stage(log)
    async with stage.run_test(size=(40, 5)) as pilot:
        log.append(_lines(0, 100), 0)
        await pilot.pause()
        await pilot.mouse_down(LogView, offset=(5, 1))
        await pilot.hover(LogView, offset=(4, 3))
        await pilot.mouse_up(LogView, offset=(4, 3))
        log.append(_lines(100, 120), len(_lines(0, 100)))
        await pilot.pause()
        assert stage.screen.get_selected_text() == "96\nline 97\nline "
        styles = [segment.style for segment in log.render_line(2) if segment.text.startswith("line 97")]
        assert styles[0] is not None
        assert styles[0].reverse
        assert not log.following
