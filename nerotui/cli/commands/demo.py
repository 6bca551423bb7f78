"""`nerotui demo`: small real training runs on this machine, to look around with."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from nerotui import locations
from nerotui.agent.states import RunState
from nerotui.cli.demos import recipes
from nerotui.cli.output import complain, remark, say
from nerotui.cli.session import in_order, now, perform, until
from nerotui.cli.verb import verb
from nerotui.config import LOCAL, Config, HostConfig
from nerotui.core.records import Run
from nerotui.core.views.format import plural
from nerotui.errors import NerotuiError, RunError
from nerotui.fleet import Fleet

#: Runs at once in the demo, so that some train side by side and one waits.
SLOTS = 4

#: Seconds for the first loss to come, and for killed runs to end.
PATIENCE = 30.0


@verb(
    "demo",
    [
        (
            "nerotui demo",
            "Open the console on runs that learn, overfit, diverge and crash, and one that waits.",
        ),
        (
            "nerotui demo | cat",
            "Without a terminal: print a snapshot with the first losses, then stop the runs.",
        ),
    ],
)
def demo() -> int:
    """Start some small real training runs here and open the console on them.

    They train a neural network in pure Python, for about five minutes, each with a quarter of a core where that is
    free, in a folder of the demo's own with four slots; your own runs and hosts are not touched. When you leave, it
    asks whether to stop them.
    """
    config = Config(hosts={LOCAL: HostConfig(name=LOCAL, connect="local", root=str(root()), slots=SLOTS)})
    if sys.stdin.isatty() and sys.stdout.isatty():
        return _on_terminal(config)
    return perform(_in_pipe(config))


def root() -> Path:
    """The folder that the demo's runs live in."""
    return locations.state_dir() / "demo"


def _on_terminal(config: Config) -> int:
    """Queues the runs, opens the console, and asks afterwards what should become of them."""
    from nerotui.cli.commands.console import open_console

    perform(_queue(config))
    try:
        return open_console(config)
    finally:
        perform(_offer_to_stop(config))


async def _queue(config: Config) -> int:
    async with _fleet(config) as fleet:
        await start(fleet)
    return 0


async def _in_pipe(config: Config) -> int:
    """Queues the runs, prints a snapshot once there is a loss, and stops what it started, whatever happens."""
    with _cancelled_by_signals():
        async with _fleet(config) as fleet:
            try:
                await start(fleet)
                seen = await until(fleet, lambda: _all_have_a_loss(fleet), PATIENCE)
                from nerotui.cli.commands.once import overview

                for line in overview(fleet, list(fleet.hosts.values()), in_order(fleet.runs.values()), now()):
                    say(line)
            finally:
                await stop(fleet)
    if not seen:
        raise RunError(f"no loss came within {PATIENCE:.0f} s", hint=f"The runs' logs are in {root()}/runs.")
    return 0


def _all_have_a_loss(fleet: Fleet) -> bool:
    live = [run for run in fleet.runs.values() if run.live]
    return bool(live) and all(run.metrics for run in live)


def _fleet(config: Config) -> Fleet:
    return Fleet(config, cache=False)


async def start(fleet: Fleet) -> None:
    """Queues the demo's runs, unless some of an earlier demo are still at it.

    Raises:
        NerotuiError: this machine's agent cannot run, or takes no runs.
    """
    silent = await fleet.settled(PATIENCE)
    host = fleet.hosts[LOCAL]
    if silent or host.state != "up":
        raise RunError(f"this machine's agent does not run: {host.error or 'no answer'}", hint=host.hint or "")
    if any(not run.over for run in fleet.runs.values()):
        return
    for run in list(fleet.runs.values()):
        await fleet.act(run.id, "remove")
    for spec in recipes.prepare(root() / "work"):
        await fleet.submit(spec, LOCAL)


async def _offer_to_stop(config: Config) -> int:
    """Asks whether the runs that still live should be stopped; they are unless the answer is no."""
    from nerotui.cli.prompter import TerminalPrompter

    async with _fleet(config) as fleet:
        await fleet.settled(PATIENCE)
        left = [run for run in fleet.runs.values() if not run.over]
        if not left:
            return 0
        try:
            answer = await TerminalPrompter().ask(f"Stop the demo's {plural(len(left), 'run')}? [Y/n] ")
        except asyncio.CancelledError:
            await stop(fleet)
            raise
        if answer is not None and answer.strip().lower() in ("n", "no"):
            remark("They go on by themselves, for some minutes at most. To see them again: nerotui demo")
        else:
            await stop(fleet)
            remark("They are stopped.")
    return 0


async def stop(fleet: Fleet) -> None:
    """Kills what waits, then what lives, and waits until nothing of it is left."""

    def left() -> list[Run]:
        return [run for run in fleet.runs.values() if not run.over]

    for run in sorted(left(), key=lambda run: run.live):
        try:
            await fleet.act(run.id, "kill", grace=2.0)
        except NerotuiError as error:
            if fleet.runs.get(run.id, run).state not in (RunState.STOPPING, RunState.DONE, RunState.FAILED):
                complain(f"{run.name}: {error}", error.hint)
    if not await until(fleet, lambda: not left(), PATIENCE):
        complain(f"{plural(len(left()), 'run')} of the demo did not end", f"Look in {root()}/runs.")


@contextlib.contextmanager
def _cancelled_by_signals() -> Iterator[None]:
    """Turns the polite signals into a cancellation, so that what was started is stopped."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)
