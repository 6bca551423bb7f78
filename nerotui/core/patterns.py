"""A user's own patterns for metrics, as they stand in files: checked before anything is queued."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nerotui.core.strict import Document
from nerotui.errors import UsageError

#: Said with a pattern that cannot be used.
HINT = r"a pattern looks like: metrics = ['step (?P<step>\d+): loss (?P<loss>\S+)']"


def check(patterns: Iterable[str]) -> None:
    """Reads patterns for the sake of their mistakes.

    Raises:
        UsageError: one cannot be used; shows the place.
    """
    for pattern in patterns:
        if told := _mistake(pattern):
            raise UsageError(told, hint=HINT)


def of_table(document: Document, path: tuple[str, ...], table: dict[str, Any]) -> dict[str, Any]:
    """A table whose `metrics`, if it has some, are a list of patterns that can all be used.

    Raises:
        ConfigError: one cannot be used; names file and line and shows the place.
    """
    if "metrics" not in table:
        return table
    patterns = table["metrics"]
    if isinstance(patterns, str):
        patterns = [patterns]
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise document.error((*path, "metrics"), "'metrics' must be a list of patterns in quotes", hint=HINT)
    for pattern in patterns:
        if told := _mistake(pattern):
            raise document.error((*path, "metrics"), told, hint=HINT, text=pattern)
    return table | {"metrics": patterns}


def _mistake(pattern: str) -> str:
    """What is wrong with a pattern, then the pattern, then a ^ at the place; "" where nothing is."""
    # Few have patterns of their own, and every start would wait for the readers of logs.
    from nerotui.agent.metrics.pattern import Pattern, PatternError

    try:
        Pattern(pattern)
    except PatternError as error:
        return f"the pattern cannot be used: {error}\n{error.shown()}"
    return ""
