"""A family of budgets: what it is called, which budgets it prints, how long it may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.benchmarks.place import Place
from tests.benchmarks.rows import Row


class Family(NamedTuple):
    """One file's benchmarks.

    Attributes:
        budgets: what each of its rows is about; one that it does not print is printed as not measured.
        seconds: its time box.
        measure: does it, a row at a time, in a place of its own.
    """

    budgets: tuple[str, ...]
    seconds: float
    measure: Callable[[Place], Iterator[Row]]
