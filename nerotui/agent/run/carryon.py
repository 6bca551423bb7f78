"""Whether a run goes on by itself after an attempt's end."""

from typing import Any, Dict, Optional

from nerotui.agent.states import RunState

#: `by` of an end that came from outside: a scheduler's, not the run's own and not a person's.
SCHEDULER = "scheduler"


def following(spec: Dict[str, Any], attempt: int, end: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """What comes next: {"held": whether it waits to be released}; None where nothing does.

    A run that can resume and may have several attempts goes on after a time limit, and where its scheduler gave its
    place to another.

    Args:
        spec: the run's run.json.
        attempt: the attempt that is over.
        end: how it ended; what comes next there stands.
    """
    if end.get("next") is not None:
        return dict(end["next"])
    most = spec.get("attempts")
    several = isinstance(most, int) and not isinstance(most, bool) and attempt < most
    if not several or not spec.get("resume"):
        return None
    lost_its_place = end["state"] == RunState.PREEMPTED.value and end.get("by") == SCHEDULER
    return {"held": False} if lost_its_place or end["state"] == RunState.TIMEOUT.value else None
