"""The detail pane: everything about one run, or one host, as labelled lines."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from nerotui.core.records import Event, Host, Run, RunDetail
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views import metrics
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.hosts import down_text, without_name
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
        home: the user's home on the run's host.
        full: with environment, all facts and all events (`d`, zoomed), rather than what fits a pane.
        glyphs: the characters to draw with.
    """
    spec: Mapping[str, Any] = detail.spec if detail is not None else {}
    facts: Mapping[str, Any] = detail.facts if detail is not None else {}
    rows = [
        _row("state", *_state(run, now)),
        _row("why", detail.why) if detail is not None and detail.why and run.waiting else None,
        _row("asked", (pending_words(run.pending, now), "paused")) if run.pending is not None else None,
        _row("name", run.name) if full else None,
        _row("host", _where(run, who)),
        _row("cmd", _command(run.command)),
        _row("dir", fmt.tilde(run.dir, home)) if run.dir else None,
        _row("git", _git(facts)) if _git(facts) else None,
        _row("params", _pairs(run.params)) if run.params else None,
        _best(run),
        _row("ends", _ends(run, now)) if _ends(run, now) else None,
    ]
    for finding in run.findings:
        text = "; ".join(clean(part) for part in (finding.message, finding.advice) if part)
        rows.append(_row(f"{glyphs.alert}", (text, finding_role(finding))))
    if detail is None:
        rows.append(_row("more", ("asking the host", "label")))
    else:
        rows.append(DetailRow(label="", line=()))
        rows += _history(detail.events, who, now, full)
        if full:
            rows += _everything(run, spec, facts, home, now)
    return DetailView(rows=tuple(row for row in rows if row is not None), subject=run.id, right=short(run.id))


def host_detail_view(host: Host, *, now: float, glyphs: Glyphs = UNICODE) -> DetailView:
    """A host in words: how it is reached, its numbers and where each came from, what is wrong."""
    user = f"{host.user}@" if host.user else ""
    state: tuple[str, Role]
    if host.state == "up":
        since = "" if host.connected is None else f" for {fmt.duration(now - host.connected)}"
        state = (f"up{since}", "running")
    else:
        state = (down_text(host, now), "lost" if host.state == "down" else "label")
    rows = [
        _row("state", state),
        _row("error", (without_name(host.error, host.name), "error")) if host.error else None,
        _row("hint", host.hint) if host.hint else None,
        _row("note", (host.note, "warning")) if host.note else None,
        _row("address", f"{user}{host.address or host.name}"),
        _row("backend", host.backend) if host.backend else None,
        _row("python", host.python) if host.python else None,
        _row("slots", str(host.slots)) if host.slots is not None else None,
        _row("root", fmt.tilde(host.root, host.home)) if host.root else None,
    ]
    if host.clock_skew is not None and abs(host.clock_skew) > 5:
        side = "ahead of" if host.clock_skew > 0 else "behind"
        rows.append(_row("clock", (f"{fmt.duration(abs(host.clock_skew))} {side} this machine's", "warning")))
    stats = host.stats
    if stats is None:
        rows.append(_row("numbers", ("none yet", "label")))
    else:
        rows.append(_row("age", fmt.duration(now - stats.time)))
        load = "" if stats.load is None else f"  load {' '.join(f'{value:.1f}' for value in stats.load)}"
        cores = "" if stats.cores is None else f" of {fmt.plural(stats.cores, 'core')}"
        rows.append(_row("cpu", f"{fmt.percent(stats.cpu_percent)}{cores}{load}"))
        if stats.memory is not None:
            rows.append(_row("memory", f"{fmt.size(stats.memory.used)} of {fmt.size(stats.memory.total)}"))
        if stats.swap is not None and stats.swap.total:
            rows.append(_row("swap", f"{fmt.size(stats.swap.used)} of {fmt.size(stats.swap.total)}"))
        for disk in stats.disks:
            room = f"{fmt.size(disk.free)} free of {fmt.size(disk.total)}"
            rows.append(_row("disk", f"{fmt.tilde(disk.path, host.home)}  {room}"))
        if stats.net_received is not None or stats.net_sent is not None:
            rows.append(_row("net", f"in {fmt.size(stats.net_received)}/s  out {fmt.size(stats.net_sent)}/s"))
        for gpu in stats.gpus:
            power = "" if gpu.power is None else f"  {gpu.power:.0f} W"
            rows.append(_row(f"gpu {gpu.index}", f"{gpu.name or 'unnamed'}{power}"))
            for process in gpu.processes:
                memory = "" if process.memory is None else f"  {fmt.size(process.memory)}"
                owner = f"{process.user or '?'} {process.name or ''} pid {process.pid}{memory}"
                rows.append(_row("", (owner, "label")))
        for what, why in sorted(stats.errors.items()):
            rows.append(_row(what, (why, "warning")))
        sources = "  ".join(f"{what} {source}" for what, source in sorted(stats.source.items()))
        if sources:
            rows.append(_row("from", (sources, "label")))
    return DetailView(
        rows=tuple(row for row in rows if row is not None), subject=f"host {host.name}", right=clean(host.name)
    )


def _row(label: str, *parts: str | tuple[str, Role] | None) -> DetailRow:
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
    if run.attempt > 1:
        text += f", attempt {run.attempt}"
    parts: list[str | tuple[str, Role]] = [(text, "text" if run.live or run.waiting else state_role(run))]
    if run.stale:
        seen = "" if run.last_seen is None else f" {fmt.duration(now - run.last_seen)} ago"
        parts.append((f"  as seen{seen}, host away", "gone"))
    reason = run.reason or _ending(run)
    if reason and run.over:
        parts.append(f": {reason}")
    return parts


def _ending(run: Run) -> str:
    if run.signal:
        return run.signal
    return f"exit {run.exit_code}" if run.exit_code else ""


def _where(run: Run, who: str) -> str:
    parts = [run.host]
    if run.gpus:
        parts.append(f"gpu {','.join(map(str, run.gpus))}")
    elif run.gpus_asked:
        parts.append(f"asks for {fmt.plural(run.gpus_asked, 'gpu')}")
    if run.pid is not None and run.live:
        parts.append(f"pid {run.pid}")
    if run.group:
        parts.append(f"of {run.group}")
    if run.user and run.user != who.split("@")[0]:
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
            return _row("best", f"{name} {fmt.number(value)}{last}")
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
        rows.append(_row("actions" if index == 0 else "", (f"{fmt.moment(event.time, now)} {event.text}{by}", role)))
    if not full and len(newest) > _EVENTS:
        rows.append(_row("", (f"and {len(newest) - _EVENTS} more, d shows all", "faint")))
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
            rows += [_row(label if index == 0 else "", entry) for index, entry in enumerate(entries)]
        return rows

    # A command, or names: one line that could be typed.
    asked = {key: shlex.join(map(str, one)) if isinstance(one, list | tuple) else one for key, one in spec.items()}
    blank = DetailRow(label="", line=())
    return [blank, _row("id", run.id), *listed(asked, "{}={}"), blank, *listed(facts, "{} {}")]
