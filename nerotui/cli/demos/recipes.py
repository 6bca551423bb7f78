"""The demo's runs: which programs with which settings, in the order of the queue."""

import sys
from pathlib import Path
from typing import Any

from nerotui.core.spec import RunSpec

TRAIN = Path(__file__).with_name("train.py")

#: Name and parameters of each. The first four train side by side; the last waits for the slot of the one that crashes.
RUNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("spirals-learns", {"kind": "learns", "lr": 0.3, "hidden": 12, "epochs": 240}),
    ("spirals-overfits", {"kind": "overfits", "lr": 0.5, "hidden": 20, "epochs": 600}),
    ("spirals-diverges", {"kind": "diverges", "lr": 0.3, "hidden": 12, "epochs": 240}),
    ("spirals-crashes", {"kind": "crashes", "lr": 0.3, "hidden": 12, "epochs": 240}),
    ("spirals-wider", {"kind": "learns", "lr": 0.2, "hidden": 20, "epochs": 160}),
)


def runs(folder: str) -> list[RunSpec]:
    """The runs as they are queued, to work in a folder on this machine."""
    return [_run(name, params, folder) for name, params in RUNS]


def _run(name: str, params: dict[str, Any], folder: str) -> RunSpec:
    command = [sys.executable, str(TRAIN)]
    for key, value in params.items():
        command += [f"--{key}", str(value)]
    checkpoint = f"{name}.json"
    command += ["--checkpoint", checkpoint]
    return RunSpec(
        command=tuple(command),
        name=name,
        dir=folder,
        params=params,
        checkpoint=checkpoint,
        resume=(*command, "--resume", "{checkpoint}"),
        gpus=0,
    )
