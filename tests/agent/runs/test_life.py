"""A run from its submission to its end."""

import json
from pathlib import Path

import pytest

from nerotui.agent.errors import AgentError
from nerotui.agent.run.runs import Store
from tests.agent.runs.rig import Rig, until


def test_a_run_is_done(rig: Rig) -> None:
    run = rig.submit("echo hello; echo step 1 loss 0.5")
    found = rig.end(run)
    assert (found["state"], found["exit_code"], found["signal"], found["attempt"]) == ("done", 0, None, 1)
    assert rig.log(run) == "hello\nstep 1 loss 0.5\n"
    assert found["created"] <= found["started"] <= found["ended"]
    assert rig.events(run) == ["submitted", "started", "done"]
    assert found["metrics"]["loss"]["last"] == 0.5


@pytest.mark.parametrize(
    ("command", "state", "code", "signal", "reason"),
    [
        ("exit 3", "failed", 3, None, "exit code 3"),
        ("echo 'ValueError: no such layer'; exit 1", "failed", 1, None, "exit code 1: ValueError: no such layer"),
        ("kill -SEGV $$", "failed", None, "SIGSEGV", "crashed with SIGSEGV"),
        ("kill -KILL $$", "killed", None, "SIGKILL", "ended by SIGKILL, which nerotui did not send"),
        ("kill -TERM $$", "killed", None, "SIGTERM", "ended by SIGTERM, which nerotui did not send"),
        (
            "echo 'RuntimeError: CUDA out of memory. Tried to allocate 2 GiB'; exit 1",
            "oom",
            1,
            None,
            "a GPU's memory was full: RuntimeError: CUDA out of memory. Tried to allocate 2 GiB",
        ),
        (
            "echo 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0' >&2; exit 1",
            "oom",
            1,
            None,
            "a GPU's memory was full: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0",
        ),
        ("echo MemoryError; exit 1", "oom", 1, None, "memory was full: MemoryError"),
        (
            "echo worker is killed by signal: Killed. >&2; exit 1",
            "failed",
            1,
            None,
            "exit code 1: worker is killed by signal: Killed.",
        ),
    ],
)
def test_an_end_is_told_apart(
    rig: Rig, command: str, state: str, code: int | None, signal: str | None, reason: str
) -> None:
    found = rig.end(rig.submit(command))
    assert (found["state"], found["exit_code"], found["signal"], found["reason"]) == (state, code, signal, reason)


def test_the_log_is_what_the_command_printed_and_nothing_else(rig: Rig) -> None:
    run = rig.submit("printf '\\000\\033[31mred\\r\\n'; printf 'no end'; kill -KILL $$")
    rig.end(run)
    assert Path(rig.store.log_path(run)).read_bytes() == b"\0\033[31mred\r\nno end"


def test_a_missing_program_is_said(rig: Rig) -> None:
    run = rig.submit(["no-such-program", "--x"])
    found = rig.end(run)
    assert (found["state"], found["exit_code"]) == ("failed", 127)
    assert found["reason"] == "exit code 127: nerotui: there is no program 'no-such-program' on the PATH of this run"


def test_a_command_that_is_a_word_of_the_shell_is_no_word_of_the_shell(rig: Rig) -> None:
    assert rig.end(rig.submit(["exit", "0"]))["exit_code"] == 127


