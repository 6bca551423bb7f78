"""The `process` backend: the host's own queue, kept by nerotui's agent there."""

from __future__ import annotations

from typing import Any

from nerotui.channels.link import Link
from nerotui.core.records import Run

#: Seconds for a request that makes the host write durably; a busy file server is slow, not dead.
PATIENCE = 20.0


class ProcessBackend:
    """Asks the agent, which queues, starts and signals."""

    name = "process"

    async def submit(
        self, link: Link, document: dict[str, Any], *, who: str, held: bool
    ) -> tuple[dict[str, Any], list[str]]:
        """Puts a run into the host's queue."""
        reply = await link.request("submit", PATIENCE, spec=document, who=who, held=held)
        return reply["run"], [str(note) for note in reply.get("notes") or ()]

    async def act(self, link: Link, run: Run, action: str, *, who: str, args: dict[str, Any]) -> dict[str, Any]:
        """Has the agent record an action, which the run's supervisor or the queue then carries out."""
        reply = await link.request("act", PATIENCE, run=run.id, action=action, who=who, attempt=run.attempt, args=args)
        record: dict[str, Any] = reply["run"]
        return record
