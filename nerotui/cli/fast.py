"""The short way to `nerotui --once`, which is called often and must not wait for the whole command line to be loaded.

It understands only what is written out plainly; anything else, mistakes among it, goes the long way and ends the same.
"""

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
