"""The add dialog understands what people type, gives back what a run was, and says what it cannot use."""

from __future__ import annotations

import pytest

from nerotui.tui.screens.add import Wanted, prefilled, understood
from tests.tui.scene import detail, runs


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
    assert understood(Wanted(command=line)).command == argv


def test_the_selected_run_comes_back_whole() -> None:
    run = runs()["k3f9ab2c"]
    spec = dict(detail(run).spec, command=["python", "-c", "print('a b')\nx = $1"], env={"A": "1 2", "B": ""})
    asked = understood(prefilled(run, spec, ("gpu01",)))
    assert asked.command == ("python", "-c", "print('a b')\nx = $1")
    assert asked.env == {"A": "1 2", "B": ""}
    assert (asked.host, asked.name, asked.gpus) == ("gpu01", run.name, 1)
    assert asked.resume == ("python", "train.py", "--resume", "{checkpoint}")
    assert asked.dir == run.dir


def test_limits_and_rules_of_the_selected_run_come_back_too() -> None:
    run = runs()["k3f9ab2c"]
    table = {"variablename": "loss", "killvalue": "5", "comparator": "gt", "when": "time 3", "action": "kill"}
    rules = ["nan(loss)", 'found("a;b")', table, "no output for 30m"]
    spec = dict(detail(run).spec, time=9000, deadline=1796126400.0, stop=rules, patterns=[r"cost (?P<cost>\S+)"])
    wanted = prefilled(run, spec, ("gpu01",))
    assert (wanted.time, wanted.stop) == ("2h30m", "nan(loss); no output for 30m")
    asked = understood(wanted)
    assert (asked.time, asked.deadline) == (9000, 1796126400.0)
    assert asked.stop == ("nan(loss)", "no output for 30m", 'found("a;b")', table)
    assert asked.patterns == (r"cost (?P<cost>\S+)",)
    assert understood(Wanted(command="true")).time is None


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(), "a command is needed"),
        (Wanted(command="python 'train"), "open quote"),
        (Wanted(command="true", gpus="two"), "gpus is a number"),
        (Wanted(command="true", env="SEED"), "NAME=VALUE"),
        (Wanted(command="true", env="1A=2"), "NAME=VALUE"),
        (Wanted(command="true", time="soon"), "is no duration"),
    ],
)
def test_what_cannot_be_used_is_said(wanted: Wanted, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        understood(wanted)
