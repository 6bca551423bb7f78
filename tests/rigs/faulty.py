"""Servers that misbehave: one that takes no connection, one that never speaks, one that speaks nonsense."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.rigs.sshd import free_port


@contextmanager
def black_hole() -> Iterator[tuple[str, int]]:
    """An address where a connection is neither taken nor refused: the queue of the listening socket is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers: list[socket.socket] = []
        try:
            while len(fillers) < 16:
                sock = socket.socket()
                fillers.append(sock)
                sock.settimeout(0.2)
                try:
                    sock.connect(address)
                except TimeoutError:
                    break
            yield address
        finally:
            for sock in fillers:
                sock.close()


@contextmanager
def silent() -> Iterator[tuple[str, int]]:
    """An address that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()


def refused() -> tuple[str, int]:
    """An address where nobody listens."""
    return "127.0.0.1", free_port()


@contextmanager
def saying(words: bytes) -> Iterator[tuple[str, int]]:
    """An address that says this and hangs up."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        connection.sendall(words)
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(4096):
                            pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
