"""The detail pane: everything about one run, as labelled lines."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping
from typing import Any

from nerotui.core.records import Event, Run, RunDetail
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views import metrics, schedulers
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.rows import finding_role, pending_words
from nerotui.core.views.runs import first_four
from nerotui.core.views.spans import Line, Notice, Role, Span, View
from nerotui.core.views.words import state_name, state_role

_EVENTS = 4
#: What of a run's specification and facts stands in the rows above the rest already, or serves nerotui alone.
_ABOVE = {"id", "name", "command", "dir", "params", "who", "user", "hostname", "machine", "created_here", "attempt"}


class DetailRow(View, frozen=True, kw_only=True):
    """A label ("" where the line goes on) and what is said under it; a row of a table is cut where it is too long.

    Attributes:
        whole: whether a line that is too long is wrapped.
    """

    label: str
    line: Line
    whole: bool = True


class DetailView(View, frozen=True, kw_only=True):
    """The detail pane's lines. Long ones are wrapped by the widget, under their label.

    Attributes:
        subject: the id of the run or the name of the host, so that the place in the text is kept for it.
        right: what the pane's rule says.
    """

    rows: tuple[DetailRow, ...] = ()
    subject: str = ""
    right: str = ""
    notice: Notice | None = None


def detail_view(
    run: Run,
    detail: RunDetail | None = None,
    *,
    now: float,
    short: Callable[[str], str] = first_four,
    who: str = "",
    login: str | None = None,
    home: str | None = None,
    full: bool = False,
    glyphs: Glyphs = UNICODE,
) -> DetailView:
    """A run in words.

    Args:
        run: as the list has it; newer than `detail.run` when both are given.
        detail: what the host told on request, or None while it is under way.
        now: seconds since the epoch.
        short: makes a run's id short.
        who: the user of this console; their own actions read "by you".
        login: what that user is called on the run's host.
        home: the user's home on the run's host.
        full: with environment, all facts and all events (`d`, zoomed), rather than what fits a pane.
        glyphs: the characters to draw with.
    """
    spec: Mapping[str, Any] = detail.spec if detail is not None else {}
    facts: Mapping[str, Any] = detail.facts if detail is not None else {}
    rows = [
        labelled("state", *_state(run, now)),
        labelled("why", why) if (why := why_waiting(run, detail)) else None,
        labelled("asked", (pending_words(run.pending, now), "paused")) if run.pending is not None else None,
        labelled("name", run.name) if full else None,
        labelled("host", _where(run, {who.split("@")[0], login})),
        *_job(run, short, home),
        labelled("cmd", _command(run.command)) if run.command or not run.foreign else None,
        labelled("dir", fmt.tilde(run.dir, home)) if run.dir else None,
        labelled("git", _git(facts)) if _git(facts) else None,
        labelled("params", _pairs(run.params)) if run.params else None,
        _best(run),
        labelled("ends", _ends(run, now)) if _ends(run, now) else None,
    ]
    for finding in run.findings:
        text = "; ".join(clean(part) for part in (finding.message, finding.advice) if part)
        rows.append(labelled(f"{glyphs.alert}", (text, finding_role(finding))))
    if detail is None:
        rows.append(labelled("more", ("asking the host", "label")))
    else:
        rows.append(DetailRow(label="", line=()))
        rows += _history(detail.events, who, now, full)
        if full:
            rows += _everything(run, spec, facts, home, now)
    return DetailView(rows=tuple(row for row in rows if row is not None), subject=run.id, right=short(run.id))


def why_waiting(run: Run, detail: RunDetail | None) -> str:
    """Why a run waits: what its scheduler says, else what its host says; "" for one that does not."""
    if not run.waiting:
        return ""
    said = detail.why if detail is not None else None
    return (run.reason or said or "") if schedulers.scheduled(run) else (said or run.reason or "")


def _job(run: Run, short: Callable[[str], str], home: str | None) -> list[DetailRow]:
    """What its scheduler, and the runs around it, have to do with it."""
    rows = []
    if schedulers.in_job(run):
        rows.append(labelled("job", "  ".join(schedulers.job_words(run))))
        if run.nodes or run.node:
            rows.append(labelled("nodes" if run.nodes else "node", run.nodes or run.node))
    if run.foreign:
        rows.append(labelled("foreign", ("nerotui did not start it", "label")))
        if run.log_path:
            rows.append(labelled("log", fmt.tilde(run.log_path, home)))
    if run.after:
        rows.append(labelled("after", "  ".join(map(short, run.after))))
    return [row for row in rows if row.line]


def labelled(label: str, *parts: str | tuple[str, Role] | None) -> DetailRow:
    """A row of plain strings and (text, role) pairs, cleaned."""
    spans = []
    for part in parts:
        text, role = part if isinstance(part, tuple) else (part or "", "text")
        if text:
            spans.append(Span(clean(text), role))
    return DetailRow(label=label, line=tuple(spans))


def _state(run: Run, now: float) -> list[str | tuple[str, Role]]:
    word = state_name(run)
    since = None
    if run.live and run.started is not None:
        since = now - run.started
    elif run.over and run.started is not None and run.ended is not None:
        since = run.ended - run.started
    if run.state == "queued" and run.position is not None and run.position > 1:
        word = f"waiting, place {run.position}"
    text = word if since is None else f"{word} {'after ' if run.over else ''}{fmt.duration(since)}"
    if run.over and run.ended is not None:
        text += f", {fmt.duration(now - run.ended)} ago"
    if starts := schedulers.starts(run, now):
        text += ", starts soon" if starts == "soon" else f", starts in {starts.replace('~', 'about ')}"
    if run.attempt > 1 or run.attempts > 1:
        text += f", attempt {run.attempt}" + (f" of {run.attempts}" if run.attempts > 1 else "")
    parts: list[str | tuple[str, Role]] = [(text, "text" if run.live or run.waiting else state_role(run))]
    if run.stale:
        seen = "" if run.last_seen is None else f" {fmt.duration(now - run.last_seen)} ago"
        parts.append((f"  as seen{seen}, host away", "gone"))
    elif age := schedulers.news_age(run, now):
        parts.append((f"  {age}", "gone"))
    reason = run.reason or _ending(run)
    if reason and run.over:
        parts.append(f": {reason}")
    return parts


def _ending(run: Run) -> str:
    if run.signal:
        return run.signal
    return f"exit {run.exit_code}" if run.exit_code else ""


def _where(run: Run, mine: Collection[str | None]) -> str:
    parts = [run.host]
    if run.gpus and schedulers.in_job(run):
        parts.append(fmt.plural(len(run.gpus), "gpu"))
    elif run.gpus:
        parts.append(f"gpu {','.join(map(str, run.gpus))}")
    elif run.gpus_asked:
        parts.append(f"asks for {fmt.plural(run.gpus_asked, 'gpu')}")
    if run.pid is not None and run.live:
        parts.append(f"pid {run.pid}")
    if run.group:
        parts.append(f"of {run.group}")
    if run.user and run.user not in mine:
        parts.append(f"by {run.user}")
    return "  ".join(parts)


def _command(command: tuple[str, ...]) -> str:
    return shlex.join(command) if command else "unknown"


def _git(facts: Mapping[str, Any]) -> str:
    git = facts.get("git")
    if isinstance(git, str):
        return git
    if not isinstance(git, Mapping) or not git.get("commit"):
        return ""
    parts = [str(git["commit"])[:7]]
    if git.get("branch"):
        parts.append(str(git["branch"]))
    changed = git.get("changed")
    if changed:
        parts.append(f"+{changed if isinstance(changed, int) else len(changed)} changed")
    elif git.get("dirty"):
        parts.append("with changes")
    return " ".join(parts)


def _pairs(values: Mapping[str, Any]) -> str:
    return "  ".join(f"{key} {_short(value)}" for key, value in values.items())


def _short(value: Any) -> str:
    return fmt.setting(value) if isinstance(value, float) else str(value)


def _best(run: Run) -> DetailRow | None:
    names = metrics.in_order(run.metrics)
    kept = [name for name in names if metrics.is_validation(name)] or list(names)
    for name in sorted(kept, key=lambda name: metrics.better(name) != "max"):
        metric, way = run.metrics[name], metrics.better(name)
        value = {"max": metric.max, "min": metric.min}.get(way or "")
        if value is not None:
            last = "" if metric.last is None or metric.last == value else f", now {fmt.number(metric.last)}"
            return labelled("best", f"{name} {fmt.number(value)}{last}")
    return None


def _ends(run: Run, now: float) -> str:
    if run.state != "running":
        return ""
    left = metrics.seconds_left(run, now)
    if left is None:
        return ""
    progress = run.progress
    assert progress is not None
    at = f"{fmt.count(fmt.begun(progress.at))}/{fmt.count(progress.of)}"
    return f"in about {fmt.duration(left)}, {progress.unit} {at}"


def _history(events: tuple[Event, ...], who: str, now: float, full: bool) -> list[DetailRow]:
    rows = []
    newest = sorted(events, key=lambda event: event.time, reverse=True)
    for index, event in enumerate(newest if full else newest[:_EVENTS]):
        by = "" if not event.who else " by you" if event.who == who else f" by {event.who}"
        if " by " in event.text:
            by = ""
        role: Role = "text" if index == 0 else "label"
        rows.append(
            labelled("actions" if index == 0 else "", (f"{fmt.moment(event.time, now)} {event.text}{by}", role))
        )
    if not full and len(newest) > _EVENTS:
        rows.append(labelled("", (f"and {len(newest) - _EVENTS} more, d shows all", "faint")))
    return rows


def _everything(
    run: Run, spec: Mapping[str, Any], facts: Mapping[str, Any], home: str | None, now: float
) -> list[DetailRow]:
    def said(key: str, value: Any) -> str:
        if key in ("created", "time") and isinstance(value, float):
            return fmt.moment(value, now)
        if key == "diff":
            return f"{fmt.plural(str(value).count(chr(10)), 'line')}, whole in the run's facts.json"
        if key == "memory" and isinstance(value, int):
            return fmt.size(value)
        if isinstance(value, Mapping):
            return "  ".join(f"{name} {one}" for name, one in value.items())
        return fmt.setting(value) if isinstance(value, float) else fmt.tilde(str(value), home)

    def listed(values: Mapping[str, Any], pair: str) -> list[DetailRow]:
        rows = []
        for key, value in values.items():
            if key in _ABOVE or value in (None, False, {}, [], (), ""):
                continue
            if isinstance(value, Mapping):
                entries = [pair.format(name, said(name, one)) for name, one in value.items() if one is not None]
            elif isinstance(value, list | tuple):
                entries = [said(key, one) for one in value]
            else:
                entries = [said(key, value)]
            label = key.replace("_", " ")
            rows += [labelled(label if index == 0 else "", entry) for index, entry in enumerate(entries)]
        return rows

    # A command, or names: one line that could be typed.
    asked = {key: shlex.join(map(str, one)) if isinstance(one, list | tuple) else one for key, one in spec.items()}
    blank = DetailRow(label="", line=())
    return [blank, labelled("id", run.id), *listed(asked, "{}={}"), blank, *listed(facts, "{} {}")]
