"""Help, the command line, copying, refreshing, leaving. Dialogs are loaded when they open, after the first frame."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from nerotui.core.records import Run
from nerotui.core.text import clean
from nerotui.errors import UsageError
from nerotui.tui.clipboard import TooLong, copy
from nerotui.tui.refused import explanations
from nerotui.tui.screens.looking import INTERVALS

if TYPE_CHECKING:
    from nerotui.tui.screens.main import MainScreen

#: Seconds within which a second Ctrl-C leaves.
TWICE = 2.0


class ConsoleCommands:
    """What concerns the console itself."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._interrupted = float("-inf")

    def do_help(self, argument: str) -> None:
        """All keys."""
        from nerotui.tui.screens.help import HelpScreen

        screen = self._screen
        readonly, refused = screen.bridge.readonly, explanations(screen.bridge.refusals)
        help_ = HelpScreen(screen.palette, screen.keymap, screen.looking.focus, readonly=readonly, refused=refused)
        screen.ask(help_, lambda _: None)

    def do_command(self, argument: str) -> None:
        """Asks for a line and obeys it."""
        from nerotui.tui.screens.command import CommandLine

        screen = self._screen
        screen.ask(CommandLine(screen.palette, screen.keymap, readonly=screen.bridge.readonly), screen.obey)

    async def do_copy(self, argument: str) -> None:
        """What the mouse was dragged over, the log line in the log, the ids of the runs that are meant elsewhere."""
        screen = self._screen
        if dragged := screen.get_selected_text():
            await self._copy(dragged, "what is selected")
        elif screen.looking.focus == "log":
            await self._copy(screen.log_view.line_text(), "the line")
        elif screen.looking.focus == "hosts" and screen.hosts.host:
            await self._copy(screen.hosts.host, "the host's name")
        else:
            ids = [run.id for run in screen.targets()]
            await self._copy(" ".join(ids), "the id" if len(ids) == 1 else f"{len(ids)} ids")

    def do_copy_menu(self, argument: str) -> None:
        """One of the things that a run can be copied as."""
        from nerotui.tui.screens.pick import Entry, Pick

        screen, run = self._screen, self._screen.selected
        if run is None:
            raise UsageError("No run is selected")
        entries = [Entry(key, words, text, text) for key, words, text in self._forms(run)]
        words = {entry.answer: entry.words for entry in entries}
        pick = Pick(screen.palette, f"Copy of {clean(run.name)}", entries)
        screen.ask(pick, lambda chosen: self._copy(chosen, f"the {words[chosen]}"))

    def _forms(self, run: Run) -> list[tuple[str, str, str]]:
        host = self._screen.bridge.hosts.get(run.host)
        root = (host.root if host else None) or "~/.nerotui"
        log = run.log_path if run.foreign else f"{root}/runs/{run.id}/log"
        forms = [("i", "id", run.id), ("n", "name", run.name), ("c", "command", shlex.join(run.command))]
        if run.dir:
            forms.append(("d", "directory", run.dir))
        forms += [("l", "log file", log or ""), ("j", "job", run.job or "")]
        if run.host != "local":
            address = (host.address if host else None) or run.host
            user = f"{host.user}@" if host and host.user else ""
            where = f"cd {shlex.quote(run.dir)} && exec $SHELL" if run.dir else "exec $SHELL"
            forms.append(("s", "ssh line", f"ssh -t {user}{address} {shlex.quote(where)}"))
        return [form for form in forms if form[2]]

    async def _copy(self, text: str, what: str) -> None:
        screen = self._screen
        if not text:
            raise UsageError("There is nothing to copy")
        try:
            where = await copy(text, screen.terminal.write)
        except TooLong as error:
            raise UsageError(f"Not copied: {error}") from error
        screen.notify(f"Copied {what} {where}.", markup=False, timeout=5)

    async def do_refresh(self, argument: str) -> None:
        """The selected host in the hosts pane, all hosts elsewhere."""
        screen = self._screen
        host = screen.hosts.host if screen.looking.focus == "hosts" else None
        screen.say(f"Asking {host or 'all hosts'} now.")
        await screen.bridge.refresh(host)

    def do_repaint(self, argument: str) -> None:
        """All cells are sent again."""
        self._screen.refresh(repaint=True, layout=True)

    def _interval(self, step: int) -> None:
        screen = self._screen
        at = min(range(len(INTERVALS)), key=lambda index: abs(INTERVALS[index] - screen.bridge.interval))
        interval = INTERVALS[max(0, min(len(INTERVALS) - 1, at + step))]
        screen.bridge.attend(interval)
        screen.painting.header()
        screen.say(f"The hosts are looked at every {interval:g} s.")

    def do_slower(self, argument: str) -> None:
        """Less often."""
        self._interval(1)

    def do_faster(self, argument: str) -> None:
        """More often."""
        self._interval(-1)

    def do_mouse(self, argument: str) -> None:
        """The mouse for the terminal, or for the console."""
        screen = self._screen
        screen.looking.mouse = not screen.looking.mouse
        screen.terminal.mouse(screen.looking.mouse)
        here = "Clicks and the wheel are the console's again."
        screen.say(
            here if screen.looking.mouse else "The mouse is the terminal's: drag to select text. M takes it back."
        )

    def do_host(self, argument: str) -> None:
        """One host's runs, or all."""
        screen = self._screen
        if argument and argument not in screen.bridge.hosts:
            raise UsageError(f"No host is called {argument!r}", hint=f"there are: {', '.join(screen.bridge.hosts)}")
        screen.painting.list.arrange(filter_text=argument)
        if argument:
            screen.hosts.go_to(argument)
        screen.rearrange()

    def do_quit(self, argument: str) -> None:
        """Closes what is open, else leaves; asks while actions wait here for hosts that are away."""
        screen = self._screen
        if screen.looking.zoomed is not None:
            screen.looking.zoomed, screen.looking.full = None, False
            screen.rearrange()
        else:
            self._leave()

    def _leave(self) -> None:
        screen = self._screen
        kept = screen.bridge.under_way
        if kept:
            from nerotui.tui.screens.stakes import leave_question

            screen.ask(leave_question(screen.palette, kept), lambda answer: screen.app.exit())
        else:
            screen.app.exit()

    def do_interrupt(self, argument: str) -> None:
        """The first Ctrl-C says how to leave, a second one leaves."""
        screen, now = self._screen, time.monotonic()
        if now - self._interrupted < TWICE:
            self._leave()
            return
        self._interrupted = now
        screen.say("q leaves, and so does Ctrl-C once more. Runs go on.")
