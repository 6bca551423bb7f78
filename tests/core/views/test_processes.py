"""The process tree: who hangs below whom, and how much of a core each uses between two looks."""

from __future__ import annotations

from typing import Any

from nerotui.core.views.glyphs import ASCII
from nerotui.core.views.processes import Shares, tree_rows, tree_view
from nerotui.core.views.spans import plain

NOW = 1_000_000.0


def _process(pid: int, parent: int, command: str = "sh", **more: Any) -> dict[str, Any]:
    return {
        "pid": pid, "ppid": parent, "command": command, "state": "S", "rss": 1 << 20, "cpu_s": 1.0,
        "started": NOW - 100, **more,
    }  # fmt: skip


def test_children_hang_below_their_parents_and_orphans_stand_alone() -> None:
    processes = [
        _process(9, 1, "moved away"),
        _process(2, 1, "train"),
        _process(3, 2, "worker 1"),
        _process(5, 3, "helper"),
        _process(4, 2, "worker 2"),
    ]
    rows = tree_rows(processes, {}, now=NOW)
    assert [row.label for row in rows] == ["pid", "9", "2", "3", "5", "4"]
    drawn = [plain(row.line)[22:] for row in rows[1:]]
    assert drawn == ["moved away", "train", "├─ worker 1", "│  └─ helper", "└─ worker 2"]
    assert [plain(row.line)[22:] for row in tree_rows(processes, {}, now=NOW, glyphs=ASCII)][-3:] == [
        "|- worker 1", "|  `- helper", "`- worker 2",
    ]  # fmt: skip


def test_a_share_is_that_since_the_look_before_or_since_the_start() -> None:
    shares = Shares()
    assert shares.take([_process(2, 1, cpu_s=50.0)], NOW) == {2: 50.0}
    assert shares.take([_process(2, 1, cpu_s=53.0)], NOW + 2) == {2: 150.0}
    again = _process(2, 1, cpu_s=1.0, started=NOW + 3)
    assert shares.take([again], NOW + 4) == {2: 100.0}, "another process of that pid"
    assert shares.take([{"pid": 2}], NOW + 5) == {2: None}


def test_columns_stand_under_their_titles_and_what_is_unknown_is_said() -> None:
    head, full, bare = tree_rows([_process(2, 1, "train", rss=3 << 30), {"pid": 3}], {2: 101.4}, now=NOW)
    assert plain(head.line) == "   cpu    mem    age  command"
    assert plain(full.line) == "S 101%   3.0G  1m40s  train"
    assert plain(bare.line) == "?   ?%      -      -  ?"


def test_what_a_command_line_holds_stays_text() -> None:
    _, row = tree_rows([_process(2, 1, "evil \x1b]52;c;AAAA\x07\x1b[31m[red]")], {}, now=NOW)
    assert "\x1b" not in plain(row.line)
    assert "[red]" in plain(row.line)


def test_the_rule_sums_up() -> None:
    view = tree_view([_process(2, 1), _process(3, 2)], {2: 20.0, 3: 80.0}, subject="id", right="id", now=NOW)
    assert view.right == "id · 2 processes · cpu 100% · mem 2.0M"
    empty = tree_view([], {}, subject="id", right="id", now=NOW)
    assert empty.notice is not None
    assert empty.notice.kind == "empty"
