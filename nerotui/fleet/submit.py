"""Giving a run to a host, or to the one host of a group that can take it soonest."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from nerotui.backends import arrays
from nerotui.backends.asking import Declined
from nerotui.backends.engine import BatchBackend
from nerotui.channels.link import Link
from nerotui.config import Config
from nerotui.core import wishes
from nerotui.core.placement import Candidate, candidate, choose, cluster
from nerotui.core.records import Preview, Run
from nerotui.core.spec import RunSpec, document, new_id
from nerotui.core.text import clean
from nerotui.errors import Disconnected, Refused, RunError, Unreachable, UsageError
from nerotui.fleet import decode
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model

T = TypeVar("T")

#: Seconds that hosts of a group get to answer; who does not is passed over.
GROUP = 10.0
#: Seconds to wait for a host to come back whose connection broke while it was given a run.
BACK = 20.0
#: Seconds before handing it over again.
AGAIN = 0.2


async def submit(
    model: Model, tasks: Mapping[str, HostTask], config: Config, spec: RunSpec, host: str, who: str
) -> tuple[Run, tuple[str, ...]]:
    """Gives a run to a host or group.

    Returns:
        The run as its host reports it, and sentences that the user should read.

    Raises:
        UsageError: there is no such host or group, or the request makes no sense.
        Refused: the host's own words, or no host of the group can ever run it.
        HostError: the host is away, or no host of the group answered.
    """
    task, spec = await _chosen(model, tasks, config, spec, host)
    reply, notes = await _offered(task, _filled(spec, task, config), who)
    return _taken(model, task, reply, notes)


async def submit_many(
    model: Model, tasks: Mapping[str, HostTask], config: Config, specs: Sequence[RunSpec], host: str, who: str
) -> list[tuple[Run, tuple[str, ...]]]:
    """Gives runs to a host or group; see `submit`. A scheduler gets those that wish the same of it as one array.

    Raises:
        NerotuiError: as `submit`; the runs before the one that was refused have been given.
    """
    task = tasks.get(host)
    backend = (await task.ready())[1] if task is not None and len(specs) > 1 else None
    if task is None or not isinstance(backend, BatchBackend):
        return [await submit(model, tasks, config, spec, host, who) for spec in specs]
    folder = _folder_here if task.config.connect == "local" else _like_here
    now = time.time()
    documents = []
    for spec in specs:
        filled = _filled(spec, task, config)
        placed = msgspec.structs.replace(filled, dir=folder(filled.dir))
        made = document(placed, run_id=new_id(), created=now, who=who)
        documents.append({**made, "held": filled.held})
    found: dict[int, tuple[Run, tuple[str, ...]]] = {}
    for group in arrays.grouped(documents):
        if len(group) == 1 or documents[group[0]]["held"]:
            for at in group:
                found[at] = await submit(model, tasks, config, specs[at], host, who)
            continue
        chosen = [{key: value for key, value in documents[at].items() if key != "held"} for at in group]
        assert task.jobs is not None
        with task.jobs.handing_in():
            answers = await _again(task, chosen[0]["id"], functools.partial(_array, backend, chosen, who))
        for at, (reply, notes) in zip(group, answers, strict=True):
            found[at] = _taken(model, task, reply, notes)
    return [found[at] for at in range(len(specs))]


async def _array(
    backend: BatchBackend, documents: Sequence[dict[str, Any]], who: str, link: Link, again: bool
) -> list[tuple[dict[str, Any], list[str]]]:
    return await backend.submit_array(link, documents, who=who, again=again)


async def preview(
    model: Model, tasks: Mapping[str, HostTask], config: Config, spec: RunSpec, host: str, who: str
) -> Preview:
    """What giving a run to a host or group would do; nothing is done.

    Raises:
        NerotuiError: as `submit`.
    """
    task, spec = await _chosen(model, tasks, config, spec, host)
    link, backend = await task.ready()
    filled = _filled(spec, task, config)
    folder = _folder_here if task.config.connect == "local" else _like_here
    what = document(
        msgspec.structs.replace(filled, dir=folder(filled.dir)), run_id=new_id(), created=time.time(), who=who
    )
    if not isinstance(backend, BatchBackend) or task.jobs is None:
        return Preview(host=task.name, document=what)
    script, argv = await backend.preview(link, {**what, "held": filled.held}, task.jobs.wait_for(what))
    return Preview(host=task.name, document={**what, "backend": backend.name}, script=script, argv=argv)


async def _chosen(
    model: Model, tasks: Mapping[str, HostTask], config: Config, spec: RunSpec, host: str
) -> tuple[HostTask, RunSpec]:
    """The host that takes a run, and the run as that host is to have it."""
    if host in config.groups and host not in config.hosts:
        members = {name: tasks[name] for name in config.members([host]) if name in tasks}
        return await _placed(model, members, host, spec), msgspec.structs.replace(spec, group=host)
    config.members([host])
    if host not in tasks:
        raise UsageError(f"host '{host}' is not among those asked for: {', '.join(tasks)}")
    return tasks[host], spec


def _taken(model: Model, task: HostTask, reply: dict[str, Any], notes: list[str]) -> tuple[Run, tuple[str, ...]]:
    """A run that its host has, in the model."""
    with decode.understanding(task.name, "the answer to submit"):
        run = decode.run(reply, task.name)
    run = task.reply(run)
    cleaned = tuple(clean(note) for note in notes)
    for note in cleaned:
        model.say("info", f"{run.name} on {task.name}: {note}", host=task.name, run=run.id)
    return run, cleaned


async def _offered(task: HostTask, spec: RunSpec, who: str) -> tuple[dict[str, Any], list[str]]:
    """Hands a run over; where no folder was named, to run in the one that is current here, or its like there."""
    run_id, created = new_id(), time.time()

    async def offer(folder: str | None) -> tuple[dict[str, Any], list[str]]:
        placed = msgspec.structs.replace(spec, dir=folder)
        return await _given(task, document(placed, run_id=run_id, created=created, who=who), who, spec.held)

    if task.config.connect == "local":
        return await offer(_folder_here(spec.dir))
    if spec.dir is not None:
        return await offer(spec.dir)
    here, home = Path.cwd(), Path.home()
    try:
        return await offer(str(here))
    except Declined:
        raise
    except Refused:
        # There is no such folder there, or there is another reason; then it is given again.
        if not here.is_relative_to(home):
            raise
        return await offer(f"~/{here.relative_to(home)}")


def _folder_here(named: str | None) -> str:
    """A folder of this machine, from where the user stands."""
    return os.path.abspath(os.path.expanduser(named or "."))


def _like_here(named: str | None) -> str:
    """A folder of another machine: as named, else this machine's current one, under the home there if it is here."""
    if named is not None:
        return named
    here, home = Path.cwd(), Path.home()
    return f"~/{here.relative_to(home)}" if here.is_relative_to(home) else str(here)


