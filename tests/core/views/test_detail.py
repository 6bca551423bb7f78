"""The detail pane's words: paths as people write them, facts readable, nothing of nerotui's own book-keeping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nerotui.core.records import Disk, Event, Host, Run, RunDetail, Stats
from nerotui.core.views.detail import DetailView, detail_view
from nerotui.core.views.hostdetail import host_detail_view
from nerotui.core.views.spans import plain

NOW = 1_763_716_872.0
HOME = "/m/home/u8/alice/data"

MakeRun = Callable[..., Run]


def said(view: DetailView) -> str:
    """The pane's text, a row a line."""
    return "\n".join(f"{row.label:14}{plain(row.line)}" for row in view.rows)


def test_a_hosts_paths_begin_with_a_tilde() -> None:
    stats = Stats(time=NOW, disks=(Disk(path=f"{HOME}/.nerotui", free=1 << 30, total=1 << 40), Disk(path="/tmp")))
    host = Host(name="triton", state="up", root=f"{HOME}/.nerotui", home=HOME, stats=stats)
    text = said(host_detail_view(host, now=NOW))
    assert HOME not in text
    assert "root          ~/.nerotui" in text
    assert "disk          ~/.nerotui  1.0G free of 1.0T" in text
    assert "disk          /tmp" in text


def test_a_runs_paths_do_too_and_its_facts_are_readable(make_run: MakeRun) -> None:
    run = make_run(dir=f"{HOME}/exp/resnet50")
    spec: dict[str, Any] = {
        "command": ["python", "train.py"], "dir": run.dir, "resume": ["python", "train.py", "--resume", "a b"],
        "env": {"DATA": f"{HOME}/sets"}, "created": NOW - 60, "created_here": 123.4, "held": False, "machine": "abc",
    }  # fmt: skip
    facts = {
        "host": {"kernel": "6.1", "memory": 24 << 30, "cpu": None},
        "python": {"executable": f"{HOME}/venv/bin/python", "packages": {"numpy": "1.26", "torch": "2.3"}},
        "git": {"commit": "3dfe8dc0", "diff": "+a\n-b\n"},
    }
    events = (Event(time=NOW, kind="submitted", text="submitted"),)
    detail = RunDetail(run=run, spec=spec, facts=facts, events=events)
    text = said(detail_view(run, detail, now=NOW, home=HOME, full=True))
    assert HOME not in text
    for words in (
        "dir           ~/exp/resnet50",
        "resume        python train.py --resume 'a b'",
        "env           DATA=~/sets",
        "executable ~/venv/bin/python",
        "packages numpy 1.26  torch 2.3",
        "memory 24G",
        "diff 2 lines",
    ):
        assert words in text, text
    for noise in ("created_here", "123.4", "machine", "held", "None", "{'"):
        assert noise not in text
