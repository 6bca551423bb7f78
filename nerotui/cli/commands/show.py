"""`nerotui show` and `nerotui why`: all that is known of a run, and why it waits."""

import shlex
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from nerotui.agent.durations import spelled
from nerotui.cli.output import Colours, paint, palette, say, say_json
from nerotui.cli.overview import SEVERITY_ROLES
from nerotui.cli.session import now, opened, perform
from nerotui.cli.verb import as_json, runs_argument, verb
from nerotui.cli.words import ago, time_of
from nerotui.core.records import Run, RunDetail
from nerotui.core.text import clean
from nerotui.core.views import schedulers
from nerotui.core.views.detail import why_waiting
from nerotui.core.views.findings import evidence_lines
from nerotui.core.views.format import count, duration, number, plural, size
from nerotui.core.views.words import state_role, state_word

if TYPE_CHECKING:
    from nerotui.agent.diagnose.rules import Rule


@verb(
    "show",
    [
        ("nerotui show k3f7", "The run whose id begins with k3f7."),
        ("nerotui show resnet50 --json | jq .run.metrics.loss", "The loss of the only run of that name, for a script."),
    ],
)
@runs_argument("run", many=False)
@as_json
def show(run: str, as_json: bool) -> int:
    """Show a run: state, command, metrics, findings, facts, history."""
    return perform(_show(run, as_json))


async def _show(text: str, as_json: bool) -> int:
    async with opened(eager=False) as fleet:
        run = await fleet.resolve(text, changing=False)
        if as_json:
            from nerotui.cli.jsonform import run_json

            say_json({"run": run_json(run)})
            return 0
        # The list knows what the run's scheduler says, too.
        detail = msgspec.structs.replace(await fleet.show(run.id), run=fleet.runs.get(run.id, run))
        for line in _lines(detail, now(), palette(sys.stdout)):
            say(line)
        return 0


def _lines(detail: RunDetail, moment: float, colours: Colours) -> Iterator[str]:
    run, spec = detail.run, detail.spec
    word = paint(state_word(run), state_role(run), colours)
    yield f"{paint(clean(run.name), 'strong', colours)}  {run.id}  {word}  {time_of(run, moment)}"
    for label, text in _fields(detail, moment):
        if text:
            yield f"{paint(f'{label:<11}', 'label', colours)} {text}"
    if run.metrics:
        yield from _heading("metrics", colours)
        for name, metric in run.metrics.items():
            place = "" if metric.x is None else f" at {count(metric.x)}"
            yield f"  {clean(name)} {number(metric.last)}{place}, least {number(metric.min)}, most {number(metric.max)}"
    if run.findings:
        yield from _heading("findings", colours)
        for finding in run.findings:
            severity = paint(finding.severity, SEVERITY_ROLES[finding.severity], colours)
            since = "" if finding.since is None else f" (since {clock(finding.since)})"
            yield f"  {severity}: {clean(finding.message)}{since}"
            yield from (f"    {said}" for said in evidence_lines(finding))
            if finding.advice:
                yield f"    {paint('advice', 'label', colours)}: {clean(finding.advice)}"
    if spec.get("env"):
        yield from _heading("environment", colours)
        for name, value in spec["env"].items():
            yield f"  {clean(str(name))}={clean(str(value))}"
    if detail.facts:
        yield from _heading("facts", colours)
        yield from (f"  {line}" for line in _facts(detail.facts))
    if detail.events:
        yield from _heading("history", colours)
        for event in detail.events:
            who = f" ({clean(event.who)})" if event.who else ""
            yield f"  {clock(event.time)}  {clean(event.text or event.kind)}{who}"


def _heading(title: str, colours: Colours) -> Iterator[str]:
    yield ""
    yield paint(title, "label", colours)


