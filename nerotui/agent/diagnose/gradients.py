"""Gradients that vanish or explode, by their norm as the program prints it."""

from typing import List, Optional

from nerotui.agent.diagnose.curve import Curve, middle
from nerotui.agent.diagnose.finding import Finding, finding, number

#: Points before anything is said.
FEW = 12
#: In single precision, gradients of such a norm no longer change weights of usual size at usual learning rates.
NOTHING = 1e-7
#: A norm that fell to this share of its early size while the loss stands is vanishing rather than converging.
SHRUNK = 1e-4
#: The norm's median of the newest points over that of the course before. Clipping reacts to a factor of two or three,
#: single batches to ten; a hundred, sustained, is neither.
GROWN = 100.0


def gradients(name: str, curve: Curve, since: float) -> Optional[Finding]:
    """What is wrong with a gradient norm, if anything."""
    if curve.count < FEW:
        return None
    newest: List[float] = list(curve.newest)[-6:]
    now = middle(newest)
    before = [value for value in curve.means[: max(3, len(curve.means) - 6)]]
    usual = middle(before)
    if max(newest) < NOTHING or (usual > 0 and max(newest) < SHRUNK * usual and max(newest) < 100 * NOTHING):
        return finding(
            "vanishing_gradient",
            "warning",
            "{} vanishes: {} now, {} before".format(name, number(now), number(usual)),
            "nothing is learnt any more: look for dead units, a flat loss, a learning rate that decayed to nothing",
            since,
            curve.x,
            name,
        )
    if usual > 0 and min(newest) > GROWN * usual:
        return finding(
            "exploding_gradient",
            "warning",
            "{} explodes: {} now, {} before".format(name, number(now), number(usual)),
            "clip the gradients, or lower the learning rate, before the loss follows",
            since,
            curve.x,
            name,
        )
    return None
