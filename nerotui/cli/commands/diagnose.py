"""`nerotui diagnose`: what findings and rules would have said of a run or an old log, and when."""

import sys
from collections.abc import Iterator
from typing import Any

import click

from nerotui.cli.output import Colours, paint, palette, say, say_json
from nerotui.cli.overview import SEVERITY_ROLES
from nerotui.cli.series import is_file
from nerotui.cli.session import opened, perform
from nerotui.cli.verb import as_json, verb
from nerotui.core.records import Diagnosis, Told
from nerotui.core.text import clean
from nerotui.core.views.findings import evidence_lines
from nerotui.core.views.format import count, plural


@verb(
    "diagnose",
    [
        ("nerotui diagnose train.log", "What would have been told of this log while it was written, line by line."),
        ("nerotui diagnose k3f7 --stop 'no improvement in val_loss for 10 epochs'", "When a rule would have acted."),
        ("nerotui diagnose train.log --json | jq '.findings[].kind'", "For a script."),
    ],
)
@click.argument("source", metavar="RUN|FILE")
@click.option("--stop", "-s", "rules", multiple=True, metavar="RULE", help="A rule to try; may be repeated.")
@as_json
def diagnose(source: str, rules: tuple[str, ...], as_json: bool) -> int:
    """Say when each finding would have come for a run or a log, and what a rule would have done: the dry run."""
    if rules:
        from nerotui.core.rules import check

        check(rules, "--stop")
    return perform(_diagnose(source, rules, as_json))


async def _diagnose(source: str, rules: tuple[str, ...], as_json: bool) -> int:
    file = is_file(source)
    async with opened(("local",) if file else (), eager=False) as fleet:
        if file:
            found = await fleet.diagnose(source, rules, file=True)
        else:
            found = await fleet.diagnose((await fleet.resolve(source, changing=False)).id, rules)
    if as_json:
        from nerotui.cli.jsonform import told_json

        counts = {"points": found.points, "lines": found.lines, "timed_lines": found.timed}
        say_json(counts | {"findings": [told_json(told) for told in found.told]})
        return 0
    for line in _lines(source, found, palette(sys.stdout)):
        say(line)
    return 0


def _lines(source: str, found: Diagnosis, colours: Colours) -> Iterator[str]:
    over = f"{plural(found.points, 'point')}, {plural(found.lines, 'line')}"
    yield paint(f"{clean(source)}: {over}", "label", colours)
    if not found.told:
        yield "nothing to find"
    seen: dict[tuple[str, str | None, str | None], int] = {}
    for told in found.told:
        key = (told.kind, told.series, told.rule)
        seen[key] = seen.get(key, 0) + 1
    for told in found.told:
        times = seen.pop((told.kind, told.series, told.rule), 0)
        if times:
            yield from _told(told, times, colours)
    if found.lines and not found.timed:
        yield paint("no line begins with a time: silences and durations cannot be told", "label", colours)
    elif found.timed < found.lines / 2:
        said = f"{plural(found.timed, 'line')} begin{'s' * (found.timed == 1)} with a time"
        yield paint(f"{said}: silences are told between neighbours among them alone", "label", colours)


def _told(told: Told, times: int, colours: Colours) -> Iterator[str]:
    head = f"{told.action} by the rule" if told.rule else told.severity
    role = "strong" if told.rule else SEVERITY_ROLES[told.severity]
    text = f"{paint(head, role, colours)}  {place(told.at)}: {clean(told.message)}"
    yield text + (f" ({clean(told.rule)})" if told.rule else "")
    yield from (f"    {said}" for said in evidence_lines(told))
    if told.gone is not None:
        again = f"; it came {times} times" if times > 1 else ""
        yield f"    no more from {place(told.gone)}{again}"
    elif times > 1:
        yield f"    it came {times} times"
    if told.advice:
        yield f"    {paint('advice', 'label', colours)}: {clean(told.advice)}"


def place(at: dict[str, Any]) -> str:
    """Where something happened, as far as it is known: line 113, step 170, 12:03:11."""
    parts = [f"{name} {count(float(at[name]))}" for name in ("line", "step", "epoch") if at.get(name) is not None]
    if at.get("t"):
        from nerotui.cli.commands.show import clock

        parts.append(clock(float(at["t"])))
    return ", ".join(parts) or "the end"
