"""Someone new runs the README's first command in a fresh clone and sees it work; then leaves, and nothing stays."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tui.e2e.terminal import Terminal, needs_tmux

ROOT = Path(__file__).parents[2]
BRAILLE = re.compile("[\u2801-\u28ff]")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What is committed, and nothing else."""
    folder = tmp_path / "nerotui"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    return folder


@needs_tmux
@pytest.mark.timeout(400)
def test_the_first_command_of_the_readme_shows_a_curve(clone: Path) -> None:
    match = re.search(r"^```\n(python3 -m venv .*nerotui demo)\n```$", (clone / "README.md").read_text(), re.M)
    assert match, "the README's first command"
    install, _, demo = match[1].rpartition(" && ")
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    subprocess.run(install, shell=True, cwd=clone, env=env, check=True, timeout=300, stdout=subprocess.DEVNULL)

    with Terminal(demo.split(), env, cwd=clone) as terminal:
        began = time.monotonic()
        terminal.wait_for(BRAILLE, 60)
        print(f"a curve {time.monotonic() - began:.1f} s after the install's end")
        terminal.wait_for(lambda screen: "FAIL" in screen and "crashes" in screen, 60)
        terminal.send("q")
        terminal.wait_for("[Y/n]")
        terminal.send("enter")
        screen = terminal.wait_for("left with 0", 60)
        assert "Traceback" not in screen
        assert "Loop <" not in screen
    left = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    assert [line for line in left.splitlines() if str(clone) in line] == []


@pytest.mark.timeout(400)
def test_in_a_pipe_the_demo_prints_a_snapshot_and_stops_by_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nerotui", "demo"], capture_output=True, text=True, check=False, timeout=120, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "learns" in done.stdout
    assert "loss" in done.stdout
    assert "\x1b" not in done.stdout
