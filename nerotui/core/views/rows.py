"""The cells of one run's row, and the remark at its end."""

from __future__ import annotations

from collections.abc import Callable

from nerotui.agent.states import RunState
from nerotui.core.records import Finding, Pending, Run
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views import schedulers
from nerotui.core.views.cells import fit
from nerotui.core.views.columns import Column, ColumnKey
from nerotui.core.views.glyphs import Glyphs
from nerotui.core.views.metrics import main_accuracy, main_loss, seconds_left
from nerotui.core.views.spans import Line, Role, Span, View
from nerotui.core.views.words import state_role, state_word

_S = RunState
_SEVERITY = {"error": 0, "warning": 1, "info": 2}
_KINDS = {
    "nan": "loss nan",
    "overfitting": "overfits",
    "divergence": "diverges",
    "explosion": "exploded",
    "oscillation": "swings",
    "no_progress": "learns nothing",
    "no_validation": "not validated",
    "vanishing_gradient": "no gradient",
    "exploding_gradient": "gradient grows",
    "late": "too late",
    "stall": "stalled",
    "siblings": "slower than others",
    "cuda_oom": "GPU memory full",
    "gpu_memory_full": "GPU memory full",
    "host_oom": "memory full",
    "oom_killer": "killed for memory",
    "worker_killed": "worker killed",
    "nccl": "NCCL error",
    "cuda_error": "CUDA error",
    "no_gpu": "sees no GPU",
    "endless_warning": "warns endlessly",
    "rule": "by its rule",
}
_DOING = {
    "hold": "holding",
    "release": "releasing",
    "freeze": "freezing",
    "thaw": "thawing",
    "yield": "yielding",
    "kill": "killing",
    "retry": "retrying",
    "remove": "removing",
    "move": "moving",
    "pause": "pausing",
    "resume": "resuming",
    "limit": "limiting",
}


class RunRow(View, frozen=True, kw_only=True):
    """The cells of one run in the order of the columns, each as wide as its column, and the remark after them."""

    run: str
    cells: tuple[Span, ...]
    remark: Line = ()
    dim: bool = False


def run_row(
    run: Run, columns: tuple[Column, ...], *, now: float, short: Callable[[str], str], glyphs: Glyphs
) -> RunRow:
    """A run as a row of the table."""
    dim = run.stale
    cells = tuple(_cell(run, column, now, short, glyphs, dim) for column in columns)
    return RunRow(run=run.id, cells=cells, remark=remark(run, now=now, glyphs=glyphs), dim=dim)


def host_text(run: Run) -> str:
    """A run's host with the GPUs that it holds: gpu01:0,1; on a cluster with its node or partition: triton:node3."""
    if schedulers.in_job(run):
        place = schedulers.place(run)
        return f"{clean(run.host)}:{place}" if place else clean(run.host)
    gpus = ",".join(map(str, run.gpus))
    return f"{clean(run.host)}:{gpus}" if gpus else clean(run.host)


def left_text(run: Run, now: float) -> str:
    """What the column `left` says.

    Time to go while it runs, time to its start while it waits where its scheduler tells, how it ended or how long it
    took once it is over.
    """
    state = run.state
    if state is _S.RUNNING:
        remaining = seconds_left(run, now)
        return "-" if remaining is None else fmt.duration(remaining)
    if state is _S.PAUSED:
        return "frozen"
    if state is _S.HELD:
        return "held"
    if state is _S.QUEUED:
        return schedulers.starts(run, now) or "-"
    if state is _S.LOST:
        return "-" if run.last_seen is None else fmt.short_duration(now - run.last_seen)
    if state in (_S.FAILED, _S.OOM, _S.KILLED) and run.exit_code:
        return f"exit {run.exit_code}" if run.exit_code < 10 else f"ex {run.exit_code}"
    if state in (_S.FAILED, _S.KILLED) and run.signal:
        return clean(run.signal).removeprefix("SIG")[:6]
    if run.over and run.started is not None and run.ended is not None:
        return fmt.duration(run.ended - run.started)
    return "-"


def worst(findings: tuple[Finding, ...]) -> Finding | None:
    """The finding to show where there is room for one."""
    return min(findings, key=lambda finding: _SEVERITY[finding.severity]) if findings else None


