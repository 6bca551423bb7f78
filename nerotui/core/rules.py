"""A run's rules as users write them, on the command line and in files: checked before anything is queued."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nerotui.core.strict import Document
from nerotui.errors import UsageError

if TYPE_CHECKING:
    from nerotui.agent.diagnose.rules import RuleError, Written

#: Said with a rule that cannot be read.
HINT = "rules look like: nan(loss) · val_loss > 5 after 3 epochs · no improvement in val_loss for 10 epochs then freeze"


def check(rules: Iterable[Written], where: str = "") -> None:
    """Reads rules for the sake of their mistakes.

    Args:
        rules: texts, and tables of Neronet's five keys.
        where: where they were written: "--stop".

    Raises:
        UsageError: one cannot be read; shows the place.
    """
    from nerotui.agent.diagnose.rules import RuleError, parse  # late: every start reads a configuration, few a rule

    for rule in rules:
        try:
            parse(rule)
        except RuleError as error:
            raise UsageError(f"{f'{where}: ' if where else ''}{told(error)}", hint=HINT) from None


def told(error: RuleError) -> str:
    """What is wrong with a rule, then the rule, then a ^ at the place."""
    return f"the rule cannot be read: {error}\n{error.shown()}"


def of_table(document: Document, path: tuple[str, ...], table: dict[str, Any]) -> dict[str, Any]:
    """A table whose conditions (Neronet's, by name) stand among its rules, all of which can be read.

    Raises:
        ConfigError: one cannot be read; names file and line and shows the place.
    """
    if not table.keys() & {"stop", "conditions"}:
        return table
    from nerotui.agent.diagnose.rules import RuleError, parse

    stop = table.get("stop", [])
    if isinstance(stop, str):
        stop = [stop]
    if not isinstance(stop, list) or not all(isinstance(rule, str | dict) for rule in stop):
        raise document.error((*path, "stop"), "'stop' must be a list of rules in quotes", hint=HINT)
    conditions = table.get("conditions", {})
    if not isinstance(conditions, dict) or not all(isinstance(value, dict) for value in conditions.values()):
        raise document.error((*path, "conditions"), "'conditions' must hold a table for each condition")
    places = [(rule, (*path, "stop")) for rule in stop]
    places += [(condition, (*path, "conditions", name)) for name, condition in conditions.items()]
    for rule, place in places:
        try:
            parse(rule)
        except RuleError as error:
            raise document.error(place, told(error), hint=HINT, text=rule if isinstance(rule, str) else "") from None
    table = {key: value for key, value in table.items() if key not in ("stop", "conditions")}
    return table | ({"stop": [rule for rule, _ in places]} if places else {})
