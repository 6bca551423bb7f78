"""A real Slurm on this machine: controller, nodes and, if asked for, accounting, as children of whoever starts it.

    with start_slurm(folder, nodes=2) as slurm:
        job = slurm.sbatch("--wrap", "true")
        assert slurm.ended(job) == "COMPLETED"

A host of `tests.rigs.sshd` becomes its login node by `slurm.env` in that sshd's SetEnv.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.rigs.daemon import program
from tests.rigs.slurm import accounting, configuration
from tests.rigs.slurm.daemons import Slurm
from tests.rigs.sshd import free_port

#: What has to be installed, in Debian's packages slurm-wlm and munge; for accounting, slurmdbd and mariadb-server.
NEEDED = ("munged", "munge", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scontrol")


def missing(*, with_accounting: bool = False) -> list[str]:
    """The programs that this machine lacks for a cluster."""
    return [name for name in (*NEEDED, *(accounting.NEEDED if with_accounting else ())) if program(name) is None]


def can_confine() -> bool:
    """Whether this machine has the cgroups by which Slurm 22.05 holds jobs to their memory."""
    return os.getuid() == 0 and all(Path("/sys/fs/cgroup", name, "tasks").exists() for name in ("memory", "freezer"))


@contextmanager
def start_slurm(
    folder: Path,
    *,
    nodes: int = 1,
    cpus: int = 4,
    gpus: int = 0,
    with_accounting: bool = False,
    confined: bool = False,
    timeout: int = 30,
    users: Sequence[str] = (),
) -> Iterator[Slurm]:
    """Starts a cluster, waits until its nodes take jobs, and stops it; jobs that are left die with it.

    Args:
        folder: made if need be; short, for sockets lie in it, and open to the cluster's users (not pytest's tmp_path).
        nodes: how many slurmds.
        cpus: of each node, whatever the machine has.
        gpus: pretended ones of each node; takes root.
        with_accounting: whether `sacct` works; takes root, a database and two more seconds.
        confined: whether cgroups hold jobs to their memory; see `can_confine`.
        timeout: seconds without a word after which a node counts as down.
        users: those whom the accounting knows beside oneself; without it everybody may submit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    ports = [free_port() for _ in range(nodes + 2)]
    # Cgroups are called after node and job, so that two clusters of one machine must not share nodes' names.
    mark = f"{ports[0]}-" if confined else ""
    slurm = Slurm(folder, [f"node{mark}{number}" for number in range(1, nodes + 1)])
    configuration.write(
        folder,
        ports,
        nodes=slurm.nodes,
        cpus=cpus,
        gpus=gpus,
        accounting=with_accounting,
        confined=confined,
        timeout=timeout,
    )
    with ExitStack() as stack:
        stack.callback(_stop, slurm)
        munge = folder / "munge"
        options = [f"--{name}={munge / name}" for name in ("socket", "pid-file", "log-file", "seed-file")]
        slurm.add("munged", "munged", "-F", "--force", f"--key-file={munge / 'key'}", "--num-threads=2", *options)
        slurm.until(lambda: _quiet("munge", "-S", str(munge / "socket"), "-n"), "munged answers")
        if with_accounting:
            accounting.start(slurm, users)
        slurm.add("slurmctld", "slurmctld", "-D", "-i")
        # The first start forgives a missing state; a later one must not forget the jobs.
        slurm.daemons["slurmctld"].argv.remove("-i")
        for name in slurm.nodes:
            slurm.add(name, "slurmd", "-D", "-N", name)
        stack.callback(slurm.end_jobs)
        slurm.until(lambda: slurm.idle() == nodes, f"{nodes} nodes are idle")
        yield slurm


def _stop(slurm: Slurm) -> None:
    """Ends the daemons, the last started first, and removes the cgroups that slurmd leaves behind."""
    for daemon in reversed(slurm.daemons.values()):
        daemon.stop()
    for node in slurm.nodes:
        for top in Path("/sys/fs/cgroup").glob(f"*/slurm_{node}"):
            for path in sorted((top, *filter(Path.is_dir, top.rglob("*"))), reverse=True):
                path.rmdir()


def _quiet(*argv: str) -> bool:
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
