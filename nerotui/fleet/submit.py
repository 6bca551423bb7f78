"""Giving a run to a host, or to the one host of a group that can take it soonest."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from nerotui.config import Config
from nerotui.core import wishes
from nerotui.core.placement import candidate, choose
from nerotui.core.records import Run
from nerotui.core.spec import RunSpec, document, new_id
from nerotui.core.text import clean
from nerotui.errors import Disconnected, Refused, Unreachable, UsageError
from nerotui.fleet import decode
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model

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
    if host in config.groups and host not in config.hosts:
        members = {name: tasks[name] for name in config.members([host]) if name in tasks}
        task = await _placed(model, members, host, spec.gpus)
        spec = msgspec.structs.replace(spec, group=host)
    else:
        config.members([host])
        if host not in tasks:
            raise UsageError(f"host '{host}' is not among those asked for: {', '.join(tasks)}")
        task = tasks[host]
    reply, notes = await _offered(task, _filled(spec, task, config), who)
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
    except Refused:
        # There is no such folder there, or there is another reason; then it is given again.
        if not here.is_relative_to(home):
            raise
        return await offer(f"~/{here.relative_to(home)}")


def _folder_here(named: str | None) -> str:
    """A folder of this machine, from where the user stands."""
    return os.path.abspath(os.path.expanduser(named or "."))


async def _given(task: HostTask, what: dict[str, Any], who: str, held: bool) -> tuple[dict[str, Any], list[str]]:
    """Hands a run over, again where the connection breaks: its id is ours, so asking twice makes no second run."""
    broken: Disconnected | None = None
    try:
        async with asyncio.timeout(None) as patience:
            while True:
                try:
                    if broken is not None:
                        await task.up()
                    link, backend = await task.ready()
                    return await backend.submit(link, what, who=who, held=held)
                except Disconnected as error:
                    if broken is None:
                        patience.reschedule(asyncio.get_running_loop().time() + BACK)
                    broken = error
                    await asyncio.sleep(AGAIN)
    except TimeoutError:
        raise Disconnected(
            f"{broken}; whether run {what['id']} was taken is not known", hint=f"look with: nerotui show {what['id']}"
        ) from None


async def _placed(model: Model, members: Mapping[str, HostTask], group: str, gpus: int | None) -> HostTask:
    """The member that takes the run."""
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
    chosen = choose([_candidate(model, task) for task in fit], gpus)
    if chosen is None:
        away = ", ".join(task.name for task in members.values() if not task.is_up)
        raise Refused(
            f"no host of group '{group}' that answered can run this: it asks for {gpus or 0} GPUs",
            hint=f"not reached: {away}" if away else f"the most that one has is {max(_gpus(task) for task in up)}",
        )
    return members[chosen.name]


def _candidate(model: Model, task: HostTask) -> Any:
    host = model.hosts[task.name]
    free = None
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
