"""A real Slurm on this machine: controller, nodes and, if asked for, accounting, as children of whoever starts it.

    with start_slurm(folder, nodes=2) as slurm:
        job = slurm.sbatch("--wrap", "true")
        assert slurm.ended(job) == "COMPLETED"

A host of `tests.rigs.sshd` becomes its login node by `slurm.env` in that sshd's SetEnv. Daemons stay in the foreground:
one that made a daemon of itself could not be waited for, and where nobody reaps it its pid would seem to live.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.rigs.slurm import accounting, configuration
from tests.rigs.slurm.daemons import Slurm, daemon, program, until
from tests.rigs.sshd import free_port

#: What has to be installed, in Debian's packages slurm-wlm and munge; for accounting, slurmdbd and mariadb-server.
NEEDED = ("munged", "munge", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scontrol")


def missing(*, with_accounting: bool = False) -> list[str]:
    """The programs that this machine lacks for a cluster."""
    return [name for name in (*NEEDED, *(accounting.NEEDED if with_accounting else ())) if program(name) is None]


@contextmanager
def start_slurm(
    folder: Path,
    *,
    nodes: int = 1,
    cpus: int = 4,
    gpus: int = 0,
    with_accounting: bool = False,
    users: Sequence[str] = (),
) -> Iterator[Slurm]:
    """Starts a cluster, waits until its nodes take jobs, and stops it; jobs that are left die with it.

    Args:
        folder: made if need be; short, for sockets lie in it, and open to the cluster's users (not pytest's tmp_path).
        nodes: how many slurmds.
        cpus: of each node, whatever the machine has.
        gpus: pretended ones of each node; takes root.
        with_accounting: whether `sacct` works; takes root, a database and two more seconds.
        users: those whom the accounting knows beside oneself; without it everybody may submit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    ports = [free_port() for _ in range(nodes + 2)]
    configuration.write(folder, ports, nodes=nodes, cpus=cpus, gpus=gpus, accounting=with_accounting)
    slurm = Slurm(folder)
    with ExitStack() as stack:
        munge = folder / "munge"
        options = [f"--{name}={munge / name}" for name in ("socket", "pid-file", "log-file", "seed-file")]
        daemon(stack, slurm, "munged", "-F", "--force", f"--key-file={munge / 'key'}", "--num-threads=2", *options)
        until(lambda: _quiet("munge", "-S", str(munge / "socket"), "-n"), "munged answers", slurm)
        if with_accounting:
            accounting.start(stack, slurm, users)
        daemon(stack, slurm, "slurmctld", "-D", "-i")
        names = [f"node{number}" for number in range(1, nodes + 1)]
        for name in names:
            daemon(stack, slurm, "slurmd", "-D", "-N", name, log=name)
        stack.callback(_end_jobs, slurm)
        until(lambda: _idle(slurm) == nodes, f"{nodes} nodes are idle", slurm)
        yield slurm


def _end_jobs(slurm: Slurm) -> None:
    """Jobs are children of none of the daemons: they would outlive the cluster."""

    def left() -> list[str]:
        return slurm.run("squeue", "-h", "-t", "PD,R,S,ST,CG,SI", "-o", "%A", check=False).stdout.split()

    if jobs := left():
        slurm.run("scancel", *jobs, check=False)
        until(lambda: not left(), "all jobs have ended", slurm)


def _idle(slurm: Slurm) -> int:
    return slurm.run("sinfo", "-h", "-N", "-p", "main", "-o", "%T", check=False).stdout.split().count("idle")


def _quiet(*argv: str) -> bool:
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
