"""The channel over asyncssh. This package is the only one that imports asyncssh, and only when a channel is opened."""

from __future__ import annotations

import ctypes.util
import importlib
import threading
from types import ModuleType

from nerotui.channels import ByteStream, Prompter
from nerotui.channels.limiter import Limiter
from nerotui.channels.threads import in_thread

__all__ = ["SshChannel"]

_loading = threading.Lock()


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
        connect = await in_thread(_connect_module)
        stream: ByteStream = await connect.open_stream(
            self.host,
            address=self._address,
            user=self._user,
            port=self._port,
            prompter=self._prompter,
            limiter=self._limiter,
            seconds=deadline,
        )
        return stream


def _connect_module() -> ModuleType:
    """Imports the part that needs asyncssh: a tenth of a second, so never on the event loop.

    Looking for two libraries that are hardly ever there (liboqs, nettle) forks ldconfig and gcc, a sixth of that time.
    What they would add are a key exchange and a MAC beside those that every server has.
    """
    with _loading:
        find = ctypes.util.find_library

        def find_others(name: str) -> str | None:
            return None if "oqs" in name or "nettle" in name else find(name)

        ctypes.util.find_library = find_others
        try:
            return importlib.import_module("nerotui.channels.ssh.connect")
        finally:
            ctypes.util.find_library = find
