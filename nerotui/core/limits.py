"""Time limits as people write them: a duration, or none."""

from nerotui.agent.durations import seconds

_NONE = frozenset({"none", "no", "never", "unlimited", "infinite", "-"})


def limit(text: str) -> float | None:
    """Seconds that an attempt may run; None for as long as it likes.

    Raises:
        ValueError: the text is neither a duration nor none; the error says how it is written.
    """
    if text.strip().lower() in _NONE:
        return None
    found = seconds(text)
    if not found > 0:
        raise ValueError(f"a time limit of {text} makes no sense")
    return found
