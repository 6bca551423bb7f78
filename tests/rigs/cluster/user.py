"""An ordinary user of this machine, made for the tests and gone after them."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEADLINE = 20.0


@contextmanager
def temporary_user(name: str, home: Path) -> Iterator[str]:
    """A user who may log in with a key; what they run is ended, and they are removed. Takes root.

    Args:
        name: one that only this process gives; whoever has it was left by one that was killed.
        home: made if need be, and given to them.
    """
    home.mkdir(parents=True, exist_ok=True)
    if any(entry.pw_name == name for entry in pwd.getpwall()):
        end_processes(name)
        _try("userdel", name)
    _try("useradd", "--no-create-home", "--home-dir", str(home), "--shell", "/bin/bash", name)
    try:
        # A password that nothing matches; with the locked one that useradd leaves, sshd refuses keys as well.
        _try("usermod", "--password", "*", name)
        entry = pwd.getpwnam(name)
        os.chown(home, entry.pw_uid, entry.pw_gid)
        yield name
    finally:
        end_processes(name)
        _try("userdel", name)


def end_processes(user: str) -> None:
    """Kills all that a user runs and waits until it is gone."""
    uid = pwd.getpwnam(user).pw_uid
    deadline = time.monotonic() + DEADLINE
    while pids := _of(uid):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        assert time.monotonic() < deadline, f"processes of {user} do not end: {pids}"
        time.sleep(0.02)


def _of(uid: int) -> list[int]:
    """The processes of a user that are not dead yet."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "status").read_text(errors="replace")
        except OSError:
            continue
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if uid in map(int, fields["Uid"].split()) and fields["State"][0] not in "ZX":
            found.append(int(entry.name))
    return found


def _try(*argv: str) -> None:
    """Runs a program that takes the lock of the accounts; others may have it for a moment."""
    deadline = time.monotonic() + DEADLINE
    while True:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        if done.returncode not in (1, 8, 10) or time.monotonic() > deadline:
            raise RuntimeError(f"{' '.join(argv)}: exit code {done.returncode}: {done.stderr.strip()}")
        time.sleep(0.2)
