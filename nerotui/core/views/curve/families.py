"""Which metrics belong together: a metric with its validation twin in one chart, charts under a common heading."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from nerotui.core.views.metrics import in_order, stem

_NUMBER = re.compile(r"(\d+)")


class Group(NamedTuple):
    """Charts side by side under a heading, "" for those that stand alone."""

    name: str
    families: tuple[str, ...]


def families(names: Iterable[str]) -> tuple[str, ...]:
    """What can be drawn of some metrics, in the order in which `m` walks through it."""
    return tuple(family for group in grouped(names) for family in group.families)


def grouped(names: Iterable[str]) -> tuple[Group, ...]:
    """Metrics as charts by heading: losses first, then accuracies, then the rest; then what shares a prefix.

    `grad_norm/layer3` and `grad_norm/layer4` share one; numbers in names count as numbers.
    """
    prefixes: dict[str, str] = {}
    for name in in_order(names):
        prefixes.setdefault(stem(name), prefix(name))
    members: dict[str, list[str]] = {}
    for family, before in prefixes.items():
        members.setdefault(before, []).append(family)
    alone = [family for family, before in prefixes.items() if not before or len(members[before]) < 2]
    found = [Group("", tuple(alone))] if alone else []
    for before in sorted(before for before, those in members.items() if before and len(those) > 1):
        found.append(Group(before, tuple(sorted(members[before], key=_counted))))
    return tuple(found)


def prefix(name: str) -> str:
    """What a metric's name shares with others of its kind: all before the first slash, data's names apart."""
    # What the stem leaves out says on which data the metric was measured.
    parts = [part for part in name.split("/") if part and stem(f"x/{part}") != "x"]
    return parts[0] if len(parts) > 1 else ""


def title(family: str, group: str) -> str:
    """What a chart is called under its heading."""
    beginning = stem(group) + "_" if group else ""
    return family.removeprefix(beginning) or family


def _counted(text: str) -> list[tuple[int, str]]:
    """The order in which people number things: layer2 before layer10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _NUMBER.split(text)]
