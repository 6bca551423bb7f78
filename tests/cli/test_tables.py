"""Tables for people: they fit the terminal, say what matters, and hide nothing in a pipe."""

import pytest

from nerotui.agent.states import RunState
from nerotui.cli.output import COLOURS_256, palette
from nerotui.cli.overview import hosts_table, partitions_lines, runs_table
from nerotui.cli.session import in_order
from nerotui.cli.table import Cell, Column, render
from nerotui.core.records import Partition, Run
from nerotui.core.views.cells import width
from tests.cli.records import NOW, a_host, a_run, away, ended, pending, waiting


def four(run_id: str) -> str:
    return run_id[:4]


def lines_of(runs: list[Run], columns: int | None = None) -> list[str]:
    return runs_table(runs, four, now=NOW, width=columns, colours={})


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_two_hundred_runs_fit_the_terminal(columns: int) -> None:
    runs = [ended(number, RunState.FAILED, reason="exit code 1: " + "x" * 80) for number in range(200)]
    lines = lines_of(runs, columns)
    assert len(lines) == 201
    assert max(map(width, lines)) <= columns
    assert all("FAIL" in line for line in lines[1:])


def test_a_pipe_gets_everything() -> None:
    name = "a-very-long-name-" * 8
    assert name in lines_of([a_run(name=name)])[1]


def test_a_name_gives_way_in_its_middle() -> None:
    name = "sweep-with-a-long-common-beginning-" + "=" * 60 + "-lr0.01"
    line = lines_of([a_run(name=name)], 80)[1]
    assert "…" in line
    assert "0.01" in line


def test_rows_say_what_matters_most() -> None:
    assert "loss is nan" in lines_of([a_run()])[1]
    assert "freeze asked 3s ago" in lines_of([pending(1)])[1]
    assert "number 2 in line" in lines_of([waiting(1, 2)])[1]
    assert "NEXT" in lines_of([waiting(1, 1)])[1]
    assert "its host is away" in lines_of([a_run(stale=True)])[1]
    assert "killed by alice" in lines_of([ended(1, RunState.KILLED, reason="killed by alice")])[1]
    assert "epoch 34/90" in lines_of([a_run()])[1]


def test_text_from_hosts_cannot_reach_the_terminal() -> None:
    nasty = "x\x1b]0;title\x07\x1b[31m\r\n\u202ey"
    lines = lines_of([a_run(name=nasty, reason=nasty, findings=())])
    lines += hosts_table([a_host(note=nasty)], [], now=NOW, width=None, colours={})
    assert all(line.isprintable() for line in lines)


def test_a_host_that_is_away_says_why() -> None:
    row = hosts_table([a_host(), away()], [a_run(), waiting(1, 1)], now=NOW, width=None, colours={})
    assert "1+1" in row[1]
    assert "31G/40G" in row[1]
    assert "1: lost: Xid 79" in row[1]
    assert row[2].endswith("  no answer from 10.0.0.4:22 within 10 s")


def test_a_jobs_row_says_why_it_waits_and_when_it_starts() -> None:
    job = waiting(1, 12, host="triton", backend="slurm", queue="gpu", reason="its partition is down", checked=NOW - 190)
    row = lines_of([job])[1]
    assert "triton:gpu" in row
    assert row.endswith("its partition is down, number 12 in line, as of 3m ago")
    assert lines_of([waiting(1, 1, backend="slurm", expected=NOW + 7300)])[1].endswith("starts in ~2h")
    assert lines_of([a_run(findings=(), foreign=True)])[1].endswith("foreign")


def test_partitions_stand_below_the_hosts() -> None:
    gpu = Partition(name="gpu", default=True, nodes=2, nodes_free=1, cpus=8, cpus_free=4, gpus=4, gpus_free=3)
    triton = a_host("triton", backend="slurm", partitions=(gpu,), jobs_note="Slurm's controller does not answer")
    row = hosts_table([triton], [], now=NOW, width=None, colours={})[1]
    assert "slurm, 3 gpus free" in row
    assert row.endswith("Slurm's controller does not answer")
    assert partitions_lines([triton, a_host()], colours={}) == [
        "",
        "triton: free in the partitions of Slurm",
        "  name  gpus  cpus  nodes",
        "  gpu*   3/4   4/8    1/2",
    ]


def test_order_is_what_lives_then_the_queues_then_what_ended_newest_first() -> None:
    runs = [ended(5), ended(2), waiting(3, 2), waiting(4, 1), a_run(6)]
    assert [run.name[-1] for run in in_order(runs)] == ["6", "4", "3", "2", "5"]


def test_empty_columns_are_left_out() -> None:
    table = render([Column("A"), Column("B")], [[Cell("1"), Cell("")]], width=None, colours={})
    assert table == ["A", "1"]


def test_wide_characters_are_counted_in_cells() -> None:
    table = render(
        [Column("NAME", least=4), Column("X")],
        [[Cell("日本語日本語"), Cell("1")], [Cell("ab"), Cell("2")]],
        width=10,
        colours={},
    )
    assert {width(line) for line in table} == {10}


class Stream:
    def __init__(self, tty: bool) -> None:
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.mark.parametrize(
    ("tty", "environ", "coloured"),
    [
        (True, {"TERM": "xterm-256color"}, True),
        (True, {"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm-256color", "NO_COLOR": ""}, True),
        (False, {"TERM": "xterm-256color"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
    ],
)
def test_colours_only_where_a_person_looks(tty: bool, environ: dict[str, str], coloured: bool) -> None:
    assert bool(palette(Stream(tty), environ)) is coloured  # type: ignore[arg-type]


def test_colour_costs_no_cells() -> None:
    plain = runs_table([a_run()], four, now=NOW, width=80, colours={})
    painted = runs_table([a_run()], four, now=NOW, width=80, colours=COLOURS_256)
    import re

    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in painted] == plain
