"""The add dialog understands what people type, gives back what a run was, and says what it cannot use."""

from __future__ import annotations

import msgspec
import pytest
from textual.widgets import Input

from nerotui.core.records import Host
from nerotui.tui.screens.wanted import Wanted, prefilled, understood
from tests.tui.scene import Scene, app, detail, runs


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("python train.py --lr 0.1", ("python", "train.py", "--lr", "0.1")),
        ("python train.py --name 'two words'", ("python", "train.py", "--name", "two words")),
        ("python -c 'print(1)\nprint(2)'", ("python", "-c", "print(1)\nprint(2)")),
        ("cd exp && python train.py > out", ("sh", "-c", "cd exp && python train.py > out")),
        ("python train.py | tee log", ("sh", "-c", "python train.py | tee log")),
        ("sh -c 'a && b'", ("sh", "-c", "a && b")),
        ("train --resume '{checkpoint}' # here", ("train", "--resume", "{checkpoint}", "#", "here")),
        ('echo "$HOME"', ("sh", "-c", 'echo "$HOME"')),
    ],
)  # fmt: skip
def test_a_line_is_split_as_a_shell_would_or_given_to_one(line: str, argv: tuple[str, ...]) -> None:
    assert understood(Wanted(command=line)).spec.command == argv


def test_the_selected_run_comes_back_whole() -> None:
    run = runs()["k3f9ab2c"]
    spec = dict(detail(run).spec, command=["python", "-c", "print('a b')\nx = $1"], env={"A": "1 2", "B": ""})
    host, asked = understood(prefilled(run, spec, ("gpu01",)))
    assert asked.command == ("python", "-c", "print('a b')\nx = $1")
    assert asked.env == {"A": "1 2", "B": ""}
    assert (host, asked.name, asked.gpus) == ("gpu01", run.name, 1)
    assert asked.resume == ("python", "train.py", "--resume", "{checkpoint}")
    assert asked.dir == run.dir


def test_limits_and_rules_of_the_selected_run_come_back_too() -> None:
    run = runs()["k3f9ab2c"]
    table = {"variablename": "loss", "killvalue": "5", "comparator": "gt", "when": "time 3", "action": "kill"}
    rules = ["nan(loss)", 'found("a;b")', table, "no output for 30m"]
    spec = dict(detail(run).spec, time=9000, deadline=1796126400.0, stop=rules, patterns=[r"cost (?P<cost>\S+)"])
    wanted = prefilled(run, spec, ("gpu01",))
    assert (wanted.time, wanted.stop) == ("2h30m", "nan(loss); no output for 30m")
    asked = understood(wanted).spec
    assert (asked.time, asked.deadline) == (9000, 1796126400.0)
    assert asked.stop == ("nan(loss)", "no output for 30m", 'found("a;b")', table)
    assert asked.metrics == (r"cost (?P<cost>\S+)",)
    assert understood(Wanted(command="true")).spec.time is None


def test_what_a_scheduler_is_asked_for_comes_back_where_there_is_one() -> None:
    job = msgspec.structs.replace(runs()["k3f9ab2c"], host="triton", backend="slurm")
    asked_before = {"partition": "gpu", "cpus": 8, "memory": 16 << 30, "slurm": ["-C", "a100 or b"], "attempts": 3}
    wanted = prefilled(job, dict(detail(job).spec, **asked_before), ("triton",))
    assert (wanted.partition, wanted.cpus, wanted.memory, wanted.options) == ("gpu", "8", "16GB", "-C 'a100 or b'")
    spec = understood(wanted, "slurm").spec
    assert (spec.partition, spec.cpus, spec.memory, spec.slurm) == ("gpu", 8, 16 << 30, ("-C", "a100 or b"))
    assert (spec.nodes, spec.gridengine, spec.attempts) == (None, (), 3)
    assert understood(wanted, "gridengine").spec.gridengine == ("-C", "a100 or b")
    here = understood(wanted).spec
    assert (here.partition, here.memory, here.slurm, here.attempts) == (None, None, (), 3)


def test_a_script_comes_back_as_a_script() -> None:
    run = runs()["k3f9ab2c"]
    spec = dict(detail(run).spec, command=["train.slurm", "--fast"], script="#!/bin/bash\ntrue\n")
    asked = understood(prefilled(run, spec, ("gpu01",))).spec
    assert (asked.script, asked.command) == ("#!/bin/bash\ntrue\n", ("train.slurm", "--fast"))


async def test_fields_for_a_scheduler_are_there_while_the_host_has_one() -> None:
    scene = Scene()
    scene.host_records["triton"] = Host(name="triton", state="up", backend="slurm")
    console = app(scene=scene)
    async with console.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("a")
        await pilot.pause()
        dialog = console.screen
        fields = [dialog.query_one(f"#add-{name}") for name in ("partition", "account", "memory", "options")]
        assert not any(field.parent.display for field in fields)  # type: ignore[union-attr]
        dialog.query_one("#add-host", Input).value = "triton"
        await pilot.pause()
        assert all(field.parent.display for field in fields)  # type: ignore[union-attr]
        assert all(field.region.bottom < 24 for field in fields)
        assert dialog.query_one("#choices").region.bottom <= 23


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(), "a command is needed"),
        (Wanted(command="python 'train"), "open quote"),
        (Wanted(command="true", gpus="two"), "gpus is a number"),
        (Wanted(command="true", env="SEED"), "NAME=VALUE"),
        (Wanted(command="true", env="1A=2"), "NAME=VALUE"),
        (Wanted(command="true", time="soon"), "is no duration"),
        (Wanted(command="true", memory="16"), "is no size"),
        (Wanted(command="true", cpus="all"), "cpus is a number"),
        (Wanted(command="true", options="-C 'a"), "open quote"),
        (Wanted(command="true", partition="-p"), "'partition' cannot be"),
    ],
)
def test_what_cannot_be_used_is_said(wanted: Wanted, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        understood(wanted, "slurm")
