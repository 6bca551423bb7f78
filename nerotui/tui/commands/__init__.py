"""What each action does: one handler for each id of the action table, by theme."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from nerotui.tui.commands.console import ConsoleCommands
from nerotui.tui.commands.curve import CurveCommands
from nerotui.tui.commands.log import LogCommands
from nerotui.tui.commands.moving import MovingCommands
from nerotui.tui.commands.panes import PaneCommands
from nerotui.tui.commands.runs import RunCommands

if TYPE_CHECKING:
    from nerotui.tui.screens.main import MainScreen

Handler = Callable[[str], Coroutine[Any, Any, None] | None]

_THEMES = (MovingCommands, PaneCommands, RunCommands, LogCommands, CurveCommands, ConsoleCommands)


def handlers(screen: MainScreen) -> dict[str, Handler]:
    """The handlers by action id. Each takes what follows the action's word on the command line, "" by key."""
    found: dict[str, Handler] = {}
    for theme in _THEMES:
        commands = theme(screen)
        for name in dir(commands):
            if name.startswith("do_"):
                found[name.removeprefix("do_")] = getattr(commands, name)
    return found
