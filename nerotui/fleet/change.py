"""What moved since the listeners last heard, told once a turn of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from nerotui.core.records import Message


class Change(msgspec.Struct, frozen=True):
    """Names of what changed; the values are in the fleet's dictionaries.

    Attributes:
        hosts: names of hosts whose record is another now.
        runs: ids of runs that are new, changed, or gone.
        messages: messages that are new.
    """

    hosts: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()
    messages: tuple[Message, ...] = ()


Listener = Callable[[Change], None]


class Changes:
    """Gathers names of what changed and tells the listeners once a turn of the loop."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._hosts: set[str] = set()
        self._runs: set[str] = set()
        self._messages: list[Message] = []
        self._scheduled: asyncio.Handle | None = None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Adds a listener; what is returned removes it."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def host(self, name: str) -> None:
        """Notes that a host's record changed."""
        self._hosts.add(name)
        self._schedule()

    def run(self, run_id: str) -> None:
        """Notes that a run is new, changed or gone."""
        self._runs.add(run_id)
        self._schedule()

    def message(self, message: Message) -> None:
        """Notes a new message."""
        self._messages.append(message)
        self._schedule()

    def close(self) -> None:
        """Tells nobody anything any more."""
        self._listeners.clear()
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None

    def _schedule(self) -> None:
        if self._scheduled is None and self._listeners:
            self._scheduled = asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        change = Change(frozenset(self._hosts), frozenset(self._runs), tuple(self._messages))
        self._scheduled = None
        self._hosts.clear()
        self._runs.clear()
        self._messages.clear()
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            # Each in a callback of its own: one that raises does not keep the news from the others.
            loop.call_soon(listener, change)
