"""A small real training: a neural network learns by gradient descent to tell two spirals of points apart.

Pure Python, seeded. The kinds differ in data and settings only, as real ones do:

    learns      enough data, a sane learning rate
    overfits    few points, some of them labelled wrongly: the training loss falls, the validation loss rises
    diverges    rectified units and a learning rate that grows beyond what is stable, until the loss is nan
    crashes     reads a second part of its data some epochs in, and one row of that is damaged

SIGUSR1 makes it write a checkpoint after the epoch and exit; --resume goes on from there.
"""

import argparse
import itertools
import json
import math
import os
import random
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence

BATCH = 20

#: After each step it rests for up to so many times what the step took, so that it can be watched, and works for a
#: quarter of the time at least, on a fast machine too.
RESTS = 3.0

#: The epoch after which the second part of the data is read as well.
FIRST_PART = 35

Row = tuple[float, float, float]


class Network:
    """Two inputs, two hidden layers, one logit."""

    def __init__(self, hidden: int, rectified: bool, rng: random.Random) -> None:
        sizes = [2, hidden, hidden, 1]
        self.rectified = rectified
        self.weights = [
            [[rng.gauss(0, 1.5 / math.sqrt(fan_in)) for _ in range(fan_in + 1)] for _ in range(fan_out)]
            for fan_in, fan_out in itertools.pairwise(sizes)
        ]

    def unit(self, value: float) -> float:
        """What a hidden unit makes of its input: tanh, or a leaky rectifier."""
        if self.rectified:
            return value if value > 0 else 0.1 * value
        return math.tanh(value)

    def slope(self, output: float) -> float:
        """The unit's derivative, from its output."""
        if self.rectified:
            return 1.0 if output > 0 else 0.1
        return 1 - output * output

    def layers(self, x: float, y: float) -> list[list[float]]:
        """The values of each layer, inputs first; the last is the logit."""
        values = [[x, y]]
        for weights in self.weights:
            below = values[-1]
            sums = [sum(w * v for w, v in zip(row, below, strict=False)) + row[-1] for row in weights]
            values.append(sums if weights is self.weights[-1] else [self.unit(total) for total in sums])
        return values

    def loss(self, rows: Sequence[Row]) -> tuple[float, float]:
        """Mean cross-entropy and accuracy."""
        logits = [self.layers(x, y)[-1][0] for x, y, _ in rows]
        total = sum(cross_entropy(logit, label) for logit, (_, _, label) in zip(logits, rows, strict=True))
        right = sum((logit > 0) == (label > 0.5) for logit, (_, _, label) in zip(logits, rows, strict=True))
        return total / len(rows), right / len(rows)

    def step(self, rows: Sequence[Row], rate: float) -> float:
        """One step of gradient descent on a batch; the mean loss before it."""
        slopes = [[[0.0] * len(row) for row in weights] for weights in self.weights]
        total = 0.0
        for x, y, label in rows:
            values = self.layers(x, y)
            logit = values[-1][0]
            total += cross_entropy(logit, label)
            errors = [sigmoid(logit) - label]
            for depth in reversed(range(len(self.weights))):
                below = values[depth]
                for row, error in zip(slopes[depth], errors, strict=True):
                    for at, value in enumerate(below):
                        row[at] += error * value
                    row[-1] += error
                if depth:
                    weights = self.weights[depth]
                    errors = [
                        self.slope(value) * sum(error * row[at] for error, row in zip(errors, weights, strict=True))
                        for at, value in enumerate(below)
                    ]
        for weights, gradients in zip(self.weights, slopes, strict=True):
            for row, gradient in zip(weights, gradients, strict=True):
                for at, value in enumerate(gradient):
                    row[at] -= rate * value / len(rows)
        return total / len(rows)


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-logit)) without overflow; nan stays nan."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    return math.exp(logit) / (1 + math.exp(logit))


def cross_entropy(logit: float, label: float) -> float:
    """-log of the probability that the logit gives to the label."""
    return max(logit, 0.0) - logit * label + math.log1p(math.exp(-abs(logit)))


