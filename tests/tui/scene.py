"""A fixed scene for pictures and screen tests: five hosts, ten runs, curves, a log, one clock. Nothing is connected."""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.message import Message as TextualMessage

from nerotui.agent.states import RunState
from nerotui.channels import Prompter
from nerotui.config import Config, HostConfig
from nerotui.core.records import (
    Disk,
    Event,
    Finding,
    Gpu,
    Host,
    Load,
    Memory,
    Message,
    Metric,
    Pending,
    Progress,
    Run,
    RunDetail,
    Series,
    Stats,
)
from nerotui.errors import NoSuchRun
from nerotui.fleet import LogChunk, PointBatch
from nerotui.tui import messages
from nerotui.tui.app import ConsoleApp
from nerotui.tui.bridge import Bridge
from nerotui.tui.palette import Palette

#: The moment of the scene, in the time zone UTC.
NOW = 1_763_716_872.0
GIB = 1 << 30


def in_utc() -> None:
    """Makes clocks read the same everywhere."""
    os.environ["TZ"] = "UTC"
    time.tzset()


def _gpu(index: int, busy: float, used: int, total: int, warm: float) -> Gpu:
    return Gpu(
        index=index,
        name="A100",
        utilization=busy,
        memory_used=used * GIB,
        memory_total=total * GIB,
        temperature=warm,
        power=250.0,
    )


def _stats(cpu: float, memory: float, gpus: tuple[Gpu, ...] = ()) -> Stats:
    return Stats(
        time=NOW - 1,
        cpu_percent=cpu,
        cores=32,
        load=(cpu / 3, cpu / 4, cpu / 5),
        memory=Memory(used=int(2.56 * memory) * GIB, total=256 * GIB),
        disks=(Disk(path="/home", free=412 * GIB, total=2000 * GIB),),
        gpus=gpus,
        source={"cpu": "psutil", "gpus": "nvml"},
    )


def hosts() -> dict[str, Host]:
    """Four that answer, one that is down."""

    def up(name: str, stats: Stats) -> Host:
        return Host(
            name=name,
            state="up",
            backend="process",
            address=f"{name}.lab",
            user="alice",
            seen=NOW - 1,
            connected=NOW - 4000,
            slots=max(1, len(stats.gpus)),
            root="/home/alice/.nerotui",
            home="/home/alice",
            stats=stats,
        )

    down = Host(
        name="gpu04",
        state="down",
        address="gpu04.lab",
        user="alice",
        error="gpu04 (gpu04.lab:22) does not answer: timed out after 10 s",
        hint="is it switched on, and are you on the right network?",
        retry_at=NOW + 24,
        seen=NOW - 190,
        stats=_stats(12, 30),
    )
    found = (
        up("gpu01", _stats(41, 38, (_gpu(0, 97, 31, 40, 71), _gpu(1, 95, 31, 40, 70)))),
        up("gpu02", _stats(3, 12, (_gpu(0, 0, 22, 40, 44), _gpu(1, 0, 0, 40, 41)))),
        up("gpu03", _stats(22, 51, (_gpu(0, 99, 70, 80, 68),))),
        down,
        up("login", _stats(2, 9)),
    )
    return {host.name: host for host in found}


def _run(id_: str, name: str, host: str, state: RunState, **more: Any) -> Run:
    loss, acc, epoch = more.pop("loss", None), more.pop("acc", None), more.pop("epoch", None)
    values = {}
    if loss is not None:
        values["loss"] = Metric(last=loss, x=float(epoch[0]), min=None if math.isnan(loss) else loss, max=2.4)
    if acc is not None:
        values["acc"] = Metric(last=acc, x=float(epoch[0]), min=0.1, max=acc)
    return Run(
        id=id_,
        name=name,
        host=host,
        state=state,
        command=("python", "train.py", "--name", name),
        dir="/home/alice/exp/resnet50",
        user="alice",
        hostname=f"{host}.lab",
        created=NOW - 9000,
        metrics=values,
        progress=Progress(unit="epoch", at=float(epoch[0]), of=float(epoch[1])) if epoch else None,
        last_seen=NOW - 1,
        **more,
    )


