"""The log follows, stays where the user stopped it, is searched, and fetches what it lacks."""

import pytest

from nerotui.core.views.spans import Notice
from nerotui.tui.widgets.log import LogView
from tests.tui.widgets.logfile import File, numbered
from tests.tui.widgets.stage import Sent, Stage, lit, text_of


async def test_new_lines_are_followed_at_the_bottom() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(40, 5)):
        log.append(numbered(0, 3), 0)
        assert text_of(log)[:3] == ["line 0", "line 1", "line 2"]
        log.set_follow(True)
        log.append(numbered(3, 100), len(numbered(0, 3)))
        log.set_follow(True)
        assert text_of(log) == ["line 95", "line 96", "line 97", "line 98", "line 99"]
        assert log.right == "100 lines · following"


async def test_scrolled_up_nothing_moves_and_what_came_is_counted() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(40, 5)):
        data = numbered(0, 100)
        log.append(data, 0)
        log.move(-10)
        before = text_of(log)
        assert before[0] == "line 85"
        for start in range(100, 1100, 10):
            more = numbered(start, start + 10)
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
        log.append(numbered(0, 100), 0)
        log.move(-3)
        log.move(1)
        assert not log.following
        log.move(5)
        assert log.following


async def test_stopped_at_the_bottom_it_stays_there() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(40, 5)):
        log.append(numbered(0, 100), 0)
        log.set_follow(False)
        log.append(numbered(100, 120), len(numbered(0, 100)))
        log.set_follow(False)
        assert text_of(log)[-1] == "line 99"
        assert log.missed == 20


async def test_a_flood_while_paused_neither_moves_the_view_nor_grows_without_bound() -> None:
    log = LogView(keep=50_000)
    stage = Stage(log)
    async with stage.run_test(size=(40, 5)) as pilot:
        file = File(numbered(0, 20_000))
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
        file = File(numbered(0, 1000))
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
        file = File(numbered(0, 60_000))
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
        file = File(numbered(0, 200_000))
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
        file = File(numbered(0, 100_000))
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
        data = numbered(0, 50) + b"CUDA out of memory\n" + numbered(50, 90) + b"again memory\n" + numbered(90, 100)
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
            numbered(0, 30)
            + b"Traceback (most recent call last):\n  File x\nValueError: bad shape\n"
            + numbered(30, 60)
            + b"2026-01-01 10:00:00 ERROR worker died\n"
            + numbered(60, 90),
            0,
        )
        log.next_error(back=True)
        assert log.line_text().endswith("ERROR worker died")
        log.next_error(back=True)
        assert log.line_text() == "ValueError: bad shape"
        log.next_error(back=True)
        assert log.line_text().startswith("Traceback")


async def test_sideways_and_up_are_independent() -> None:
    log = LogView()
    async with Stage(log).run_test(size=(20, 3)):
        log.append(b"".join(b"%03d abcdefghijklmnopqrstuvwxyz\n" % number for number in range(50)), 0)
        log.sideways(10)
        assert text_of(log)[-1].startswith("ghijk")
        log.move(-5)
        log.append(b"more\n", 50 * 31)
        assert all(line.startswith("ghijk") for line in text_of(log))


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


async def test_dragging_over_lines_selects_their_text_and_holds_them_still() -> None:
    log = LogView()
    stage = Stage(log)
    async with stage.run_test(size=(40, 5)) as pilot:
        log.append(numbered(0, 100), 0)
        await pilot.pause()
        await pilot.mouse_down(LogView, offset=(5, 1))
        await pilot.hover(LogView, offset=(4, 3))
        await pilot.mouse_up(LogView, offset=(4, 3))
        log.append(numbered(100, 120), len(numbered(0, 100)))
        await pilot.pause()
        assert stage.screen.get_selected_text() == "96\nline 97\nline "
        styles = [segment.style for segment in log.render_line(2) if segment.text.startswith("line 97")]
        assert styles[0] is not None
        assert styles[0].reverse
        assert not log.following
