"""How bytes reach a host: the protocols that all channels share, and the choice among them.

Importing this package loads no SSH library; a channel's own module is loaded when the channel is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nerotui.channels.limiter import Limiter
    from nerotui.config import HostConfig

__all__ = ["ByteStream", "Channel", "Prompter", "channel_for"]


class Prompter(Protocol):
    """Asks a person. Without one, whatever would have to be asked is refused with a sentence."""

    async def host_key(self, host: str, address: str, algorithm: str, fingerprint: str) -> bool:
        """Whether this key, seen for the first time, is the host's; a yes is kept in known_hosts.

        Args:
            host: the host's name in nerotui.
            address: what was connected to, "name:port".
            algorithm: such as "ssh-ed25519".
            fingerprint: "SHA256:…", as `ssh-keygen -l` prints it.
        """
        ...

    async def secret(self, host: str, prompt: str, echo: bool) -> str | None:
        """An answer that is never stored: a password, a passphrase, a one-time code; None to give up.

        Args:
            host: the host's name in nerotui.
            prompt: what is asked; text from the host has been cleaned of control characters.
            echo: whether the answer may be shown while it is typed.
        """
        ...


class ByteStream(Protocol):
    """The agent's stdin and stdout, over whatever lies between."""

    async def read(self, count: int) -> bytes:
        """The next bytes, at most `count`; b"" at the end.

        Raises:
            Disconnected: the connection broke.
        """
        ...

    async def write(self, data: bytes) -> None:
        """Sends bytes, waiting while the other side is slow.

        Raises:
            Disconnected: the connection broke.
        """
        ...

    async def close(self) -> None:
        """Ends the stream and what it stands on. May be called more than once."""
        ...

    def stderr_tail(self) -> str:
        """The newest few kilobytes that the far end wrote to stderr, as they came."""
        ...


class Channel(Protocol):
    """A way to one host. Each `open` starts the launcher there once."""

    @property
    def host(self) -> str:
        """The host's name in nerotui."""
        ...

    @property
    def python(self) -> str:
        """The interpreter to use when none is configured, or "" to look for one on the host."""
        ...

    async def open(self, deadline: float) -> ByteStream:
        """Connects, logs in and starts the launcher.

        Args:
            deadline: seconds until giving up; the time that a person takes to answer a prompt does not count.

        Raises:
            HostError: one of its kinds, with a sentence and a hint.
        """
        ...


def channel_for(host: HostConfig, *, prompter: Prompter | None, limiter: Limiter) -> Channel:
    """The channel that a host's configuration asks for.

    Args:
        host: the host's configuration.
        prompter: whom to ask about keys and passwords; None for programs that run unattended.
        limiter: shared by all hosts of one program; jump hosts are shared among the channels that have it in common.
    """
    if host.connect == "local":
        from nerotui.channels.local import LocalChannel

        return LocalChannel(host.name)
    if host.connect == "openssh":
        from nerotui.channels.openssh import OpensshChannel

        return OpensshChannel(
            host.name, address=host.address, user=host.user, port=host.port, prompter=prompter, limiter=limiter
        )
    from nerotui.channels.ssh import SshChannel

    return SshChannel(
        host.name, address=host.address, user=host.user, port=host.port, prompter=prompter, limiter=limiter
    )
