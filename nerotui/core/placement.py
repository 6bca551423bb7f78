"""Which host of a group takes a run: one with a free slot, else the one with the shortest queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from nerotui.agent.states import LIVE, WAITING
from nerotui.core.records import Run


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
