"""What needs a person: the rule behind `--check`, and the counts that status lines are made of."""

import string
from collections.abc import Sequence

from nerotui.agent.states import RunState
from nerotui.core.records import Host, Run
from nerotui.errors import UsageError

#: Ends that nobody wanted.
TROUBLE = frozenset((RunState.FAILED, RunState.TIMEOUT, RunState.OOM, RunState.LOST))

#: How long after its end a failed run asks for attention, seconds.
FRESH = 86400.0

#: A disk with less than this share free needs attention.
LEAST_FREE = 0.05


def in_trouble(run: Run) -> bool:
    """Whether a run ended as nobody wanted it to; of one that nerotui did not start the end is seldom known at all."""
    return run.state in TROUBLE and not (run.foreign and run.state is RunState.LOST)


def went_wrong(run: Run, now: float) -> bool:
    """Whether a run ended in the last day as nobody wanted it to."""
    return in_trouble(run) and now - (run.ended or run.last_seen or now) < FRESH


def needs_attention(hosts: Sequence[Host], runs: Sequence[Run], now: float) -> list[str]:
    """A sentence for each thing that does.

    Runs that went wrong in the last day, findings, silent schedulers, full disks, lost GPUs.
    """
    found = []
    for run in runs:
        if went_wrong(run, now):
            found.append(f"{run.id} {run.name} on {run.host}: {run.state}" + (f", {run.reason}" if run.reason else ""))
        elif not run.over:
            found += [
                f"{run.id} {run.name} on {run.host}: {finding.message}"
                for finding in run.findings
                if finding.severity != "info"
            ]
    for host in hosts:
        if host.jobs_note:
            found.append(f"{host.name}: {host.jobs_note}")
        if host.stats is None:
            continue
        found += [
            f"{host.name}: {disk.path} has {100 * disk.free / disk.total:.0f}% of its space left"
            for disk in host.stats.disks
            if disk.free is not None and disk.total and disk.free / disk.total < LEAST_FREE
        ]
        found += [f"{host.name}: GPU {gpu.index}: {gpu.error}" for gpu in host.stats.gpus if gpu.error]
    return found


def counts(hosts: Sequence[Host], runs: Sequence[Run], now: float) -> dict[str, int]:
    """The numbers that `--format` knows by name: one for each state, and some sums of use on a status line."""
    numbers = {str(state): sum(run.state is state for run in runs) for state in RunState}
    return numbers | {
        "running": sum(run.state in (RunState.STARTING, RunState.RUNNING, RunState.STOPPING) for run in runs),
        "waiting": sum(run.waiting for run in runs),
        "failed": sum(map(in_trouble, runs)),
        "ended": sum(run.over for run in runs),
        "runs": len(runs),
        "hosts": len(hosts),
        "up": sum(host.state == "up" for host in hosts),
        "down": sum(host.state != "up" for host in hosts),
        "attention": len(needs_attention(hosts, runs, now)),
    }


def fill(form: str, numbers: dict[str, int]) -> str:
    """The text of `--format` with its numbers.

    Raises:
        UsageError: a name that is not known, or braces that do not match.
    """
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(form) if name is not None]
        unknown = [name for name in names if name not in numbers]
        if not unknown:
            return form.format_map(numbers)
    except ValueError as error:
        raise UsageError(f"--format {form!r}: {error}", hint="A brace itself is written twice: {{ or }}.") from None
    raise UsageError(f"--format knows no {{{unknown[0]}}}", hint="It knows " + ", ".join(sorted(numbers)) + ".")
