"""`nerotui`: opens the console."""

import sys
from collections.abc import Sequence

from nerotui.config import Config, load
from nerotui.errors import UsageError


def console(*, hosts: Sequence[str], readonly: bool, ascii_only: bool, color: str) -> int:
    """Opens the console on the terminal and stays until it is left.

    Raises:
        UsageError: stdin or stdout is no terminal, or there is no host of that name.
        ConfigError: the configuration cannot be read as it stands.
    """
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the console needs a terminal",
            hint="nerotui --once prints a snapshot without one; nerotui --help lists the commands.",
        )
    config = load()
    config.members(hosts)
    return open_console(config, hosts=hosts, readonly=readonly, ascii_only=ascii_only, color=color)


def open_console(
    config: Config, *, hosts: Sequence[str] = (), readonly: bool = False, ascii_only: bool = False, color: str = "auto"
) -> int:
    """Runs the console on a configuration; it prints one line itself when it is left."""
    from nerotui.tui.entry import run

    return run(config, hosts=hosts or None, readonly=readonly, ascii=ascii_only, color=color)
