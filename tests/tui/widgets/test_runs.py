"""The cursor and the marks of the runs table belong to runs, not to rows."""

import random
from typing import Any

from nerotui.agent.states import RunState
from nerotui.core.records import Finding, Metric, Run
from nerotui.core.views.glyphs import ASCII
from nerotui.core.views.runs import RunList
from nerotui.tui.palette import Palette
from nerotui.tui.widgets.runs import RunTable
from tests.tui.widgets.stage import Sent, Stage, lit, text_of, underlined

NOW = 1_000_000.0


def _run(number: int, state: str = "running", **fields: Any) -> Run:
    return Run(
        id=f"r{number:06d}", name=f"name-{number}", host="gpu01", state=RunState(state), created=float(number), **fields
    )


def _list(*runs: Run, **order: Any) -> RunList:
    made = RunList(**order)
    made.put(runs)
    return made


def _short(run_id: str) -> str:
    return run_id


async def test_rows_headings_cursor_and_remarks_are_drawn() -> None:
    table = RunTable()
    async with Stage(table).run_test(size=(80, 10)):
        finding = Finding(kind="overfits", severity="warning", message="m")
        runs = _list(_run(2, findings=(finding,), metrics={"loss": Metric(last=0.8123)}), _run(1))
        table.show(runs.view(now=NOW, short=_short))
        lines = text_of(table)
        assert lines[0].split() == ["state", "id", "name", "host", "epoch", "loss", "acc", "left"]
        assert lines[1].startswith("▌ RUN  r000002  name-2")
        assert "0.8123" in lines[1]
        assert lines[1].endswith("▲ overfits")
        assert lines[2].startswith("  RUN  r000001")
        assert lit(table, 1)
        assert not lit(table, 2)


async def test_the_cursor_keeps_its_run_through_a_thousand_random_refreshes() -> None:
    chance = random.Random(7)
    table = RunTable()
    stage = Stage(table)
    async with stage.run_test(size=(80, 16)) as pilot:
        runs = {number: _run(number) for number in range(100)}
        kept = _list(*runs.values())
        table.show(kept.view(now=NOW, short=_short))
        assert table.go_to("r000050")
        for _ in range(3):
            table.toggle_mark()
        assert table.go_to("r000050")
        marks = table.marks
        await pilot.pause()
        stage.heard.clear()
        for turn in range(1000):
            number = chance.randrange(140)
            if chance.random() < 0.3 and number != 50:
                runs.pop(number, None)
                kept.drop([f"r{number:06d}"])
            else:
                runs[number] = _run(
                    number,
                    chance.choice(["running", "queued", "failed", "done", "paused"]),
                    started=chance.random() * 1000,
                    metrics={"loss": Metric(last=chance.random())},
                )
                kept.put([runs[number]])
            if turn % 50 == 0:
                kept.arrange(sort=chance.choice(["state", "name", "loss"]), reverse=chance.random() < 0.5)
            table.show(kept.view(now=NOW + turn, short=_short))
            assert table.run == "r000050"
            selected = [y for y in range(1, 16) if lit(table, y)]
            assert len(selected) == 1
            assert "name-50 " in text_of(table)[selected[0]] + " "
        await pilot.pause()
        assert not stage.heard_of(RunTable.Moved)
        assert table.marks == marks


async def test_when_its_run_goes_the_cursor_stays_at_its_row_and_says_so() -> None:
    table = RunTable()
    stage = Stage(table)
    async with stage.run_test(size=(80, 10)) as pilot:
        kept = _list(*(_run(number) for number in range(5)), sort="name")
        table.show(kept.view(now=NOW, short=_short))
        table.go_to("r000002")
        kept.drop(["r000002"])
        table.show(kept.view(now=NOW, short=_short))
        assert table.run == "r000003"
        kept.drop([f"r{number:06d}" for number in range(5)])
        table.show(kept.view(now=NOW, short=_short))
        assert table.run is None
        assert "No runs yet" in text_of(table)[0]
        await pilot.pause()
        assert [message.run for message in stage.heard_of(RunTable.Moved)][-2:] == ["r000003", None]


