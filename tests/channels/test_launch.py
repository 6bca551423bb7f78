"""The one command on a host: every login shell passes it on, and it finds a Python that will do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nerotui.channels import launch
from nerotui.channels.fake import FakeChannel
from nerotui.channels.link import Link
from nerotui.errors import NoAgent
from tests.pythons import interpreters

SHELLS = ("sh", "bash", "dash", "zsh", "tcsh", "fish")


def start(argv: list[str], python: str, env: dict[str, str]) -> bytes:
    """What the launcher prints when only its preamble comes and then nothing."""
    done = subprocess.run(argv, input=launch.preamble(python), env=env, capture_output=True, timeout=20, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "SHELL": "/bin/sh"}


@pytest.mark.parametrize("shell", SHELLS)
def test_every_login_shell_passes_the_command_on(shell: str, env: dict[str, str]) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    for command in (launch.COMMAND, launch.COMMAND_AFTER_NEWLINE):
        assert b"\0nerotui 1\n" in start([path, "-c", command], "", env)


def test_the_command_is_one_line_without_what_shells_disagree_on() -> None:
    for command in (launch.COMMAND, launch.COMMAND_AFTER_NEWLINE):
        assert "\n" not in command
        assert "!" not in command
        assert command.count("'") == 2
        assert "\\'" not in command
        assert len(command) < 2000


@pytest.mark.parametrize("version", interpreters())
def test_every_supported_interpreter_starts(version: str, env: dict[str, str]) -> None:
    assert b"\0nerotui 1\n" in start(list(launch.ARGV), interpreters()[version], env)


@pytest.mark.parametrize("python", ["python3", "python3 -X utf8", "cd / && python3", 'env A="b c" python3'])
@pytest.mark.parametrize("shell", SHELLS)
def test_the_interpreter_may_be_a_command_line(python: str, shell: str, env: dict[str, str]) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    assert b"\0nerotui 1\n" in start(list(launch.ARGV), python, {**env, "SHELL": path})


def test_a_login_shells_own_commands_can_be_used(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".bash_profile").write_text('module() { echo loading "$@"; PATH=/usr/bin:$PATH; }\n')
    said = start(list(launch.ARGV), "module load python && python3", {**env, "SHELL": "/bin/bash"})
    assert said.startswith(b"loading load python\n\0nerotui 1\n")


def test_a_path_may_hold_spaces_and_a_tilde(env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "my env"
    folder.mkdir()
    (folder / "python").symlink_to(interpreters()[max(interpreters(), key=lambda v: int(v[2:]))])
    assert b"\0nerotui 1\n" in start(list(launch.ARGV), str(folder / "python"), env)
    assert b"\0nerotui 1\n" in start(list(launch.ARGV), "~/my env/python", env)


def old_python(path: Path, version: str = "(3, 5, 2)") -> None:
    """A Python that says it is old: a real one with its version changed before anything else runs."""
    real = next(iter(interpreters().values()))
    path.write_text(
        f"#!/bin/sh\nfor last; do :; done\n"
        f'[ "$4" = -c ] || exit 9\ncode=$5; shift 5\n'
        f'exec {real} -S -E -u -c "import sys; sys.version_info = {version}; $code" "$@"\n'
    )
    path.chmod(0o755)


def test_one_that_is_too_old_hands_over_to_the_next(env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    old_python(folder / "python3")
    (folder / "python3.9").symlink_to(next(iter(interpreters().values())))
    assert b"\0nerotui 1\n" in start(list(launch.ARGV), "", {**env, "PATH": f"{folder}:/bin"})


async def test_one_that_is_too_old_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in launch.CANDIDATES:
        old_python(folder / name)
    with pytest.raises(NoAgent, match=r"h1: Python 3\.5 is too old there") as caught:
        await Link.open(FakeChannel("h1", tmp_path / "h1", env={"PATH": str(folder)}))
    assert "python =" in caught.value.hint


@pytest.mark.parametrize("old", [os.path.expanduser("~root/.pyenv/versions/2.7.18/bin/python2.7"), "/usr/bin/python2"])
async def test_python_2_is_too_old(old: str, tmp_path: Path) -> None:
    if not os.access(old, os.X_OK):
        old_python(tmp_path / "python2", "(2, 7, 18)")
        old = str(tmp_path / "python2")
    with pytest.raises(NoAgent, match=r"h1: Python 2\.7 is too old there"):
        await Link.open(FakeChannel("h1", tmp_path / "h1"), python=old)


async def test_no_python_at_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to("/bin/sh")
    with pytest.raises(NoAgent, match="h1: no Python on PATH there"):
        await Link.open(FakeChannel("h1", tmp_path / "h1", env={"PATH": str(tmp_path / "bin")}))


def test_an_interpreters_command_is_one_line() -> None:
    with pytest.raises(ValueError, match="one line"):
        launch.preamble("python3\nrm -rf ~")