async def _given(task: HostTask, what: dict[str, Any], who: str, held: bool) -> tuple[dict[str, Any], list[str]]:
    """Hands a run over; where its host has a scheduler, with the jobs that its own has to wait for."""

    async def give(link: Link, again: bool) -> tuple[dict[str, Any], list[str]]:
        _, backend = await task.ready()
        if not isinstance(backend, BatchBackend) or task.jobs is None:
            return await backend.submit(link, what, who=who, held=held)
        wait = task.jobs.wait_for(what)
        with task.jobs.handing_in():
            try:
                return await backend.submit(link, what, who=who, held=held, wait=wait, again=again)
            except Declined:
                task.forget(what["id"])
                raise

    return await _again(task, what["id"], give)


async def _again(task: HostTask, run_id: str, give: Callable[[Link, bool], Awaitable[T]]) -> T:
    """Does it again where the connection breaks: a run's id is ours, so asking twice makes no second run."""
    broken: Disconnected | None = None
    try:
        async with asyncio.timeout(None) as patience:
            while True:
                try:
                    if broken is not None:
                        await task.up()
                    link, _ = await task.ready()
                    return await give(link, broken is not None)
                except Disconnected as error:
                    if broken is None:
                        patience.reschedule(asyncio.get_running_loop().time() + BACK)
                    broken = error
                    await asyncio.sleep(AGAIN)
    except TimeoutError:
        raise Disconnected(
            f"{broken}; whether run {run_id} was taken is not known", hint=f"look with: nerotui show {run_id}"
        ) from None


