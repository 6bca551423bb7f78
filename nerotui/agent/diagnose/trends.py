"""What the course of a training loss says: it explodes, rises, swings, stands still, or never moved from guessing."""

import math
from typing import List, Optional

from nerotui.agent.diagnose.curve import Curve, crossing, least, middle
from nerotui.agent.diagnose.finding import Finding, finding, number

#: Points before anything is said of a course: fewer show no course.
FEW = 8
#: A loss has exploded when it stands above its first values by this many times what it had gained. A rise to its first
#: values happens to sound runs (a learning rate restarts, a curriculum gets harder); far beyond, to none that was seen.
EXPLODED = 1.0
#: A loss rises when it gave back this share of what it had gained: restarts of a learning rate on the usual schedules
#: give back some 10 to 40 %, and less each time.
GIVEN_BACK = 0.5
#: The same for a loss that rose over several stretches in a row, which noise does not do.
RISING = 0.25
#: How many standard errors of its mean a change must be worth. Courses are looked at hundreds of times, and noise is
#: not always independent: 3 would be passed by chance.
SURE = 6.0
#: Swings from point to point that are worth this share of all that was gained hide the course.
SWINGS = 0.2
#: Of independent values two thirds of the differences change their sign; a step that is too long makes nearly all do.
ALTERNATING = 0.93
#: Noise that grew so much within a run is not the data's.
ROUGHER = 5.0
#: A plateau is half of the run so far, and at least so many points.
STILL = 0.5
LONG = 40
#: A loss has not moved when it changed by no more than this share of itself since the first points.
UNMOVED = 0.01
#: Losses of guessing: the logarithm of a number of classes that is usual.
GUESSES = ((2, "two classes"), (10, "10 classes"), (100, "100 classes"), (1000, "1000 classes"))


def trends(name: str, curve: Curve, gain: Optional[float], since: float) -> List[Finding]:
    """What is wrong with the course of a training loss; at most one thing, the worst.

    Args:
        name: the metric.
        curve: its course.
        gain: the newest accuracy as a share, if one is known.
        since: the time that a new finding gets.
    """
    if curve.count < FEW or len(curve.means) < FEW:
        return []
    found = _explosion(name, curve, since) or _rise(name, curve, since) or _swings(name, curve, since)
    found = found or _unmoved(name, curve, gain, since) or _plateau(name, curve, since)
    return [found] if found else []


