"""Reading runs: their logs byte for byte, their numbers, and everything in a glance."""

import csv
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Nerotui
from tests.cli.terminal import Terminal
from tests.cli.test_json import HOST, RUN
from tests.cli.test_verbs import Runs

NUMBERS = "step 1 loss 0.5 val_loss 0.7\nstep 2 loss nan val_loss 0.6\nstep 3 loss 0.25 val_loss 0.65\n"


@pytest.fixture
def runs(nerotui: Nerotui) -> Runs:
    return Runs(nerotui)


def raw(*argv: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "nerotui", *argv],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def test_a_log_in_a_pipe_is_the_file_byte_for_byte(runs: Runs, tmp_path: Path, home: Path) -> None:
    noise = random.Random(0).randbytes(700_000)
    (tmp_path / "noise").write_bytes(noise)
    run_id = runs.run(command=("cat", str(tmp_path / "noise")))
    runs.until_state(run_id, "done")
    assert hashlib.sha256(raw("logs", run_id)).digest() == hashlib.sha256(noise).digest()
    assert raw("logs", "-f", run_id) == noise


def test_following_ends_with_the_run_and_loses_nothing(runs: Runs) -> None:
    command = ("sh", "-c", "for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.1; done; printf end")
    run_id = runs.run(command=command)
    assert raw("logs", "-f", run_id) == b"".join(b"line %d\n" % at for at in range(1, 9)) + b"end"
    assert runs.get(run_id)["state"] == "done"


def test_following_waits_for_a_run_that_has_not_started(runs: Runs) -> None:
    run_id = runs.run("--hold", command=("echo", "here"))
    assert runs.do("logs", run_id) == runs.do("logs", "-n", "5", run_id) == ""
    with Terminal("logs", "-f", run_id) as terminal:
        runs.do("release", run_id)
        terminal.until("here\n")
        assert terminal.end()[0] == 0


@pytest.mark.parametrize(
    ("text", "lines", "shown"),
    [
        ("a\nb\nc\n", 2, "b\nc\n"),
        ("a\nb\nc", 2, "b\nc"),
        ("a\nb\nc\n", 0, ""),
        ("a\nb\nc\n", 3, "a\nb\nc\n"),
        ("a\nb\nc\n", 9, "a\nb\nc\n"),
        ("\n\n\n", 2, "\n\n"),
        ("", 5, ""),
    ],
)
def test_last_lines(runs: Runs, tmp_path: Path, text: str, lines: int, shown: str) -> None:
    (tmp_path / "text").write_text(text)
    run_id = runs.run(command=("cat", str(tmp_path / "text")))
    runs.until_state(run_id, "done")
    assert raw("logs", "-n", str(lines), run_id).decode() == shown


def test_the_last_line_of_a_log_that_is_one_huge_line_is_not_searched_for(
    runs: Runs, nerotui: Nerotui, home: Path
) -> None:
    run_id = runs.run(command=("true",))
    runs.until_state(run_id, "done")
    with open(home / ".nerotui" / "runs" / run_id / "log", "wb") as log:
        log.truncate(10 << 30)  # a hole of ten gigabytes: nothing is written, and reading all of it would take minutes
        log.seek(0, os.SEEK_END)
        log.write(b"end of it\nand more\n")
    done = nerotui("logs", "-n", "2", run_id)
    assert done.code == 0
    assert done.out.endswith("end of it\nand more\n")
    assert len(done.out) < 40 << 20
    assert "a line is longer than 16 MiB: what is shown begins within it" in done.err
    assert nerotui("logs", "-n", "1", run_id).out == "and more\n"


def test_last_lines_of_a_log_longer_than_what_is_read_at_once(runs: Runs, tmp_path: Path) -> None:
    whole = b"".join(b"%06d %s\n" % (at, b"x" * 500) for at in range(2000))
    (tmp_path / "text").write_bytes(whole)
    run_id = runs.run(command=("cat", str(tmp_path / "text")))
    runs.until_state(run_id, "done")
    assert raw("logs", "-n", "1500", run_id) == b"".join(whole.splitlines(keepends=True)[-1500:])


