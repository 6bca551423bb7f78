"""Runs that wait for others, and runs that go in together."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.states import RunState
from nerotui.backends import arrays
from nerotui.backends.gridengine import GridEngine
from nerotui.backends.jobs import Array, in_tasks
from nerotui.backends.slurm import Slurm
from nerotui.backends.waiting import wait_of
from nerotui.core.records import Run
from nerotui.errors import Refused

RUNS = {
    run.id: run
    for run in (
        Run(id="donedone", name="a", host="c", state=RunState.DONE, backend="slurm", job="1"),
        Run(id="failfail", name="b", host="c", state=RunState.FAILED, backend="slurm", job="2"),
        Run(id="runsruns", name="c", host="c", state=RunState.RUNNING, backend="slurm", job="3"),
        Run(id="waitwait", name="d", host="c", state=RunState.QUEUED, backend="slurm", job="4_2"),
        Run(id="jobless2", name="e", host="c", state=RunState.HELD, backend="slurm"),
        Run(id="hereabou", name="f", host="c", state=RunState.RUNNING, backend="process"),
    )
}


def wait(after: tuple[str, ...] = (), after_any: tuple[str, ...] = ()) -> tuple[str, ...]:
    return wait_of({"after": after, "after_any": after_any}, RUNS.get, "slurm")


def test_what_is_done_need_not_be_waited_for() -> None:
    told = wait(after=("donedone", "runsruns", "waitwait"), after_any=("failfail", "runsruns"))
    assert told == ("3", "4_2")
    argv = Slurm().submit("/r/x/job.sh", {"id": "abcdefgh"}, told).argv
    assert "--dependency=afterany:3:4_2" in argv
    argv = GridEngine().submit("/r/x/job.sh", {"id": "abcdefgh"}, told).argv
    assert argv[argv.index("-hold_jid") + 1] == "3,4_2"


@pytest.mark.parametrize(
    ("run", "says"),
    [
        ("failfail", "it would wait for ever: b"),
        ("jobless2", "has no job yet"),
        ("hereabou", "no job of the same scheduler"),
        ("nobodyhe", "not known on this host"),
    ],
)
def test_what_could_never_start_is_refused_in_a_sentence(run: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        wait(after=(run,))


@pytest.mark.parametrize(
    ("task", "tasks", "among"),
    [("3", "2-5%2", True), ("6", "2-5%2", False), ("4", "1,4", True), ("4", "1-9:2", False), ("5", "1-9:2", True)],
)
def test_which_tasks_an_entry_stands_for(task: str, tasks: str, among: bool) -> None:
    assert in_tasks(task, tasks) is among


def test_only_runs_that_wish_the_same_go_in_together() -> None:
    documents: list[dict[str, Any]] = [
        {"gpus": 1},
        {"gpus": 2},
        {"gpus": 1, "params": {"lr": 0.1}},
        {"gpus": 1, "script": "#!/bin/sh\n"},
        {"gpus": 1, "after": ["donedone"]},
        {"gpus": 2},
    ]
    assert arrays.grouped(documents) == [[0, 2], [1, 5], [3], [4]]
    assert [len(group) for group in arrays.grouped([{}] * (arrays.MOST + 1))] == [arrays.MOST, 1]


def test_each_task_of_an_array_starts_a_run_of_its_own(tmp_path: Path) -> None:
    """Also where names hold what a shell gives a meaning."""
    scripts = []
    for name in ("first $(touch x)", "second 'x'"):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        script = folder / "job.sh"
        script.write_text('echo "$0 $SLURM_ARRAY_TASK_ID"\n')
        scripts.append(str(script))
    output = f"{tmp_path}/arrays/abcdefgh."
    text = arrays.script(Slurm.task, scripts, output)
    for task in ("1", "2", "3"):
        done = subprocess.run(
            ["/bin/sh"], input=text, env={"SLURM_ARRAY_TASK_ID": task, "PATH": "/usr/bin:/bin"},
            cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        if task == "3":
            assert done.returncode == 1
            assert "no task 3" in done.stderr
            continue
        assert done.stdout == f"{scripts[int(task) - 1]} {task}\n"
        assert (Path(scripts[int(task) - 1]).parent / "job.out").readlink() == Path(output + task)
    assert not (tmp_path / "x").exists()


def test_an_array_is_one_submission() -> None:
    command = Slurm().submit("#!/bin/sh\n", {"id": "abcdefgh"}, array=Array(size=3, output="/r/arrays/abcdefgh."))
    assert command.stdin == "#!/bin/sh\n"
    assert command.argv[-1] == "--array=1-3"
    assert "--output=/r/arrays/abcdefgh.%a" in command.argv
    assert "--comment=nerotui:abcdefgh*" in command.argv
    command = GridEngine().submit("#!/bin/sh\n", {"id": "abcdefgh"}, array=Array(size=3, output="/r/arrays/a."))
    assert command.argv[-2:] == ("-t", "1-3")
    assert "/r/arrays/a.$TASK_ID" in command.argv
