"""Questions of hosts: which keys answer them, and what is remembered of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from nerotui.tui.palette import DEFAULT
from nerotui.tui.screens import prompts
from nerotui.tui.screens.dialog import Dialog
from nerotui.tui.screens.prompts import ConsolePrompter, SecretDialog, host_key_question
from tests.tui.scene import app

PRINT = "SHA256:Lx7Vt0Yb2sYcJ1o9m5mJm1O9QeVX0dPZ3l0v5kqQxkM"


async def test_a_yes_typed_before_the_question_could_be_read_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "DEAF", 3600.0)
    console = app()
    answers: list[str | None] = []
    async with console.run_test() as pilot:
        question = host_key_question(DEFAULT, "gpu01", "gpu01.lab:22", "ssh-ed25519", PRINT)
        console.push_screen(question, answers.append)
        await pilot.press("y")
        assert console.screen is question
        monkeypatch.setattr(prompts, "DEAF", 0.0)
        await pilot.press("x", "y")
        assert answers == ["yes"]
        console.push_screen(host_key_question(DEFAULT, "gpu01", "gpu01.lab:22", "ssh-ed25519", PRINT), answers.append)
        await pilot.press("enter")
        assert answers == ["yes", None]


class User:
    """Answers dialogs from a list, and remembers which there were."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self.shown: list[Dialog[Any]] = []
        self._answers = list(answers)

    async def __call__(self, dialog: Dialog[Any]) -> Any:
        self.shown.append(dialog)
        await asyncio.sleep(0)
        return self._answers.pop(0)


async def test_a_no_to_a_key_holds_for_all_hosts_behind_that_address_until_reconsidered() -> None:
    user = User([None, "yes"])
    prompter = ConsolePrompter(DEFAULT, user)
    asked = [prompter.host_key(host, "jump:22", "ssh-ed25519", PRINT) for host in ("gpu1", "gpu2", "gpu3")]
    assert await asyncio.gather(*asked) == [False, False, False]
    assert len(user.shown) == 1
    prompter.reconsider()
    assert await prompter.host_key("gpu2", "jump:22", "ssh-ed25519", PRINT)
    assert len(user.shown) == 2


async def test_another_key_at_that_address_is_another_question() -> None:
    user = User([None, None])
    prompter = ConsolePrompter(DEFAULT, user)
    assert not await prompter.host_key("gpu1", "jump:22", "ssh-ed25519", PRINT)
    assert not await prompter.host_key("gpu1", "jump:22", "ssh-ed25519", PRINT[::-1])
    assert len(user.shown) == 2


async def test_a_declined_password_is_one_hosts_and_a_declined_passphrase_is_the_keys() -> None:
    user = User([None, "secret", None])
    prompter = ConsolePrompter(DEFAULT, user)
    assert await prompter.secret("gpu1", "Password: ", False) is None
    assert await prompter.secret("gpu1", "Password: ", False) is None
    assert await prompter.secret("gpu2", "Password: ", False) == "secret"
    assert await prompter.secret("gpu1", "Passphrase for the key /home/a/.ssh/id", False) is None
    assert await prompter.secret("gpu2", "Passphrase for the key /home/a/.ssh/id", False) is None
    assert [type(dialog) for dialog in user.shown] == [SecretDialog] * 3


async def test_an_answer_is_not_kept() -> None:
    user = User(["one", "two"])
    prompter = ConsolePrompter(DEFAULT, user)
    assert [await prompter.secret("gpu1", "Code: ", False) for _ in range(2)] == ["one", "two"]
