"""The short way to the console and to `nerotui --once`, which shall not wait for the whole command line to be loaded.

It understands only what is written out plainly; anything else, mistakes among it, goes the long way and ends the same.
"""

import os
from collections.abc import Sequence
from typing import Any

_SWITCHES = {"--once": "once", "--json": "as_json", "--check": "check"}
_VALUES = {"--host": "hosts", "-H": "hosts", "--timeout": "timeout", "-t": "timeout", "--format": "form"}


def once_options(arguments: Sequence[str]) -> dict[str, Any] | None:
    """The arguments of `commands.once.snapshot`, or None where this is not plainly a `--once`."""
    options: dict[str, Any] = {"hosts": (), "timeout": 10.0, "as_json": False, "form": None, "check": False}
    once = False
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word in _SWITCHES:
            once = once or word == "--once"
            if word != "--once":
                options[_SWITCHES[word]] = True
            continue
        if name not in _VALUES or (equals and not name.startswith("--")):
            return None
        if not equals:
            if not rest:
                return None
            value = rest.pop(0)
        if not _take(options, _VALUES[name], value):
            return None
    return options if once else None


def console_options(arguments: Sequence[str]) -> dict[str, Any] | None:
    """The arguments of `commands.console.console`, or None where this is not plainly the console."""
    options: dict[str, Any] = {"hosts": (), "readonly": False, "ascii_only": False, "color": "auto"}
    if any(name.startswith("_NEROTUI_COMPLETE") for name in os.environ):
        return None  # the shell asks how a line could go on
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--readonly":
            options["readonly"] = True
        elif word == "--ascii":
            options["ascii_only"] = True
        elif word in ("--host", "-H") and rest:
            options["hosts"] = (*options["hosts"], rest.pop(0))
        else:
            return None
    return options


def _take(options: dict[str, Any], name: str, value: str) -> bool:
    """Puts a value among the options; False where it is not plainly one."""
    if name == "hosts":
        options["hosts"] = (*options["hosts"], value)
    elif name == "form":
        options["form"] = value
    else:
        try:
            options["timeout"] = float(value)
        except ValueError:
            return False
        return bool(0 < options["timeout"] < float("inf"))
    return True
