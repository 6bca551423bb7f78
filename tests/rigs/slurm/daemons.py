"""A Slurm that runs, as a test asks it, and the daemons that it is made of."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

DEADLINE = 30.0
_FINAL = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL")


class Slurm:
    """A cluster that runs.

    Attributes:
        folder: everything lies in it.
        env: what a program needs to know to find it; for sshd's SetEnv, or to be added to an environment.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"SLURM_CONF": str(folder / "etc/slurm.conf")}

    def run(self, *argv: str, user: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a program as a user of the cluster; as another than oneself takes root.

        Raises:
            RuntimeError: it failed, and `check` is true; with what it said.
        """
        switch, env = [], {**os.environ, **self.env}
        if user is not None:
            entry = pwd.getpwnam(user)
            switch = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups"]
            env |= {"HOME": entry.pw_dir, "USER": user, "LOGNAME": user}
        done = subprocess.run(
            [*switch, *argv],
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(argv)}: exit code {done.returncode}: {done.stderr.strip()}")
        return done

    def sbatch(self, *arguments: str, user: str | None = None) -> str:
        """Submits a batch job and returns its id."""
        return self.run("sbatch", "--parsable", *arguments, user=user).stdout.strip().partition(";")[0]

    def state(self, job: str) -> str:
        """A job's state in Slurm's words, while the controller remembers it (five minutes after its end)."""
        return self.run("squeue", "-h", "-t", "all", "-o", "%T", "-j", job).stdout.strip()

    def ended(self, job: str, seconds: float = DEADLINE) -> str:
        """Waits for a job's end and returns its last state."""
        until(lambda: self.state(job) in _FINAL, f"job {job} ends", self, seconds)
        return self.state(job)

    def log(self, name: str) -> str:
        """What a daemon wrote: "slurmctld", "node1", "munged", "slurmdbd"."""
        texts = [path.read_text(errors="replace") for path in sorted(self.folder.glob(f"log/{name}*"))]
        return "\n".join(texts)


def until(true: Callable[[], bool], what: str, slurm: Slurm, seconds: float = DEADLINE) -> None:
    """Waits until something is so.

    Raises:
        TimeoutError: it was not; with the ends of the daemons' logs.
    """
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            said = "\n".join(f"{path.name}: {slurm.log(path.name)[-800:]}" for path in slurm.folder.glob("log/*"))
            raise TimeoutError(f"after {seconds:g} s still not: {what}\n{said}")
        time.sleep(0.05)


def program(name: str) -> str | None:
    """Where a program is; daemons lie where an ordinary user's PATH does not lead."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def daemon(
    stack: ExitStack,
    slurm: Slurm,
    name: str,
    *arguments: str,
    log: str = "",
    env: dict[str, str] | None = None,
) -> None:
    """Starts a daemon in the foreground; leaving the stack ends it and waits for it."""
    path = program(name)
    assert path is not None, f"{name} is not installed"
    with (slurm.folder / "log" / f"{log or name}.out").open("wb") as out:
        process = subprocess.Popen(
            [path, *arguments],
            env={**os.environ, **slurm.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C in a test is the test's alone
        )
    stack.callback(_stop, process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