def runs() -> dict[str, Run]:
    """One of each kind that a table shows."""
    state = RunState
    overfits = Finding(
        kind="overfitting",
        severity="warning",
        message="validation loss rises since epoch 21 while training loss falls",
        advice="stop here, or regularise more",
        since=NOW - 900,
        x=21.0,
    )
    nan = Finding(
        kind="nan",
        severity="error",
        message="loss is nan since epoch 2",
        advice="lower the learning rate",
        since=NOW - 5000,
        x=2.0,
    )
    found = (
        _run("k3f9ab2c", "resnet50-wd5e-4", "gpu01", state.RUNNING, gpus=(0,), pid=48211, attempt=2,
             started=NOW - 3720, loss=0.8123, acc=71.2, epoch=(34, 90)),
        _run("m7qa2xyz", "resnet50-wd1e-4", "gpu01", state.RUNNING, gpus=(1,), pid=48390, started=NOW - 3840,
             loss=0.8410, acc=70.4, epoch=(33, 90), findings=(overfits,)),
        _run("x2hdaaaa", "vit-s16-mixup", "gpu03", state.RUNNING, gpus=(0,), pid=901, started=NOW - 3600,
             loss=2.1077, acc=38.9, epoch=(12, 300)),
        _run("p0ceaaaa", "wrn28-10-cutout", "gpu02", state.PAUSED, gpus=(0,), pid=77, started=NOW - 7200,
             loss=0.0911, acc=95.9, epoch=(88, 200)),
        _run("a91taaaa", "vit-s16-nomixup", "gpu03", state.QUEUED, position=1, gpus_asked=1),
        _run("b4vvaaaa", "resnet50-wd0", "gpu02", state.QUEUED, position=2, gpus_asked=1, group="gpu"),
        _run("e8s2aaaa", "resnet50-lr3.2", "gpu01", state.FAILED, started=NOW - 5600, ended=NOW - 5000, exit_code=1,
             loss=math.nan, acc=0.1, epoch=(2, 90), findings=(nan,), reason="exit code 1"),
        _run("t5wnaaaa", "vit-b16-ft", "gpu04", state.RUNNING, gpus=(2,), pid=4410, started=NOW - 7000, loss=1.9110,
             acc=44.0, epoch=(7, 50), stale=True,
             pending=Pending(action="freeze", since=NOW - 60, away=True, until=NOW + 540)),
        _run("d2kkaaaa", "wrn28-10-base", "gpu02", state.DONE, started=NOW - 20000, ended=NOW - 8540, exit_code=0,
             loss=0.0312, acc=96.1, epoch=(200, 200)),
        _run("c7pyaaaa", "resnet18-base", "gpu02", state.DONE, started=NOW - 30000, ended=NOW - 20400, exit_code=0,
             loss=1.1020, acc=69.9, epoch=(90, 90)),
    )  # fmt: skip
    return {run.id: run for run in found}


def series(run_id: str) -> tuple[Series, ...]:
    """A loss that falls, and a validation loss that rises again for the run that overfits."""
    noise = random.Random(run_id)
    train, val = [], []
    for step in range(340):
        x = step / 10
        when = NOW - 3720 + step * 10.9
        train.append((x, 0.55 + 1.8 * math.exp(-x / 6) + noise.gauss(0, 0.01), when))
        if step % 10 == 0:
            rise = max(0.0, x - 21) * 0.03 if run_id.startswith("m7") else 0.0
            val.append((x, 0.85 + 1.5 * math.exp(-x / 5) + rise + noise.gauss(0, 0.004), when))
    return (
        Series(name="loss", x="epoch", points=tuple(train)),
        Series(name="val_loss", x="epoch", points=tuple(val)),
        Series(name="acc", x="epoch", points=tuple((x, 75 - 60 * math.exp(-x / 8), t) for x, _, t in train)),
    )


def log() -> bytes:
    """What a run printed."""
    lines = [
        f"{time.strftime('%H:%M:%S', time.gmtime(NOW - 180 + 3 * i))} "
        f"epoch 34 it {50 * i:4}/2502 loss {0.83 - i / 3000:.4f} "
        "lr 0.0100 img/s 2840"
        for i in range(60)
    ]
    lines[40] = lines[40][:9] + "WARN dataloader worker 7 slow (1.9s)"
    return ("\n".join(lines) + "\n").encode()


def detail(run: Run) -> RunDetail:
    """What the host holds of a run."""
    return RunDetail(
        run=run,
        spec={
            "command": list(run.command),
            "dir": run.dir,
            "env": {"SEED": "3"},
            "setup": "source ~/venv/bin/activate",
            "gpus": 1,
            "resume": ["python", "train.py", "--resume", "{checkpoint}"],
            "checkpoint": "ckpt/*.pt",
        },
        facts={"git": {"commit": "3dfe8dc0a1b2c3d4", "branch": "main", "dirty": True}, "python": "3.11.2"},
        events=(
            Event(time=NOW - 4600, kind="queued", text="queued by alice", who="alice@laptop"),
            Event(time=NOW - 3800, kind="preempted", text="preempted"),
            Event(time=NOW - 3720, kind="running", text="resumed at epoch 12"),
        ),
    )


