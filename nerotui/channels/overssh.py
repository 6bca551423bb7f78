"""What the two channels over SSH share: whom they reach, whom they may ask, and with whom they take turns."""

from __future__ import annotations

from nerotui.channels import Prompter
from nerotui.channels.limiter import Limiter


class OverSsh:
    """A host reached over SSH. Making one reads, connects and runs nothing."""

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
        """Makes a channel.

        Args:
            host: the host's name in nerotui.
            address: what the user's ssh_config is asked about; None for the name itself.
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
