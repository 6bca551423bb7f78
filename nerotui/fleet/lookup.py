"""Which run a user means: a whole id, an unambiguous beginning of one, or a name or job that only one run has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from nerotui.core.records import Run
from nerotui.core.spec import is_id
from nerotui.errors import AmbiguousRun, NoSuchRun, Unreachable
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model

#: A run of the name that is meant is known already: others of that name are waited for no longer than this, seconds.
PASSED_OVER = 5.0


def find(model: Model, text: str) -> Run:
    """The run that a text means, over what is known now.

    Raises:
        NoSuchRun: none is known.
        AmbiguousRun: several begin so, bear that name, or have that job.
    """
    text = text.strip()
    if (run := model.runs.get(text)) is not None:
        return run
    found = [model.runs[run_id] for run_id in model.prefixes.matching(text.lower())] if text else []
    if text[:1].isdigit():  # what a scheduler calls it; the beginning of another run's id is no better claim
        found += [run for run in model.runs.values() if run.job == text and run not in found]
    if not found:
        found = [run for run in model.runs.values() if run.name == text]
    if not found:
        raise NoSuchRun(f"no run is called '{text}'", hint="nerotui ls shows the runs that are known")
    if len(found) > 1:
        some = ", ".join(f"{run.id} ({run.name}, {run.host})" for run in found[:4])
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        raise AmbiguousRun(f"'{text}' could be {some}{more}", hint="give more characters of the id")
    return found[0]


async def resolve(model: Model, tasks: Mapping[str, HostTask], text: str, *, changing: bool, timeout: float) -> Run:
    """The run that a text means, confirmed by its host.

    What was last known is looked at first: an id, or the beginning of one, costs one host's answer. A name may have
    been given again since, anywhere, so all hosts are asked; one that takes its time is passed over where the run will
    only be read. Without a hit all hosts are asked, too. Where the run will be changed, anything less than the whole id
    has to be known by all hosts to be unambiguous.

    Raises:
        NoSuchRun: no host that answered knows it.
        AmbiguousRun: several runs could be meant.
        Unreachable: a host that might know it, or might know another, does not answer.
        HostError: the run's host is away, and the run will be changed.
    """
    text = text.strip()
    whole = is_id(text)
    if not changing or whole:
        run = await _confirmed(model, tasks, text, timeout, changing=changing)
        if run is not None:
            return run
    if not changing and _is_known(model, text):
        timeout = min(timeout, PASSED_OVER)
    await _answers(tasks, timeout, until_known=model if whole else None, text=text)
    silent = [task.name for task in tasks.values() if not task.is_up]
    try:
        run = find(model, text)
    except NoSuchRun as error:
        if not silent:
            raise
        raise Unreachable(
            f"no host that answered knows '{text}', and {_list(silent)} did not answer", hint=error.hint
        ) from None
    if changing and not whole and silent:
        raise Unreachable(
            f"'{text}' might mean another run on {_list(silent)}, which did not answer",
            hint=f"the whole id says which is meant: {run.id}",
        )
    if changing and run.stale:
        await tasks[run.host].ready(timeout)
    return run


async def _confirmed(
    model: Model, tasks: Mapping[str, HostTask], text: str, timeout: float, *, changing: bool
) -> Run | None:
    """The run that is known by this text, after its host has spoken; None if all hosts have to be asked."""
    try:
        known = find(model, text)
    except (NoSuchRun, AmbiguousRun):
        return None
    if not known.id.startswith(text.lower()):
        return None  # found by its name
    task = tasks[known.host]
    if not task.is_up:
        await _answers({known.host: task}, timeout)
    if not task.is_up:
        if changing:
            await task.ready(timeout)
        return known
    # It may have been removed, or have moved on, since it was last known.
    return model.runs.get(known.id)


def _is_known(model: Model, text: str) -> bool:
    try:
        find(model, text)
    except (NoSuchRun, AmbiguousRun):
        return False
    return True


async def _answers(
    tasks: Mapping[str, HostTask], timeout: float, *, until_known: Model | None = None, text: str = ""
) -> None:
    """Waits for each host's answer or failure, or until a run of this whole id is known from one that is up."""
    waits = [asyncio.create_task(task.answer()) for task in tasks.values()]
    try:
        async with asyncio.timeout(timeout):
            for done in asyncio.as_completed(waits):
                await done
                if until_known and (run := until_known.runs.get(text)) and not run.stale:
                    return
    except TimeoutError:
        return
    finally:
        for wait in waits:
            wait.cancel()


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
