"""The rigs by themselves: an ordinary user's jobs, handed in through ssh, end; daemons that were stopped come back."""

from __future__ import annotations

import os
import pwd

import pytest

from tests.rigs.cluster.cluster import Cluster
from tests.rigs.cluster.fixtures import BATCH
from tests.rigs.gridengine.cluster import GridEngine
from tests.rigs.slurm.daemons import Slurm

pytestmark = pytest.mark.root

TOLD = '#!/bin/sh\necho "$(id -un) on $NEROTUI_HOSTNAME in $HOME" with $(command -v python3)\nexit {code}\n'


def test_its_user_logs_in(cluster: Cluster) -> None:
    said = cluster.run("sh", "-c", "id -un; pwd; echo $NEROTUI_HOSTNAME; python3 -c 'print(6 * 7)'").stdout
    assert said.splitlines() == [cluster.user, str(cluster.home), "cluster", "42"]
    assert pwd.getpwnam(cluster.user).pw_uid != os.getuid()


@pytest.mark.parametrize("cluster", BATCH, indirect=True)
def test_a_job_runs_elsewhere_in_the_same_home(cluster: Cluster) -> None:
    out = cluster.home / "told"
    before = len(cluster.asked())
    job = cluster.submit(TOLD.format(code=3), "-o", str(out), *both(cluster))
    if isinstance(cluster.scheduler, Slurm):
        assert cluster.scheduler.ended(job) == "FAILED"
        node, program = cluster.scheduler.nodes[0], "sbatch"
    else:
        assert cluster.scheduler.ended(job)["exit_status"] == "3"
        node, program = "exec1", "qsub"
    words = out.read_text().split()
    assert words[:5] == [cluster.user, "on", node, "in", str(cluster.home)]
    assert [name for _, name in cluster.asked()[before:]] == [program]


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_memory_is_held_to(cluster: Cluster) -> None:
    grow = "#!/bin/sh\npython3 -c 'print(len(bytearray(300 << 20)))'\n"
    job = cluster.submit(grow, "-o", "/dev/null", "--mem=50M")
    assert cluster.slurm.ended(job) == "OUT_OF_MEMORY"


@pytest.mark.parametrize("cluster", BATCH, indirect=True)
def test_daemons_stop_and_come_back(cluster: Cluster) -> None:
    scheduler = cluster.scheduler
    job = cluster.submit("#!/bin/sh\nsleep 600\n", "-o", "/dev/null", *both(cluster))
    running = "r" if isinstance(scheduler, GridEngine) else "RUNNING"
    scheduler.until(lambda: scheduler.state(job) == running, "the job runs")
    names = ["qmaster"] if isinstance(scheduler, GridEngine) else ["slurmctld"]
    for name in [*names, *(["slurmdbd"] if cluster.kind == "slurm" else [])]:
        with scheduler.without(name):
            assert not scheduler.answers(name)
        assert scheduler.answers(name)
        assert scheduler.state(job) == running


def both(cluster: Cluster) -> list[str]:
    """Options that put a job's errors beside its output."""
    return ["-j", "y"] if cluster.kind == "gridengine" else []