async def _placed(model: Model, members: Mapping[str, HostTask], group: str, spec: RunSpec) -> HostTask:
    """The member that takes the run."""
    gpus = spec.gpus
    waits = [asyncio.create_task(task.answer()) for task in members.values()]
    try:
        if waits:
            await asyncio.wait(waits, timeout=GROUP)
    finally:
        for wait in waits:
            wait.cancel()
    up = [task for task in members.values() if task.is_up]
    if not up:
        reasons = "; ".join(str(task.failure) for task in members.values() if task.failure) or "none answered"
        raise Unreachable(f"no host of group '{group}' can be reached: {reasons}")
    fit = [task for task in up if task.hello.get("writable", True)]
    for jobs in [task.jobs for task in fit if task.jobs is not None]:
        with contextlib.suppress(RunError):  # what a scheduler does not say, it is not judged by
            await jobs.survey()
    chosen = choose([_candidate(model, task, spec) for task in fit], gpus)
    if chosen is None:
        away = ", ".join(task.name for task in members.values() if not task.is_up)
        raise Refused(
            f"no host of group '{group}' that answered can run this: it asks for {gpus or 0} GPUs",
            hint=f"not reached: {away}" if away else f"the most that one has is {max(_gpus(task) for task in up)}",
        )
    return members[chosen.name]


def _candidate(model: Model, task: HostTask, spec: RunSpec) -> Candidate:
    host = model.hosts[task.name]
    free = None
    if task.jobs is not None:
        mine = [run for run_id in model.ids(task.name) if (run := model.runs[run_id]).host == task.name]
        wanted = wishes.filled(spec, task.config)
        return cluster(task.name, mine, host.partitions, partition=wanted.partition, gpus=spec.gpus)
    if host.stats is not None and host.stats.gpus:
        free = sum(not gpu.processes and gpu.held_by is None and gpu.error is None for gpu in host.stats.gpus)
    runs = [run for run_id in model.ids(task.name) if (run := model.runs[run_id]).host == task.name]
    return candidate(task.name, runs, slots=host.slots, gpus=_gpus(task), gpus_free=free)


def _gpus(task: HostTask) -> int:
    return int(task.hello.get("gpus") or 0)


def _filled(spec: RunSpec, task: HostTask, config: Config) -> RunSpec:
    """The request with what defaults add; a host's own are nearer to the matter than those for all hosts."""
    defaults, host = config.defaults, task.config
    return msgspec.structs.replace(
        wishes.filled(spec, host, defaults),
        dir=_first(spec.dir, host.dir, defaults.dir),
        setup=_first(spec.setup, host.setup, defaults.setup),
        gpus=_first(spec.gpus, host.gpus, defaults.gpus),
        time=_first(spec.time, host.time, defaults.time),
        deadline=_first(spec.deadline, defaults.deadline),
        stop=_each_once(*defaults.stop, *spec.stop),
        metrics=_each_once(*spec.metrics, *defaults.metrics),
        env={**defaults.env, **host.env, **spec.env},
    )


def _each_once(*values: Any) -> tuple[Any, ...]:
    """Values in order; a run made after another brings the defaults of its time along."""
    return tuple(value for at, value in enumerate(values) if value not in values[:at])


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
