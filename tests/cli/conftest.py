"""Running `nerotui` as a user does: a process of its own, in a home of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """The test's home. What was started under it and is still there at the end is killed."""
    home = Path(os.environ["HOME"])
    assert home.is_relative_to(tmp_path)
    yield home
    mark = b"HOME=" + os.fsencode(home) + b"\0"
    for _ in range(50):
        left = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _bears(pid, mark)]
        if not left:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _bears(pid: int, mark: bytes) -> bool:
    """Whether a process other than this one has the mark in its environment."""
    try:
        return pid != os.getpid() and mark in Path(f"/proc/{pid}/environ").read_bytes() + b"\0"
    except OSError:
        return False


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
