"""A metric's history in bounded memory: least, greatest and mean value a bucket, so that drawing never depends on the number of points."""

from __future__ import annotations

from collections.abc import Iterable


class Track:
    """One metric of one run as it grows.

    Args:
        x_name: what the points' x counts: "step", "epoch".
    """

    def __init__(self, x_name: str = "step") -> None:
        raise NotImplementedError

    def extend(self, points: Iterable[tuple[float, float, float]]) -> None:
        """Add points (x, value, time). Values may be nan or infinite; x and time must be finite."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget all points: the history is coming anew."""
        raise NotImplementedError
