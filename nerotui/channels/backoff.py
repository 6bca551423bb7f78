"""How long to wait before the next try: doubling, with jitter, so that hosts do not come back in step."""

from __future__ import annotations

import random


class Backoff:
    """Counts tries that failed in a row."""

    def __init__(self, first: float = 1.0, most: float = 60.0) -> None:
        """Makes one.

        Args:
            first: seconds before the first retry, at most.
            most: the longest wait, seconds.
        """
        self._first = first
        self._most = most
        self.failures = 0

    def failed(self) -> float:
        """Notes a failure; seconds to wait now, between half of the step and all of it."""
        step = min(self._first * 2.0 ** min(self.failures, 30), self._most)
        self.failures += 1
        return step * random.uniform(0.5, 1.0)

    def succeeded(self) -> None:
        """Starts over."""
        self.failures = 0
