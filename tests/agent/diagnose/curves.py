"""Runs made up after real ones: sound ones of every kind that a watcher might take for sick, and sick ones.

Each is a list of points as the readers give them, from a kind and a seed alone.
"""

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

Point = dict[str, Any]
Maker = Callable[[random.Random], list[Point]]


def steps(values: list[float], name: str = "loss", every: int = 10, **more: list[float]) -> list[Point]:
    """One point a step, ten steps apart."""
    points = []
    for at, value in enumerate(values):
        point: Point = {"t": 60.0 + at, "step": at * every, name: value, "source": "log", "offset": 40 * at}
        point.update({other: series[at] for other, series in more.items()})
        points.append(point)
    return points


def epochs(train: list[float], val: list[float], **more: list[float]) -> list[Point]:
    """Train and validation, an epoch each."""
    points = []
    for at, (one, other) in enumerate(zip(train, val, strict=True)):
        point: Point = {"t": 60.0 * at, "epoch": at + 1, "loss": one, "val_loss": other, "source": "log"}
        point["offset"] = 80 * at
        point.update({name: series[at] for name, series in more.items()})
        points.append(point)
    return points


def noise(rng: random.Random, count: int, size: float, memory: float = 0.0) -> list[float]:
    """Noise of one size, of which a share stays from point to point."""
    found, last = [], 0.0
    for _ in range(count):
        last = memory * last + math.sqrt(1 - memory * memory) * rng.gauss(0, size)
        found.append(last)
    return found


def decay(rng: random.Random, count: int, high: float, low: float) -> list[float]:
    """The usual course: fast at first, then ever slower."""
    bend, power = count * rng.uniform(0.002, 0.2), rng.uniform(0.3, 1.2)
    return [low + (high - low) * (1 + at / bend) ** -power for at in range(count)]


def language_model(rng: random.Random) -> list[Point]:
    count = rng.choice([60, 200, 1000, 3000])
    course = decay(rng, count, rng.uniform(8, 11), rng.uniform(1.5, 3.5))
    shaken = noise(rng, count, rng.uniform(0.01, 0.3), rng.choice([0, 0, 0.5]))
    norm = [abs(0.3 + rng.gauss(0, 0.1)) * (10 if rng.random() < 0.01 else 1) for _ in range(count)]
    return steps([a + b for a, b in zip(course, shaken, strict=True)], grad_norm=norm)


