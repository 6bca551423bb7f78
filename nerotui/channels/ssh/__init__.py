"""The channel over asyncssh. This package is the only one that imports asyncssh, and only when a channel is opened."""

from __future__ import annotations

from nerotui.channels import ByteStream
from nerotui.channels.overssh import OverSsh
from nerotui.channels.ssh import loading
from nerotui.channels.ssh.ahead import Ahead
from nerotui.channels.threads import in_thread

__all__ = ["SshChannel"]


class SshChannel(OverSsh):
    """A host reached over SSH, as the user's ~/.ssh/config says."""

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
