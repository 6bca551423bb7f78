"""What a host's agent is to follow besides nerotui's own runs: logs that match `watch`, logs of jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from nerotui.channels.link import Link
from nerotui.core.records import Run
from nerotui.errors import NerotuiError

#: Seconds that the list of runs waits for those whose logs are watched; they may lie on a file server that hangs.
PATIENCE = 5.0
#: Seconds until the agent is given up.
LONGEST = 120.0


class Wish:
    """One host's wish, told to each of its agents. A new one replaces the one before.

    Attributes:
        granted: called when an agent has told what is there, or cannot.
    """

    def __init__(self, watch: Sequence[str], trouble: Callable[[str], None], gone: Callable[[set[str]], None]) -> None:
        """Wishes for nothing but what the configuration says.

        Args:
            watch: patterns of logs.
            trouble: told why the agent does not do it, as a sentence.
            gone: given the ids of all watched runs that there are, once an agent has told them all.
        """
        self._watch = list(watch)
        self._logs: list[dict[str, Any]] = []
        self._trouble = trouble
        self._gone = gone
        self._link: Link | None = None
        self._told: set[str] = set()
        self._asking: asyncio.Task[None] | None = None
        self.granted: Callable[[], None] = _nobody

    @property
    def pending(self) -> bool:
        """Whether an agent is just looking at these logs for the first time."""
        return self._asking is not None and not self._asking.done()

    async def begin(self, link: Link) -> None:
        """Tells a new agent, and waits a while until it has told what is there."""
        self._link, self._told = link, set()
        if self._watch or self._logs:
            await asyncio.wait([self._send(link)], timeout=PATIENCE)

    def end(self) -> None:
        """The agent is gone."""
        self._link = None
        if self._asking is not None:
            self._asking.cancel()

    def logs(self, logs: Sequence[dict[str, Any]]) -> None:
        """Follows these logs from now on.

        Args:
            logs: each with "run" and "path"; "err" for a file of errors, "started" and "over" (the state that it ended
                in) where they are known.
        """
        fresh = list(logs)
        if fresh != self._logs:
            self._logs = fresh
            if self._link is not None:
                self._send(self._link)

    def take(self, run: Run) -> None:
        """Notes a run that the agent told of."""
        if watched(run):
            self._told.add(run.id)

    def keeps(self, run_id: str) -> bool:
        """Whether a run is there although it is none of nerotui's own."""
        return run_id in self._told

    def _send(self, link: Link) -> asyncio.Task[None]:
        self._asking = asyncio.create_task(self._ask(link, self._asking), name="wish")
        self._asking.add_done_callback(lambda _done: self.granted())
        return self._asking

    async def _ask(self, link: Link, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await link.request("foreign", LONGEST, logs=self._logs, watch=self._watch)
        except NerotuiError as error:
            if self._link is link:
                self._trouble(str(error))
        else:
            if self._link is link:
                self._gone(set(self._told))


def watched(run: Run) -> bool:
    """Whether a run is one that nerotui did not start and knows by its log alone."""
    return run.foreign and run.job is None


def _nobody() -> None:
    """Nobody waits for it."""
