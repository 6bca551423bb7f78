"""Reads a file's bytes as the agent does, in pieces of any size."""

from typing import Any

from nerotui.agent.metrics.files.anyfile import AnyReader

PLACE = frozenset(("t", "step", "epoch", "source", "offset"))

Series = dict[str, list[tuple[Any, Any]]]


def points(data: bytes, path: str = "it", size: int = 1 << 16) -> list[dict[str, Any]]:
    """All points of a file, at the time 0."""
    reader = AnyReader(path)
    found = []
    for at in range(0, len(data), size):
        found += reader.feed(data[at : at + size], at, 0.0)
    return found + reader.end(0.0)


def series(data: bytes, path: str = "it", size: int = 1 << 16) -> Series:
    """(x, value) by metric; x is the step, else the epoch, else None."""
    found: Series = {}
    for point in points(data, path, size):
        for name, value in point.items():
            if name not in PLACE:
                found.setdefault(name, []).append((point.get("step", point.get("epoch")), value))
    return found
