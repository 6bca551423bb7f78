"""Running `nerotui` as a user does: a process of its own, in a home of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


Nerotui = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return Path(os.environ["HOME"])


@pytest.fixture
def nerotui(tmp_path: Path) -> Nerotui:
    """Runs a command to its end, without a terminal; environment as the test has it, apart from `env`."""

    def run(*argv: str, env: dict[str, str] | None = None, cwd: Path | None = None, stdin: str | None = None) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "nerotui", *argv],
            env={**os.environ, "PYTHONPATH": str(ROOT)} if env is None else env,
            cwd=cwd or tmp_path,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run
