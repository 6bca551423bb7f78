"""What the course of a training loss says: it explodes, rises, swings, stands still, or never moved from guessing."""

import math
from typing import FrozenSet, List, Optional

from nerotui.agent.diagnose.curve import Curve, least, middle, smooth, unsure, wavering
from nerotui.agent.diagnose.finding import Finding, finding, number

#: Points before anything is said of a course: fewer show no course.
FEW = 16
#: A loss has exploded at once when it stands above its first values by this many times what it had gained ...
AT_ONCE = 10.0
#: ... and when it stands above them by as much as it had gained for so many points, and this share of all points: large
#: models leap like that, and are back after some dozen steps. Sound runs get back to their first values (a curriculum,
#: a restart of the learning rate), not above them.
EXPLODED = 1.0
LASTS = 12
SHARE = 0.02
#: A loss rises when it gave back this share of what it had gained: restarts of a learning rate on the usual schedules
#: give back some 10 to 40 %, and less each time.
GIVEN_BACK = 0.5
#: The same for one that rose over so many stretches in a row, which noise does not do, or leapt up and settled there.
RISING = 0.25
IN_A_ROW = 6
#: Before so many points only the whole gain is worth a word when it is given back: means begin anew with each epoch.
EARLY = 48
#: How many standard errors a change must be worth. Courses are looked at hundreds of times, and noise is not always
#: independent or normal: 3 would be passed by chance.
SURE = 6.0
#: Swings from point to point that are worth this share of all that was gained hide the course.
SWINGS = 0.2
#: Of independent values two thirds of the differences change their sign; a step that is too long makes nearly all do.
ALTERNATING = 0.93
#: Noise that grew so much within a run, over an eighth of it, is not the data's.
ROUGHER = 5.0
#: A plateau is half of the run so far, and at least so many points, in which it surely moved less than this share of
#: the whole gain.
LONG = 60
STILL = 0.05
LEFT = 0.15
#: A loss has not moved when it changed by no more than this share of itself since the first points; told after so many.
UNMOVED = 0.01
UNMOVED_FOR = 100
#: Losses of guessing: the logarithm of a number of classes that is usual; and how near to it a loss stands.
GUESSES = ((2, "two classes"), (10, "10 classes"), (100, "100 classes"), (1000, "1000 classes"))
NEAR = 0.006
#: A loss that came down by such a factor is judged by its logarithm, as people would draw it.
ORDERS = 30.0


