"""What asyncssh asks while it logs in, and the answers: host keys, passwords, one-time codes."""

from __future__ import annotations

from collections.abc import Sequence

import asyncssh

from nerotui.channels.attempt import Attempt
from nerotui.channels.ssh.settings import Settings
from nerotui.core.text import clean

_TRIES = 3


class Client(asyncssh.SSHClient):
    """The callbacks of one connection.

    Attributes:
        shown: the host's key, where it is not among those that known_hosts has: "ssh-ed25519 AAAA…".
    """

    def __init__(self, settings: Settings, attempt: Attempt, accepted: frozenset[str]) -> None:
        self._settings = settings
        self._attempt = attempt
        self._accepted = accepted
        self._passwords = 0
        self._challenges = 0
        self.shown: str | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called for a key that is not known; only one that the user has just accepted will do."""
        self.shown = " ".join(key.export_public_key().decode().split()[:2])
        return self.shown in self._accepted

    def auth_banner_received(self, msg: str, lang: str) -> None:
        """Kept for the error text."""
        self._attempt.banner = clean(msg).strip()

    async def password_auth_requested(self) -> str | None:
        """A password, asked for at most three times."""
        self._passwords += 1
        if self._passwords > _TRIES:
            return None
        again = "That was not it. " if self._passwords > 1 else ""
        prompt = f"{again}Password of {self._settings.user} on {self._settings.hostname}"
        return await self._attempt.ask_secret(prompt, "a password")

    async def kbdint_auth_requested(self) -> str | None:
        """Whether to let the host ask its own questions; the last resort's name is noted if nobody can answer."""
        self._challenges += 1
        if self._challenges > _TRIES or self._attempt.given_up:
            return None
        if self._attempt.prompter is None:
            self._attempt.unasked.append("a password or code")
            return None
        return ""

    async def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """The host's questions, one after the other."""
        answers = []
        head = " ".join(clean(part) for part in (name, instructions) if part.strip())
        for prompt, echo in prompts:
            text = " ".join(part for part in (head, clean(prompt).strip()) if part)
            answer = await self._attempt.ask_secret(text, "an answer", echo=echo)
            if answer is None:
                return None
            answers.append(answer)
        return answers
