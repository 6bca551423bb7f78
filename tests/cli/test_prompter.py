"""Questions on the terminal: asked where a person is, refused where none is, never echoed when secret."""

import os
import signal
import subprocess
import sys

from tests.cli.conftest import ROOT
from tests.cli.terminal import Terminal

SCRIPT = """
import asyncio, sys
from nerotui.cli.prompter import TerminalPrompter
p = TerminalPrompter()
async def main():
    {body}
asyncio.run(main())
"""
SECRET = SCRIPT.format(body="print('got', repr(await p.secret('gpu1', 'Password:\\x1b[2J', False)))")
KEY = SCRIPT.format(body="print('got', await p.host_key('gpu1', '10.0.0.1:22', 'ssh-ed25519', 'SHA256:abc'))")
BOTH = SCRIPT.format(
    body="print('got', await asyncio.gather(p.secret('a', 'one', True), p.secret('b', 'two', True)))",
)


def test_a_secret_is_not_echoed_and_the_terminal_is_as_before() -> None:
    with Terminal(script=SECRET) as terminal:
        assert "\x1b" not in terminal.until("[gpu1] Password: ")
        assert not terminal.echoes()
        terminal.type("hunter2\n")
        code, rest = terminal.end()
        assert (code, rest) == (0, "\ngot 'hunter2'\n")
        assert terminal.echoes()


def test_ctrl_c_at_a_prompt_gives_the_terminal_back() -> None:
    with Terminal(script=SECRET) as terminal:
        terminal.until("Password: ")
        terminal.type("\x03")
        code, _ = terminal.end()
        assert code in (130, -signal.SIGINT, 1)
        assert terminal.echoes()


def test_only_yes_accepts_a_host_key() -> None:
    for answer, accepted in (("yes", True), ("y", False), ("", False)):
        with Terminal(script=KEY) as terminal:
            shown = terminal.until("[yes/No] ")
            assert "gpu1 (10.0.0.1:22)" in shown
            assert "ssh-ed25519 SHA256:abc" in shown
            terminal.type(answer + "\n")
            assert f"got {accepted}" in terminal.end()[1]


def test_end_of_file_is_no_answer() -> None:
    with Terminal(script=KEY) as terminal:
        terminal.until("[yes/No] ")
        terminal.type("\x04")
        assert "got False" in terminal.end()[1]


def test_questions_of_two_hosts_come_one_after_the_other() -> None:
    with Terminal(script=BOTH) as terminal:
        assert "two" not in terminal.until("[a] one ")
        terminal.type("1\n")
        terminal.until("[b] two ")
        terminal.type("2\n")
        assert "got ['1', '2']" in terminal.end()[1]


def test_without_a_terminal_every_question_is_refused() -> None:
    for script, said in ((SECRET, "got None\n"), (KEY, "got False\n")):
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            check=True,
        )
        assert done.stdout == said