async def test_a_refresh_keeps_the_rows_where_they_are_on_the_screen() -> None:
    table = RunTable()
    async with Stage(table).run_test(size=(80, 11)):
        kept = _list(*(_run(number) for number in range(10, 60)), sort="name")
        table.show(kept.view(now=NOW, short=_short))
        table.go_to("r000030")
        before = next(y for y in range(11) if lit(table, y))
        kept.put([_run(1), _run(2), _run(3)])
        table.show(kept.view(now=NOW, short=_short))
        assert lit(table, before)
        assert "name-30" in text_of(table)[before]


async def test_nothing_changed_sends_nothing_and_one_number_sends_a_few_cells() -> None:
    table = RunTable()
    async with Stage(table).run_test(size=(120, 20)) as pilot:
        kept = _list(*(_run(number, metrics={"loss": Metric(last=0.8123)}) for number in range(10)))
        table.show(kept.view(now=NOW, short=_short))
        await pilot.pause()
        sent = Sent(table)
        table.show(kept.view(now=NOW, short=_short))
        assert sent.cells == 0
        kept.put([_run(4, metrics={"loss": Metric(last=0.8124)})])
        table.show(kept.view(now=NOW, short=_short))
        assert 0 < sent.cells <= 10
        sent.clear()
        table.move(1)
        assert sent.cells <= 2 * 120


async def test_marks_are_toggled_told_and_cleared() -> None:
    table = RunTable()
    stage = Stage(table)
    async with stage.run_test(size=(80, 10)) as pilot:
        table.show(_list(_run(2), _run(1)).view(now=NOW, short=_short))
        table.toggle_mark()
        assert table.run == "r000001"
        assert text_of(table)[1].startswith(" ●RUN")
        table.move(-1)
        assert text_of(table)[1].startswith("▌●RUN"), "a marked row shows the cursor too"
        table.clear_marks()
        await pilot.pause()
        assert [message.runs for message in stage.heard_of(RunTable.Marked)] == [{"r000002"}, set()]


async def test_without_colour_and_in_ascii_cursor_and_mark_are_seen_on_one_row() -> None:
    table = RunTable(palette=Palette("none", ASCII))
    async with Stage(table).run_test(size=(80, 10)):
        table.show(_list(_run(2), _run(1)).view(now=NOW, short=_short, glyphs=ASCII))
        table.toggle_mark()
        assert [line[:5] for line in text_of(table)[1:3]] == [" *RUN", "> RUN"]
        table.move(-1)
        assert [line[:5] for line in text_of(table)[1:3]] == [">*RUN", "  RUN"]
        assert [underlined(table, y) for y in (1, 2)] == [True, False]


async def test_a_click_selects_and_a_second_one_opens() -> None:
    table = RunTable()
    stage = Stage(table)
    async with stage.run_test(size=(80, 10)) as pilot:
        table.show(_list(_run(3), _run(2), _run(1)).view(now=NOW, short=_short))
        await pilot.click(RunTable, offset=(10, 2))
        assert table.run == "r000002"
        await pilot.click(RunTable, offset=(10, 3), times=2)
        await pilot.pause()
        assert [message.run for message in stage.heard_of(RunTable.Opened)] == ["r000001"]
        await pilot.click(RunTable, offset=(10, 8))
        assert table.run == "r000001"


async def test_pages_and_ends() -> None:
    table = RunTable()
    async with Stage(table).run_test(size=(80, 11)):
        table.show(_list(*(_run(number) for number in range(100)), sort="name").view(now=NOW, short=_short))
        table.page(1)
        assert table.run == "r000009"
        table.page(0.5)
        assert table.run == "r000014"
        table.page(-9)
        assert table.run == "r000000"
        table.end()
        assert table.run == "r000099"
        assert "name-99" in text_of(table)[10]
        table.home()
        assert table.run == "r000000"
        table.move(-1)
        assert table.run == "r000000"


async def test_a_tiny_table_still_shows_state_name_and_host() -> None:
    table = RunTable()
    async with Stage(table).run_test(size=(40, 5)):
        table.show(_list(_run(1)).view(now=NOW, short=_short))
        assert text_of(table)[1].split()[:4] == ["▌", "RUN", "name-1", "gpu01"]
