"""Overfitting: the validation loss rises while the training loss goes on falling; and validation that is never done."""

from collections import deque
from typing import Deque, Optional

from nerotui.agent.diagnose.curve import middle
from nerotui.agent.diagnose.finding import Finding, finding, number

#: Evaluations without a new best before a rise is one: two bad ones in a row are chance.
PATIENCE = 4
#: The same as a share of all evaluations, for runs that evaluate often.
SHARE = 0.15
#: The rise that counts, as a share of all that the validation loss had gained: less is what noise does at the end.
RISEN = 0.05
#: How many standard deviations of an evaluation the rise must be: the best of many is luckier by two or three alone.
SURE = 6.0
#: Evaluations that noise is judged by.
NEIGHBOURS = 24
#: Epochs of training after which an evaluation would be usual.
EPOCHS = 5


class Overfitting:
    """Compares the validation loss with the training loss, evaluation by evaluation."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets everything: what comes is another run's."""
        self._count = 0
        self._first = 0.0
        self._best = 0.0
        self._best_x: Optional[float] = None
        self._best_epoch: Optional[float] = None
        self._best_at = 0
        self._train_at_best: Optional[float] = None
        self._turns: Deque[float] = deque(maxlen=NEIGHBOURS)
        self._newest: Deque[float] = deque(maxlen=3)
        self._gain_best = 0.0
        self._gain_at = 0

    def add(self, value: float, x: Optional[float], epoch: Optional[float], train: Optional[float]) -> None:
        """Adds an evaluation.

        Args:
            value: the validation loss.
            x: where on its axis.
            epoch: of which epoch, if that is known.
            train: the training loss at that time, smoothed.
        """
        self._count += 1
        if len(self._newest) > 1:
            self._turns.append(abs(value - 2 * self._newest[-1] + self._newest[-2]))
        self._newest.append(value)
        if self._count == 1:
            self._first = value
        if self._count == 1 or value < self._best:
            self._best, self._best_x, self._best_epoch = value, x, epoch
            self._best_at, self._train_at_best = self._count, train

    def gain(self, value: float) -> None:
        """Adds an accuracy on validation data: where that still rises, a rising loss is less of a worry."""
        if not self._gain_at or value > self._gain_best:
            self._gain_best, self._gain_at = value, self._count

    def _noise(self) -> float:
        """The standard deviation of an evaluation about its neighbours' trend; see `curve.wavering`."""
        return middle(list(self._turns)) / (0.6745 * 2.449)

    def look(self, name: str, train: Optional[float], since: float) -> Optional[Finding]:
        """The finding, if there is one now.

        Args:
            name: the validation loss's name.
            train: the training loss, smoothed; None where it is not known.
            since: the time that a new finding gets.
        """
        waited = self._count - self._best_at
        if self._count < PATIENCE + 2 or waited < max(PATIENCE, SHARE * self._count):
            return None
        now = min(self._newest)
        risen = now - self._best
        gained = self._first - self._best
        if risen <= RISEN * max(gained, 0.02 * abs(self._best)) or risen <= SURE * self._noise():
            return None
        if train is None or self._train_at_best is None or train >= self._train_at_best:
            return None
        if self._best_epoch is not None:
            place = "epoch {:g}".format(self._best_epoch)
        elif self._best_x is not None:
            place = "{:g}".format(self._best_x)
        else:
            place = "evaluation {}".format(self._best_at)
        learns = self._gain_at and self._count - self._gain_at < PATIENCE
        return finding(
            "overfitting",
            "info" if learns else "warning",
            "{} rises while the training loss falls: best {} at {}, now {}".format(
                name, number(self._best), place, number(self._newest[-1])
            ),
            "take the checkpoint of {}; stop it, or regularise more".format(place),
            since,
            self._best_x,
            name,
            [
                "training loss then {}, now {}".format(number(self._train_at_best), number(train)),
                "{} evaluations since the best".format(waited),
            ],
        )


class Evaluations:
    """Whether validation is done, and goes on being done."""

    def __init__(self) -> None:
        self._begin: Optional[float] = None
        self._epoch: Optional[float] = None
        self._evaluated: Deque[float] = deque(maxlen=8)
        self._longest = 0.0

    def add(self, epoch: float, validation: bool) -> None:
        """Notes the epoch of a point."""
        if self._begin is None or (self._epoch is not None and epoch < self._epoch - 1):
            self._begin = epoch
            self._evaluated.clear()
        self._epoch = epoch
        if validation:
            if self._evaluated:
                self._longest = max(self._longest, epoch - self._evaluated[-1])
            self._evaluated.append(epoch)

    def look(self, name: Optional[str], since: float) -> Optional[Finding]:
        """The finding, if there is one now; `name` is the training loss's."""
        if self._epoch is None or self._begin is None or name is None:
            return None
        advice = "without it nobody sees whether it overfits: evaluate on held-out data after each epoch"
        if not self._evaluated:
            epochs = self._epoch - self._begin
            if epochs < EPOCHS:
                return None
            text = "no validation in {:g} epochs of training".format(epochs)
            return finding("no_validation", "info", text, advice, since, None, name)
        gap = self._epoch - self._evaluated[-1]
        if len(self._evaluated) < 3 or gap <= max(3 * self._longest, EPOCHS):
            return None
        text = "no validation since epoch {:g}; it is {:g} now".format(self._evaluated[-1], self._epoch)
        return finding("no_validation", "warning", text, advice, since, None, name)
