"""The demo's runs: which program with which settings, in the order of the queue."""

import shutil
import sys
from pathlib import Path
from typing import Any

from nerotui.core.spec import RunSpec

TRAIN = Path(__file__).with_name("train.py")

#: Name and parameters of each. The first four train side by side; the last waits for the slot of the one that crashes.
RUNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("crashes", {"kind": "crashes", "lr": 0.3, "hidden": 64, "epochs": 240}),
    ("diverges", {"kind": "diverges", "lr": 0.3, "hidden": 64, "epochs": 240}),
    ("overfits", {"kind": "overfits", "lr": 0.6, "hidden": 64, "epochs": 900}),
    ("learns", {"kind": "learns", "lr": 0.05, "hidden": 64, "epochs": 300}),
    ("learns-wider", {"kind": "learns", "lr": 0.05, "hidden": 80, "epochs": 160}),
)


def prepare(folder: Path) -> list[RunSpec]:
    """Puts the program into a folder on this machine, and returns the runs to be queued there."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(TRAIN, folder / TRAIN.name)
    return [_run(name, params, str(folder)) for name, params in RUNS]


def _run(name: str, params: dict[str, Any], folder: str) -> RunSpec:
    checkpoint = f"{name}.json"
    command = [sys.executable, TRAIN.name]
    for key, value in {**params, "checkpoint": checkpoint}.items():
        command += [f"--{key}", str(value)]
    return RunSpec(
        command=tuple(command),
        name=name,
        dir=folder,
        params=params,
        checkpoint=checkpoint,
        resume=(*command, "--resume", "{checkpoint}"),
        gpus=0,
    )