def _explosion(name: str, curve: Curve, since: float) -> Optional[Finding]:
    """Judged by the newest three points, so that it is told at once; a single spike is passed over."""
    means = curve.means
    start = max(means[: max(3, len(means) // 16)])
    best, _ = least(curve.smooth(3)[:-3] or list(means))
    gained = start - best
    noise = curve.noise()
    now = min(list(curve.newest)[-3:])
    if gained > SURE * curve.of_mean(3) and best < curve.first:
        if now <= start + max(EXPLODED * gained, SURE * _calm(curve)):
            return None
        x = crossing(curve.xs, means, start)
        return finding(
            "explosion",
            "error",
            "{} exploded: it had come down from {} to {} and is {} now".format(
                name, number(start), number(best), number(curve.last)
            ),
            "kill it; go back to a checkpoint from before, with a smaller learning rate or gradient clipping",
            since,
            x if x is not None else curve.x,
            name,
            ["least {}".format(number(best)), "now {}".format(number(curve.last))],
        )
    # It never came down: ten times its first value is no warm-up.
    first = middle(list(means[:3]))
    if now <= first + 10 * max(abs(first), noise) or now <= start:
        return None
    return finding(
        "divergence",
        "error",
        "{} grows from the start: from {} to {}".format(name, number(first), number(curve.last)),
        "kill it; the learning rate is too large, or a sign is wrong",
        since,
        curve.x,
        name,
        ["first {}".format(number(first)), "now {}".format(number(curve.last))],
    )


def _calm(curve: Curve) -> float:
    """The noise while it was least: an explosion must not hide in its own noise."""
    roughs = sorted(curve.roughs)
    return roughs[len(roughs) // 4] / 1.128


def _rise(name: str, curve: Curve, since: float) -> Optional[Finding]:
    means = curve.means
    window = max(3, len(means) // 12)
    smooth = curve.smooth(window)
    best, at = least(smooth)
    after = len(smooth) - 1 - at
    if after < window or curve.count < 2 * FEW:
        return None
    gained = max(smooth[: at + 1]) - best
    given = smooth[-1] - best
    sure = SURE * curve.of_mean(window)
    if gained <= sure or given <= sure:
        return None
    half = max(1, window // 2)
    steady = middle(list(means[-half:])) >= middle(list(means[-2 * half : -half])) - 0.1 * given
    tail = smooth[-6:]
    climbing = len(tail) == 6 and all(tail[step] < tail[step + 1] for step in range(5)) and after >= 6
    if not (steady and given > GIVEN_BACK * gained) and not (climbing and given > RISING * gained):
        return None
    return finding(
        "divergence",
        "warning",
        "{} rises: it was down to {} at {:g} and is {} now".format(
            name, number(best), curve.xs[at], number(smooth[-1])
        ),
        "look at its learning rate; a smaller one, or gradient clipping, keeps what was learnt",
        since,
        curve.xs[at],
        name,
        ["least {} at {:g}".format(number(best), curve.xs[at]), "now {}".format(number(smooth[-1]))],
    )


def _swings(name: str, curve: Curve, since: float) -> Optional[Finding]:
    newest = list(curve.newest)
    if len(newest) < 24 or curve.count < 2 * LONG:
        return None
    smooth = curve.smooth(max(3, len(curve.means) // 12))
    gained = max(smooth) - min(smooth)
    steps = [later - earlier for earlier, later in zip(newest[:-1], newest[1:])]
    swing = middle([abs(step) for step in steps])
    turns = sum(1 for earlier, later in zip(steps[:-1], steps[1:]) if earlier * later < 0) / (len(steps) - 1)
    before = [rough for rough in curve.roughs[: -len(curve.roughs) // 4] if rough > 0]
    calm = min(middle(before[at : at + 8]) for at in range(0, len(before), 8)) if len(before) >= 16 else 0.0
    rougher = calm > 0 and swing > ROUGHER * calm and swing > SWINGS * gained
    if gained <= 0 or not (rougher or (turns >= ALTERNATING and swing > SWINGS * gained)):
        return None
    return finding(
        "oscillation",
        "warning",
        "{} swings by {} from point to point{}".format(
            name, number(swing), ", {:.0f} times as much as before".format(swing / calm) if rougher else ""
        ),
        "a smaller learning rate or a larger batch would calm it",
        since,
        curve.x,
        name,
        ["the whole gain so far is {}".format(number(gained))],
    )


def _unmoved(name: str, curve: Curve, gain: Optional[float], since: float) -> Optional[Finding]:
    if curve.count < LONG:
        return None
    means = list(curve.means)
    first, rest = middle(means[:3]), means[3:]
    thirds = [middle(rest[len(rest) * part // 3 : len(rest) * (part + 1) // 3]) for part in range(3)]
    moved = max(thirds + [first]) - min(thirds + [first])
    if moved > UNMOVED * abs(first) and moved > 3 * curve.of_mean(max(1, len(rest) // 3)):
        return None
    if moved > 0.05 * abs(first):
        return None
    guess = _guess(thirds[-1], gain)
    text = "{} has not moved from {} in {} points".format(name, number(first), curve.count)
    advice = "look whether gradients arrive: the learning rate, frozen layers, labels shuffled apart from their inputs"
    if guess:
        text = "{}, which is the loss of guessing among {}".format(text, guess)
    return finding("no_progress", "warning" if guess else "info", text, advice, since, curve.x, name)


def _guess(value: float, gain: Optional[float]) -> str:
    for classes, text in GUESSES:
        if abs(value - math.log(classes)) < UNMOVED * math.log(classes):
            return text
    if gain is not None and 0 < gain < 0.5:
        classes = round(1 / gain)
        if abs(value - math.log(classes)) < 0.02 * math.log(classes):
            return "{} classes".format(classes)
    return ""


def _plateau(name: str, curve: Curve, since: float) -> Optional[Finding]:
    if curve.count < LONG:
        return None
    means = list(curve.means)
    at = int(len(means) * (1 - STILL))
    before, first, last = middle(means[: max(3, at // 8)]), means[at:], means[-max(3, (len(means) - at) // 3) :]
    level = middle(first[: max(3, len(first) // 3)])
    gained = before - level
    if gained <= 0 or level - middle(last) > max(0.01 * gained, curve.of_mean(len(last))):
        return None
    return finding(
        "plateau",
        "info",
        "{} has stood at {} for half of the run, since {:g}".format(name, number(level), curve.xs[at]),
        "lower the learning rate, or stop it: what it can learn so is learnt",
        since,
        curve.xs[at],
        name,
    )
