"""What "submit" and "act" mean on a host: one small protocol, one file a kind of host."""

from __future__ import annotations

from typing import Any, Protocol

from nerotui.channels.link import Link
from nerotui.errors import NoAgent

__all__ = ["Backend", "backend_for"]


class Backend(Protocol):
    """A kind of host. It holds no state: the truth is on the host."""

    name: str

    async def submit(
        self, link: Link, document: dict[str, Any], *, who: str, held: bool
    ) -> tuple[dict[str, Any], list[str]]:
        """Gives a run to the host; the same id with the same contents again is no second run.

        Args:
            link: the way to the host.
            document: the run, as `nerotui.core.spec.document` makes it.
            who: who asks.
            held: whether it waits until it is released.

        Returns:
            The run as the host now reports it, and sentences that the user should read.

        Raises:
            RunError: the host refused.
            HostError: no answer; whether the run was taken is not known.
        """
        ...

    async def act(
        self, link: Link, run_id: str, action: str, *, who: str, attempt: int | None, args: dict[str, Any]
    ) -> dict[str, Any]:
        """Asks for a change of a run; returns once it is durably on the host's record.

        Args:
            link: the way to the host.
            run_id: the whole id.
            action: one of `nerotui.agent.states.ACTIONS`.
            who: who asks.
            attempt: the attempt that is meant; refused if it is another by now.
            args: as the action takes them.

        Returns:
            The run as the host now reports it.

        Raises:
            RunError: the host refused.
            HostError: no answer; whether it was carried out is not known.
        """
        ...


def backend_for(configured: str, hello: dict[str, Any], host: str) -> Backend:
    """The backend of a host: what its configuration says, else what the host says that it has.

    Raises:
        NoAgent: this version has no such backend, or the host has not.
    """
    from nerotui.backends.process import ProcessBackend

    offered = [str(name) for name in hello.get("backends") or ["process"]]
    name = offered[0] if configured == "auto" else configured
    if name != ProcessBackend.name:
        raise NoAgent(
            f"{host}: this version of nerotui has no backend '{name}'",
            hint='backend = "process" runs on the host itself',
        )
    return ProcessBackend()
