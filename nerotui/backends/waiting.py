"""Runs that wait for others: what their job is told to wait for, or why they would wait for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nerotui.agent.states import RunState
from nerotui.core.records import Run
from nerotui.errors import Refused


def wait_of(document: Mapping[str, Any], find: Callable[[str], Run | None], scheduler: str) -> tuple[str, ...]:
    """The jobs that a run's own job has to wait for, each once, by their ids.

    However they end, it may start: what became of the runs is looked at once more by its supervisor, since a run that
    yields or carries on is not over with its job.

    Args:
        document: the run's; `after` and `after_any` hold whole ids.
        find: looks a run of the same host up.
        scheduler: the name of the host's.

    Raises:
        Refused: it could never start, or its scheduler cannot be told what to wait for.
    """
    jobs = []
    for run_id in document.get("after") or ():
        run = _known(find, run_id, scheduler)
        if run.state is RunState.DONE:
            continue
        if run.over:
            raise Refused(
                f"it would wait for ever: {run.name} ({run_id}), which it waits for, is {run.state.value}",
                hint="--after-any waits for an end of any kind",
            )
        jobs.append(_job(run))
    for run_id in document.get("after_any") or ():
        run = _known(find, run_id, scheduler)
        if not run.over:
            jobs.append(_job(run))
    return tuple(dict.fromkeys(jobs))


def _known(find: Callable[[str], Run | None], run_id: str, scheduler: str) -> Run:
    run = find(run_id)
    if run is None:
        raise Refused(f"run {run_id}, which it waits for, is not known on this host")
    if run.backend != scheduler and not run.over:
        raise Refused(f"{run.name} ({run_id}), which it waits for, is no job of the same scheduler")
    return run


def _job(run: Run) -> str:
    if run.job is None:
        raise Refused(
            f"{run.name} ({run.id}), which it waits for, has no job yet", hint="release it first, or wait a moment"
        )
    return run.job
