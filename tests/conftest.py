"""What all tests share: isolation from the user's own files, and no silent skips on CI."""

import os
import signal
from pathlib import Path

import pytest

# A build server may start everything with these ignored; programs that are tested here must not inherit that.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number is signal.SIGINT else signal.SIG_DFL)

#: Variables of the surrounding session that would change what nerotui does.
FOREIGN = (
    "NEROTUI_",
    "XDG_",
    "TMUX",
    "NO_COLOR",
    "CLICOLOR",
    "FORCE_COLOR",
    "CUDA_",
    "COLUMNS",
    "LINES",
    "SSH_AUTH_SOCK",
)


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives each test a home of its own, so that nothing of the user's is read or written."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) and name != "NEROTUI_TEST_VENV":
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    for variable, folder in (
        ("CONFIG", ".config"),
        ("STATE", ".local/state"),
        ("CACHE", ".cache"),
        ("DATA", ".local/share"),
    ):
        monkeypatch.setenv(f"XDG_{variable}_HOME", str(home / folder))
    monkeypatch.setenv("HOME", str(home))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On CI a skipped test is a failure, unless it needs a GPU."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    reasons = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    unwanted = [reason for reason in reasons if "needs a GPU" not in reason]
    if unwanted:
        reporter.write_line("skipped on CI, where nothing may be skipped but what needs a GPU:", red=True)
        for reason in unwanted:
            reporter.write_line(f"  {reason}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
