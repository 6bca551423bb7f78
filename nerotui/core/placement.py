"""Which host of a group takes a run: one with a free slot, else the one with the shortest queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from nerotui.agent.states import LIVE, WAITING
from nerotui.core.records import Partition, Run


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a host that might take a run.

    Attributes:
        slots: how many runs it lets run at once.
        busy: how many runs hold a slot now.
        waiting: how many runs wait there.
        gpus: how many GPUs it has.
        gpus_free: how many of them nobody uses, as far as is known.
    """

    name: str
    slots: int = 1
    busy: int = 0
    waiting: int = 0
    gpus: int = 0
    gpus_free: int | None = None


def candidate(
    name: str, runs: Iterable[Run], *, slots: int | None, gpus: int, gpus_free: int | None = None
) -> Candidate:
    """What a host's runs say about it."""
    busy = waiting = 0
    for run in runs:
        if run.state in LIVE:
            busy += 1
        elif run.state in WAITING and run.state != "held":
            waiting += 1
    return Candidate(name=name, slots=slots or gpus or 1, busy=busy, waiting=waiting, gpus=gpus, gpus_free=gpus_free)


def cluster(
    name: str, runs: Iterable[Run], partitions: Sequence[Partition], *, partition: str | None, gpus: int | None
) -> Candidate:
    """What the runs of a host with a scheduler, and its partitions, say about it.

    It takes a run at once where what the run needs is free and no other of the user's waits there; else its queue is as
    long as what waits for each that runs.

    Args:
        name: the host's.
        runs: the user's own there, those that nerotui did not start among them.
        partitions: as last told; where nothing was told, it is taken to have what is asked for.
        partition: the one that the run is for; None for the default one.
        gpus: how many GPUs it asks for.
    """
    need = gpus or 0
    chosen = [each for each in partitions if each.up and (each.name == partition if partition else each.default)]
    chosen = chosen or [each for each in partitions if each.up and partition is None]
    most = max((need if each.gpus is None else each.gpus for each in chosen), default=0 if partitions else need)
    busy = waiting = 0
    for run in runs:
        busy += run.state in LIVE
        waiting += run.state in WAITING and run.state != "held"
    free = any((each.cpus_free or 0) > 0 and (not need or (each.gpus_free or 0) >= need) for each in chosen)
    if free and not waiting:
        return Candidate(name=name, slots=busy + 1, busy=busy, gpus=most)
    return Candidate(name=name, slots=max(1, busy), busy=max(1, busy), waiting=waiting, gpus=most)


def choose(candidates: Sequence[Candidate], gpus: int | None) -> Candidate | None:
    """The host to give a run to, or None where none of them can ever run it.

    Args:
        candidates: hosts that answered, in the group's order, which decides between equals.
        gpus: how many GPUs the run asked for; None = one where there is one.
    """
    fitting = [host for host in candidates if host.gpus >= (gpus or 0)]
    return min(fitting, key=lambda host: _cost(host, gpus)) if fitting else None


def _cost(host: Candidate, gpus: int | None) -> tuple[bool, float]:
    need = min(host.gpus, 1) if gpus is None else gpus
    short_of_gpus = host.gpus_free is not None and host.gpus_free < need
    at_once = host.busy + host.waiting < host.slots and not short_of_gpus
    return (not at_once, (host.busy + host.waiting) / host.slots)
