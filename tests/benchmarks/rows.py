"""One line a budget: what was measured, what it is held against, and whether it is within."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

HEADINGS = ("what", "nerotui", "peer or limit", "ratio", "budget", "within")


class NotMeasured(Exception):
    """This machine lacks something that the measurement needs; the text says what."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the table.

    Attributes:
        what: the budget, in the design's words.
        ours: nerotui's figure with its unit.
        peer: the peer's or limit's name and figure.
        ratio: ours divided by the peer's, None where the budget is a plain limit.
        budget: what was promised.
        verdict: "within", "over", or "not measured: why".
    """

    what: str
    ours: str = "-"
    peer: str = "-"
    ratio: float | None = None
    budget: str = ""
    verdict: str

    def cells(self) -> tuple[str, ...]:
        """The columns' texts."""
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        return self.what, self.ours, self.peer, ratio, self.budget, self.verdict


def against(what: str, ours: float, name: str, peer: float, unit: str, limit: float, budget: str = "") -> Row:
    """A ratio to a peer that was measured beside it.

    Args:
        what: the budget.
        ours: nerotui's figure, in `unit`.
        name: who the peer is.
        peer: its figure, in `unit`.
        unit: of both.
        limit: the greatest ratio that is within.
        budget: the promise in words, by default "≤ LIMIT x".
    """
    ratio = ours / peer
    return Row(
        what=what,
        ours=figure(ours, unit),
        peer=f"{name} {figure(peer, unit)}",
        ratio=ratio,
        budget=budget or f"≤ {limit:g} x",
        verdict=verdict(ratio <= limit),
    )


def at_most(what: str, ours: float, unit: str, limit: float, *, peer: str = "limit") -> Row:
    """A figure that may not pass a limit; `peer` is what else is printed beside it."""
    return Row(
        what=what,
        ours=figure(ours, unit),
        peer=peer,
        budget=f"≤ {figure(limit, unit, exact=True)}",
        verdict=verdict(ours <= limit),
    )


def at_least(what: str, ours: float, unit: str, limit: float, *, peer: str = "limit") -> Row:
    """A figure that may not fall under a limit."""
    return Row(
        what=what,
        ours=figure(ours, unit),
        peer=peer,
        budget=f"≥ {figure(limit, unit, exact=True)}",
        verdict=verdict(ours >= limit),
    )


def missing(what: str, why: str) -> Row:
    """A budget without a figure, and the reason."""
    return Row(what=what, verdict=f"not measured: {why}")


def verdict(good: bool) -> str:
    """The word for it."""
    return "within" if good else "over"


def figure(value: float, unit: str, *, exact: bool = False) -> str:
    """A number as people read it: three digits that matter, or as it was given."""
    if exact:
        return f"{value:g} {unit}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f} {unit}"


def table(rows: Iterable[Row]) -> str:
    """The rows under their headings, columns aligned."""
    lines: list[Sequence[str]] = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
