"""The channel to this machine: the agent as a subprocess, without SSH."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

from nerotui.channels import launch
from nerotui.channels.process import ProcessStream
from nerotui.errors import Unreachable


class LocalChannel:
    """Runs the launcher on this machine, with the interpreter that runs nerotui."""

    def __init__(self, host: str = "local", *, env: Mapping[str, str] | None = None) -> None:
        """Makes a channel.

        Args:
            host: the host's name in nerotui.
            env: the agent's whole environment; None for this process's own.
        """
        self.host = host
        self.python = sys.executable
        self._env = None if env is None else dict(env)

    async def open(self, deadline: float) -> ProcessStream:
        """Starts the launcher."""
        try:
            async with asyncio.timeout(deadline):
                return await ProcessStream.start(self.host, launch.ARGV, env=self._env)
        except OSError as error:
            raise Unreachable(f"{self.host}: /bin/sh could not be started: {error.strerror}") from error
        except TimeoutError as error:
            raise Unreachable(f"{self.host}: /bin/sh did not start within {deadline:.0f} s") from error
