"""TCP to a host: look the name up, take the first address that answers, wait for the banner, keep ACKs from waiting."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

from nerotui.channels.threads import in_thread

#: Seconds before the next address is tried beside one that has not answered (RFC 8305 calls it the attempt delay).
_STAGGER = 0.25
_REARM = 0.002


async def dial(hostname: str, port: int, family: int = 0) -> socket.socket:
    """A connected, non-blocking socket; of one address family only, if it is named.

    Raises:
        OSError: the name is unknown, or no address took the connection; that of the first address.
    """
    found = await in_thread(socket.getaddrinfo, hostname, port, family, socket.SOCK_STREAM)
    targets = list(dict.fromkeys((int(family), address) for family, _, _, _, address in found))
    tries: list[asyncio.Task[socket.socket]] = []
    failed: list[BaseException] = []
    try:
        while targets or tries:
            if targets:
                tries.append(asyncio.create_task(_try(*targets.pop(0))))
            done, _ = await asyncio.wait(
                tries, timeout=_STAGGER if targets else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                tries.remove(task)
                if (error := task.exception()) is None:
                    return task.result()
                failed.append(error)
        raise failed[0]
    finally:
        for task in tries:
            task.cancel()
        for outcome in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(outcome, socket.socket):
                outcome.close()


async def _try(family: int, address: tuple[Any, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def speaks(sock: socket.socket) -> None:
    """Waits until the other side has said something or hung up, without taking it."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sock, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sock)


async def let_go(sock: socket.socket) -> None:
    """Closes a socket that a transport may have taken, after the transport.

    asyncio closes a transport's socket a turn of the loop later than the transport. Closed before that, its number may
    already mean another connection by then.
    """
    try:
        for _ in range(3):
            await asyncio.sleep(0)
    finally:
        sock.close()


@contextlib.asynccontextmanager
async def prompt_acks(sock: socket.socket | None) -> AsyncIterator[None]:
    """Has the kernel acknowledge at once meanwhile.

    sshd writes its first replies in small pieces and waits (Nagle) for the ACK that we delay: 40 ms before the first
    channel is open. The option does not stay set, hence the repetition. Linux only; elsewhere nothing is done.
    """
    option = getattr(socket, "TCP_QUICKACK", None)
    if sock is None or option is None:
        yield
        return

    async def rearm() -> None:
        while sock.fileno() >= 0:
            sock.setsockopt(socket.IPPROTO_TCP, option, 1)
            await asyncio.sleep(_REARM)

    task = asyncio.create_task(rearm())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
