"""Runs that wait for others: what their job is told to wait for, or why they would wait for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nerotui.agent.states import RunState
from nerotui.backends.jobs import Wait
from nerotui.core.records import Run
from nerotui.errors import Refused


def wait_of(document: Mapping[str, Any], find: Callable[[str], Run | None], scheduler: str) -> Wait:
    """The jobs that a run's own job has to wait for.

    Args:
        document: the run's; `after` and `after_any` hold whole ids.
        find: looks a run of the same host up.
        scheduler: the name of the host's.

    Raises:
        Refused: it could never start, or its scheduler cannot be told what to wait for.
    """
    done, over = [], []
    for run_id in document.get("after") or ():
        run = _known(find, run_id, scheduler)
        if run.state is RunState.DONE:
            continue
        if run.over:
            raise Refused(
                f"it would wait for ever: {run.name} ({run_id}), which it waits for, is {run.state.value}",
                hint="--after-any waits for an end of any kind",
            )
        done.append(_job(run))
    for run_id in document.get("after_any") or ():
        run = _known(find, run_id, scheduler)
        if not run.over:
            over.append(_job(run))
    return Wait(done=tuple(done), over=tuple(over))


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
