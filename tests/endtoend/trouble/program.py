"""Real trainings in pure Python that fail, each in its own way; started by the cases beside this file.

    program.py KIND [FOLDER]

They train the demo's small network by gradient descent; what makes them fail is what makes real ones fail: a missing
value in the data, a learning rate that grows beyond what is stable, too little data, memory, a disk or a lock.
"""

import concurrent.futures
import faulthandler
import importlib.util
import math
import os
import random
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

DEMO = Path(__file__).parents[3] / "nerotui" / "cli" / "demos" / "train.py"


def demo() -> ModuleType:
    """The demo's training program as a module."""
    spec = importlib.util.spec_from_file_location("train", DEMO)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def say(text: str) -> None:
    print(text, flush=True)


def training(
    *,
    epochs: int = 60,
    rate: float = 0.3,
    pace: float = 0.02,
    rows: int = 200,
    seed: int = 0,
    wrong: float = 0.02,
    decay: float = 1.0,
    hidden: int = 8,
    validate: bool = True,
    before: Callable[[int, list[Any]], None] = lambda epoch, rows: None,
) -> Iterator[int]:
    """Trains, printing as such programs do; gives each epoch's number when it is done.

    Args:
        epochs, rate, rows, hidden: as they are.
        pace: seconds that a step takes at least.
        seed: of data and weights.
        wrong: share of wrong labels.
        decay: what the learning rate is multiplied by after each epoch.
        validate: whether it is evaluated on other data.
        before: called before each epoch with its number and the data.
    """
    train = demo()
    rng = random.Random(seed)
    data = [train.parse(line) for line in train.spirals(rows, 0.05, wrong, rng)]
    others = [train.parse(line) for line in train.spirals(100, 0.05, 0.0, rng)]
    network = train.Network(hidden, False, rng)
    say(f"data: {rows} rows; learning rate {rate}")
    for epoch in range(1, epochs + 1):
        before(epoch, data)
        rng.shuffle(data)
        losses = []
        for at in range(0, len(data), 20):
            losses.append(network.step(data[at : at + 20], rate))
            time.sleep(pace)
        text = f"epoch {epoch}/{epochs} loss {sum(losses) / len(losses):.5g}"
        if validate:
            loss, accuracy = network.loss(others)
            text += f" val_loss {loss:.5g} val_acc {accuracy:.3f}"
        say(text)
        rate *= decay
        yield epoch


def run(**how: Any) -> None:
    for _ in training(**how):
        pass


def missing_value() -> None:
    """A row of the data lacks a number from some epoch on."""

    def damage(epoch: int, rows: list[Any]) -> None:
        if epoch == 25:
            rows[0] = (math.nan, 0.3, 1.0)

    run(epochs=60, before=damage)


def trains_at(pace: str) -> None:
    """One of several that differ in how long their steps take."""
    run(epochs=10000, pace=float(pace))


def leaks() -> None:
    kept = []
    for _ in training(epochs=4000, pace=0.02):
        kept.append(b"x" * (1 << 20))


def _die(_: int) -> None:
    os.kill(os.getpid(), 9)


def loses_a_worker() -> None:
    for epoch in training(epochs=30):
        if epoch == 12:
            with concurrent.futures.ProcessPoolExecutor(1) as pool:
                list(pool.map(_die, [1]))


def fills_the_disk(folder: str) -> None:
    for epoch in training(epochs=400, pace=0.06):
        with open(f"{folder}/checkpoint-{epoch}", "wb") as file:
            file.write(b"x" * (1 << 20))


def hangs() -> None:
    lock = threading.Lock()
    for epoch in training(epochs=60, pace=0.005):
        if epoch == 40:
            lock.acquire()
            lock.acquire()


def waits_for_its_data() -> None:
    run(epochs=4000, pace=0.15, rows=60, hidden=4)


def crashes_in_c() -> None:
    import ctypes

    faulthandler.enable()
    for epoch in training(epochs=30):
        if epoch == 10:
            ctypes.string_at(0)


def loses_a_connection() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    for epoch in training(epochs=30):
        if epoch == 10:
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            accepted.close()
        client.sendall(b"loss")


def warns_without_end() -> None:
    warnings.simplefilter("always")
    for epoch in training(epochs=60):
        for row in range(40):
            warnings.warn(f"value of row {row} in epoch {epoch} is out of range", stacklevel=1)


def retries() -> None:
    """What goes wrong and is put right is no error."""
    import traceback

    for epoch in training(epochs=60, seed=5):
        if epoch in (5, 20):
            try:
                raise OSError(28, "No space left on device")
            except OSError:
                traceback.print_exc()


KINDS: dict[str, Callable[..., None]] = {
    "sound": lambda: run(epochs=60, seed=1),
    "sound_fast": lambda: run(epochs=80, seed=2, rate=0.8, pace=0.01),
    "sound_slow": lambda: run(epochs=60, seed=3, rate=0.05),
    "sound_small": lambda: run(epochs=25, seed=4, hidden=4, rows=400),
    "sound_long": lambda: run(epochs=300, seed=6, rate=0.5, pace=0.003),
    "sound_decays": lambda: run(epochs=100, seed=7, rate=1.0, decay=0.97, pace=0.01),
    "retries": retries,
    "missing_value": missing_value,
    "stands_still": lambda: run(epochs=200, decay=0.75, pace=0.003, hidden=4),
    "guesses": lambda: run(epochs=120, rate=1e-7, wrong=0.5, pace=0.005),
    "is_not_validated": lambda: run(epochs=20, validate=False),
    "takes_too_long": lambda: run(epochs=3000, pace=0.02),
    "trains_at": trains_at,
    "leaks": leaks,
    "loses_a_worker": loses_a_worker,
    "fills_the_disk": fills_the_disk,
    "hangs": hangs,
    "waits_for_its_data": waits_for_its_data,
    "crashes_in_c": crashes_in_c,
    "loses_a_connection": loses_a_connection,
    "warns_without_end": warns_without_end,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](*sys.argv[2:])
