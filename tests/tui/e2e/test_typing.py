"""What is typed faster than the console draws goes where it was meant, and never becomes a command by accident."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from nerotui.agent.states import RunState
from tests.tui.e2e.console import Console, empty
from tests.tui.e2e.terminal import needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.timeout(120)]


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with empty(tmp_path_factory.mktemp("type"), slots=1) as console:
        yield console


def test_a_whole_command_in_one_burst(console: Console) -> None:
    console.submit("waits-a", "sleep", "1000")
    console.submit("waits-b", "sleep", "1000")
    console.terminal.wait_for("waits-b")
    console.terminal.type(":sort name\n")
    console.terminal.wait_for("by name")
    console.terminal.type("/waits-b\n")
    console.terminal.wait_for("1 of 2 /waits-b")
    console.terminal.wait_for(re.compile(r"▌ NEXT .* waits-b"))


def test_a_command_typed_into_the_add_dialog_is_no_key_for_the_table(console: Console) -> None:
    """`p`, `X`, `D` and the like in it would pause, kill and remove."""
    first = console.submit("first", "sleep", "1000")
    console.until(first, RunState.RUNNING)
    console.select("first")
    console.terminal.tmux("send-keys", "a", "C-u")
    console.terminal.type("sh -c 'echo pPXDR; sleep 1000'\t\tsecond\n")
    console.terminal.wait_for(re.compile(r"NEXT .* firstsecond"))
    second = console.named("firstsecond")
    assert second.command == ("sh", "-c", "echo pPXDR; sleep 1000")
    assert console.run(first).state is RunState.RUNNING


def test_kill_and_its_answer_in_one_burst_mean_the_run_under_the_cursor(console: Console) -> None:
    run = console.submit("victim", "sleep", "1000")
    other = console.submit("other", "sleep", "1000")
    console.until(run, RunState.RUNNING)
    console.select("victim")
    console.terminal.type("Xjy")
    console.until(run, RunState.KILLED)
    console.until(other, RunState.RUNNING)
