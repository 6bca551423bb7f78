"""What `nerotui run --dry-run` prints: the job script and how it would be handed in, or what would be queued."""

import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from nerotui.agent.durations import spelled
from nerotui.cli.output import remark, say, say_json
from nerotui.core import sizes
from nerotui.core.records import Preview
from nerotui.core.text import clean


def tell(preview: Preview, *, as_json: bool) -> None:
    """Prints it: the script alone on standard output, so that it can be kept; what is said about it beside."""
    if as_json:
        from nerotui.cli.jsonform import plain

        submit = list(preview.argv) or None
        document = plain(preview.document)
        say_json({"host": preview.host, "script": preview.script, "submit": submit, "run": document})
    elif preview.script is None:
        for line in _asked(preview):
            say(line)
    else:
        script = clean(preview.script, lines=True) if sys.stdout.isatty() else preview.script
        say(script, end="" if script.endswith("\n") else "\n")
        remark(f"on {clean(preview.host)} it would be handed in with: {clean(shlex.join(preview.argv))}")
    if not as_json:
        remark("nothing was queued")


def _asked(preview: Preview) -> Iterator[str]:
    """What would be queued, a line a wish."""
    yield f"{'host':<11} {clean(preview.host)}"
    for name, value in preview.document.items():
        text = _value(name, value)
        if text:
            yield f"{clean(name.replace('_', ' ')):<11} {clean(text)}"


#: What of a document says nothing of what would be done.
_ASIDE = frozenset(("id", "created", "who", "user", "hostname", "shell", "yield_signal", "script"))


def _value(name: str, value: Any) -> str:
    if name in _ASIDE or value in (None, "", [], {}, False) or (name == "attempts" and value == 1):
        return ""
    if name == "time":
        return spelled(value)
    if name == "memory":
        return sizes.spelled(value)
    if name in ("command", "resume", "slurm", "gridengine"):
        return shlex.join(map(str, value))
    if isinstance(value, Mapping):
        return " ".join(f"{key}={inner}" for key, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
