"""The fixed scene with two clusters beside the hosts: jobs that run, wait and ended, one that nerotui did not start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nerotui.agent.states import RunState
from nerotui.core.records import Host, Metric, Partition, Progress, Run
from tests.tui.scene import NOW, Scene

GIB = 1 << 30

TRITON = (
    Partition(name="gpu", default=True, nodes=10, nodes_free=3, cpus=512, cpus_free=120, gpus=40, gpus_free=14,
              memory=4000 * GIB, limit=432_000.0),
    Partition(name="gpu-short", nodes=4, nodes_free=1, cpus=128, cpus_free=31, gpus=8, gpus_free=2,
              memory=1000 * GIB, limit=14_400.0),
    Partition(name="batch", nodes=64, nodes_free=9, cpus=2560, cpus_free=412, memory=16_000 * GIB, limit=432_000.0),
    Partition(name="debug", up=False, nodes=2, nodes_free=0, cpus=64, cpus_free=0, memory=256 * GIB, limit=900.0),
)  # fmt: skip
OLD = Partition(name="all.q", cpus=128, cpus_free=17)


def clusters() -> dict[str, Host]:
    """A Slurm that answers, and a Grid Engine whose master is silent."""
    triton = Host(
        name="triton",
        state="up",
        backend="slurm",
        address="triton.example.org",
        user="alice",
        seen=NOW - 1,
        connected=NOW - 4000,
        root="/home/alice/.nerotui",
        home="/home/alice",
        partitions=TRITON,
        jobs_seen=NOW - 12,
    )
    old = Host(
        name="old",
        state="up",
        backend="gridengine",
        seen=NOW - 1,
        connected=NOW - 4000,
        partitions=(OLD,),
        jobs_seen=NOW - 190,
        jobs_note="Grid Engine does not answer: qstat: unable to contact qmaster",
    )
    return {host.name: host for host in (triton, old)}


def jobs() -> dict[str, Run]:
    """One of each kind that a cluster has."""

    def job(id_: str, name: str, state: RunState, number: str, **more: Any) -> Run:
        known: dict[str, Any] = {"host": "triton", "backend": "slurm", "queue": "gpu", "checked": NOW - 12}
        return Run(
            id=id_,
            name=name,
            state=state,
            job=number,
            command=("python", "train.py", "--name", name),
            dir="/home/alice/exp/resnet50",
            user="alice",
            created=NOW - 9000,
            last_seen=NOW - 1,
            **(known | more),
        )

    state = RunState
    metrics = {"loss": Metric(last=1.3012, x=41.0, min=1.3, max=2.4)}
    found = (
        job("h2aaaaaa", "swin-b-4gpu", state.RUNNING, "4711", nodes="r13n07.cluster", gpus=(0, 1), gpus_asked=2,
            pid=991, job_state="RUNNING", started=NOW - 8000, attempt=2, attempts=5, metrics=metrics,
            time_limit=86_400.0, progress=Progress(unit="epoch", at=41.0, of=90.0)),
        job("j3aaaaaa", "swin-b-wd0", state.QUEUED, "4712", job_state="PENDING", position=12, gpus_asked=2,
            reason="behind others of higher priority", expected=NOW + 33_000),
        job("j4aaaaaa", "swin-b-eval", state.QUEUED, "4713", job_state="PENDING", after=("h2aaaaaa",),
            reason="after another job, which has not ended yet"),
        job("q5aaaaaa", "notebook", state.RUNNING, "4690", nodes="r13n02", foreign=True, job_state="RUNNING",
            queue="gpu-short", started=NOW - 1200, log_path="/home/alice/slurm-4690.out"),
        job("q6aaaaaa", "fold-17", state.QUEUED, "88", host="old", backend="gridengine", queue="all.q",
            job_state="qw", checked=NOW - 190),
        job("q7aaaaaa", "swin-t", state.TIMEOUT, "4650", started=NOW - 20_000, ended=NOW - 5600,
            reason="its time limit of 4h was reached", attempt=1),
    )  # fmt: skip
    return {run.id: run for run in found}


class ClusterScene(Scene):
    """The scene's bridge, with those."""

    def __init__(self) -> None:
        super().__init__()
        self.host_records = {"gpu01": self.host_records["gpu01"], **clusters()}
        ours = {name: run for name, run in self.run_records.items() if run.host == "gpu01"}
        self.run_records = {**jobs(), **ours}
        self.site_refuses = {"triton": {"freeze": "this site lets only administrators do that (Slurm: denied)"}}

    @property
    def refusals(self) -> Mapping[str, Mapping[str, str]]:
        return self.site_refuses
