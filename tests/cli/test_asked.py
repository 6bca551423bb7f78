"""What the options of `nerotui run` mean, and what is refused before any host is asked."""

from pathlib import Path

import click
import pytest

from nerotui.cli.asked import spec_of
from nerotui.cli.commands.run import run
from nerotui.cli.preview import tell
from nerotui.core.records import Preview
from nerotui.core.spec import RunSpec, document
from nerotui.errors import UsageError
from tests.cli.conftest import Nerotui


def asked(*argv: str) -> RunSpec:
    options = run.make_context("run", list(argv)).params
    del options["as_json"]
    return spec_of(options.pop("command"), options)


def test_what_a_scheduler_is_asked_for() -> None:
    spec = asked(
        *("--queue", "gpu", "--account", "lab", "--cpus", "8", "--memory", "16GB", "--nodes", "2", "--attempts", "3"),
        *("--slurm", "-C a100", "--slurm", "--exclusive", "--gridengine", "-l h_vmem=8G", "--resume", "./go --resume"),
        *("--", "./go"),
    )
    assert (spec.partition, spec.account, spec.cpus, spec.memory, spec.nodes) == ("gpu", "lab", 8, 16 << 30, 2)
    assert spec.slurm == ("-C", "a100", "--exclusive")
    assert spec.gridengine == ("-l", "h_vmem=8G")
    assert spec.attempts == 3


def test_a_script_is_taken_as_it_is_and_names_its_run(tmp_path: Path) -> None:
    file = tmp_path / "experiment1.slurm"
    file.write_text("#!/bin/bash\n#SBATCH --job-name=lstm\necho $1\n")
    spec = asked("--script", str(file), "--", "first", "--second")
    assert spec.script == file.read_text()
    assert spec.command == ("experiment1.slurm", "first", "--second")
    assert spec.name == "lstm"
    file.write_text("#!/bin/bash\n")
    assert asked("--script", str(file)).name == "experiment1"
    assert asked("--script", str(file), "--name", "mine").name == "mine"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--memory", "16", "--", "x"), "--memory: '16' is no size"),
        (("--slurm", "it's", "--", "x"), '--slurm "it\'s" cannot be split'),
        (("--attempts", "2", "--", "x"), "--attempts needs a command that goes on"),
        (("--script", "SCRIPT", "--partition", "gpu"), "--partition does not go with --script"),
        (("--script", "/nowhere/x.sh"), "No such file"),
        (("--script", "BINARY"), "not UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_refused(argv: tuple[str, ...], words: str, tmp_path: Path) -> None:
    (tmp_path / "SCRIPT").write_text("#!/bin/sh\n")
    (tmp_path / "BINARY").write_bytes(b"#!\xff\n")
    argv = tuple(str(tmp_path / word) if word in ("SCRIPT", "BINARY") else word for word in argv)
    with pytest.raises(UsageError) as caught:
        asked(*argv)
    assert words in str(caught.value)


def test_without_a_command_or_a_script_there_is_nothing_to_run(nerotui: Nerotui) -> None:
    done = nerotui("run")
    assert done.code == 2
    assert "no command to run, and no --script" in done.err


def test_a_limit_that_is_none_is_refused(nerotui: Nerotui) -> None:
    done = nerotui("limit", "k3f7", "2 weeks")
    assert done.code == 2
    assert "is no duration" in done.err


def test_a_dry_run_shows_the_script_and_how_it_would_be_handed_in(capfd: pytest.CaptureFixture[str]) -> None:
    argv = ("sbatch", "--parsable", "--job-name=two words", "/home/a/.nerotui/runs/x/job.sh")
    tell(Preview(host="triton", script="#!/bin/sh\nexec x\n", argv=argv), as_json=False)
    out, err = capfd.readouterr()
    assert out == "#!/bin/sh\nexec x\n"
    assert "on triton it would be handed in with: sbatch --parsable '--job-name=two words'" in err
    assert "nothing was queued" in err


def test_a_dry_run_without_a_scheduler_shows_what_would_be_queued(capfd: pytest.CaptureFixture[str]) -> None:
    spec = RunSpec(command=("python", "a b.py"), memory=16 << 30, time=5400.0, env={"A": "1"})
    tell(Preview(host="local", document=document(spec, run_id="abcdefgh", created=5.0, who="a@b")), as_json=False)
    out, _ = capfd.readouterr()
    lines = {line[:11].strip(): line[12:] for line in out.splitlines()}
    assert lines["host"] == "local"
    assert lines["command"] == "python 'a b.py'"
    assert (lines["memory"], lines["time"], lines["env"]) == ("16GB", "1h30m", "A=1")
    assert "id" not in lines


def test_help_takes_both_names_of_a_queue() -> None:
    assert "--partition, --queue" in run.get_help(click.Context(run))
