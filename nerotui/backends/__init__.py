"""What "submit" and "act" mean on a host: its own queue, or a scheduler's, one file a kind of scheduler."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

from nerotui.errors import NoAgent

if TYPE_CHECKING:
    from nerotui.backends.engine import BatchBackend
    from nerotui.backends.jobs import Scheduler
    from nerotui.backends.process import ProcessBackend

__all__ = ["GROUP", "backend_for"]

#: Entry points of this group are further schedulers: classes with the methods of `nerotui.backends.jobs.Scheduler`.
GROUP = "nerotui.schedulers"


def backend_for(configured: str, hello: dict[str, Any], host: str) -> ProcessBackend | BatchBackend:
    """The backend of a host: what its configuration says, else the scheduler that it has, else its own queue.

    Args:
        configured: "auto", "process", or a scheduler's name.
        hello: what the host's agent said of itself.
        host: its name, for the error.

    Raises:
        NoAgent: there is no such backend.
    """
    offered = [str(name) for name in hello.get("schedulers") or ()]
    name = configured if configured != "auto" else next((each for each in offered if _known(each)), "process")
    if name == "process":
        from nerotui.backends.process import ProcessBackend

        return ProcessBackend()
    scheduler = _scheduler(name)
    if scheduler is None:
        raise NoAgent(
            f"{host}: this nerotui knows no backend '{name}'",
            hint=f"there are process, slurm, gridengine, and those that packages add as entry points of {GROUP}",
        )
    from nerotui.backends.engine import BatchBackend

    return BatchBackend(scheduler)


def _known(name: str) -> bool:
    return name in ("slurm", "gridengine") or bool(metadata.entry_points(group=GROUP, name=name))


def _scheduler(name: str) -> Scheduler | None:
    if name == "slurm":
        from nerotui.backends.slurm import Slurm

        return Slurm()
    if name == "gridengine":
        from nerotui.backends.gridengine import GridEngine

        return GridEngine()
    for point in metadata.entry_points(group=GROUP, name=name):
        made: Scheduler = point.load()()
        return made
    return None
