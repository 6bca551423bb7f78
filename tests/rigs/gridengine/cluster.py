"""A real Grid Engine on this machine: a cell of its own with one execution host, as children of whoever starts it.

with start_gridengine(folder) as grid:
    job = grid.qsub("-b", "y", "true")
    assert grid.ended(job)["exit_status"] == "0"
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.rigs.daemon import DEADLINE, Daemon, program
from tests.rigs.gridengine import configuration
from tests.rigs.gridengine.configuration import LIBRARY
from tests.rigs.scheduler import Scheduler
from tests.rigs.sshd import free_port

#: What has to be installed, in Debian's packages gridengine-master, gridengine-exec and gridengine-client.
NEEDED = ("sge_qmaster", "sge_execd", "qsub", "qstat", "qacct", "qconf")


def missing() -> list[str]:
    """The programs that this machine lacks for a cluster."""
    return [name for name in NEEDED if program(name) is None]


class GridEngine(Scheduler):
    """A cluster that runs.

    Attributes:
        daemons: "qmaster" and "execd".
    """

    def __init__(self, folder: Path) -> None:
        env = {
            "SGE_ROOT": str(folder / "root"),
            "SGE_CELL": "default",
            "SGE_QMASTER_PORT": str(free_port()),
            "SGE_EXECD_PORT": str(free_port()),
        }
        super().__init__(folder, env)
        # stdout: the master tells there every second what its scheduler does.
        self.daemons = {
            "qmaster": self._daemon("sge_qmaster", stdout=False),
            "execd": self._daemon("sge_execd"),
        }

    def program(self, name: str) -> str:
        """The program itself: what is on PATH is a slow wrapper."""
        direct = LIBRARY / name
        return str(direct) if direct.exists() else name

    def qsub(self, *arguments: str, user: str | None = None) -> str:
        """Submits a job and returns its id."""
        return self.run("qsub", "-terse", *arguments, user=user).stdout.strip().partition(".")[0]

    def state(self, job: str) -> str:
        """A job's state in Grid Engine's letters, "" once it is over."""
        for line in self.run("qstat", "-u", "*").stdout.splitlines()[2:]:
            words = line.split()
            if words and words[0] == job:
                return words[4]
        return ""

    def ended(self, job: str, seconds: float = DEADLINE) -> dict[str, str]:
        """Waits for a job's end and returns its accounting."""
        self.until(lambda: self.run("qacct", "-j", job, check=False).returncode == 0, f"job {job} ends", seconds)
        lines = self.run("qacct", "-j", job).stdout.splitlines()
        return {key: value.strip() for key, _, value in (line.partition(" ") for line in lines) if value.strip()}

    def left(self, user: str | None = None) -> list[str]:
        """The jobs of a user, or of all, that are not over yet."""
        lines = self.run("qstat", "-u", user or "*", check=False).stdout.splitlines()[2:]
        return sorted({line.split()[0] for line in lines if line.strip()})

    def end_jobs(self, user: str | None = None) -> None:
        """Deletes the jobs of a user, or of all, and waits until nothing of them is left."""
        if jobs := self.left(user):
            # What is suspended dies as well; what runs is not given the time of -notify.
            self.run("qdel", "-f", *jobs, check=False)
            self.until(lambda: not self.left(user), "all jobs have ended")

    # What can fail.

    def answers(self, name: str) -> bool:
        """Whether "qmaster" or "execd" does its work."""
        if name == "qmaster":
            return self.run("qconf", "-sh", check=False).returncode == 0
        for line in self.run("qstat", "-f", check=False).stdout.splitlines():
            if line.startswith("all.q@"):
                return len(line.split()) == 5  # a sixth word would say what is wrong
        return False

    def stop(self, name: str) -> None:
        """Stops a daemon; with execd, its jobs die, as if the machine had."""
        if name == "execd":
            self._kill_jobs()
            self.daemons[name].stop(signal.SIGKILL)
        else:
            self.daemons[name].stop(seconds=15)

    def start(self, name: str) -> None:
        """Starts a daemon again and waits until it does its work."""
        self.daemons[name].start()
        self.until(lambda: self.answers(name), f"{name} answers")

    def _daemon(self, name: str, *, stdout: bool = True) -> Daemon:
        env = {**self.env, "SGE_ND": "1"}  # stays in the foreground
        return Daemon([name], env=env, log=self.folder / "log" / name, stdout=stdout)

    def _kill_jobs(self) -> None:
        """Kills the shepherds, which work in the host's spool folder, and all that they started.

        As a machine's death would, which leaves nobody the time to notice another's: so it looks until nothing is left.
        """
        spool, mark = self.folder / "spool/execd", f"SGE_JOB_SPOOL_DIR={self.folder}/".encode()
        left = True
        while left:
            left = False
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    shepherd = (
                        b"shepherd" in (entry / "cmdline").read_bytes() and spool in (entry / "cwd").readlink().parents
                    )
                    if shepherd or mark in (entry / "environ").read_bytes():
                        os.kill(int(entry.name), signal.SIGKILL)
                        left = True
                except OSError:
                    continue


@contextmanager
def start_gridengine(folder: Path, *, slots: int = 8, gpus: int = 2) -> Iterator[GridEngine]:
    """Starts a cluster, waits until it takes jobs, and stops it; jobs that are left die with it. Takes root.

    Args:
        folder: made if need be; open to the cluster's users (not pytest's tmp_path).
        slots: of the queue all.q.
        gpus: of its host, as a resource that is counted; jobs take them with "-l gpu=1".
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "log").mkdir()
    grid = GridEngine(folder)
    configuration.write(folder, {**os.environ, **grid.env, "LD_LIBRARY_PATH": str(LIBRARY)})
    with ExitStack() as stack:
        stack.callback(_stop, grid)
        grid.start("qmaster")
        configuration.configure(folder, {**os.environ, **grid.env}, slots=slots, gpus=gpus)
        grid.start("execd")
        stack.callback(grid.end_jobs)
        yield grid


def _stop(grid: GridEngine) -> None:
    grid.stop("execd")
    # It would take seconds to say farewell to a host that is gone; the whole cell goes.
    grid.daemons["qmaster"].stop(signal.SIGKILL)
