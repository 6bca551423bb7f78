"""A prompter for tests: answers from a list, and what it was asked."""

from __future__ import annotations

from collections.abc import Iterable


class Person:
    """Accepts host keys or not, and gives answers in order; then gives up."""

    def __init__(self, answers: Iterable[str | None] = (), *, accepts: bool = True) -> None:
        self.keys: list[tuple[str, str, str, str]] = []
        self.prompts: list[str] = []
        self._answers = list(answers)
        self._accepts = accepts

    async def host_key(self, host: str, address: str, algorithm: str, fingerprint: str) -> bool:
        self.keys.append((host, address, algorithm, fingerprint))
        return self._accepts

    async def secret(self, host: str, prompt: str, echo: bool) -> str | None:
        self.prompts.append(prompt)
        return self._answers.pop(0) if self._answers else None