def test_on_a_terminal_a_log_is_plain_characters_and_ctrl_c_leaves_it(runs: Runs) -> None:
    run_id = runs.run(command=("sh", "-c", r"printf '\033]0;owned\007\033[31mred\033[0m\nup\n'; exec sleep 300"))
    with Terminal("logs", "-f", run_id) as terminal:
        shown = terminal.until("up\n")
        assert "\x1b" not in shown
        assert "red\n" in shown
        terminal.type("\x03")
        assert terminal.end()[0] == 130
    assert runs.get(run_id)["state"] == "running"


def test_metrics_of_a_run_and_of_a_file_are_every_point(runs: Runs, nerotui: Nerotui, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(NUMBERS)
    run_id = runs.run(command=("cat", "train.log"))
    runs.until_state(run_id, "done")
    wanted = {
        "loss": {"name": "loss", "x": "step", "points": [[1, 0.5], [2, "NaN"], [3, 0.25]]},
        "val_loss": {"name": "val_loss", "x": "step", "points": [[1, 0.7], [2, 0.6], [3, 0.65]]},
    }
    for source in (run_id, "train.log", str(tmp_path / "train.log")):
        printed = json.loads(runs.do("metrics", source, "--json"))
        assert printed == {"version": 1, "series": [wanted[series["name"]] for series in printed["series"]]}
        assert len(printed["series"]) == 2
    both = json.loads(runs.do("metrics", run_id, "train.log", "--json", "--name", "loss"))["series"]
    assert [(series.pop("source"), series) for series in both] == [
        (run_id, wanted["loss"]),
        ("train.log", wanted["loss"]),
    ]
    rows = list(csv.DictReader(io.StringIO(runs.do("metrics", "--csv", "-n", "loss", run_id))))
    assert [(row["metric"], row["x_is"], row["x"], row["value"]) for row in rows] == [
        ("loss", "step", "1.0", "0.5"),
        ("loss", "step", "2.0", "nan"),
        ("loss", "step", "3.0", "0.25"),
    ]
    table = runs.do("metrics", run_id).splitlines()
    assert table[1].split()[-8:] == ["3", "step", "1", "3", "0.5000", "0.2500", "0.2500", "0.5000"]
    (tmp_path / "empty.log").write_text("nothing\n")
    none = nerotui("metrics", "empty.log")
    assert none.code == 1
    assert "no metrics" in none.err
    assert json.loads(runs.do("metrics", "empty.log", "--json"))["series"] == []


def test_metrics_of_files_and_of_a_folder_of_them(runs: Runs, tmp_path: Path) -> None:
    events = ROOT / "tests/agent/metrics/files/events/torch.tfevents"
    folder = tmp_path / "lightning_logs"
    for version in ("version_0", "version_1"):
        (folder / version).mkdir(parents=True)
        (folder / version / "metrics.csv").write_text("epoch,step,val_loss\n0,9,0.5\n1,19,0.25\n")
    shutil.copy(events, folder / "version_1/events.out.tfevents.1700000000.host.1.0")
    (folder / "version_1/hparams.csv").write_text("lr,layers\n0.1,4\n")

    def found(path: Path) -> dict[str, tuple[str, list[list[float]]]]:
        said = json.loads(runs.do("metrics", str(path), "--json"))
        return {series["name"]: (series["x"], series["points"]) for series in said["series"]}

    table = ("step", [[9, 0.5], [19, 0.25]])
    assert found(folder / "version_0/metrics.csv") == {"val_loss": table}
    assert list(found(events)) == ["Loss/train", "Loss/validation", "new style", "Größe/ß"]
    whole = found(folder)
    assert whole["version_0/val_loss"] == whole["version_1/val_loss"] == table
    assert len(whole["version_1/Loss/train"][1]) == 40
    packed = tmp_path / "table.csv.gz"
    packed.write_bytes(gzip.compress((folder / "version_0/metrics.csv").read_bytes()))
    assert found(packed) == {"val_loss": table}
    rows = list(csv.reader(io.StringIO(runs.do("metrics", str(folder / "version_0"), "--csv"))))
    assert [row[1:5] for row in rows] == [
        ["metric", "x_is", "x", "value"],
        ["val_loss", "step", "9.0", "0.5"],
        ["val_loss", "step", "19.0", "0.25"],
    ]


def test_a_glance_as_json(runs: Runs) -> None:
    runs.run("--hold", "--name", "x")
    snapshot = json.loads(runs.do("--once", "--json"))
    assert set(snapshot) == {"version", "time", "hosts", "runs"}
    assert snapshot["version"] == 1
    assert [set(host) for host in snapshot["hosts"]] == [HOST]
    assert [set(run) for run in snapshot["runs"]] == [RUN]
    assert snapshot["hosts"][0]["state"] == "up"
    assert snapshot["hosts"][0]["memory"]["total"] > 1 << 28
    assert [set(host) for host in json.loads(runs.do("hosts", "--json"))["hosts"]] == [HOST]
    assert json.loads(runs.do("ls", "--json", "nothing")) == {"version": 1, "runs": []}


def test_once_works_in_cron(nerotui: Nerotui, home: Path) -> None:
    """Hardly any environment, no terminal, another folder."""
    done = nerotui("--once", env={"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}, cwd=Path("/"))
    assert (done.code, done.err) == (0, "")
    assert "local" in done.out
    assert "\x1b" not in done.out


@pytest.fixture
def unreachable(home: Path) -> str:
    """A host that refuses connections, beside this machine."""
    path = home / ".config/nerotui/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[hosts.gone]\naddress = "127.0.0.1"\nport = 1\n[groups]\nany = ["gone", "local"]\n')
    return "gone"


def test_a_host_out_of_reach_is_exit_3_and_what_is_known_is_printed(nerotui: Nerotui, unreachable: str) -> None:
    ran = nerotui("run", "--hold", "--name", "here", "--", "true")
    assert ran.code == 0, "only the host that is needed is asked"
    for argv in (["--once"], ["ls"], ["hosts"], ["--once", "--json"], ["ls", "--json"]):
        done = nerotui(*argv)
        assert done.code == 3
        assert "here" in done.out or argv == ["hosts"]
        assert done.err.startswith("nerotui: gone: ")
    hosts = json.loads(nerotui("hosts", "--json").out)["hosts"]
    assert [(host["name"], host["state"]) for host in hosts] == [("local", "up"), ("gone", "down")]
    assert hosts[1]["error"]
    assert nerotui("ls", "--host", "local").code == 0
    grouped = nerotui("run", "--host", "any", "--hold", "--", "true")
    assert grouped.code == 0, "a group's host that answers takes it"
    assert nerotui("run", "--host", "gone", "--", "true").code == 3


def test_changing_by_prefix_waits_for_nobody_who_might_know_another(nerotui: Nerotui, unreachable: str) -> None:
    run_id = nerotui("run", "--hold", "--name", "here", "--", "true").out.strip()
    done = nerotui("kill", "here")
    assert done.code == 3
    assert "gone" in done.err
    assert run_id in done.err
    assert nerotui("show", "here").code == 0
    assert nerotui("kill", run_id).code == 0


def test_completion_knows_runs_and_hosts(nerotui: Nerotui, unreachable: str) -> None:
    run_id = nerotui("run", "--hold", "--name", "here", "--", "true").out.strip()
    nerotui("ls", "--host", "local")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "_NEROTUI_COMPLETE": "bash_complete"}
    runs = nerotui(env={**env, "COMP_WORDS": f"nerotui kill {run_id[:2]}", "COMP_CWORD": "2"})
    assert runs.out == f"plain,{run_id}\n"
    hosts = nerotui(env={**env, "COMP_WORDS": "nerotui run --host g", "COMP_CWORD": "3"})
    assert hosts.out == "plain,gone\n"