def spirals(count: int, noise: float, wrong: float, rng: random.Random) -> list[str]:
    """Two noisy spirals as a file would hold them, lines of "x,y,label"; a share of the labels is wrong."""
    lines = []
    for at in range(count):
        label, turn = at % 2, rng.random()
        angle, radius = 5.0 * turn + math.pi * label, 0.2 + turn
        x, y = radius * math.cos(angle) + rng.gauss(0, noise), radius * math.sin(angle) + rng.gauss(0, noise)
        lines.append(f"{x:.4f},{y:.4f},{1 - label if rng.random() < wrong else label}")
    return lines


def parse(line: str) -> Row:
    """One row of the data."""
    x, y, label = line.split(",")
    return float(x), float(y), float(label)


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", choices=["learns", "overfits", "diverges", "crashes"], default="learns")
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--hidden", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0.12, help="seconds between two steps, at most")
    parser.add_argument("--checkpoint", default="checkpoint.json")
    parser.add_argument("--resume", metavar="FILE")
    return parser.parse_args()


def say(text: str) -> None:
    """Prints a line at once, for those who follow the log."""
    print(text, flush=True)


def main() -> int:
    """Trains, printing the loss of each few steps, and the validation after each epoch."""
    asked = options()
    rng = random.Random(asked.seed)
    few = asked.kind == "overfits"
    train = [parse(line) for line in spirals(*((60, 0.1, 0.1) if few else (200, 0.05, 0.02)), rng)]
    validation = [parse(line) for line in spirals(100, 0.1 if few else 0.05, 0.0, rng)]
    more = spirals(100, 0.05, 0.02, rng) if asked.kind == "crashes" else []
    if more:
        more[37] = "0.3.7,0.1132,1"
    network = Network(asked.hidden, asked.kind == "diverges", rng)
    first = 1
    if asked.resume:
        with open(asked.resume, encoding="utf-8") as file:
            kept = json.load(file)
        network.weights, first = kept["weights"], kept["epoch"] + 1
        say(f"resumed from {asked.resume} after epoch {kept['epoch']}")
    os.nice(10)  # whoever works on this machine comes first
    stop: list[int] = []
    signal.signal(signal.SIGUSR1, lambda number, _: stop.append(number))

    say(f"data: {len(train)} rows, {len(validation)} for validation")
    say(f"network: 2-{asked.hidden}-{asked.hidden}-1, seed {asked.seed}, learning rate {asked.lr}")
    rate, per_epoch, step = asked.lr, len(train) // BATCH, 0
    losses: deque[float] = deque(maxlen=per_epoch)  # what is printed is the mean over an epoch's length
    for epoch in range(first, asked.epochs + 1):
        if more and epoch > FIRST_PART:
            say("reading the second part of the data")
            train += [parse(line) for line in more]
            more = []
        rng.shuffle(train)
        for at in range(per_epoch):
            begun = time.process_time()
            losses.append(network.step(train[at * BATCH : (at + 1) * BATCH], rate))
            step = (epoch - 1) * per_epoch + at + 1
            if step == 1 or step % 5 == 0:
                say(f"step {step} loss {sum(losses) / len(losses):.5g}")
            if asked.kind == "diverges" and epoch > 15:
                rate *= 1.02
            time.sleep(min(asked.pace, RESTS * (time.process_time() - begun)))
        val_loss, val_accuracy = network.loss(validation)
        say(
            f"epoch {epoch}/{asked.epochs} step {step} val_loss {val_loss:.5g} val_acc {val_accuracy:.3f} lr {rate:.3g}"
        )
        if stop:
            with open(asked.checkpoint + ".part", "w", encoding="utf-8") as file:
                json.dump({"epoch": epoch, "weights": network.weights}, file)
            os.replace(asked.checkpoint + ".part", asked.checkpoint)
            say(f"checkpoint {asked.checkpoint} written after epoch {epoch}")
            return 0
    say("finished")
    return 0


if __name__ == "__main__":
    sys.exit(main())
