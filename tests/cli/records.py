"""Hosts and runs made by hand, for what is printed of them."""

import math

from nerotui.agent.states import RunState
from nerotui.core.records import Disk, Finding, Gpu, Host, Memory, Metric, Pending, Progress, Run, Stats

NOW = 1_790_000_000.0


def a_run(number: int = 0, **fields: object) -> Run:
    values: dict[str, object] = {
        "id": f"k3f7{number:04}".replace("0", "a").replace("1", "b").replace("8", "c").replace("9", "d"),
        "name": f"resnet50-wd5e-4-{number}",
        "host": "gpu1",
        "state": RunState.RUNNING,
        "created": NOW - 7200,
        "started": NOW - 3720,
        "command": ("python", "train.py", "--lr", "0.1"),
        "params": {"lr": 0.1, "bad": math.inf},
        "metrics": {
            "val_loss": Metric(last=0.9, x=30, min=0.8, max=2.0),
            "loss": Metric(last=math.nan, x=31.0, min=0.5, max=math.inf),
        },
        "progress": Progress(unit="epoch", at=34, of=90),
        "findings": (Finding(kind="nan", severity="error", message="loss is nan"),),
        "dir": "/home/a/exp",
        "gpus": (0, 1),
        "user": "alice",
        "last_seen": NOW - 1,
        "pid": 48211,
    }
    return Run(**{**values, **fields})  # type: ignore[arg-type]


def waiting(number: int, position: int, **fields: object) -> Run:
    values = {"state": RunState.QUEUED, "position": position, "started": None, "metrics": {}, "findings": ()}
    return a_run(number, **{**values, "progress": None, "pid": None, **fields})


def ended(number: int, state: RunState = RunState.DONE, **fields: object) -> Run:
    return a_run(number, **{"state": state, "ended": NOW - 600 - number, "findings": (), **fields})


def a_host(name: str = "gpu1", **fields: object) -> Host:
    stats = Stats(
        time=NOW,
        cpu_percent=37.5,
        memory=Memory(used=12 << 30, total=64 << 30),
        disks=(Disk(path="/", free=400 << 30, total=1000 << 30), Disk(path="/tmp", free=None, total=None)),
        gpus=(
            Gpu(
                index=0,
                name="NVIDIA A100",
                memory_used=31 << 30,
                memory_total=40 << 30,
                utilization=97.0,
                temperature=64.0,
                power=250.5,
            ),
            Gpu(index=1, error="lost: Xid 79"),
        ),
    )
    values: dict[str, object] = {"name": name, "state": "up", "backend": "process", "seen": NOW - 2, "stats": stats}
    return Host(**{**values, **fields})  # type: ignore[arg-type]


def away(name: str = "gpu4") -> Host:
    return a_host(
        name,
        state="down",
        error="gpu4: no answer from 10.0.0.4:22 within 10 s",
        hint="Is it on?",
        seen=NOW - 300,
        retry_at=NOW + 24,
        stats=None,
    )


def pending(number: int) -> Run:
    return a_run(number, findings=(), pending=Pending(action="freeze", since=NOW - 3))
