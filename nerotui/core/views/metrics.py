"""Which of a run's metrics is its loss, which its accuracy, which way is better, and how long the run still takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from nerotui.core.records import Run

_LOSSES = ("loss", "train_loss", "train/loss", "training_loss", "total_loss", "nll", "perplexity", "ppl", "mse")
_VALIDATION = re.compile(r"(?:^|[^a-z])(?:val|valid|validation|eval|dev|test)(?:$|[^a-z])|^val", re.IGNORECASE)
_ACCURACIES = ("acc", "accuracy", "val_acc", "val/acc", "val_accuracy", "val/accuracy", "test_acc", "acc1", "top1")
_LOSS = re.compile(r"loss|nll|perplexity|ppl|error|err\b|mse|mae|rmse|cer\b|wer\b", re.IGNORECASE)
_ACCURACY = re.compile(r"acc|top-?1|top-?5|f1|auc|bleu|iou|map\b|reward|score|precision|recall", re.IGNORECASE)


def main_loss(names: Iterable[str] | Mapping[str, object]) -> str | None:
    """The metric that the loss column shows: the training loss under one of its usual names, else any loss."""
    return _pick(tuple(names), _LOSSES, _LOSS)


def main_accuracy(names: Iterable[str] | Mapping[str, object]) -> str | None:
    """The metric that the acc column shows."""
    return _pick(tuple(names), _ACCURACIES, _ACCURACY)


def better(name: str) -> str | None:
    """Whether smaller ("min") or larger ("max") is better, None where the name does not tell."""
    if _LOSS.search(name):
        return "min"
    return "max" if _ACCURACY.search(name) else None


def is_validation(name: str) -> bool:
    """Whether a metric is measured on data held back from training."""
    return _VALIDATION.search(name) is not None


def stem(name: str) -> str:
    """A metric's name without what says on which data: val_loss, train/loss and loss share `loss`."""
    parts = [part for part in re.split(r"[/_.\s-]", name) if part]
    rest = [part for part in parts if part.lower() not in _DATA]
    return "_".join(rest) or name


_DATA = frozenset(("train", "training", "val", "valid", "validation", "eval", "dev", "test"))


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names of metrics, losses first, then accuracies, then the rest; training before validation, else by name."""

    def rank(name: str) -> tuple[int, bool, int, str]:
        kind = 0 if _LOSS.search(name) else 1 if _ACCURACY.search(name) else 2
        return kind, is_validation(name), len(name), name

    return tuple(sorted(names, key=rank))


def seconds_left(run: Run, now: float) -> float | None:
    """How long the run still takes at the pace of this attempt so far, None where that cannot be told.

    What an earlier attempt did says nothing of this one's pace. A first attempt began at nothing when it started; any
    other one is timed from where it was first seen.
    """
    progress = run.progress
    if progress is None or not progress.of or run.started is None or progress.at > progress.of:
        return None
    done, elapsed = progress.at, (run.ended or now) - run.started - run.paused_s
    if run.attempt > 1:
        if progress.start is None or progress.since is None:
            return None
        done -= progress.start
        elapsed = (run.ended or now) - progress.since - (run.paused_s - progress.paused_s)
    return elapsed * (progress.of - progress.at) / done if done > 0 and elapsed > 0 else None


# Asked for each row that is drawn; the runs of a fleet have few different sets of metrics.
@lru_cache(maxsize=1024)
def _pick(names: tuple[str, ...], usual: tuple[str, ...], kind: re.Pattern[str]) -> str | None:
    lowered = {name.lower(): name for name in reversed(names)}
    for name in usual:
        if name in lowered:
            return lowered[name]
    fitting = [name for name in in_order(names) if kind.search(name)]
    return fitting[0] if fitting else None
