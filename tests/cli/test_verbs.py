"""Every verb on real runs of this machine, each command a process of its own."""

import json
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Nerotui
from tests.cli.terminal import Terminal
from tests.cli.test_json import RUN

#: Prints, then waits to be told; leaves by itself only in an emergency.
SLEEPER = ("sh", "-c", "echo step 1 loss 0.5; exec sleep 300")


class Runs:
    """The runs of this test's home, asked for with commands."""

    def __init__(self, nerotui: Nerotui) -> None:
        self.nerotui = nerotui

    def run(self, *options: str, command: tuple[str, ...] = SLEEPER) -> str:
        done = self.nerotui("run", *options, "--", *command)
        assert (done.code, done.err) == (0, "")
        return done.out.strip()

    def get(self, run_id: str) -> dict[str, Any]:
        done = self.nerotui("show", run_id, "--json")
        assert (done.code, done.err) == (0, "")
        run: dict[str, Any] = json.loads(done.out)["run"]
        return run

    def until(self, run_id: str, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + 20
        while not true(run := self.get(run_id)):
            assert time.monotonic() < deadline, run
            time.sleep(0.05)
        return run

    def until_state(self, run_id: str, state: str) -> dict[str, Any]:
        return self.until(run_id, lambda run: bool(run["state"] == state))

    def do(self, *argv: str) -> str:
        done = self.nerotui(*argv)
        assert (done.code, done.err) == (0, ""), done
        return done.out


@pytest.fixture
def runs(nerotui: Nerotui) -> Runs:
    return Runs(nerotui)


def test_run_prints_one_id_and_what_was_asked_is_kept(runs: Runs, tmp_path: Path) -> None:
    run_id = runs.run(
        *("--name", "try", "--dir", str(tmp_path), "--env", "A=b=c", "--setup", "export B=x"),
        *("--param", "lr=0.1", "--param", "n=3", "--param", "net=wide", "--gpus", "0"),
        *("--time", "1h30m", "--deadline", "2100-01-02T03:04:05"),
        command=("sh", "-c", 'echo "$A $B $PWD $1"', "sh", "a  b'c"),
    )
    run = runs.until_state(run_id, "done")
    assert set(run) == RUN
    assert run["exit_code"] == 0
    assert run["params"] == {"lr": 0.1, "n": 3, "net": "wide"}
    assert run["command"][-1] == "a  b'c"
    assert runs.do("logs", run_id) == f"b=c x {tmp_path} a  b'c\n"
    text = runs.do("show", "try")
    assert f"try  {run_id}  DONE" in text
    assert "A=b=c" in text
    assert "time limit  1h30m\n" in text
    assert "deadline    2100-01-02 03:04:05\n" in text
    assert run["time_limit"] == 5400
    assert datetime.fromisoformat(run["deadline"]).timestamp() == datetime(2100, 1, 2, 3, 4, 5).timestamp()
    assert "submitted" in text


def test_a_failure_is_told_with_its_reason(runs: Runs, nerotui: Nerotui) -> None:
    run_id = runs.run(command=("sh", "-c", "exit 3"))
    run = runs.until_state(run_id, "failed")
    assert run["exit_code"] == 3
    assert "3" in run["reason"]
    once = nerotui("--once", "--check")
    assert once.code == 1
    assert "FAIL" in once.out
    assert run_id in once.err
    assert runs.do("--once", "--format", "{failed} fail {running} run {up} up") == "1 fail 0 run 1 up\n"


def test_waiting_runs_are_held_moved_released_and_removed(runs: Runs) -> None:
    first = runs.run("--name", "first")
    runs.until_state(first, "running")
    second, third, fourth = (runs.run("--name", name) for name in ("second", "third", "fourth"))

    def order() -> list[str]:
        return [run["name"] for run in json.loads(runs.do("ls", "--json", "-s", "queued"))["runs"]]

    assert order() == ["second", "third", "fourth"]
    assert "slot" in runs.do("why", "second")
    assert runs.do("move", "third", "fourth", "front").splitlines() == [
        f"{third}  number 1 in line on local",
        f"{fourth}  number 2 in line on local",
    ]
    assert order() == ["third", "fourth", "second"]
    runs.do("move", "second", "up")
    runs.do("move", "third", "back")
    assert order() == ["second", "fourth", "third"]
    assert runs.do("hold", second, "fourth") == f"{second}  held\n{fourth}  held\n"
    assert order() == ["third"]
    assert runs.do("resume", second[:6]) == f"{second}  queued\n"
    assert runs.do("pause", second) == f"{second}  held\n"
    assert runs.do("release", second) == f"{second}  queued\n"
    assert runs.do("rm", third) == f"{third}  removed\n"
    assert "third" not in runs.do("ls")
    runs.do("kill", second, fourth)
    assert {run["state"] for run in json.loads(runs.do("ls", "--json"))["runs"]} == {"running", "killed"}


def test_freeze_and_thaw_reach_the_whole_tree(runs: Runs) -> None:
    run_id = runs.run(command=("sh", "-c", "(while :; do echo tick; sleep 0.02; done) & wait"))
    runs.until_state(run_id, "running")
    assert runs.do("pause", run_id) == f"{run_id}  paused\n"
    before = runs.do("logs", run_id)
    time.sleep(0.2)
    assert runs.do("logs", run_id) == before
    assert runs.do("resume", run_id) == f"{run_id}  running\n"
    runs.until(run_id, lambda _: len(runs.do("logs", run_id)) > len(before))
    assert json.loads(runs.do("kill", "--json", run_id))["runs"][0]["state"] in ("stopping", "killed")
    assert runs.until_state(run_id, "killed")["signal"] == "SIGTERM"


def test_now_is_at_once_and_grace_is_granted(runs: Runs) -> None:
    stubborn = ("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done")
    run_id = runs.run(command=stubborn)
    runs.until(run_id, lambda _: "up" in runs.do("logs", run_id))
    began = time.monotonic()
    runs.do("kill", "--now", run_id)
    assert runs.until_state(run_id, "killed")["signal"] == "SIGKILL"
    assert time.monotonic() - began < 8
    assert runs.do("retry", run_id) in (f"{run_id}  queued\n", f"{run_id}  running\n", f"{run_id}  starting\n")
    runs.until(run_id, lambda _: runs.do("logs", run_id).count("up") == 2)
    runs.do("kill", "--grace", "0.2", run_id)
    run = runs.until_state(run_id, "killed")
    assert (run["signal"], run["attempt"]) == ("SIGKILL", 2)


def test_yield_lets_it_checkpoint_and_the_next_attempt_goes_on_from_there(runs: Runs, tmp_path: Path) -> None:
    program = tmp_path / "train.sh"
    program.write_text("trap 'echo saved > ck.1; echo saved; exit 0' USR1\necho fresh\nwhile :; do sleep 0.05; done\n")
    run_id = runs.run(
        *("--checkpoint", "ck.*", "--resume", "sh -c 'echo from {checkpoint}; exec sleep 300'"),
        command=("sh", str(program)),
    )
    runs.until(run_id, lambda _: "fresh" in runs.do("logs", run_id))
    runs.do("pause", "--yield", "--hold", run_id)
    runs.until_state(run_id, "held")
    runs.do("resume", run_id)
    runs.until(run_id, lambda _: "from" in runs.do("logs", run_id))
    assert runs.do("logs", run_id).splitlines() == ["fresh", "saved", f"from {tmp_path}/ck.1"] or runs.do(
        "logs", run_id
    ).splitlines() == ["fresh", "saved", "from ck.1"]


def test_what_means_nothing_in_a_state_is_refused_in_a_sentence(runs: Runs, nerotui: Nerotui) -> None:
    run_id = runs.run(command=("true",))
    runs.until_state(run_id, "done")
    for argv in (["kill", run_id], ["hold", run_id], ["resume", run_id], ["move", run_id, "up"]):
        done = nerotui(*argv)
        assert (done.code, done.out) == (1, "")
        assert f"({run_id}) is done" in done.err
    mixed = nerotui("rm", run_id, "nothing-like-it")
    assert mixed.code == 1
    assert "no run is called 'nothing-like-it'" in mixed.err
    assert runs.get(run_id)["state"] == "done", "nothing is done before all runs are found"


def test_unknown_and_ambiguous_runs(runs: Runs, nerotui: Nerotui) -> None:
    runs.run("--hold", "--name", "twin")
    runs.run("--hold", "--name", "twin")
    for argv in (["kill", "twin"], ["show", "twin"]):
        done = nerotui(*argv)
        assert (done.code, done.out) == (1, "")
        assert "could be" in done.err
    assert nerotui("logs", "zzzzzzzz").code == 1


@pytest.mark.parametrize(
    ("verb", "said"), [("kill", "Kill this run?"), ("rm", "Remove this run, with all that is kept of it?")]
)
def test_kill_and_rm_ask_on_a_terminal_and_no_is_the_default(runs: Runs, verb: str, said: str) -> None:
    run_id = runs.run("--hold", "--name", "precious")
    for answer, code, state in (("\n", 1, "held"), ("n\n", 1, "held"), ("y\n", 0, None)):
        with Terminal(verb, "precious") as terminal:
            shown = terminal.until("[y/N] ")
            assert "precious  on local" in shown
            terminal.type(answer)
            assert terminal.end()[0] == code
        if state:
            assert runs.get(run_id)["state"] == state


def test_before_a_program_is_killed_it_is_said_that_nerotui_did_not_start_it(
    home: Path, tmp_path: Path, nerotui: Nerotui
) -> None:
    (home / ".config/nerotui").mkdir(parents=True)
    (home / ".config/nerotui/config.toml").write_text(f'[hosts.local]\nwatch = ["{tmp_path}/by-hand.txt"]\n')
    with open(tmp_path / "by-hand.txt", "w") as log:
        program = subprocess.Popen(["sh", "-c", "echo step 1 loss 0.5; exec sleep 300"], stdout=log)
    try:
        deadline = time.monotonic() + 20
        while not (found := json.loads(nerotui("ls", "--json").out)["runs"]):
            assert time.monotonic() < deadline
        assert found[0]["foreign"]
        with Terminal("kill", found[0]["id"]) as terminal:
            shown = terminal.until("[y/N] ")
            terminal.type("n\n")
            assert terminal.end()[0] == 1
        assert "nerotui did not start it" in shown
        assert program.poll() is None
    finally:
        program.kill()
        program.wait()


def test_yes_does_not_ask(runs: Runs) -> None:
    run_id = runs.run("--hold")
    with Terminal("rm", "--yes", run_id) as terminal:
        code, text = terminal.end()
    assert (code, text) == (0, f"{run_id}  removed\n")
