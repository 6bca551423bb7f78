"""What a run asks of a cluster's scheduler: the same keys for hosts, `[defaults]`, experiments and single runs.

Annotations are not postponed here: msgspec would have to compile each field's text at each start.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from nerotui.core.sizes import octets
from nerotui.core.strict import Document
from nerotui.errors import UsageError

W = TypeVar("W", bound="Wishes")


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a run asks of a scheduler; None leaves it to the scheduler. Hosts without one pay no heed to it.

    Attributes:
        partition: Slurm's partition, Grid Engine's queue.
        account: what it is charged to.
        cpus: processors it needs.
        memory: bytes it needs (on each node, for Slurm); in files "16GB".
        nodes: machines it needs.
        slurm: more options for `sbatch`, word by word, as they are.
        gridengine: more options for `qsub`, word by word, as they are.
        attempts: the most attempts when it carries on by itself after a time limit or a preemption; None for 1.
    """

    partition: str | None = None
    account: str | None = None
    cpus: int | None = None
    memory: int | None = None
    nodes: int | None = None
    slurm: tuple[str, ...] = ()
    gridengine: tuple[str, ...] = ()
    attempts: int | None = None


#: The fields whose values are words, counts and options.
_NAMES = ("partition", "account")
_COUNTS = ("cpus", "memory", "nodes", "attempts")
_OPTIONS = ("slurm", "gridengine")


def of_table(document: Document, path: tuple[str, ...], table: dict[str, Any]) -> dict[str, Any]:
    """A table whose `memory` is a number of bytes, and whose wishes all make sense.

    Raises:
        ConfigError: one does not; names file and line.
    """
    if "memory" in table:
        try:
            table = table | {"memory": octets(table["memory"])}
        except ValueError as error:
            raise document.error((*path, "memory"), f"'memory': {error}") from None
    for key in (*_NAMES, *_COUNTS, *_OPTIONS):
        if key in table and (told := _mistake(key, table[key])):
            raise document.error((*path, key), told)
    return table


def check(wishes: Wishes) -> None:
    """Looks for wishes that make no sense.

    Raises:
        UsageError: there is one.
    """
    for key in (*_NAMES, *_COUNTS, *_OPTIONS):
        if told := _mistake(key, getattr(wishes, key)):
            raise UsageError(told)


def filled(wishes: W, *sources: Wishes) -> W:
    """Wishes with what they leave open taken from others, the nearest first; options of all of them, its own last."""
    found: dict[str, Any] = {}
    for key in (*_NAMES, *_COUNTS):
        found[key] = next((value for each in (wishes, *sources) if (value := getattr(each, key)) is not None), None)
    for key in _OPTIONS:
        given = getattr(wishes, key)
        before = tuple(option for each in reversed(sources) for option in getattr(each, key))
        # A run made after another has brought them along already.
        found[key] = given if given[: len(before)] == before else (*before, *given)
    return msgspec.structs.replace(wishes, **found)


def spelled(wishes: Wishes) -> Mapping[str, Any]:
    """Wishes as they stand in a run's document."""
    return {
        **{key: getattr(wishes, key) for key in (*_NAMES, *_COUNTS)},
        **{key: list(getattr(wishes, key)) for key in _OPTIONS},
        "attempts": wishes.attempts or 1,
    }


def _mistake(key: str, value: Any) -> str:
    """What is wrong with a value of the right type; "" where nothing is, or where the type is told of elsewhere."""
    if key in _NAMES and isinstance(value, str):
        if not value or value.startswith("-") or not value.isprintable() or " " in value:
            return f"'{key}' cannot be {value!r}"
    elif key in _COUNTS and isinstance(value, int) and value < 1:
        return f"'{key}' must be at least 1, not {value}"
    elif key in _OPTIONS and isinstance(value, list | tuple):
        bad = next((word for word in value if isinstance(word, str) and (not word or not word.isprintable())), None)
        if bad is not None:
            return f"{bad!r} in '{key}' can be no option"
    return ""
