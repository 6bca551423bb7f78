"""When things were, in words: how long ago, and how long a run has been at what it does."""

from nerotui.core.records import Run
from nerotui.core.views.format import duration


def ago(then: float | None, now: float) -> str:
    """How long ago, like "3m10s ago"; "" where unknown."""
    return "" if then is None else f"{duration(now - then)} ago"


def time_of(run: Run, now: float) -> str:
    """How long a run lives or waits; of one that ended, how long it took and when that was."""
    if run.over and run.ended is not None:
        took = "" if run.started is None else duration(run.ended - run.started) + ", "
        return f"{took}{ago(run.ended, now)}"
    if run.live and run.started is not None:
        return duration(now - run.started)
    return "" if run.created is None else duration(now - run.created)
