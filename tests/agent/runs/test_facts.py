"""What is kept of the circumstances of a run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nerotui.agent.queue import logind
from nerotui.agent.run import ending, facts
from nerotui.agent.run.known import MOST, Known
from tests.agent.runs.rig import Rig, until


def git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=x", "-c", "user.email=x@x"]
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


def test_facts_are_gathered_beside_the_run(rig: Rig, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-b", "trunk")
    (work / "train.py").write_text("import time\nprint('here', flush=True)\ntime.sleep(1000)\n")
    git(work, "add", ".")
    git(work, "commit", "-m", "first")
    git(work, "remote", "add", "origin", "https://user:secret@example.org/x.git")
    (work / "train.py").write_text("import time\nprint('here', flush=True)\ntime.sleep(2000)\n")
    (work / "new").write_text("")
    run = rig.submit([sys.executable, "train.py"], dir=str(work))
    rig.printed(run, "here")
    found = until(lambda: rig.store.show(run)["facts"])
    assert len(found["git"]["commit"]) == 40
    assert found["git"]["branch"] == "trunk"
    assert found["git"]["dirty"]
    assert "+time.sleep(2000)" in found["git"]["diff"]
    assert found["git"]["untracked"] == ["new"]
    assert found["git"]["remote"] == "https://example.org/x.git"
    assert found["python"]["executable"] == sys.executable
    assert found["python"]["packages"]["pytest"] == pytest.__version__
    assert found["host"]["cores"] == os.cpu_count()
    assert found["who"] == "me@test"
    rig.act(run, "freeze")
    rig.reach(run, "paused")
    rig.act(run, "kill", now=True)
    rig.end(run)


def test_load_is_sampled_while_it_runs(rig: Rig) -> None:
    run = rig.submit("echo here; exec sleep 1000")
    path = Path(rig.store.stats_path(run))
    until(lambda: path.exists() and path.read_text())
    sample = json.loads(path.read_text().splitlines()[0])
    assert sample["processes"] == 1
    assert sample["run_rss"] > 0
    assert 0 < sample["memory"] <= 100
    rig.act(run, "kill", now=True)
    rig.end(run)


def test_no_repository_is_no_error(tmp_path: Path) -> None:
    known = Known(str(tmp_path / "cache"))
    assert facts.git(str(tmp_path), known) is None
    assert facts.git(str(tmp_path / "missing"), known) is None


def test_facts_that_cost_time_are_kept_by_interpreter_and_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-b", "trunk")
    file = tmp_path / "train.py"
    file.write_text("a = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    file.write_text("a = 2\n")
    known = Known(str(tmp_path.parent / "cache"))
    first, packages = facts.git(str(tmp_path), known), facts.python(os.getpid(), known)
    assert first is not None
    assert "+a = 2" in first["diff"]
    # A second run of the same interpreter and commit asks nothing that it need not.
    with monkeypatch.context() as patched:
        patched.setattr(facts, "packages", lambda _folders: pytest.fail("looked again"))
        patched.setattr(facts, "_diff", lambda _folder: pytest.fail("looked again"))
        assert facts.git(str(tmp_path), known) == first
        assert facts.python(os.getpid(), known) == packages
    # What changes is seen: a file, the commit.
    file.write_text("a = 30\n")
    second = facts.git(str(tmp_path), known)
    assert second is not None
    assert "+a = 30" in second["diff"]
    git(tmp_path, "commit", "-a", "-m", "second")
    file.write_text("a = 4\n")
    third = facts.git(str(tmp_path), known)
    assert third is not None
    assert "-a = 30" in third["diff"]
    assert third["commit"] != first["commit"]


def test_a_long_difference_fits_into_an_answer(tmp_path: Path) -> None:
    git(tmp_path, "init", "-b", "trunk")
    file = tmp_path / "names.txt"
    file.write_text("")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    file.write_text("学習\n" * 100_000)
    found = facts.git(str(tmp_path), Known(str(tmp_path.parent / "cache")))
    assert found is not None
    assert found["diff_cut"]
    assert 0 < len(json.dumps(found["diff"])) <= facts.LONGEST_DIFF


def test_what_is_kept_does_not_grow_for_ever(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    keeper = Known(str(folder))
    for number in range(MOST + 50):
        assert keeper.get("x", [number], dict) == {}
    assert len(list(folder.iterdir())) <= MOST
    assert keeper.get("x", [MOST + 49], lambda: pytest.fail("looked again")) == {}
    for path in folder.iterdir():
        path.write_text("{broken")
    assert keeper.get("x", [MOST + 49], lambda: {"n": 5}) == {"n": 5}


SESSION = "0::/user.slice/user-1000.slice/session-4.scope\n"


@pytest.fixture
def systemd(tmp_path: Path) -> dict[str, str]:
    for name in ("loginctl", "systemd-run"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return {"PATH": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/1000"}


def test_where_logout_may_kill_a_scope_of_the_users_own_is_used(systemd: dict[str, str]) -> None:
    assert logind.scope(systemd, SESSION) == ["systemd-run", "--user", "--scope", "--quiet", "--collect", "--"]
    assert logind.scope(systemd, "0::/user.slice/user-1000.slice/user@1000.service/x.scope\n") == []
    assert logind.scope({**systemd, "PATH": "/nowhere"}, SESSION) == []
    assert logind.scope({"PATH": systemd["PATH"]}, SESSION) == []


def test_linger_is_asked_for_once_and_a_refusal_is_said(systemd: dict[str, str]) -> None:
    asked: list[list[str]] = []

    def answer(*replies: tuple[int, str]) -> logind.Runner:
        left = list(replies)

        def run(command: list[str]) -> tuple[int, str]:
            asked.append(command)
            return left.pop(0)

        return run

    assert logind.linger("kim", systemd, answer((0, "yes\n"))) is None
    assert asked == [["loginctl", "show-user", "kim", "--property=Linger", "--value"]]
    asked.clear()
    assert logind.linger("kim", systemd, answer((0, "no\n"), (0, ""))) is None
    assert asked[1] == ["loginctl", "enable-linger", "kim"]
    note = logind.linger("kim", systemd, answer((0, "no\n"), (1, "Could not enable linger: Access denied\n")))
    assert note is not None
    assert "Could not enable linger: Access denied" in note
    assert "loginctl enable-linger kim" in note


def test_the_kernels_out_of_memory_killer_is_told_from_other_kills() -> None:
    assert ending.judge(137, b"epoch 1\n", None, True)["state"] == "oom"
    assert ending.judge(137, b"epoch 1\n", None, False)["state"] == "killed"
    assert ending.judge(137, b"epoch 1\n", {"who": "me"}, True)["state"] == "killed"
    assert ending.judge(1, b"epoch 1\n", None, True)["state"] == "failed"


@pytest.mark.parametrize(
    "line",
    [
        "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB",
        "torch.cuda.OutOfMemoryError: CUDA out of memory.",
        "torch.OutOfMemoryError: HIP out of memory.",
        "jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 123 bytes.",
        "ResourceExhaustedError: OOM when allocating tensor with shape[1]",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    ],
)
def test_a_gpus_full_memory_is_told_from_other_failures(line: str) -> None:
    end = ending.judge(1, f"Traceback\n{line}\n".encode())
    assert end["state"] == "oom"
    assert line in end["reason"]


def test_last_words_cannot_harm_a_terminal() -> None:
    end = ending.judge(1, b"\x1b]0;title\x07\x1b[31mError: \x00[red]no\x1b[0m\x9b2J\r\n\n   \n")
    assert end["reason"] == "exit code 1: Error: [red]no\ufffd2J"
