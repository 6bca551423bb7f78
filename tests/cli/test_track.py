"""`nerotui track`: a command, or a script in several stages, becomes a run of the machine where it is called."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, Nerotui

NEROTUI = f"{sys.executable} -m nerotui"


def runs(nerotui: Nerotui) -> dict[str, dict[str, Any]]:
    return {run["name"]: run for run in json.loads(nerotui("ls", "--json").out)["runs"]}


def until(true: Callable[[], object], patience: float = 20.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def started(tmp_path: Path, *argv: str, script: str, **env: str) -> subprocess.Popen[str]:
    """A tracked Python script, from whose output the first line was read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nerotui", "track", *argv, "--", sys.executable, "-u", "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "began\n"
    return process


def shell(text: str, tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-c", text],
        env={**os.environ, "PYTHONPATH": str(ROOT), "N": NEROTUI, **env},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )


def test_it_prints_what_the_command_prints_and_exits_as_it_does(nerotui: Nerotui, tmp_path: Path) -> None:
    script = "import sys; print('step 1 loss 0.5'); print('step 2 loss 0.25', file=sys.stderr); sys.exit(3)"
    done = nerotui("track", "--name", "try1", "--param", "lr=0.1", "--", sys.executable, "-u", "-c", script)
    assert (done.code, done.out, done.err) == (3, "step 1 loss 0.5\nstep 2 loss 0.25\n", "")
    run = runs(nerotui)["try1"]
    assert (run["state"], run["exit_code"], run["params"], run["dir"]) == ("failed", 3, {"lr": 0.1}, str(tmp_path))
    assert run["metrics"]["loss"]["last"] == 0.25
    assert nerotui("logs", "try1").out == done.out
    assert nerotui("track", "--", "true").code == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])
def test_signals_are_the_command_s(nerotui: Nerotui, tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    process = started(tmp_path, "--name", "a", script="import time; print('began'); time.sleep(60)")
    process.send_signal(number)
    assert process.wait(20) == 128 + number
    assert runs(nerotui)["a"]["signal"] == name
    process.communicate()


def test_a_command_that_handles_a_signal_ends_as_it_likes(nerotui: Nerotui, tmp_path: Path) -> None:
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('checkpoint'), sys.exit(7)))\n"
        "print('began'); time.sleep(60)"
    )
    process = started(tmp_path, "--name", "a", script=script)
    process.terminate()
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (7, "checkpoint\n")


def test_others_freeze_thaw_and_kill_it_but_start_it_no_second_time(nerotui: Nerotui, tmp_path: Path) -> None:
    process = started(tmp_path, "--name", "a", script="import time; print('began'); time.sleep(60)")
    assert nerotui("pause", "a").out.endswith("paused\n")
    assert nerotui("resume", "a").out.endswith("running\n")
    refused = nerotui("pause", "--yield", "a")
    assert (refused.code, "nerotui did not start it" in refused.err) == (1, True)
    assert nerotui("kill", "--yes", "a").code == 0
    assert process.wait(20) == 128 + signal.SIGTERM
    process.communicate()
    run = runs(nerotui)["a"]
    assert (run["state"], "killed as" in run["reason"]) == ("killed", True)
    refused = nerotui("retry", "a")
    assert (refused.code, "its own script" in refused.err) == (1, True)
    assert nerotui("rm", "--yes", "a").code == 0


def test_it_is_acted_on_from_another_machine_that_shares_the_home(nerotui: Nerotui, tmp_path: Path) -> None:
    node = {"NEROTUI_HOSTNAME": "node1", "NEROTUI_MACHINE_ID": "node1"}
    process = started(tmp_path, "--name", "a", script="import time; print('began'); time.sleep(60)", **node)
    assert runs(nerotui)["a"]["state"] == "running"
    nerotui("pause", "a")
    until(lambda: runs(nerotui)["a"]["state"] == "paused")
    assert nerotui("kill", "--yes", "a").code == 0
    assert process.wait(20) == 128 + signal.SIGTERM
    process.communicate()


def test_nobody_who_reads_is_no_reason_to_end(nerotui: Nerotui, tmp_path: Path) -> None:
    script = "import pathlib, time; print('began')\nfor _ in range(20): print('more'); time.sleep(0.02)\n"
    process = started(tmp_path, "--name", "a", script=script + "pathlib.Path('done').touch()")
    assert process.stdout
    process.stdout.close()
    assert process.wait(20) == 0
    assert (tmp_path / "done").exists()
    assert process.stderr
    assert process.stderr.read() == ""
    process.stderr.close()


def test_a_command_whose_supervisor_is_killed_is_stayed_with(nerotui: Nerotui, tmp_path: Path) -> None:
    script = "import pathlib, time; print('began')\nwhile not pathlib.Path('go').exists(): time.sleep(0.05)\n"
    process = started(tmp_path, "--name", "a", script=script + "print('ended'); raise SystemExit(6)")
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True).stdout
    os.kill(int(children), signal.SIGKILL)
    (tmp_path / "go").touch()
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (6, "ended\n")
    assert (runs(nerotui)["a"]["state"], runs(nerotui)["a"]["exit_code"]) == ("failed", 6)


