"""A Slurm that runs, as a test asks it, and the daemons that it is made of."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from tests.rigs.daemon import DEADLINE, Daemon
from tests.rigs.scheduler import Scheduler

_FINAL = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL")
#: What a job is called while something of it may still be there.
_LEFT = "PD,R,S,ST,CG,SI,CF"


class Slurm(Scheduler):
    """A cluster that runs.

    Attributes:
        nodes: the names of its nodes.
        daemons: "munged", "mariadbd", "slurmdbd", "slurmctld" and the nodes' slurmds by the nodes' names.
    """

    def __init__(self, folder: Path, nodes: Sequence[str]) -> None:
        super().__init__(folder, {"SLURM_CONF": str(folder / "etc/slurm.conf")})
        self.nodes = tuple(nodes)

    def sbatch(self, *arguments: str, user: str | None = None) -> str:
        """Submits a batch job and returns its id."""
        return self.run("sbatch", "--parsable", *arguments, user=user).stdout.strip().partition(";")[0]

    def state(self, job: str) -> str:
        """A job's state in Slurm's words, while the controller remembers it (five minutes after its end)."""
        return self.run("squeue", "-h", "-t", "all", "-o", "%T", "-j", job).stdout.strip()

    def ended(self, job: str, seconds: float = DEADLINE) -> str:
        """Waits for a job's end and returns its last state."""
        self.until(lambda: self.state(job) in _FINAL, f"job {job} ends", seconds)
        return self.state(job)

    def log(self, name: str) -> str:
        """What a daemon wrote: "slurmctld", a node's name, "munged", "slurmdbd"."""
        texts = [path.read_text(errors="replace") for path in sorted(self.folder.glob(f"log/{name}*"))]
        return "\n".join(texts)

    def left(self, user: str | None = None) -> list[str]:
        """The jobs of a user, or of all, that are not over yet."""
        of = ["-u", user] if user else []
        return self.run("squeue", "-h", "-t", _LEFT, *of, "-o", "%A", check=False).stdout.split()

    def end_jobs(self, user: str | None = None) -> None:
        """Cancels the jobs of a user, or of all, and waits until nothing of them is left."""
        if jobs := self.left(user):
            self.run("scancel", *sorted(set(jobs)), check=False)
            self.until(lambda: not self.left(user), "all jobs have ended")

    def idle(self) -> int:
        """How many nodes wait for jobs."""
        return self.run("sinfo", "-h", "-N", "-p", "main", "-o", "%T", check=False).stdout.split().count("idle")

    # What can fail.

    def answers(self, name: str) -> bool:
        """Whether a daemon does its work: "slurmctld", "slurmdbd", or a node's slurmd."""
        if name == "slurmctld":
            return "is UP" in self.run("scontrol", "ping", check=False).stdout
        if name == "slurmdbd":
            return self.run("sacctmgr", "-n", "show", "cluster", check=False).returncode == 0
        state = self.run("sinfo", "-h", "-n", name, "-p", "main", "-o", "%T", check=False).stdout.strip()
        return state in ("idle", "mixed", "allocated")

    def stop(self, name: str) -> None:
        """Stops a daemon. A node's slurmd goes as if its machine died: with its jobs."""
        if name in self.nodes:
            self._kill_steps(name)
            self.daemons[name].stop(signal.SIGKILL)
        else:
            self.daemons[name].stop()

    def start(self, name: str) -> None:
        """Starts a daemon again and waits until it does its work."""
        self.daemons[name].start()
        if name in self.nodes:
            # A controller that noticed waits for somebody to say that the node is well again.
            self.until(lambda: self._revived(name), f"{name} takes jobs")
        else:
            self.until(lambda: self.answers(name), f"{name} answers")

    def add(self, name: str, *argv: str, env: dict[str, str] | None = None) -> Daemon:
        """Makes one more daemon of the cluster and starts it."""
        made = Daemon(argv, env={**self.env, **(env or {})}, log=self.folder / "log" / f"{name}.out")
        made.start()
        self.daemons[name] = made
        return made

    def _revived(self, name: str) -> bool:
        if self.answers(name):
            return True
        self.run("scontrol", "update", f"nodename={name}", "state=resume", check=False)
        return False

    def _kill_steps(self, node: str) -> None:
        """Kills the steps of a node, which have its log open, and all that they started.

        As a machine's death would, which leaves nobody the time to notice another's: so it looks until nothing is left.
        """
        log = self.folder / "log" / node
        marks = {f"SLURMD_NODENAME={node}".encode(), f"SLURM_CONF={self.env['SLURM_CONF']}".encode()}
        left = True
        while left:
            left = False
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    step = (entry / "cmdline").read_bytes().startswith(b"slurmstepd:")
                    ours = log in [path.readlink() for path in (entry / "fd").iterdir()] if step else None
                    if ours or (ours is None and marks <= set((entry / "environ").read_bytes().split(b"\0"))):
                        os.kill(int(entry.name), signal.SIGKILL)
                        left = True
                except OSError:
                    continue
