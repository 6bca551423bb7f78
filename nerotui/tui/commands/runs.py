"""What is asked of runs. The very attempt that the user saw is meant, captured when the key was pressed."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from nerotui.agent.states import meaning
from nerotui.core.records import Run
from nerotui.core.views.runs import SORT_KEYS
from nerotui.core.views.words import state_name
from nerotui.errors import UsageError

if TYPE_CHECKING:
    from nerotui.tui.screens.add import AddDialog
    from nerotui.tui.screens.main import MainScreen

_SORTS = {
    "state": ("s", "what runs first, what is over last"),
    "name": ("n", "by the alphabet"),
    "host": ("h", "by the alphabet"),
    "id": ("i", ""),
    "started": ("t", "the newest first"),
    "loss": ("l", "the smallest first"),
    "acc": ("a", "the largest first"),
    "left": ("e", "what ends soonest first"),
    "user": ("u", "by the alphabet"),
}


class RunCommands:
    """Queueing, pausing, killing and all else that changes runs, and how they are listed."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def _meant(self, verb: str, argument: str) -> list[Run]:
        """The runs that a verb can be asked of: those named, else the marked ones, else the selected one.

        Raises:
            NoSuchRun, AmbiguousRun: an argument names no run, or several.
            UsageError: the verb means nothing in the state of any of them.
        """
        screen = self._screen
        runs = [screen.bridge.find(word) for word in argument.split()] if argument else list(screen.targets())
        if not runs:
            raise UsageError("No run is selected")
        fitting = [run for run in runs if meaning(verb, run.state) is not None]
        if not fitting:
            name = runs[0].name if len(runs) == 1 else f"all {len(runs)} marked runs"
            state = state_name(runs[0]) if len(runs) == 1 else "in other states"
            word = "is" if len(runs) == 1 else "are"
            raise UsageError(f"There is nothing to {verb}: {name} {word} {state}")
        return fitting

    async def _ask(self, verb: str, argument: str, **args: Any) -> None:
        bridge = self._screen.bridge
        for run in self._meant(verb, argument):
            await bridge.act(run, meaning(verb, run.state) or verb, **args)

    async def do_pause(self, argument: str) -> None:
        """Freezes what runs, holds what waits."""
        await self._ask("pause", argument)

    async def do_resume(self, argument: str) -> None:
        """Thaws what is frozen, releases what is held."""
        await self._ask("resume", argument)

    async def do_yield(self, argument: str) -> None:
        """Back into the queue, by way of a checkpoint."""
        await self._ask("yield", argument)

    async def do_retry(self, argument: str) -> None:
        """The next attempt."""
        await self._ask("retry", argument)

    async def do_earlier(self, argument: str) -> None:
        """One place earlier in the queue."""
        await self._ask("move", argument, to="up")

    async def do_later(self, argument: str) -> None:
        """One place later in the queue."""
        await self._ask("move", argument, to="down")

    def do_kill(self, argument: str) -> None:
        """Asks first."""
        screen = self._screen
        runs = self._meant("kill", argument)
        from nerotui.tui.screens.stakes import kill_question

        question = kill_question(screen.palette, runs, now=screen.painting.now(), short=screen.bridge.short)
        screen.ask(question, lambda answer: self._each(runs, "kill", now=answer == "now"))

    def do_remove(self, argument: str) -> None:
        """Asks first."""
        screen = self._screen
        runs = [run for run in self._meant("remove", argument) if not run.foreign]
        if not runs:
            raise UsageError("There is nothing to remove: nerotui keeps nothing of what it did not start")
        from nerotui.tui.screens.stakes import remove_question

        question = remove_question(screen.palette, runs, now=screen.painting.now(), short=screen.bridge.short)
        screen.ask(question, lambda answer: self._each(runs, "remove"))

    def do_limit(self, argument: str) -> Coroutine[Any, Any, None] | None:
        """Asks how long, unless the command line says so: the time, then the runs."""
        screen = self._screen
        time, _, which = argument.partition(" ")
        runs = self._meant("limit", which.strip())
        if time:
            return self._limit(runs, time)
        from nerotui.tui.screens.limit import LimitDialog

        dialog = LimitDialog(screen.palette, runs, now=screen.painting.now(), short=screen.bridge.short)
        screen.ask(dialog, lambda text: self._limit(runs, text))
        return None

    def _limit(self, runs: Sequence[Run], text: str) -> Coroutine[Any, Any, None]:
        from nerotui.core.limits import limit

        try:
            seconds = limit(text)
        except ValueError as error:
            raise UsageError(str(error)) from None
        return self._each(runs, "limit", seconds=seconds)

    async def _each(self, runs: Sequence[Run], action: str, **args: Any) -> None:
        """Acts on runs seen a while ago, if each is still in a state in which the action means something."""
        bridge = self._screen.bridge
        for run in runs:
            now = bridge.runs.get(run.id)
            if now is not None and now.attempt == run.attempt and meaning(action, now.state) is None:
                self._screen.say(f"{run.name} is {state_name(now)} by now: nothing was sent.", "warning")
                continue
            await bridge.act(run, action, **args)

    def do_add(self, argument: str) -> Coroutine[Any, Any, None] | None:
        """A dialog filled in from the selected run; on the command line what follows is the command."""
        from nerotui.tui.screens.add import AddDialog
        from nerotui.tui.screens.wanted import Wanted, prefilled

        screen, run = self._screen, self._screen.selected
        bridge, targets = screen.bridge, screen.bridge.targets
        if argument:
            wanted = Wanted(command=argument, host=run.host if run else prefilled(None, None, targets).host)
            screen.ask(AddDialog(screen.palette, wanted, bridge.submit, bridge.scheduler_of), lambda done: None)
            return None
        dialog = AddDialog(screen.palette, prefilled(run, None, targets), bridge.submit, bridge.scheduler_of)
        screen.ask(dialog, lambda done: None)
        return None if run is None or run.stale else self._complete(dialog, run)

    async def _complete(self, dialog: AddDialog, run: Run) -> None:
        """Adds what only the run's host knows: setup, environment, resume command."""
        detail = await self._screen.bridge.show(run.id)
        if dialog.is_attached:
            from nerotui.tui.screens.wanted import prefilled

            dialog.complete(prefilled(run, detail.spec, self._screen.bridge.targets))

    def do_mark(self, argument: str) -> None:
        """Marks the run under the cursor, or unmarks it."""
        self._screen.table.toggle_mark()

    def do_describe(self, argument: str) -> None:
        """The whole detail of a run."""
        screen = self._screen
        if argument:
            screen.table.go_to(screen.bridge.find(argument).id)
        if screen.looking.focus != "hosts":
            screen.looking.detail_of = "run"
        screen.looking.full = True
        screen.looking.look_at("detail")
        screen.looking.zoomed = "detail"
        screen.rearrange()

    def do_tree(self, argument: str) -> None:
        """The processes of a run; again: its detail."""
        screen, looking = self._screen, self._screen.looking
        if argument:
            screen.table.go_to(screen.bridge.find(argument).id)
        if screen.selected is None:
            raise UsageError("No run is selected")
        if looking.detail_of == "tree" and looking.focus == "detail":
            looking.detail_of = "run"
        else:
            looking.detail_of = "tree"
            looking.look_at("detail")
            looking.zoomed = "detail"
        screen.rearrange()

    async def do_why(self, argument: str) -> None:
        """Why a run waits."""
        screen = self._screen
        run = screen.bridge.find(argument) if argument else screen.selected
        if run is None:
            raise UsageError("No run is selected")
        screen.tell(await screen.bridge.why(run.id), run)

    def do_sort(self, argument: str) -> None:
        """By the column named, else by one picked from a list."""
        screen = self._screen
        if not argument:
            from nerotui.tui.screens.pick import Entry, Pick

            entries = [Entry(key, name, more, name) for name, (key, more) in _SORTS.items()]
            screen.ask(Pick(screen.palette, "Sort the runs by", entries, screen.painting.list.sort), self.do_sort)
            return
        wanted = next((key for key in SORT_KEYS if key == argument), None)
        if wanted is None:
            raise UsageError(f"Runs are not sorted by {argument!r}", hint=f"only by {', '.join(SORT_KEYS)}")
        screen.painting.list.arrange(sort=wanted, reverse=False)
        screen.painting.runs()

    def do_reverse(self, argument: str) -> None:
        """The other way round."""
        screen = self._screen
        screen.painting.list.arrange(reverse=not screen.painting.list.reverse)
        screen.painting.runs()
