"""What clusters have to give: asked when one comes up and every few minutes, while the console is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from nerotui.core.views.schedulers import scheduled
from nerotui.errors import NerotuiError

if TYPE_CHECKING:
    from nerotui.fleet import Fleet

#: Seconds between two questions of the same cluster.
EVERY = 180.0
#: Nobody who moves through the hosts waits longer than this for the numbers of the one under the cursor, seconds.
SOON = 30.0


class Overview:
    """Asks each cluster for its partitions.

    Args:
        fleet: where the clusters are; what they say stands in its hosts.

    Attributes:
        seen: whether anybody looks; while nobody does, nothing is asked.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._asked: dict[str, float] = {}
        self._wanted: set[str] = set()
        self._wake = asyncio.Event()
        self.seen = True

    def changed(self) -> None:
        """A host came or went, or the console is looked at again."""
        self._wake.set()

    def want(self, host: str) -> None:
        """The user looks at this host: what is shown shall be new."""
        if host not in self._wanted:
            self._wanted.add(host)
            self._wake.set()

    async def run(self) -> None:
        """Asks for as long as it is not cancelled."""
        while True:
            self._wake.clear()
            due = [name for name in self._fleet.hosts if self._due(name)] if self.seen else []
            self._wanted.clear()
            await asyncio.gather(*map(self._ask, due))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SOON):
                    await self._wake.wait()

    def _due(self, name: str) -> bool:
        host = self._fleet.hosts[name]
        if host.state != "up" or not scheduled(host):
            return False
        age = time.monotonic() - self._asked.get(name, float("-inf"))
        return age > (SOON if name in self._wanted else EVERY)

    async def _ask(self, name: str) -> None:
        self._asked[name] = time.monotonic()
        # That its scheduler does not answer stands in the host's line already.
        with contextlib.suppress(NerotuiError):
            await self._fleet.survey(name)