class Course:
    """A curve as it is judged: its stretches, logarithms where it went through orders of magnitude."""

    def __init__(self, curve: Curve) -> None:
        means = list(curve.means)
        self.curve = curve
        self.logarithmic = min(means) > 0 and max(means) > ORDERS * min(means)
        self.means: List[float] = [math.log(value) for value in means] if self.logarithmic else means
        self.window = max(3, len(means) // 12)
        self.smooth = smooth(self.means, self.window)

    def shown(self, value: float) -> str:
        """A value of the course as the run printed it."""
        return number(math.exp(min(700.0, value)) if self.logarithmic else value)


def trends(
    name: str, curve: Curve, gain: Optional[float], since: float, told: FrozenSet[str] = frozenset()
) -> List[Finding]:
    """What is wrong with the course of a training loss; at most one thing, the worst.

    Args:
        name: the metric.
        curve: its course.
        gain: the newest accuracy as a share, if one is known.
        since: the time that a new finding gets.
        told: the kinds that were found at the last look; a plateau ends when it is clearly left, not at its first stir.
    """
    if curve.count < FEW or len(curve.means) < FEW:
        return []
    course = Course(curve)
    found = _explosion(name, curve, since) or _rise(name, course, since) or _swings(name, course, since)
    found = found or _unmoved(name, course, gain, since) or _plateau(name, course, since, "plateau" in told)
    return [found] if found else []


def _explosion(name: str, curve: Curve, since: float) -> Optional[Finding]:
    means = list(curve.means)
    lasts = max(1, int(SHARE * len(means)))
    before = means[: -max(3, lasts)]
    start = max(max(before[: max(3, len(before) // 8)]), middle(before))
    best, _ = least(smooth(before, 3))
    gained = start - best
    calm = _calm(curve)
    newest = list(curve.newest)
    at_once = min(newest[-3:]) > start + AT_ONCE * max(gained, calm)
    level = min(min(newest[-LASTS:]), min(means[-lasts:]))
    if not at_once and not (curve.count > 3 * LASTS and level > start + max(EXPLODED * gained, SURE * calm)):
        return None
    if gained > SURE * unsure(before, 3):
        text = "{} exploded: it had come down from {} to {} and is {} now"
        return finding(
            "explosion",
            "error",
            text.format(name, number(start), number(best), number(curve.last)),
            "kill it; go back to a checkpoint from before, with a smaller learning rate or gradient clipping",
            since,
            _crossing(curve, start),
            name,
            ["least {}".format(number(best)), "now {}".format(number(curve.last))],
        )
    # It never came down: ten times its first values is no warm-up.
    if min(newest[-3:]) <= start + AT_ONCE * max(abs(start), calm):
        return None
    return finding(
        "divergence",
        "error",
        "{} grows from the start: from {} to {}".format(name, number(start), number(curve.last)),
        "kill it; the learning rate is too large, or a sign is wrong",
        since,
        curve.x,
        name,
        ["first {}".format(number(curve.first)), "now {}".format(number(curve.last))],
    )


def _calm(curve: Curve) -> float:
    """The noise of the calmer half: an explosion must not hide in its own."""
    roughs = sorted(curve.roughs)
    return sum(roughs[: len(roughs) // 2 + 1]) / (len(roughs) // 2 + 1)


def _crossing(curve: Curve, level: float) -> float:
    """Where the course last rose above a level and stayed there."""
    at = len(curve.means)
    while at and curve.means[at - 1] > level:
        at -= 1
    return curve.xs[at] if at < len(curve.xs) else curve.x


def _rise(name: str, course: Course, since: float) -> Optional[Finding]:
    means, window, curve = course.means, course.window, course.curve
    best, at = least(course.smooth)
    after = len(means) - 1 - at
    if after < window or curve.count < 2 * FEW or at < 3:
        return None
    sure = SURE * max(unsure(means[: at + 1], window), wavering(course.smooth[: at + 1], window))
    gained, given = max(course.smooth[: at + 1]) - best, course.smooth[-1] - best
    if gained <= sure or given <= sure:
        return None
    half = max(1, window // 2)
    steady = middle(means[-half:]) >= middle(means[-2 * half : -half]) - 0.1 * given
    tail = course.smooth[-IN_A_ROW:]
    climbing = after >= 2 * window and all(tail[step] < tail[step + 1] for step in range(len(tail) - 1))
    early = curve.count < EARLY
    share = 1.0 if early else GIVEN_BACK
    since_best = course.smooth[at + 1 + after // 2 :]
    settled = after >= max(2 * window, len(means) // 6) and min(since_best) - best > RISING * gained and steady
    if not (steady and given > share * gained) and not (
        (climbing or settled) and not early and given > RISING * gained
    ):
        return None
    down, now, place = course.shown(best), course.shown(course.smooth[-1]), curve.xs[at]
    return finding(
        "divergence",
        "warning",
        "{} rises: it was down to {} at {:g} and is {} now".format(name, down, place, now),
        "look at its learning rate; a smaller one, or gradient clipping, keeps what was learnt",
        since,
        place,
        name,
        ["least {} at {:g}".format(down, place), "now {}".format(now)],
    )


def _swings(name: str, course: Course, since: float) -> Optional[Finding]:
    curve = course.curve
    newest, roughs = list(curve.newest), list(curve.roughs)
    if len(newest) < 24 or curve.count < 2 * LONG:
        return None
    plain = smooth(list(curve.means), course.window)
    gained = max(plain) - min(plain)
    steps = [later - earlier for earlier, later in zip(newest[:-1], newest[1:])]
    swing = middle([abs(step) for step in steps])
    turns = sum(1 for earlier, later in zip(steps[:-1], steps[1:]) if earlier * later < 0) / (len(steps) - 1)
    eighth = max(8, len(roughs) // 8)
    calm, rough = middle(roughs[:-eighth]), middle(roughs[-eighth:])
    rougher = calm > 0 and min(swing, rough) > ROUGHER * calm and rough > SWINGS * gained
    if gained <= 0 or not (rougher or (turns >= ALTERNATING and swing > SWINGS * gained)):
        return None
    more = ", {:.0f} times as much as before".format(rough / calm) if rougher else ""
    return finding(
        "oscillation",
        "warning",
        "{} swings by {} from point to point{}".format(name, number(swing), more),
        "a smaller learning rate or a larger batch would calm it",
        since,
        curve.x,
        name,
        ["the whole gain so far is {}".format(number(gained))],
    )


def _unmoved(name: str, course: Course, gain: Optional[float], since: float) -> Optional[Finding]:
    curve, means = course.curve, list(course.curve.means)
    if curve.count < LONG:
        return None
    first, rest = middle(means[:3]), means[3:]
    thirds = [middle(rest[len(rest) * part // 3 : len(rest) * (part + 1) // 3]) for part in range(3)]
    moved = max(thirds + [first]) - min(thirds + [first])
    error = unsure(means, max(1, len(rest) // 3))
    if moved > max(UNMOVED * abs(first), 2 * error) or moved > 0.05 * abs(first):
        return None
    guess = _guess(thirds[-1], gain)
    if not guess and curve.count < UNMOVED_FOR:
        return None
    text = "{} has not moved from {} in {} points".format(name, number(first), curve.count)
    advice = "look whether gradients arrive: the learning rate, frozen layers, labels shuffled apart from their inputs"
    if guess:
        text = "{}, which is the loss of guessing among {}".format(text, guess)
    return finding("no_progress", "warning" if guess else "info", text, advice, since, curve.x, name)


def _guess(value: float, gain: Optional[float]) -> str:
    for classes, text in GUESSES:
        if abs(value - math.log(classes)) < NEAR * math.log(classes):
            return text
    if gain is not None and 0 < gain < 0.5:
        classes = round(1 / gain)
        if abs(value - math.log(classes)) < 0.02 * math.log(classes):
            return "{} classes".format(classes)
    return ""


def _plateau(name: str, course: Course, since: float, told: bool) -> Optional[Finding]:
    means, curve = course.means, course.curve
    if curve.count < LONG:
        return None
    at = len(means) // 2
    before, half = middle(means[: max(3, at // 8)]), means[at:]
    third = max(3, len(half) // 3)
    level, last = middle(half[:third]), middle(half[-third:])
    gained = before - level
    if gained <= 0 or level - last + 2 * unsure(half, third) > (LEFT if told else STILL) * gained:
        return None
    return finding(
        "plateau",
        "info",
        "{} has stood at {} for half of the run, since {:g}".format(name, course.shown(level), curve.xs[at]),
        "lower the learning rate, or stop it: what it can learn so is learnt",
        since,
        curve.xs[at],
        name,
    )
