"""Following the points of a run or a file across reconnects."""

from __future__ import annotations

import msgspec

from nerotui.core.records import Series


class PointBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Points that came.

    Attributes:
        reset: whether these replace all that came before.
        series: new points by metric.
        done: whether the history is complete with this batch.
    """

    reset: bool
    series: tuple[Series, ...]
    done: bool = False
