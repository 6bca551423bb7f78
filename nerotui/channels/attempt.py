"""One try at reaching a host: its clock, its place among the others, what it is doing, and whom it may ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from nerotui.channels import Prompter
from nerotui.channels.limiter import Limiter, Slot
from nerotui.errors import Unreachable


class Attempt:
    """A try with a deadline that stands still while a person is asked.

    Attributes:
        host: the host's name in nerotui.
        step: what is being waited for, for the error text: "a connection to gpu1:22".
        unasked: what would have had to be asked, had there been someone to ask.
        given_up: whether a person declined to answer.
        banner: what the host said before the log-in.
        logged_in: whether the host has let us in.
    """

    def __init__(self, host: str, prompter: Prompter | None, limiter: Limiter, seconds: float) -> None:
        self.host = host
        self.prompter = prompter
        self.limiter = limiter
        self.seconds = seconds
        self.step = "its turn"
        self.unasked: list[str] = []
        self.given_up = False
        self.banner = ""
        self.logged_in = False
        self._timer: asyncio.Timeout | None = None
        self._slot: Slot | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the clock.

        Raises:
            Unreachable: it ran out; the text names the step.
        """
        try:
            async with asyncio.timeout(self.seconds) as self._timer:
                yield
        except TimeoutError:
            raise Unreachable(
                f"{self.host}: no answer within {self.seconds:g} s, waiting for {self.step}",
                hint="is the machine up, and the network (VPN)? `ssh -v` shows how far it gets",
            ) from None
        finally:
            self._timer = None

    @asynccontextmanager
    async def waived(self) -> AsyncIterator[None]:
        """Stops the clock meanwhile: a person is asked, or others are waited for."""
        timer = self._timer
        now = asyncio.get_running_loop().time
        left = None if timer is None or (until := timer.when()) is None else max(until - now(), 0.0)
        if timer is None or left is None:
            yield
            return
        timer.reschedule(None)
        try:
            yield
        finally:
            if not timer.expired():
                timer.reschedule(now() + left)

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[Slot]:
        """Waits for a place at an address with the clock stopped, and holds it."""
        async with AsyncExitStack() as stack:
            async with self.waived():
                self._slot = await stack.enter_async_context(self.limiter.slot(address))
            try:
                yield self._slot
            finally:
                self._slot = None

    async def ask_secret(self, prompt: str, what: str, *, echo: bool = False) -> str | None:
        """Asks for an answer that is not kept.

        Args:
            prompt: the question.
            what: what is missing if nobody answers, for the error text: "a password".
            echo: whether it may be shown while typed.
        """
        if self.given_up:
            return None
        if self.prompter is None:
            self.unasked.append(what)
            return None
        async with self.aside():
            answer = await self.prompter.secret(self.host, prompt, echo)
        self.given_up = answer is None
        return answer

    async def ask_host_key(self, address: str, algorithm: str, fingerprint: str) -> bool:
        """Asks whether a key is the host's."""
        if self.prompter is None:
            self.unasked.append("whether its host key is right")
            return False
        async with self.aside():
            return await self.prompter.host_key(self.host, address, algorithm, fingerprint)

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Neither does the clock run nor is a place held meanwhile: a person thinks, or is asked by another host."""
        slot, self._slot = self._slot, None
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self.waived())
                if slot is not None:
                    await stack.enter_async_context(slot.lent())
                yield
        finally:
            self._slot = slot
