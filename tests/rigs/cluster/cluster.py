"""A cluster as its users see it: a login node reached through a real sshd, the same in use whatever queues its jobs.

    with start_cluster("slurm") as cluster:
        job = cluster.submit("#!/bin/sh\\necho hello\\n", "-o", f"{cluster.home}/out")
        cluster.scheduler.ended(job)

The user is an ordinary one, made for the cluster; login node and compute nodes share the home, since they are one
machine that plays several: each has a name of its own (NEROTUI_HOSTNAME).
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.rigs.cluster import counting
from tests.rigs.cluster.user import end_processes, temporary_user
from tests.rigs.gridengine import cluster as gridengine
from tests.rigs.gridengine.cluster import GridEngine, start_gridengine
from tests.rigs.slurm import cluster as slurm
from tests.rigs.slurm.cluster import can_confine, start_slurm
from tests.rigs.slurm.daemons import Slurm
from tests.rigs.sshd import SSHD, SshFarm, SshHost, start_farm

#: A plain host; Slurm with accounting; Slurm that forgets what ended, with more processors; Grid Engine.
KINDS = ("process", "slurm", "slurm-noacct", "gridengine")
#: The login node's name in the ssh_config, and so nerotui's name for the cluster.
NAME = "cluster"


class Cluster:
    """A cluster that runs.

    Attributes:
        kind: one of KINDS.
        user: who logs in.
        home: theirs, on all nodes.
        farm: the ssh files of the user's own machine.
        host: the login node's sshd.
        daemons: the scheduler, to be asked as root and to be stopped; None on the plain host.
    """

    def __init__(
        self, kind: str, user: str, farm: SshFarm, host: SshHost, asked: Path, daemons: Slurm | GridEngine | None
    ) -> None:
        self.kind = kind
        self.user = user
        self.home = host.home
        self.farm = farm
        self.host = host
        self.daemons = daemons
        self._asked = asked

    @property
    def backend(self) -> str:
        """nerotui's word for what queues here."""
        return self.kind.partition("-")[0]

    @property
    def scheduler(self) -> Slurm | GridEngine:
        """What queues; not for the plain host."""
        assert self.daemons is not None, "a plain host has no scheduler"
        return self.daemons

    @property
    def slurm(self) -> Slurm:
        """The scheduler, where it is Slurm."""
        assert isinstance(self.daemons, Slurm)
        return self.daemons

    def config(self, folder: Path, **keys: object) -> Path:
        """Writes a config.toml with this cluster as its host "cluster", in the user's own folder.

        Args:
            folder: also of what the host "local" has.
            keys: of the host. `root` is a folder of this `folder`'s name in the home unless given, so that tests do
                not see each other's runs; `poll` is 1 s.
        """
        host = {"backend": "auto", "poll": 1.0, "root": str(self.home / folder.name / ".nerotui"), **keys}
        local = {"slots": 1, "root": str(folder / "here")}
        return self.farm.nerotui_config(folder / "config.toml", {"local": local, NAME: host})

    def environment(self, folder: Path) -> dict[str, str]:
        """The environment in which the user's own machine runs nerotui with the configuration in `folder`."""
        return {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            "NEROTUI_CONFIG": str(folder / "config.toml"),
            "NEROTUI_SSH_CONFIG": str(self.farm.config),
            "USER": "tester",
            "SHELL": "/bin/sh",
        }

    def run(self, *argv: str, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a program on the login node as the user, through ssh, in the home.

        Raises:
            RuntimeError: it failed, and `check` is true; with what it said.
        """
        done = subprocess.run(
            ["ssh", "-F", str(self.farm.config), NAME, shlex.join(argv)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(argv)}: exit code {done.returncode}: {done.stderr.strip()}")
        return done

    def put(self, name: str, text: str, mode: int = 0o700) -> Path:
        """Makes a file in the home, the user's own."""
        path = self.home / name
        entry = pwd.getpwnam(self.user)
        for folder in reversed([parent for parent in path.parents if not parent.exists()]):
            folder.mkdir()
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        path.write_text(text)
        path.chmod(mode)
        os.chown(path, entry.pw_uid, entry.pw_gid)
        return path

    def submit(self, script: str, *options: str) -> str:
        """Submits a job as the user does without nerotui, from the login node, and returns its id."""
        command = ("sbatch", "--parsable") if isinstance(self.scheduler, Slurm) else ("qsub", "-terse")
        said = self.run(*command, *options, stdin=script).stdout.strip()
        return said.partition(";")[0].partition(".")[0]

    def asked(self, since: float = 0.0) -> list[tuple[float, str]]:
        """When (POSIX time) which of the scheduler's programs was started on the login node, oldest first."""
        return [(when, name) for when, name in counting.read(self._asked) if when >= since]

    def sweep(self) -> None:
        """Ends all jobs and all processes of the user."""
        if self.daemons is not None:
            self.daemons.end_jobs(self.user)
        end_processes(self.user)


def lacking(kind: str) -> str | None:
    """What this machine lacks for a kind of cluster, None for nothing."""
    if os.getuid():
        return "an ordinary user of a cluster is made by root"
    programs = [] if SSHD else ["sshd"]
    if kind.startswith("slurm"):
        programs += slurm.missing(with_accounting=kind == "slurm")
    elif kind == "gridengine":
        programs += gridengine.missing()
    return f"not installed: {', '.join(programs)}" if programs else None


@contextmanager
def start_cluster(kind: str) -> Iterator[Cluster]:
    """Starts a cluster of a kind and ends it: its jobs, its daemons, its user, its files. Takes root."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="cluster-", dir="/tmp"))  # short, and open to all
        stack.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        user = f"nero{os.getpid()}{kind[0]}{kind[-1]}"
        farm = stack.enter_context(start_farm(folder / "ssh", names=()))
        stack.enter_context(temporary_user(user, folder / "ssh" / NAME / "home"))
        daemons: Slurm | GridEngine | None = None
        if kind == "slurm":
            daemons = stack.enter_context(
                start_slurm(
                    folder / "slurm",
                    nodes=3,
                    gpus=2,
                    with_accounting=True,
                    confined=can_confine(),
                    timeout=6,
                    users=[user],
                )
            )
        elif kind == "slurm-noacct":
            daemons = stack.enter_context(start_slurm(folder / "slurm", nodes=3, cpus=20, gpus=2, timeout=6))
        elif kind == "gridengine":
            daemons = stack.enter_context(start_gridengine(folder / "grid"))
        environment: Mapping[str, str] = daemons.env if daemons else {}
        bin, asked = counting.install(folder, kind)
        path = f"{bin}:/usr/local/bin:/usr/bin:/bin"
        host = farm.add_host(NAME, environment={**environment, "PATH": path, "USER": user}, user=user)
        yield Cluster(kind, user, farm, host, asked, daemons)