def spiky_language_model(rng: random.Random) -> list[Point]:
    """Spikes from which it recovers within some points, as large models show."""
    points = language_model(rng)
    left, high = 0, 0.0
    for at, point in enumerate(points):
        if not left and at > 30 and rng.random() < 4 / len(points):
            left, high = rng.randint(1, max(2, len(points) // 80)), rng.uniform(0.5, 4)
        if left:
            point["loss"] += high * left / (left + 1)
            left -= 1
    return points


def learning_rate_steps(rng: random.Random) -> list[Point]:
    count, course, level = rng.choice([90, 300, 2000]), [], rng.uniform(2, 7)
    low = level
    for stage in range(3):
        low *= rng.uniform(0.35, 0.7)
        part = decay(rng, count // 3, level, low)
        level = part[-1] * rng.uniform(0.5, 0.9) if stage < 2 else part[-1]
        course += part
    size = rng.uniform(0.005, 0.12)
    return steps([a + b * a for a, b in zip(course, noise(rng, len(course), size), strict=True)])


def warm_restarts(rng: random.Random) -> list[Point]:
    count = rng.choice([100, 400, 2000])
    period, course, high = count // rng.choice([2, 3, 5]), [], rng.uniform(2, 5)
    low = high * rng.uniform(0.2, 0.5)
    for at in range(count):
        cycle, place = divmod(at, period)
        bump = 0.4 * (high - low) * 0.7**cycle if cycle else 0.0
        fast = 1.0 if cycle else math.exp(-place / period * 5)
        course.append(low * 0.9**cycle + (high - low) * fast * (cycle == 0) + bump * math.exp(-4 * place / period))
    return steps([a + b for a, b in zip(course, noise(rng, count, 0.03 * high), strict=True)])


def fine_tuning(rng: random.Random) -> list[Point]:
    """Hardly moves, much noise, a step down at each epoch as what was learnt by heart comes again."""
    count = rng.choice([50, 300, 1500])
    base, size = rng.uniform(0.8, 2.2), rng.uniform(0.05, 0.35)
    drop = rng.uniform(0.02, 0.3)
    return steps(
        [
            base * (1 - drop * (3 * at // count) / 3) + shake
            for at, shake in enumerate(noise(rng, count, size, rng.choice([0, 0.3])))
        ]
    )


def running_mean(rng: random.Random) -> list[Point]:
    """A bar's mean over the epoch so far, which begins anew with each epoch: a saw."""
    count, per = rng.choice([200, 1000]), 20
    course = decay(rng, count, rng.uniform(1, 3), rng.uniform(0.1, 0.8))
    shaken = [a * (1 + b) for a, b in zip(course, noise(rng, count, 0.3), strict=True)]
    means = [sum(shaken[at - at % per : at + 1]) / (at % per + 1) for at in range(count)]
    return steps(means)


def density(rng: random.Random) -> list[Point]:
    """A negative log-likelihood of a density, or an energy: goes below zero and on."""
    count = rng.choice([80, 500, 2000])
    course = decay(rng, count, rng.uniform(1, 5), -rng.uniform(1, 300))
    return steps([a + b for a, b in zip(course, noise(rng, count, rng.uniform(0.05, 3)), strict=True)])


def many_orders(rng: random.Random) -> list[Point]:
    count = rng.choice([60, 500])
    top, bottom = rng.uniform(2, 6), rng.uniform(-6, -1)
    return steps([10 ** (top + (bottom - top) * at / count + rng.gauss(0, 0.1)) for at in range(count)])


def curriculum(rng: random.Random) -> list[Point]:
    """The task gets harder: the loss goes up and comes down again."""
    count, course, level = rng.choice([120, 900]), [], rng.uniform(1, 3)
    for _ in range(3):
        low = level * rng.uniform(0.4, 0.7)
        course += decay(rng, count // 3, level, low)
        level = low * rng.uniform(1.05, 1.3)
    return steps([a * (1 + b) for a, b in zip(course, noise(rng, len(course), 0.04), strict=True)])


def annealing(rng: random.Random) -> list[Point]:
    """A variational model's whole loss while the weight of its divergence grows."""
    count = rng.choice([100, 800])
    course = decay(rng, count, rng.uniform(200, 600), rng.uniform(80, 120))
    grown = [min(1.0, 2 * at / count) * rng.uniform(15, 18) for at in range(count)]
    return steps([a + k + b for a, k, b in zip(course, grown, noise(rng, count, 3), strict=True)])


def late_start(rng: random.Random) -> list[Point]:
    """Stays for a while before it learns, as contrastive and attention models do."""
    count = rng.choice([150, 800])
    begin = int(count * rng.uniform(0.05, 0.2))
    high, low = rng.uniform(3, 7), rng.uniform(0.3, 1.5)
    course = [high] * begin + decay(rng, count - begin, high, low)
    return steps([a + b for a, b in zip(course, noise(rng, count, 0.05), strict=True)])


def tiny_batches(rng: random.Random) -> list[Point]:
    """Batches of one: the noise is as large as the loss, and skewed."""
    count = rng.choice([200, 2000])
    course = decay(rng, count, rng.uniform(1, 3), rng.uniform(0.2, 0.8))
    return steps([a * rng.expovariate(1) for a in course])


def few_epochs(rng: random.Random) -> list[Point]:
    count = rng.randint(3, 20)
    train = decay(rng, count, 2, 0.4)
    val = [a * rng.uniform(1.0, 1.15) + 0.03 for a in train]
    return epochs([a + rng.gauss(0, 0.01) for a in train], val)


def validated(rng: random.Random) -> list[Point]:
    """Validation that flattens out above the training loss, with noise."""
    count = rng.choice([30, 100, 300])
    train = decay(rng, count, rng.uniform(1.5, 4), rng.uniform(0.1, 0.8))
    floor, size = rng.uniform(0.3, 0.9), rng.uniform(0.005, 0.08)
    val = [max(a, floor + 0.3 * a) + rng.gauss(0, size) for a in train]
    accuracy = [1 - min(0.9, a / 5) for a in val]
    return epochs([a + rng.gauss(0, 0.02) for a in train], val, val_acc=accuracy)


def reinforcement(rng: random.Random) -> list[Point]:
    """Rewards rise in leaps, the value loss grows with them, the policy's loss hovers about zero."""
    count = rng.choice([60, 400])
    reward, points, level = [], [], 20.0
    for at in range(count):
        level += rng.gauss(1.5, 12)
        reward.append(level)
        value = abs(level) * rng.expovariate(0.5) + rng.expovariate(0.1) * (5 if rng.random() < 0.05 else 1)
        points.append(
            {
                "t": float(at),
                "step": 2048 * at,
                "rollout/ep_rew_mean": level,
                "train/value_loss": value,
                "train/policy_gradient_loss": rng.gauss(-0.01, 0.01),
                "train/loss": value / 2 + rng.gauss(0, 3),
                "train/entropy_loss": -0.7 + 0.3 * at / count,
                "source": "log",
                "offset": at,
            }
        )
    return points


def adversaries(rng: random.Random) -> list[Point]:
    count = rng.choice([100, 1000])
    size, pace = rng.uniform(0.2, 1.5), rng.uniform(0.02, 0.6)
    gen = [2 + size * math.sin(pace * at) + rng.gauss(0, 0.3) + 2 * at / count for at in range(count)]
    dis = [0.7 - 0.4 * size * math.sin(pace * at) + rng.gauss(0, 0.1) for at in range(count)]
    return [point | {"dis/loss": value} for point, value in zip(steps(gen, "gen/loss"), dis, strict=True)]


def resumed(rng: random.Random) -> list[Point]:
    """Killed and gone on with from a checkpoint some way back; or begun anew in the same file."""
    first = language_model(rng)
    cut = len(first) * 2 // 3
    back = cut * rng.choice([0, 8, 9]) // 10
    again = [dict(point, offset=point["offset"] + 10**6) for point in first[back:]]
    return first[:cut] + again


SOUND: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        language_model, spiky_language_model, learning_rate_steps, warm_restarts, fine_tuning, running_mean, density,
        many_orders, curriculum, annealing, late_start, tiny_batches, few_epochs, validated, reinforcement,
        adversaries, resumed,
    )
}  # fmt: skip


def sound(seeds: int) -> Iterator[tuple[str, int, list[Point]]]:
    """Every kind of sound run, so often."""
    for name, maker in SOUND.items():
        for seed in range(seeds):
            yield name, seed, maker(random.Random(f"{name} {seed}"))


# Sick ones, each with the point at which it falls ill.


def becomes_nan(rng: random.Random) -> tuple[list[Point], int]:
    points = language_model(rng)
    at = rng.randint(len(points) // 4, len(points) - 2)
    for point in points[at:]:
        point["loss"] = math.nan
    return points, at


def blows_up(rng: random.Random) -> tuple[list[Point], int]:
    points = language_model(rng)
    at, factor = rng.randint(len(points) // 3, len(points) * 3 // 4), rng.uniform(1.3, 3)
    for place, point in enumerate(points[at:]):
        point["loss"] *= factor ** min(place, 60)
    return points, at


def drifts_away(rng: random.Random) -> tuple[list[Point], int]:
    """Up again, slowly, all the way."""
    points = language_model(rng)
    at = rng.randint(len(points) // 3, len(points) // 2)
    rate = rng.uniform(3, 9) / (len(points) - at)
    for place, point in enumerate(points[at:]):
        point["loss"] += rate * place
    return points, at


def leaps(rng: random.Random) -> tuple[list[Point], int]:
    """Up at once to a level near guessing, and it stays there."""
    points = language_model(rng)
    at = rng.randint(len(points) // 3, len(points) * 2 // 3)
    level = points[0]["loss"] * rng.uniform(0.7, 0.9)
    for point in points[at:]:
        point["loss"] = level + rng.gauss(0, 0.05)
    return points, at


def overfits(rng: random.Random) -> tuple[list[Point], int]:
    count = rng.choice([25, 60, 200])
    train = decay(rng, count, rng.uniform(1.5, 3), 0.02)
    at = int(count * rng.uniform(0.2, 0.5))
    slope = rng.uniform(0.4, 1.5) / (count - at)
    val = [a + 0.1 for a in train[:at]]
    val += [val[-1] + slope * place for place in range(count - at)]
    return epochs(train, [value + rng.gauss(0, 0.015) for value in val]), at


def guesses(rng: random.Random) -> tuple[list[Point], int]:
    level = math.log(rng.choice([2, 10, 100, 1000]))
    count = rng.choice([80, 600])
    return steps([level + shake for shake in noise(rng, count, 0.004 * level)]), 0


def rings(rng: random.Random) -> tuple[list[Point], int]:
    """Each step too long: from one wall of the valley to the other."""
    count = rng.choice([120, 600])
    course = decay(rng, count, 3, 1)
    at, size = count // 3, rng.uniform(0.5, 1.2)
    swung = [a + (size * (-1) ** place if place > at else 0) + rng.gauss(0, 0.05) for place, a in enumerate(course)]
    return steps(swung), at


SICK: dict[str, tuple[Callable[[random.Random], tuple[list[Point], int]], frozenset[str]]] = {
    "becomes_nan": (becomes_nan, frozenset({"nan"})),
    "blows_up": (blows_up, frozenset({"explosion", "divergence"})),
    "drifts_away": (drifts_away, frozenset({"divergence", "explosion"})),
    "leaps": (leaps, frozenset({"divergence", "explosion"})),
    "overfits": (overfits, frozenset({"overfitting"})),
    "guesses": (guesses, frozenset({"no_progress"})),
    "rings": (rings, frozenset({"oscillation"})),
}
