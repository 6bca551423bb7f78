"""The channel over asyncssh. This package is the only one that imports asyncssh, and only when a channel is opened."""

from __future__ import annotations

from nerotui.channels import ByteStream, Prompter
from nerotui.channels.limiter import Limiter
from nerotui.channels.ssh import loading
from nerotui.channels.ssh.ahead import Ahead
from nerotui.channels.threads import in_thread

__all__ = ["SshChannel"]


class SshChannel:
    """A host reached over SSH, as the user's ~/.ssh/config says."""

    def __init__(
        self,
        host: str,
        *,
        address: str | None = None,
        user: str | None = None,
        port: int | None = None,
        prompter: Prompter | None,
        limiter: Limiter,
    ) -> None:
        """Makes a channel; nothing is read or connected before `open`.

        Args:
            host: the host's name in nerotui.
            address: what ~/.ssh/config is asked about; None for the name itself.
            user: instead of the configuration's User.
            port: instead of its Port.
            prompter: whom to ask; None to refuse whatever would have to be asked.
            limiter: shared by all hosts.
        """
        self.host = host
        self.python = ""
        self._address = address or host
        self._user = user
        self._port = port
        self._prompter = prompter
        self._limiter = limiter

    async def open(self, deadline: float) -> ByteStream:
        """Connects, logs in and starts the launcher."""
        ahead = await Ahead.begin(self.host, self._address, self._user, self._port)
        try:
            connect = await in_thread(loading.connecting)
            stream: ByteStream = await connect.open_stream(
                self.host,
                address=self._address,
                user=self._user,
                port=self._port,
                prompter=self._prompter,
                limiter=self._limiter,
                seconds=deadline,
                ahead=ahead,
            )
        finally:
            if ahead is not None:
                await ahead.drop()
        return stream