def test_where_nothing_can_be_kept_the_command_runs_all_the_same(nerotui: Nerotui) -> None:
    done = nerotui("track", "--root", "/dev/null/x", "--", "sh", "-c", "echo here; exit 4")
    assert (done.code, done.out) == (4, "here\n")
    assert "it runs untracked" in done.err
    assert nerotui("track", "--root", "/dev/null/x", "--", "no-such-program").code == 127


def test_a_program_that_is_not_there_is_said(nerotui: Nerotui) -> None:
    done = nerotui("track", "--name", "a", "--", "no-such-program")
    assert done.code == 127
    assert "no-such-program" in done.out


def test_in_a_batch_job_the_job_is_on_record(nerotui: Nerotui) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SLURM_JOB_ID": "17"}
    assert nerotui("track", "--name", "a", "--", "true", env=env).code == 0
    assert runs(nerotui)["a"]["job"] == "17"


def test_the_folder_is_the_configured_one_and_a_broken_configuration_stops_nothing(
    nerotui: Nerotui, home: Path, tmp_path: Path
) -> None:
    file = home / ".config" / "nerotui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f"[hosts.local]\nroot = '{tmp_path}/elsewhere'\n")
    assert nerotui("track", "--name", "a", "--", "true").code == 0
    assert len(list((tmp_path / "elsewhere/runs").iterdir())) == 1
    file.write_text("[hosts.local\n")
    done = nerotui("track", "--name", "a", "--", "true")
    assert (done.code, "config.toml" in done.err) == (0, True)


def test_a_script_tells_of_its_stages(nerotui: Nerotui, tmp_path: Path) -> None:
    text = """
    id=$($N track --start prepare --param lr=0.1 | tail -n 1)
    for step in 1 2 3; do $N track --progress prepare step=$step/3 loss=0.$step phase=warm; done
    $N ls --json
    $N track --finish "$id" --code 5
    """
    done = shell(text, tmp_path)
    assert done.stderr == ""
    (live,) = json.loads(done.stdout)["runs"]
    assert (live["name"], live["state"], live["params"]) == ("prepare", "running", {"lr": 0.1})
    assert live["metrics"]["loss"]["x"] == 3
    assert live["metrics"]["loss"]["min"] == 0.1
    run = runs(nerotui)["prepare"]
    assert (run["state"], run["exit_code"]) == ("failed", 5)
    assert "step=2/3 loss=0.2 phase=warm\n" in nerotui("logs", "prepare").out
    points = json.loads(nerotui("metrics", "prepare", "--json").out)["series"]
    assert [point[:2] for point in points[0]["points"]] == [[1, 0.1], [2, 0.2], [3, 0.3]]


def test_a_script_that_dies_is_lost(nerotui: Nerotui, tmp_path: Path) -> None:
    assert len(shell("$N track --start a; kill -9 $$", tmp_path).stdout.strip()) == 8
    until(lambda: runs(nerotui)["a"]["state"] == "lost")
    assert "did not say how" in runs(nerotui)["a"]["reason"]
    gone = nerotui("track", "--finish", "a")
    assert (gone.code, "no script that lives" in gone.err) == (1, True)


def test_two_scripts_may_use_one_name_and_each_means_its_own(nerotui: Nerotui, tmp_path: Path) -> None:
    text = '$N track --start a; echo "$0" >> begun; while [ "$(wc -l < begun)" -lt 2 ]; do sleep 0.05; done\n'
    text += '$N track --progress a "who=$0"; $N track --finish a --code "$0"'
    scripts = [
        subprocess.Popen(
            ["/bin/bash", "-c", text, code],
            env={**os.environ, "PYTHONPATH": str(ROOT), "N": NEROTUI},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for code in ("3", "4")
    ]
    ids = [script.communicate(timeout=60)[0].strip() for script in scripts]
    told = {run["id"]: run for run in json.loads(nerotui("ls", "--json").out)["runs"]}
    assert [(told[run]["exit_code"], told[run]["metrics"]["who"]["last"]) for run in ids] == [(3, 3), (4, 4)]


def test_the_script_of_stages_is_never_signalled(nerotui: Nerotui, tmp_path: Path) -> None:
    text = '$N track --start a; $N kill --yes --now a; $N pause a; echo "alive"; $N track --finish a'
    done = shell(text, tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "alive"
    assert done.stderr.count("not in nerotui's hands") == 2


@pytest.mark.parametrize(
    "words", [[], ["--start", "a", "--", "true"], ["--progress", "a"], ["--start", "a", "--finish", "b"]]
)
def test_one_thing_at_a_time(nerotui: Nerotui, words: list[str]) -> None:
    assert nerotui("track", *words).code == 2