def test_a_folder_that_vanished_is_said(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    run = rig.submit("true", dir=str(tmp_path / "work"), held=True)
    (tmp_path / "work").rmdir()
    rig.act(run, "release")
    found = rig.end(run)
    assert found["exit_code"] == 126
    assert "cannot work in" in found["reason"]


def test_arguments_arrive_as_they_were_given(rig: Rig) -> None:
    odd = ["a b", "$HOME", "`id`", "'\"", "*", "", "-n", "new\nline", "ünïcödé"]
    run = rig.submit(["python3", "-c", "import sys, json; print(json.dumps(sys.argv[1:]))", *odd])
    rig.end(run)
    assert json.loads(rig.log(run)) == odd


def test_the_environment_of_the_command(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_LOGIN", "yes")
    monkeypatch.setenv("NEROTUI_RUN_ID", "around")
    run = rig.submit(["env"], env={"MINE": "1 2"})
    rig.end(run)
    found = dict(line.split("=", 1) for line in rig.log(run).splitlines() if "=" in line)
    assert found["FROM_LOGIN"] == "yes"
    assert found["MINE"] == "1 2"
    assert found["NEROTUI_RUN_ID"] == run
    assert found["NEROTUI_ATTEMPT"] == "1"
    assert found["NEROTUI_RUN_DIR"] == str(rig.path / "runs" / run)
    assert found["NEROTUI_METRICS"] == str(rig.path / "runs" / run / "reported" / "1.jsonl")
    assert found["PYTHONUNBUFFERED"] == "1"
    assert found["PWD"] == str(rig.path)


def test_a_secret_reaches_the_command_and_no_file(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", "open-sesame")
    run = rig.submit(["sh", "-c", "test ${#SERVICE_API_KEY} = 11"])
    assert rig.end(run)["state"] == "done"
    files = [path for path in rig.path.rglob("*") if path.is_file()]
    assert [path for path in files if b"open-sesame" in path.read_bytes()] == []


def test_signals_are_as_a_program_expects_them(rig: Rig) -> None:
    run = rig.submit(
        [
            "python3",
            "-c",
            "import signal as s\nfor n in (s.SIGHUP, s.SIGINT, s.SIGTERM, s.SIGUSR1, s.SIGCHLD):\n"
            "    print(n, s.getsignal(n) in (s.SIG_DFL, s.default_int_handler))",
        ]
    )
    rig.end(run)
    assert "False" not in rig.log(run)
    status = rig.submit(["grep", "Sig[BI]", "/proc/self/status"])
    rig.end(status)
    assert all(int(line.split()[1], 16) == 0 for line in rig.log(status).splitlines()), rig.log(status)


def test_setup_comes_first_and_the_arguments_stay_whole(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "activate").write_text("export GREETING='good day'\n")
    setup = f". {tmp_path}/activate  # a comment"
    run = rig.submit(["sh", "-c", 'echo "$GREETING, $1"', "x", "a  b"], setup=setup, shell="/bin/sh")
    assert rig.end(run)["state"] == "done"
    assert rig.log(run) == "good day, a  b\n"


def test_a_setup_that_fails_is_said_and_nothing_is_run(rig: Rig) -> None:
    run = rig.submit("echo ran", setup="false", shell="/bin/sh")
    found = rig.end(run)
    assert (found["state"], found["reason"]) == (
        "failed",
        "exit code 1: nerotui: the set-up failed with exit code 1",
    )
    assert "ran" not in rig.log(run)


def test_what_the_program_reports_becomes_points(rig: Rig) -> None:
    run = rig.submit("""echo '{"step": 1, "loss": 0.5}' >> $NEROTUI_METRICS; echo 'step 2 acc 0.25'""")
    rig.end(run)
    points = [json.loads(line) for line in Path(rig.store.points_path(run)).read_text().splitlines()]
    assert {point["source"] for point in points} == {"log", "reported"}
    assert [point["loss"] for point in points if "loss" in point] == [0.5]
    assert [point["acc"] for point in points if "acc" in point] == [0.25]


def test_points_are_there_while_it_runs(rig: Rig) -> None:
    run = rig.submit("echo step 1 loss nan; sleep 60")
    path = Path(rig.store.points_path(run))
    until(lambda: path.exists() and path.read_text())
    assert json.loads(path.read_text())["loss"] == "NaN"
    found = until(lambda: rig.record(run)["metrics"])
    assert found["loss"]["last"] == "NaN"
    (finding,) = until(lambda: rig.record(run)["findings"])
    assert (finding["kind"], finding["severity"], finding["message"]) == ("nan", "error", "loss is nan since step 1")
    rig.act(run, "kill", now=True)
    rig.end(run)


def test_the_same_submit_again_is_no_error_and_no_second_run(rig: Rig) -> None:
    rig.path.mkdir()
    spec = rig.spec("echo once >> marks", held=True)
    first, _ = rig.store.submit(spec, "me", True)
    again, _ = Store(str(rig.path)).submit(spec, "me", True)
    assert first == again
    assert len(rig.queue.entries()) == 1
    with pytest.raises(AgentError) as refusal:
        rig.store.submit({**spec, "command": ["other"]}, "me", True)
    assert refusal.value.code == "refused"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "../../etc"}, "bad_request"),
        ({"id": "ABCDEFGH"}, "bad_request"),
        ({"command": []}, "bad_request"),
        ({"command": "ls"}, "bad_request"),
        ({"command": ["a\0b"]}, "bad_request"),
        ({"env": {"A=B": "c"}}, "bad_request"),
        ({"gpus": -1}, "bad_request"),
        ({"gpus": 100000}, "refused"),
        ({"dir": "/no/such/folder"}, "refused"),
    ],
)
def test_what_cannot_run_is_refused_with_a_sentence(rig: Rig, change: dict[str, object], code: str) -> None:
    with pytest.raises(AgentError) as refusal:
        rig.store.submit({**rig.spec("true", dir=None), **change}, "me", False)
    assert refusal.value.code == code
    assert refusal.value.message
    assert not (rig.path / "runs").exists() or not list((rig.path / "runs").iterdir())


def test_files_are_the_users_alone(rig: Rig) -> None:
    run = rig.submit("echo secret")
    rig.end(run)
    assert rig.path.stat().st_mode & 0o777 == 0o700
    loose = [path for path in (rig.path / "runs").rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert loose == []


def test_a_program_that_is_not_there_yet_is_found_by_the_path_of_the_login(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = rig.submit("sleep 60")  # its dispatcher lives with the old PATH
    rig.reach(blocker, "running")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "train").write_text("#!/bin/sh\necho trained\n")
    (tools / "train").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    run = rig.submit(["train"])
    rig.act(blocker, "kill", now=True)
    assert rig.end(run)["state"] == "done"
    assert rig.log(run) == "trained\n"
