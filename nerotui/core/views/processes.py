"""A run's process tree: pid, state, share of the CPU, memory, age and command of each process, children indented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views.detail import DetailRow, DetailView
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.spans import Notice, Role, Span

#: States in which a process does no work: stopped, traced, waiting for a device, dead.
_STANDING = "TtDZX"

Process = Mapping[str, Any]


class Shares:
    """How much of a core each process of one run used, worked out from what two looks at it say."""

    def __init__(self) -> None:
        self._before: dict[tuple[Any, Any], float] = {}
        self._at = 0.0

    def take(self, processes: Iterable[Process], at: float) -> dict[Any, float | None]:
        """The percentages of one core since the look before, or since its start for a process that is new, by pid.

        Args:
            processes: as the host describes them: pid, started, cpu_s (seconds of CPU since its start).
            at: when the host was asked, seconds since the epoch.
        """
        shares: dict[Any, float | None] = {}
        seen: dict[tuple[Any, Any], float] = {}
        for process in processes:
            used, started = process.get("cpu_s"), process.get("started")
            share = None
            if used is not None:
                key = (process.get("pid"), started)
                since, before = (self._at, self._before[key]) if key in self._before else (started, 0.0)
                if since is not None and at > since:
                    share = max(0.0, 100 * (used - before) / (at - since))
                seen[key] = used
            shares[process.get("pid")] = share
        self._before, self._at = seen, at
        return shares


def tree_view(
    processes: Sequence[Process],
    shares: Mapping[Any, float | None],
    *,
    subject: str,
    right: str,
    now: float,
    glyphs: Glyphs = UNICODE,
) -> DetailView:
    """A run's processes as lines of the detail pane.

    Args:
        processes: as the host describes them, in any order.
        shares: percentages of one core, by pid.
        subject: the id of the run.
        right: what the pane's rule says of the run.
        now: seconds since the epoch.
        glyphs: the characters to draw with.
    """
    if not processes:
        return DetailView(
            subject=f"tree {subject}",
            right=right,
            notice=Notice(kind="empty", text="Its host knows no process of it.", hint="d shows how it ended."),
        )
    busy = sum(share or 0.0 for share in shares.values())
    memory = sum(process.get("rss") or 0 for process in processes)
    amount = f"{len(processes)} {'process' if len(processes) == 1 else 'processes'}"
    said = f" {glyphs.dot} ".join((right, amount, f"cpu {fmt.percent(busy)}", f"mem {fmt.size(memory)}"))
    return DetailView(rows=tree_rows(processes, shares, now=now, glyphs=glyphs), subject=f"tree {subject}", right=said)


def tree_rows(
    processes: Iterable[Process], shares: Mapping[Any, float | None], *, now: float, glyphs: Glyphs = UNICODE
) -> tuple[DetailRow, ...]:
    """One process a line under a line of headings, children under their parents; those without one stand alone."""
    every = list(processes)
    pids = {process.get("pid") for process in every}
    children: dict[Any, list[Process]] = {}
    for process in every:
        parent = process.get("ppid")
        children.setdefault(parent if parent in pids else None, []).append(process)
    rows = [DetailRow(label="pid", line=(Span("   cpu    mem    age  command", "label"),), whole=False)]

    def add(process: Process, stem: str, branch: str, below: str) -> None:
        rows.append(_row(process, shares.get(process.get("pid")), stem + branch, now))
        kin = children.get(process.get("pid"), ())
        for index, child in enumerate(kin):
            last = index == len(kin) - 1
            add(child, stem + below, glyphs.last if last else glyphs.branch, glyphs.gap if last else glyphs.stem)

    for process in children.get(None, ()):
        add(process, "", "", "")
    return tuple(rows)


def _row(process: Process, share: float | None, branch: str, now: float) -> DetailRow:
    command = process.get("command")
    text = " ".join(map(str, command)) if isinstance(command, list | tuple) else str(command or "?")
    state, started = str(process.get("state") or "?")[:1], process.get("started")
    age = "-" if started is None else fmt.duration(now - started)
    role: Role = "warning" if state in _STANDING else "text"
    line = (
        Span(f"{state} ", role if state in _STANDING else "label"),
        Span(f"{fmt.percent(share):>4} ", "accent" if (share or 0) >= 1 else "label"),
        Span(f"{fmt.size(process.get('rss')):>6} {age:>6}  ", "label"),
        Span(branch, "rule"),
        Span(clean(text), "text"),
    )
    return DetailRow(label=str(process.get("pid", "")), line=line, whole=False)