def processes() -> list[dict[str, Any]]:
    """A training process, its workers, one of them stopped, and one that left for a session of its own."""

    def process(pid: int, parent: int, command: str, state: str, rss: float, cpu: float, age: float) -> dict[str, Any]:
        return {
            "pid": pid, "ppid": parent, "command": command, "state": state,
            "rss": int(rss * GIB), "cpu_s": cpu * age / 100, "started": NOW - age,
        }  # fmt: skip

    train = "python train.py --wd 5e-4 --batch-size 256 --workers 3"
    return [
        process(48211, 1, train, "R", 11.2, 104, 3720),
        process(48290, 48211, f"{train} [loader 0]", "S", 1.4, 38, 3700),
        process(48291, 48211, f"{train} [loader 1]", "S", 1.4, 41, 3700),
        process(48292, 48211, f"{train} [loader 2]", "T", 1.4, 0, 3700),
        process(48300, 48290, "ffmpeg -i clips/0041.mp4 -vf fps=2 -f rawvideo -", "R", 0.2, 88, 12),
        process(48410, 1, "tensorboard --logdir runs --port 6007", "S", 0.6, 1, 3500),
    ]


def config(**more: Any) -> Config:
    """A configuration with the scene's hosts."""
    return Config(hosts={name: HostConfig(name=name) for name in hosts()}, groups={"gpu": ("gpu01", "gpu02")}, **more)


class Scene(Bridge):
    """A bridge whose fleet stands still.

    Attributes:
        done: what was asked of runs, in order: (run id, action, arguments).
    """

    def __init__(self, *, readonly: bool = False, empty: bool = False, of: Config | None = None) -> None:
        super().__init__(of or config(), readonly=readonly)
        self.host_records = {name: Host(name=name) for name in hosts()} if empty else hosts()
        self.run_records = {} if empty else runs()
        self.done: list[tuple[str, str, dict[str, Any]]] = []
        self.prompter: Prompter | None = None

    @property
    def hosts(self) -> Mapping[str, Host]:
        return self.host_records

    @property
    def runs(self) -> Mapping[str, Run]:
        return self.run_records

    @property
    def messages(self) -> list[Message]:
        said = [
            Message(time=NOW - 3720, severity="info", text="k3f9 started on gpu01", host="gpu01", run="k3f9ab2c"),
            Message(time=NOW - 190, severity="warning", text="gpu04 is down: timed out", host="gpu04"),
        ]
        return [*(said if self.run_records else []), *self.said]

    @property
    def who(self) -> str:
        return "alice@laptop"

    def find(self, text: str) -> Run:
        found = [run for run in self.run_records.values() if run.id.startswith(text) or run.name == text]
        if len(found) != 1:
            raise NoSuchRun(f"no run is called {text!r}")
        return found[0]

    async def run(self, prompter: Prompter, post: Callable[[TextualMessage], object]) -> None:
        self._post = post
        self.prompter = prompter
        post(messages.Ready())
        await asyncio.Event().wait()

    def watch(self, run_id: str | None, others: Sequence[str]) -> None:
        for drawn in filter(None, (run_id, *others)):
            run = self.run_records[drawn]
            if not run.waiting:
                batch = PointBatch(reset=True, series=series(drawn), done=True)
                self._post(messages.PointsArrived(drawn, [batch], asyncio.Event()))
        if run_id is not None:
            self._post(messages.LogBegan(run_id, None))
            chunk = LogChunk(offset=0, data=log(), size=len(log()))
            self._post(messages.LogArrived(run_id, [chunk], asyncio.Event()))
            self._post(messages.DetailArrived(detail(self.run_records[run_id])))
            times = tuple(NOW - 3720 + 60 * i for i in range(62))
            waves = tuple(60 + 35 * math.sin(i / 4) for i in range(62))
            load = Load(times=times, cpu=tuple(wave / 3 for wave in waves), gpu=waves, memory=waves)
            self._post(messages.LoadArrived(run_id, load))

    def watch_tree(self, run_id: str | None) -> None:
        if run_id is not None:
            self._post(messages.TreeArrived(run_id, processes(), NOW))

    async def act(self, run: Run, action: str, **args: Any) -> None:
        self.done.append((run.id, action, args))

    async def show(self, run_id: str) -> RunDetail:
        return detail(self.run_records[run_id])

    async def why(self, run_id: str) -> str:
        return "it waits for a GPU of gpu03: the only one is held by x2hd"


def app(palette: Palette | None = None, *, scene: Scene | None = None) -> ConsoleApp:
    """The console over the scene, at the scene's moment."""
    in_utc()
    return ConsoleApp(scene or Scene(), palette or Palette(), now=lambda: NOW)
