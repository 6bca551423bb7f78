"""Slots and GPUs of a host: each is held through a symbolic link whose target says by which attempt.

Making a symbolic link is exclusive and atomic, its content included, also over NFS. Only the dispatcher takes them, and
it frees one only when the attempt that holds it is proved over; an attempt that ends frees its own.
"""

import os
from typing import Dict, List, NamedTuple, Optional

from nerotui.agent import durable
from nerotui.agent.run.layout import QueueFolder, is_id

_JOINT = "~"


class Holder(NamedTuple):
    """The attempt that holds a slot or a GPU."""

    run: str
    attempt: int


def held(folder: str) -> Dict[int, Optional[Holder]]:
    """Who holds what, by number; None where the file says nothing sensible, so that it is not free either."""
    found: Dict[int, Optional[Holder]] = {}
    for name in durable.names(folder):
        if name.isdigit():
            try:
                run, _, attempt = os.readlink(os.path.join(folder, name)).partition(_JOINT)
            except FileNotFoundError:
                continue
            except OSError:
                found[int(name)] = None
                continue
            found[int(name)] = Holder(run, int(attempt)) if is_id(run) and attempt.isdigit() else None
    return found


def take(folder: str, number: int, holder: Holder) -> bool:
    """Takes a slot or GPU; whether it is this attempt's now."""
    path = os.path.join(folder, str(number))
    target = "{}{}{}".format(holder.run, _JOINT, holder.attempt)
    try:
        os.symlink(target, path)
    except FileExistsError:
        # Over NFS the reply to what was done may be lost, and the repeated request then fails.
        try:
            return os.readlink(path) == target
        except OSError:
            return False
    return True


def free(folder: str, number: int, holder: Holder) -> None:
    """Gives a slot or GPU back, if this attempt holds it."""
    if held(folder).get(number) == holder:
        durable.discard(os.path.join(folder, str(number)))


def free_all(queue: QueueFolder, holder: Holder) -> None:
    """Gives back all that an attempt holds."""
    for folder in (queue.slots, queue.gpus):
        for number, who in held(folder).items():
            if who == holder:
                durable.discard(os.path.join(folder, str(number)))


def gpus_of(queue: QueueFolder, holder: Holder) -> List[int]:
    """The GPUs that an attempt holds."""
    return sorted(number for number, who in held(queue.gpus).items() if who == holder)
