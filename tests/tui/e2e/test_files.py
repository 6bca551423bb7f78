"""What there is to read of a run beside its log: the files in which its program reports, an attempt a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from nerotui.agent.states import RunState
from tests.tui.e2e.checks.common import log_lines
from tests.tui.e2e.console import Console, empty
from tests.tui.e2e.terminal import needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.timeout(120)]

#: Prints one thing and reports another, on and on; waits for the file "more" with the second report.
REPORTS = """
echo printed in attempt
printf '{"step": 1, "loss": 0.75}\\n' >>"$NEROTUI_METRICS"
while [ ! -e more ]; do sleep 0.1; done
printf '{"step": 2, "loss": 0.125}\\n' >>"$NEROTUI_METRICS"
exec sleep 1000
"""


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with empty(tmp_path_factory.mktemp("files"), slots=2) as console:
        yield console


def test_o_shows_what_the_program_reported_and_the_log_again(console: Console) -> None:
    terminal = console.terminal
    run = console.submit("reports", "sh", "-c", REPORTS)
    other = console.submit("silent", "sleep", "1000")
    console.until(run, lambda run: "loss" in run.metrics)
    console.select("reports")
    terminal.wait_for(lambda screen: "printed in attempt" in log_lines(screen)[0])
    terminal.send("4", "o")
    terminal.wait_for(lambda screen: '{"step": 1, "loss": 0.75}' in log_lines(screen)[0])
    terminal.wait_for(re.compile(r"4 Log .* reported · 1 line · following"))
    (console.folder / "more").touch()
    terminal.wait_for(lambda screen: '{"step": 2, "loss": 0.125}' in log_lines(screen)[1])
    terminal.send("slash")
    terminal.wait_for("search the log")
    terminal.type("0.75\n")
    terminal.wait_for("/0.75")
    terminal.send("escape", "o")
    terminal.wait_for(lambda screen: "printed in attempt" in log_lines(screen)[0] and "reported ·" not in screen)
    # Another run begins with its log, whatever was shown before.
    terminal.send("o")
    terminal.wait_for("reported ·")
    console.select("silent")
    terminal.wait_for("reported ·", gone=True)
    assert console.run(other).state is RunState.RUNNING


def test_each_attempt_has_a_file_of_its_own(console: Console) -> None:
    terminal = console.terminal
    (console.folder / "more").touch()
    run = console.submit("twice", "sh", "-c", REPORTS.replace("exec sleep 1000", "exit 1"))
    console.until(run, RunState.FAILED)
    console.fleet.act(run, "retry")
    console.until(run, lambda run: run.attempt == 2 and run.state is RunState.FAILED)
    console.select("twice")
    terminal.wait_for("attempt 2")
    terminal.send("4", "o")
    terminal.wait_for("reported 1 ·")
    terminal.send("o")
    terminal.wait_for("reported 2 ·")
    terminal.send("o")
    terminal.wait_for(lambda screen: not re.search(r"reported \d ·", screen))
    terminal.wait_for(lambda screen: "printed in attempt" in log_lines(screen)[0])