def finding_words(finding: Finding) -> str:
    """A finding in a word or two: overfits, loss nan."""
    return _KINDS.get(finding.kind, clean(finding.kind).replace("_", " ").replace("-", " "))


def finding_role(finding: Finding) -> Role:
    """The role that a finding is drawn in."""
    return {"error": "error", "warning": "warning", "info": "label"}[finding.severity]  # type: ignore[return-value]


def pending_words(pending: Pending, now: float) -> str:
    """An action that the host has not confirmed yet, in a few words."""
    if pending.away:
        rest = "" if pending.until is None else f" {fmt.short_duration(pending.until - now)}"
        return f"{clean(pending.action)} kept{rest}"
    waited = now - pending.since
    return _DOING.get(pending.action, pending.action) + ("" if waited < 5 else f" {fmt.short_duration(waited)}")


def remark(run: Run, *, now: float, glyphs: Glyphs) -> Line:
    """What stands at a row's end.

    An action under way, the worst finding, that the host is away, why it waits for its scheduler or another run, that
    nerotui did not start it.
    """
    parts: list[Span] = []
    if run.pending is not None:
        words = pending_words(run.pending, now)
        parts.append(Span(words, "warning") if run.pending.away else Span(words + glyphs.ellipsis, "accent"))
    finding = worst(run.findings)
    if finding is not None:
        more = f" +{len(run.findings) - 1}" if len(run.findings) > 1 else ""
        parts.append(Span(f"{glyphs.alert} {finding_words(finding)}{more}", finding_role(finding)))
    if run.stale and not run.over and run.pending is None:
        age = "" if run.last_seen is None else f" {fmt.short_duration(now - run.last_seen)} ago"
        parts.append(Span(f"seen{age}" if age else "host away", "gone"))
    if age := schedulers.news_age(run, now):
        parts.append(Span(age, "gone"))
    if run.waiting and run.reason and (schedulers.scheduled(run) or run.after):
        parts.append(Span(clean(run.reason), "label"))
    if run.foreign and not parts:
        parts.append(Span("foreign", "faint"))
    spaced: list[Span] = []
    for part in parts:
        spaced += [Span(" "), part] if spaced else [part]
    return tuple(spaced)


def _cell(run: Run, column: Column, now: float, short: Callable[[str], str], glyphs: Glyphs, dim: bool) -> Span:
    text, role = _CONTENT[column.key](run, now, short)
    if dim and role != "faint":
        role = "faint" if column.key != "state" else role
    return Span(fit(text, column.width, right=column.right, ellipsis=glyphs.ellipsis), role)


def _quiet(run: Run) -> Role:
    return "label" if run.waiting or run.state in (_S.DONE, _S.KILLED, _S.PREEMPTED) else "text"


def _state(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    return state_word(run), state_role(run)


def _id(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    return short(run.id), "label"


def _name(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    return clean(run.name), _quiet(run)


def _host(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    return host_text(run), "label"


def _user(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    return clean(run.user or ""), "label"


def _epoch(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    progress = run.progress
    if progress is None:
        return "-", "label"
    if progress.unit == "epoch":
        of = "" if progress.of is None else f"/{fmt.short_count(progress.of)}"
        # The epoch that it is in, as its own log counts; how far it is in that one is in its end's estimate.
        return fmt.short_count(fmt.begun(progress.at)) + of, _quiet(run)
    if progress.of:
        return fmt.percent(100 * progress.at / progress.of), _quiet(run)
    return f"{fmt.short_count(progress.at)} {clean(progress.unit)[:2]}", _quiet(run)


def _loss(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    name = main_loss(run.metrics)
    return ("-", "label") if name is None else (fmt.number(run.metrics[name].last), _quiet(run))


def _acc(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    name = main_accuracy(run.metrics)
    return ("-", "label") if name is None else (fmt.rate(run.metrics[name].last), _quiet(run))


def _left(run: Run, now: float, short: Callable[[str], str]) -> tuple[str, Role]:
    text = left_text(run, now)
    return text, "label" if text == "-" else _quiet(run)


_CONTENT: dict[ColumnKey, Callable[[Run, float, Callable[[str], str]], tuple[str, Role]]] = {
    "state": _state,
    "id": _id,
    "name": _name,
    "host": _host,
    "epoch": _epoch,
    "loss": _loss,
    "acc": _acc,
    "left": _left,
    "user": _user,
}
