"""A command's few moments with the fleet: opened, asked, closed, and what was out of reach said."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from nerotui.cli.output import complain
from nerotui.core.records import Host, Run
from nerotui.core.text import clean
from nerotui.errors import UsageError
from nerotui.fleet import Fleet

#: What a command exits with when a host could not be reached.
OUT_OF_REACH = 3


def perform(work: Coroutine[Any, Any, int]) -> int:
    """Runs a command's coroutine and returns its exit code."""
    return asyncio.run(work)


@asynccontextmanager
async def opened(hosts: Sequence[str] = (), *, readonly: bool = True, eager: bool = True) -> AsyncIterator[Fleet]:
    """The fleet of the user's configuration, or only some of its hosts.

    Args:
        hosts: names of hosts and groups; () = all.
        readonly: refuse whatever would change a run.
        eager: connect to all of them at once; otherwise to those that turn out to be needed.

    Raises:
        UsageError: a host that the configuration does not know.
        ConfigError: a configuration that cannot be read.
    """
    from nerotui.cli.prompter import TerminalPrompter

    fleet = Fleet(hosts=hosts or None, readonly=readonly, prompter=TerminalPrompter(), eager=eager)
    async with fleet:
        yield fleet


def out_of_reach(hosts: Iterable[Host], silent: Iterable[str] = ()) -> int:
    """Says which hosts did not answer and why, and returns the exit code that follows from it.

    Args:
        hosts: those that were asked.
        silent: names of those whose time ran out.
    """
    late = set(silent)
    code = 0
    for host in hosts:
        if host.state == "up" and host.name not in late:
            continue
        code = OUT_OF_REACH
        why = host.error or "no answer yet; give it longer with --timeout"
        complain(f"{clean(host.name)}: {clean(reason(host, why))}", clean(host.hint or ""))
    return code


def reason(host: Host, why: str) -> str:
    """Why a host is away, for a place where its name stands already."""
    return why.removeprefix(f"{host.name}: ")


async def until(fleet: Fleet, true: Callable[[], bool], patience: float) -> bool:
    """Waits until something is true of the fleet, looking at each change; False when the time ran out."""
    changed = asyncio.Event()
    stop = fleet.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(patience):
            while not true():
                changed.clear()
                await changed.wait()
    except TimeoutError:
        return true()
    finally:
        stop()
    return True


def now() -> float:
    """Seconds since the epoch: the clock that ages are worked out against."""
    return time.time()


def pairs(options: Sequence[str], name: str) -> dict[str, str]:
    """KEY=VALUE options as a dict.

    Raises:
        UsageError: one has no equals sign, or no key.
    """
    parted = [option.partition("=") for option in options]
    for key, equals, _ in parted:
        if not equals or not key:
            raise UsageError(f"{name} {key!r} is not KEY=VALUE")
    return {key: value for key, _, value in parted}


def in_order(runs: Iterable[Run]) -> list[Run]:
    """Runs as a person wants to read them: what lives, then the queues, then what ended, newest first."""

    def rank(run: Run) -> tuple[int, str, float]:
        if run.live:
            return (0, "", -(run.started or 0.0))
        if run.waiting:
            return (1, run.host, run.position if run.position is not None else float("inf"))
        return (2, "", -(run.ended or run.created or 0.0))

    return sorted(runs, key=lambda run: (*rank(run), run.id))
