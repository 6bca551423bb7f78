"""Which of the runs that wait start now: pure arithmetic over slots and GPUs."""

from typing import Any, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Tuple

from nerotui.agent.queue.queue import Entry


class Ask(NamedTuple):
    """A run that waits, and what for.

    Attributes:
        entry: its entry.
        gpus: how many GPUs it needs.
        after: the part of its run.json that names other runs; None where it names none.
        waits: what of those it waits for, as a sentence; empty where they hold it back no more.
    """

    entry: Entry
    gpus: int
    after: Optional[Dict[str, Any]] = None
    waits: str = ""


class Room(NamedTuple):
    """What is free on a host.

    Attributes:
        slots: how many more runs may run at once.
        gpus: indices of GPUs that are free; None on a host without any.
        ours: how many GPUs nerotui's own runs hold, and will give back.
        total: how many GPUs there are.
        foreign: GPUs on which somebody else computes.
    """

    slots: int
    gpus: Optional[Tuple[int, ...]] = None
    ours: int = 0
    total: int = 0
    foreign: FrozenSet[int] = frozenset()


class Start(NamedTuple):
    """A run to start and the GPUs for it."""

    ask: Ask
    gpus: List[int]


def plan(asks: Iterable[Ask], room: Room) -> List[Start]:
    """Chooses what to start, in line order.

    The first run that needs more GPUs than are free keeps those that are, and a slot, so that smaller runs behind it
    cannot starve it. It keeps nothing while it waits for somebody else's processes to end, which may take for ever, and
    a run that waits for other runs keeps nothing either.
    """
    starts: List[Start] = []
    slots, free = room.slots, list(room.gpus or ())
    coming = room.ours
    if slots <= 0:
        return starts
    for ask in asks:
        if ask.waits:
            continue
        if ask.gpus <= len(free):
            starts.append(Start(ask, free[: ask.gpus]))
            del free[: ask.gpus]
            coming += ask.gpus
            slots -= 1
        elif ask.gpus <= len(free) + coming:
            free = []
            coming = 0
            slots -= 1
        if slots <= 0:
            break
    return starts


def reason(asks: List[Ask], run: str, room: Room, slots: int) -> str:
    """Says in one sentence why a run of the line does not start now.

    Args:
        asks: the line.
        run: the run's id.
        room: what is free.
        slots: how many runs may run here at once.
    """
    place = next((number for number, ask in enumerate(asks) if ask.entry.run == run), None)
    if place is None:
        return "it is not in line"
    ask = asks[place]
    if ask.waits:
        return ask.waits
    place = sum(not other.waits for other in asks[:place])
    if any(start.ask.entry.run == run for start in plan(asks, room)):
        return "it is about to start"
    ahead = "" if not place else "; {} ahead of it in line".format(_runs(place))
    if ask.gpus > room.total:
        return "it asks for {}, but this host has {}".format(_gpus(ask.gpus), _gpus(room.total))
    if room.slots <= 0:
        which = "the host's only slot is" if slots == 1 else "all {} slots are".format(slots)
        return "{} in use{}".format(which, ahead)
    free = len(room.gpus or ())
    if ask.gpus > free:
        others = ""
        if room.foreign:
            others = ", and somebody else computes on GPU " + ", ".join(str(index) for index in sorted(room.foreign))
        some = "none is" if not free else "only one is" if free == 1 else "only {} are".format(free)
        return "it needs {}, {} free{}{}".format(_gpus(ask.gpus), some, others, ahead)
    return "what is free is kept for a run ahead of it that needs more{}".format(ahead)


def _runs(count: int) -> str:
    return "one run is" if count == 1 else "{} runs are".format(count)


def _gpus(count: int) -> str:
    return "no GPU" if not count else "one GPU" if count == 1 else "{} GPUs".format(count)
