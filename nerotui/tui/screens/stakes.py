"""The questions before what cannot be taken back: kill, remove, and leaving with an action under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nerotui.core.records import Run
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views import schedulers
from nerotui.core.views.spans import Line, line
from nerotui.core.views.words import state_name
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Choice, Question

_LISTED = 8


def named(run: Run, *, now: float, short: Callable[[str], str]) -> Line:
    """A run as a dialog names it: name, id, host, job, pid, and how long it has been what it is."""
    parts = [f"{short(run.id)} on {clean(run.host)}"]
    if run.job is not None:
        place = schedulers.place(run)
        parts.append(f"job {clean(run.job)}{f' on {place}' if run.live and place else ''}")
    if run.live and run.pid is not None:
        parts.append(f"pid {run.pid}")
    since = run.started if run.live else run.ended if run.over else run.created
    age = "" if since is None else f" {fmt.duration(now - since)}"
    parts.append(f"{state_name(run)}{' for' if run.waiting and age else ''}{age}{' ago' if run.over and age else ''}")
    return line((clean(run.name), "strong"), f"  {', '.join(parts)}")


def listed(runs: Sequence[Run], now: float, short: Callable[[str], str]) -> list[Line]:
    """The runs that a dialog is about, the first few of them by name."""
    lines = [named(run, now=now, short=short) for run in runs[:_LISTED]]
    if len(runs) > _LISTED:
        lines.append(line((f"and {len(runs) - _LISTED} more", "label")))
    return lines


def _foreign(runs: Sequence[Run]) -> list[Line]:
    """That nerotui did not start some of them, which is said before anything is done to these."""
    foreign = [run for run in runs if run.foreign]
    if not foreign:
        return []
    if len(runs) == 1:
        told = "nerotui did not start it."
    else:
        told = "nerotui did not start them." if len(foreign) == len(runs) else f"nerotui did not start {len(foreign)}."
    return [line((told, "warning"))]


def _how(run: Run) -> str:
    """How a run is killed, in a sentence: by its supervisor, by its scheduler, by signals."""
    if not schedulers.scheduled(run):
        return "SIGTERM to the whole process tree, then SIGKILL after 10 s."
    if run.foreign:
        return f"{schedulers.title(run.backend)} is asked to cancel its job."
    return f"SIGTERM to its processes, then SIGKILL after 10 s; {schedulers.title(run.backend)} ends what is left."


def kill_question(palette: Palette, runs: Sequence[Run], *, now: float, short: Callable[[str], str]) -> Question:
    """Kill these runs? `y` does, `!` at once; Enter alone does not."""
    what = "this run" if len(runs) == 1 else f"these {len(runs)} runs"
    run = runs[0]
    if not any(each.live for each in runs):
        told = "It waits in the queue and would never start." if len(runs) == 1 else "They wait and would never start."
        choices: tuple[Choice, ...] = (Choice("y", "kill", "term"),)
        harmless = "keep it" if len(runs) == 1 else "keep them"
    else:
        told = _how(run)
        choices = (Choice("y", "kill", "term"), Choice("exclamation_mark", "kill at once", "now"))
        harmless = "keep it running" if len(runs) == 1 else "keep them running"
    if len(runs) == 1 and run.live and run.progress is not None:
        of = "" if run.progress.of is None else f" of {fmt.count(run.progress.of)}"
        told += f" It is in {clean(run.progress.unit)} {fmt.count(fmt.begun(run.progress.at))}{of}."
    lines = [*listed(runs, now, short), *_foreign(runs), line((told, "label"))]
    return Question(palette, f"Kill {what}?", lines, choices, harmless)


def remove_question(palette: Palette, runs: Sequence[Run], *, now: float, short: Callable[[str], str]) -> Question:
    """Remove these runs and their files?"""
    what = "this run" if len(runs) == 1 else f"these {len(runs)} runs"
    told = "Its folder goes: log, points, history." if len(runs) == 1 else "Their folders go: logs, points, histories."
    lines = [
        *listed(runs, now, short),
        *_foreign(runs),
        line((f"{told} What the program wrote elsewhere stays.", "label")),
    ]
    harmless = "keep it" if len(runs) == 1 else "keep them"
    return Question(palette, f"Remove {what} for good?", lines, (Choice("y", "remove", "yes"),), harmless)


def leave_question(palette: Palette, runs: Sequence[Run]) -> Question:
    """Leave although this console still keeps actions for hosts that are away?"""
    lines: list[Line] = []
    for run in runs[:_LISTED]:
        action = "" if run.pending is None else run.pending.action
        lines.append(line((clean(run.name), "strong"), f"  {action} is kept until {clean(run.host)} is back"))
    lines.append(line(("Leaving forgets that. The runs themselves go on either way.", "label")))
    choices = (Choice("y", "leave", "yes"),)
    return Question(palette, "Leave with actions under way?", lines, choices, "stay", role="warning")