def _fields(detail: RunDetail, moment: float) -> Iterator[tuple[str, str]]:
    run, spec = detail.run, detail.spec
    yield "host", clean(run.host) + (f" (away; last seen {ago(run.last_seen, moment)})" if run.stale else "")
    yield "state", str(run.state) + (f": {clean(run.reason)}" if run.reason else "")
    yield "why", clean(why_waiting(run, detail))
    yield "pending", f"{run.pending.action}, asked {ago(run.pending.since, moment)}" if run.pending else ""
    yield "exit", _exit(run.exit_code, run.signal)
    yield "attempt", _attempt(run)
    yield "job", _job(run)
    yield "nodes", clean(run.nodes or run.node or "") if schedulers.in_job(run) else ""
    yield "expected", clock(run.expected) if run.waiting else ""
    yield "checked", ago(run.checked, moment) if schedulers.scheduled(run) and not run.over else ""
    yield "after", ", ".join(run.after)
    yield "foreign", "nerotui did not start it" if run.foreign else ""
    yield "log file", clean(run.log_path or "")
    yield "command", clean(shlex.join(run.command))
    yield "directory", clean(run.dir or "")
    yield "set-up", clean(str(spec.get("setup") or ""))
    yield "resume", clean(shlex.join(spec.get("resume") or ()))
    yield "checkpoint", clean(str(spec.get("checkpoint") or ""))
    yield "rules", " · ".join(clean(rule.text) for rule in _rules(spec))
    yield "parameters", ", ".join(f"{clean(str(name))}={clean(str(value))}" for name, value in run.params.items())
    yield "time limit", "" if run.time_limit is None else spelled(run.time_limit)
    yield "deadline", clock(run.deadline)
    yield "pid", "" if run.pid is None or not run.live else str(run.pid)
    yield "GPUs", ", ".join(str(index) for index in run.gpus)
    yield "user", clean(run.user or "")
    yield "created", clock(run.created)
    yield "started", clock(run.started)
    yield "ended", clock(run.ended)
    yield "paused for", duration(run.paused_s) if run.paused_s else ""
    yield "log", "" if run.log_size is None else f"{size(run.log_size)}, written {ago(run.log_time, moment) or '?'}"


def _attempt(run: Run) -> str:
    if run.attempts > 1:
        return f"{run.attempt} of at most {run.attempts}"
    return str(run.attempt) if run.attempt > 1 else ""


def _job(run: Run) -> str:
    if not schedulers.in_job(run):
        return ""
    return clean(", ".join(filter(None, (*schedulers.job_words(run), schedulers.title(run.backend)))))


def _rules(spec: dict[str, Any]) -> "list[Rule]":
    if not spec.get("stop"):
        return []
    from nerotui.agent.diagnose.rules import RuleError, parse_all

    try:
        return parse_all(spec["stop"])
    except RuleError:  # those of another version are its own
        return []


def _exit(code: int | None, signal: str | None) -> str:
    parts = [] if code is None else [f"code {code}"]
    return ", ".join([*parts, clean(signal)] if signal else parts)


#: Facts that stand elsewhere on the page.
KNOWN = frozenset(("time", "attempt", "who", "dir"))


def _facts(facts: dict[str, Any]) -> Iterator[str]:
    """What the run ran on, a line a subject; what is long (packages, a diff) is counted, not printed."""
    for name, value in facts.items():
        if name in KNOWN or value in (None, "", [], {}):
            continue
        if isinstance(value, dict):
            parts = [_fact(str(key), inner, f"{key} ") for key, inner in value.items() if inner not in (None, "")]
            yield clean(f"{name}: {', '.join(parts)}")
        else:
            yield clean(f"{name}: {_fact(str(name), value)}")


def _fact(name: str, value: Any, label: str = "") -> str:
    if isinstance(value, dict | list):
        return f"{len(value)} {name}"
    if name == "memory" and isinstance(value, int):
        return f"{label}{size(value)}"
    text = str(value)
    return f"{label}{text}" if "\n" not in text else f"{plural(text.count(chr(10)), 'line')} of {name}"


@verb(
    "why",
    [
        ("nerotui why k3f7", "One sentence: what the run is waiting for."),
    ],
)
@runs_argument("run", many=False)
@as_json
def why(run: str, as_json: bool) -> int:
    """Say in one sentence why a run waits, or why it is in the state that it is in."""
    return perform(_why(run, as_json))


async def _why(text: str, as_json: bool) -> int:
    async with opened(eager=False) as fleet:
        run = await fleet.resolve(text, changing=False)
        sentence = await fleet.why(run.id)
        if as_json:
            say_json({"run": run.id, "state": str(run.state), "why": sentence})
        else:
            say(clean(sentence))
        return 0


def clock(when: float | None) -> str:
    """Date and time here; "" where unknown."""
    return "" if when is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(when))
