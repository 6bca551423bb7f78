"""Jump hosts: each opened once and shared by all hosts behind it, closed when the last of them is done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from nerotui.channels.attempt import Attempt
from nerotui.channels.limiter import Limiter
from nerotui.channels.ssh.keys import Keyring
from nerotui.errors import HostError

Opened = tuple[Any, contextlib.AsyncExitStack]
Opener = Callable[[Sequence[str], Attempt, "Jumps"], Coroutine[Any, Any, Opened]]


class Jumps:
    """What the SSH channels of one program share.

    Attributes:
        keyring: keys opened with a passphrase.
        accepted: host keys accepted while this program runs, by the name that they are known under.
    """

    def __init__(self, opener: Opener) -> None:
        self.keyring = Keyring()
        self.accepted: dict[tuple[str, int], frozenset[str]] = {}
        self._opener = opener
        self._jumps: dict[tuple[str, ...], _Jump] = {}

    @contextlib.asynccontextmanager
    async def through(self, hops: tuple[str, ...], attempt: Attempt) -> AsyncIterator[Any]:
        """The connection to the last of `hops`, held open while in use.

        The jump host has a deadline of its own; the attempt's clock stands still while it is being opened.

        Raises:
            HostError: it cannot be reached or used; the text says that it is the jump host.
        """
        jump = self._jumps.get(hops)
        if jump is None or jump.broken():
            own = Attempt(hops[-1], attempt.prompter, attempt.limiter, attempt.seconds)
            jump = self._jumps[hops] = _Jump(asyncio.create_task(self._opener(hops, own, self), name=f"jump {hops}"))
        jump.users += 1
        try:
            async with attempt.waived():
                connection, _ = await asyncio.shield(jump.opening)
            yield connection
        except HostError as error:
            if jump.failed() is not error:
                raise
            raise type(error)(
                f"{attempt.host}: its jump host does not let us through. {error}", hint=error.hint
            ) from error
        finally:
            jump.users -= 1
            if not jump.users:
                if self._jumps.get(hops) is jump:
                    del self._jumps[hops]
                await jump.close()


class _Jump:
    def __init__(self, opening: asyncio.Task[Opened]) -> None:
        self.opening = opening
        self.users = 0

    def failed(self) -> BaseException | None:
        if self.opening.done() and not self.opening.cancelled():
            return self.opening.exception()
        return None

    def broken(self) -> bool:
        if not self.opening.done():
            return False
        if self.opening.cancelled() or self.opening.exception() is not None:
            return True
        return bool(self.opening.result()[0].is_closed())

    async def close(self) -> None:
        if not self.opening.done():
            self.opening.cancel()
            await asyncio.wait([self.opening])
        if not self.opening.cancelled() and self.opening.exception() is None:
            await self.opening.result()[1].aclose()


_shared: WeakKeyDictionary[Limiter, Jumps] = WeakKeyDictionary()


def jumps_of(limiter: Limiter, opener: Opener) -> Jumps:
    """The jump hosts of the program that a limiter belongs to."""
    return _shared.setdefault(limiter, Jumps(opener))
