"""What a user asks to be run, written down for a host."""

import pytest

from nerotui.core.spec import RunSpec, default_name, document
from nerotui.errors import UsageError


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python3 -u exp/train.py --lr 0.1", "train"),
        ("python -m pkg.train --lr 0.1", "train"),
        ("A=1 B=/x bash run.sh", "run"),
        ("/opt/bin/fit --x", "fit"),
        ("nice nohup python3.11 a.b.py", "a.b"),
        ("python -c pass", "python"),
        ("uv run train.py", "train"),
        ("bash", "bash"),
        ("sh -c exit", "exit"),
    ],
)
def test_a_run_is_called_after_what_it_runs(command: str, name: str) -> None:
    assert default_name(tuple(command.split())) == name


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("/bin/sh", "-c", "for i in 1 2 3;\n do echo $i; done"), "sh"),
        (("python3.11", "-u", "-c", "import torch\nfor x in range(3): print(x)"), "python"),
        (("/usr/bin/python3", "-c", "a = 1"), "python"),
        (("bash", "-lc", "cd work && python -u train.py --lr 0.1 | tee out"), "train"),
        (("sh", "-c", "exec ./fit --x"), "fit"),
        (("sh", "-c", "sleep 60; exit 3"), "sleep"),
        (("sh", "-c", "{ a; b; }"), "sh"),
        (("sh", "-c", ""), "sh"),
    ],
)
def test_a_script_on_the_command_line_gives_a_short_name(command: tuple[str, ...], name: str) -> None:
    assert default_name(command) == name


def test_the_document_holds_all_that_was_asked() -> None:
    spec = RunSpec(command=("true",), env={"A": "1"}, gpus=0, params={"lr": 0.1}, resume=("r", "{checkpoint}"))
    made = document(spec, run_id="abcdefgh", created=5.0, who="a@b")
    assert made["id"] == "abcdefgh"
    assert made["name"] == "true"
    assert made["command"] == ["true"]
    assert made["resume"] == ["r", "{checkpoint}"]
    assert made["who"] == "a@b"
    assert made["gpus"] == 0


@pytest.mark.parametrize(
    "spec",
    [
        RunSpec(command=()),
        RunSpec(command=("",)),
        RunSpec(command=("x",), gpus=-1),
        RunSpec(command=("x",), grace=-1),
        RunSpec(command=("x",), time=0),
        RunSpec(command=("x",), time=float("inf")),
        RunSpec(command=("x",), env={"A=B": ""}),
        RunSpec(command=("x",), env={"": "x"}),
    ],
)
def test_what_makes_no_sense_is_refused(spec: RunSpec) -> None:
    with pytest.raises(UsageError):
        document(spec, run_id="abcdefgh", created=5.0, who="a@b")


def test_the_document_holds_what_is_asked_of_a_scheduler() -> None:
    spec = RunSpec(
        command=("train.slurm",),
        script="#!/bin/bash\n#SBATCH --mem=1G\ntrue\n",
        partition="gpu",
        memory=16 << 30,
        slurm=("-C", "a100"),
        after=("abcdefgh",),
        attempts=3,
    )
    made = document(spec, run_id="abcdefgh", created=5.0, who="a@b")
    assert made["script"] == spec.script
    assert (made["partition"], made["memory"], made["slurm"], made["attempts"]) == ("gpu", 16 << 30, ["-C", "a100"], 3)
    assert (made["after"], made["after_any"], made["cpus"], made["backend"]) == (["abcdefgh"], [], None, None)
    assert document(RunSpec(command=("x",)), run_id="abcdefgh", created=5.0, who="a@b")["attempts"] == 1


@pytest.mark.parametrize(
    "spec",
    [
        RunSpec(command=("x",), cpus=0),
        RunSpec(command=("x",), nodes=-1),
        RunSpec(command=("x",), attempts=0),
        RunSpec(command=("x",), memory=0),
        RunSpec(command=("x",), partition=""),
        RunSpec(command=("x",), account="-A"),
        RunSpec(command=("x",), slurm=("--comment=a\nb",)),
        RunSpec(command=("x",), gridengine=("",)),
        RunSpec(command=("x",), script="echo no shebang\n"),
        RunSpec(command=("x",), after=("abcd",)),
    ],
)
def test_wishes_that_make_no_sense_are_refused(spec: RunSpec) -> None:
    with pytest.raises(UsageError):
        document(spec, run_id="abcdefgh", created=5.0, who="a@b")
