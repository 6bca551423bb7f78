"""The demo's programs do what their names say, with real gradient descent."""

import json
import math
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nerotui.cli.demos.recipes import RUNS, TRAIN, prepare
from nerotui.cli.demos.train import Network


def trained(tmp_path: Path, *options: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, str(TRAIN), "--pace", "0", *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def values(text: str, name: str) -> list[float]:
    return [float(found) for found in re.findall(rf"(?<!\w){name} (\S+)", text)]


def options_of(name: str, **smaller: float) -> list[str]:
    """A run's options; the demo's networks are larger than need be, so that they have something to do."""
    params = {**dict(RUNS)[name], **smaller}
    return [word for key, value in params.items() for word in (f"--{key}", str(value))]


def test_one_learns(tmp_path: Path) -> None:
    code, out, _ = trained(tmp_path, *options_of("learns", lr=0.3, hidden=12, epochs=60))
    assert code == 0
    losses = values(out, "val_loss")
    assert losses[-1] < losses[0] / 5
    assert values(out, "val_acc")[-1] > 0.95


def test_one_overfits(tmp_path: Path) -> None:
    code, out, _ = trained(tmp_path, *options_of("overfits", lr=0.5, hidden=20, epochs=300))
    assert code == 0
    training, validation = values(out, "loss"), values(out, "val_loss")
    best = validation.index(min(validation))
    assert best < len(validation) / 2
    assert validation[-1] > 1.5 * validation[best]
    assert training[-1] < training[best * len(training) // len(validation)] / 1.5


def test_one_diverges_to_nan_after_it_had_learned(tmp_path: Path) -> None:
    code, out, _ = trained(tmp_path, *options_of("diverges", hidden=12, epochs=60))
    assert code == 0
    losses = values(out, "val_loss")
    assert losses[14] < losses[0]
    assert math.isnan(losses[-1])


def test_one_crashes_with_a_traceback_some_epochs_in(tmp_path: Path) -> None:
    code, out, err = trained(tmp_path, *options_of("crashes", hidden=12))
    assert code == 1
    assert len(values(out, "val_loss")) == 35
    assert err.endswith("ValueError: could not convert string to float: '0.3.7'\n")


def test_gradients_are_the_slopes_of_the_loss() -> None:
    rows = [(0.3, -0.2, 1.0), (-0.5, 0.4, 0.0), (0.1, 0.9, 1.0)]
    network = Network(3, False, random.Random(1))
    before = [[list(unit) for unit in layer] for layer in network.weights]
    network.step(rows, 1.0)
    after = network.weights
    for depth, layer in enumerate(before):
        for unit, weights in enumerate(layer):
            for at in range(len(weights)):
                losses = []
                for nudge in (1e-5, -1e-5):
                    network.weights = [[list(inner) for inner in outer] for outer in before]
                    network.weights[depth][unit][at] += nudge
                    losses.append(network.loss(rows)[0])
                slope = (losses[0] - losses[1]) / 2e-5
                assert before[depth][unit][at] - after[depth][unit][at] == pytest.approx(slope, abs=1e-6)


def test_a_yielded_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, str(TRAIN), "--pace", "0.01"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while not process.stdout.readline().startswith("epoch 1/"):
        pass
    os.kill(process.pid, signal.SIGUSR1)
    rest = process.communicate(timeout=30)[0]
    assert process.returncode == 0
    kept = json.loads((tmp_path / "checkpoint.json").read_text())
    assert f"checkpoint checkpoint.json written after epoch {kept['epoch']}" in rest
    code, out, _ = trained(tmp_path, "--resume", "checkpoint.json", "--epochs", str(kept["epoch"] + 2))
    assert code == 0
    first, last = kept["epoch"] + 1, kept["epoch"] + 2
    assert re.findall(r"epoch (\d+)/", out) == [str(first), str(last)]


def test_the_queue_holds_one_more_run_than_there_are_slots(tmp_path: Path) -> None:
    from nerotui.cli.commands.demo import SLOTS

    specs = prepare(tmp_path / "work")
    assert len(specs) == SLOTS + 1
    assert (tmp_path / "work/train.py").read_text() == TRAIN.read_text()
    assert all(spec.command[0] == sys.executable and spec.resume for spec in specs)
