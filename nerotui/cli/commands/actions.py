"""The verbs that change runs: hold, release, pause, resume, kill, retry, move, rm."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from nerotui.agent.durations import spelled
from nerotui.cli.output import complain, remark, say, say_json
from nerotui.cli.session import now, opened, perform, until
from nerotui.cli.verb import as_json, runs_argument, verb
from nerotui.core.records import Run
from nerotui.core.text import clean
from nerotui.core.views.format import duration
from nerotui.errors import NerotuiError
from nerotui.fleet import Fleet

#: How long a command waits to see that what it asked for has happened, seconds. The host acts on it in any case.
CONFIRMATION = 3.0


async def act_on(
    texts: Sequence[str], action: str, *, as_json: bool, question: str | None = None, **arguments: Any
) -> int:
    """Finds all the runs first, asks once where a question is given, then acts on each.

    Returns:
        0, or the exit code of the first that failed; the others are acted on all the same.
    """
    async with opened(readonly=False, eager=False) as fleet:
        runs = [await fleet.resolve(text, changing=True) for text in dict.fromkeys(texts)]
        runs = list({run.id: run for run in runs}.values())
        if question is not None and not await _agreed(question, runs):
            remark("nothing was changed")
            return 1
        code = 0
        asked: list[Run] = []
        for run in runs:
            try:
                asked.append(await fleet.act(run.id, action, **arguments))
            except NerotuiError as error:
                what = clean(str(error))
                complain(what if run.id in what else f"{run.id} {clean(run.name)}: {what}", clean(error.hint))
                code = code or error.exit_code
        done = await _confirmed(fleet, asked)
        if action == "move" and len(done) > 1:
            # Each that moved has moved the others too: only now is it known where they stand.
            done = sorted([(await fleet.show(run.id)).run for run in done], key=lambda run: run.position or 0)
        if as_json:
            from nerotui.cli.jsonform import run_json

            say_json({"runs": [run_json(run) for run in done]})
        else:
            for run in done:
                say(f"{run.id}  {outcome(action, run)}")
        return code


async def _agreed(question: str, runs: Sequence[Run]) -> bool:
    """Asks on the terminal; without one there is nobody to ask, and the command means what it says."""
    if not sys.stdin.isatty():
        return True
    from nerotui.cli.prompter import TerminalPrompter

    for run in runs:
        place = clean(run.host) + (f", pid {run.pid}" if run.pid is not None and run.live else "")
        age = f", {run.state} for {duration(now() - run.started)}" if run.started is not None and run.live else ""
        whose = "; nerotui did not start it" if run.foreign else ""
        remark(f"{run.id}  {clean(run.name)}  on {place}{age or f', {run.state}'}{whose}")
    answer = await TerminalPrompter().ask(f"{question} [y/N] ")
    return answer is not None and answer.strip().lower() in ("y", "yes")


async def _confirmed(fleet: Fleet, asked: Sequence[Run]) -> list[Run]:
    """The runs once their hosts have carried the action out, or as they stand when that takes longer."""

    def settled() -> bool:
        return all((run := fleet.runs.get(one.id)) is None or run.pending is None for one in asked)

    await until(fleet, settled, CONFIRMATION)
    return [fleet.runs.get(run.id, run) for run in asked]


def outcome(action: str, run: Run) -> str:
    """What became of the action so far, in a few words."""
    if action == "remove":
        return "removed"
    if run.pending is not None:
        return f"{clean(run.pending.action)} asked of {clean(run.host)}; it is {run.state} until that is done"
    if action == "move" and run.position is not None:
        return f"number {run.position} in line on {clean(run.host)}"
    if action == "limit":
        return "no time limit" if run.time_limit is None else f"time limit {spelled(run.time_limit)}"
    return str(run.state)


#: For what cannot be undone.
_yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@verb(
    "hold", [("nerotui hold k3f7 m2qa", "Keep two waiting runs from starting."), ("nerotui release k3f7", "Let it go.")]
)
@runs_argument()
@as_json
def hold(runs: tuple[str, ...], as_json: bool) -> int:
    """Keep waiting runs in the queue until they are released."""
    return perform(act_on(runs, "hold", as_json=as_json))


@verb("release", [("nerotui release k3f7", "Let a held run take its turn.")])
@runs_argument()
@as_json
def release(runs: tuple[str, ...], as_json: bool) -> int:
    """Let held runs take their turn."""
    return perform(act_on(runs, "release", as_json=as_json))


@verb(
    "pause",
    [
        ("nerotui pause k3f7", "Freeze it where it stands; it keeps its GPU memory. If it waits, hold it."),
        ("nerotui pause --yield k3f7", "Let it write a checkpoint and exit, free its GPU, and queue it again."),
        ("nerotui pause --yield --hold k3f7", "The same, but it waits until `nerotui resume k3f7`."),
    ],
)
@runs_argument()
@click.option("--yield", "yield_", is_flag=True, help="Ask it to checkpoint and exit; it goes back into the queue.")
@click.option("--hold", "held", is_flag=True, help="With --yield: it stays in the queue until it is resumed.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="With --yield: how long it may take for its checkpoint.",
)
@as_json
def pause(runs: tuple[str, ...], yield_: bool, held: bool, wait: float, as_json: bool) -> int:
    """Pause runs: freeze what runs, hold what waits."""
    if not yield_:
        if held:
            raise click.UsageError("--hold goes with --yield.")
        return perform(act_on(runs, "pause", as_json=as_json))
    return perform(act_on(runs, "pause", as_json=as_json, yield_=True, wait=wait, held=held))


@verb("resume", [("nerotui resume k3f7", "Thaw a frozen run; release a held one.")])
@runs_argument()
@as_json
def resume(runs: tuple[str, ...], as_json: bool) -> int:
    """Resume paused runs: thaw what is frozen, release what is held."""
    return perform(act_on(runs, "resume", as_json=as_json))


@verb(
    "kill",
    [
        ("nerotui kill k3f7", "Ask first; then TERM to all its processes, and KILL after 10 seconds."),
        ("nerotui kill --yes --grace 60 k3f7 m2qa", "Do not ask; give them a minute to end by themselves."),
        ("nerotui kill --now k3f7", "KILL at once."),
    ],
)
@runs_argument()
@_yes
@click.option("--now", "at_once", is_flag=True, help="KILL at once, without TERM.")
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    default=None,
    metavar="SECONDS",
    help="How long they may take to end by themselves before KILL.  [default: as queued, 10]",
)
@as_json
def kill(runs: tuple[str, ...], yes: bool, at_once: bool, grace: float | None, as_json: bool) -> int:
    """Kill runs, each with its whole process tree. Asks on a terminal."""
    arguments: dict[str, Any] = {"now": at_once}
    if grace is not None:
        arguments["grace"] = grace
    return _for_good(runs, "kill", "Kill {}?", yes, as_json, **arguments)


@verb(
    "retry",
    [
        ("nerotui retry k3f7", "Queue the next attempt of a run that ended; same folder, same curve."),
        ("nerotui retry --hold k3f7", "Queue it, but let it wait for `nerotui release k3f7`."),
    ],
)
@runs_argument()
@click.option("--hold", "held", is_flag=True, help="Hold it in the queue.")
@as_json
def retry(runs: tuple[str, ...], held: bool, as_json: bool) -> int:
    """Queue the next attempt of runs that ended."""
    return perform(act_on(runs, "retry", as_json=as_json, held=held))


@verb(
    "move",
    [
        ("nerotui move k3f7 front", "Next in its host's queue."),
        ("nerotui move k3f7 m2qa front", "These two next, in this order."),
        ("nerotui move k3f7 down", "One place later."),
    ],
)
@runs_argument()
@click.argument("to", type=click.Choice(["up", "down", "front", "back"]))
@as_json
def move(runs: tuple[str, ...], to: str, as_json: bool) -> int:
    """Move waiting runs in their host's queue."""
    # The last one moved to the front stands there, and moving up must not jump over one that moves up as well.
    texts = runs[::-1] if to in ("front", "down") else runs
    return perform(act_on(texts, "move", as_json=as_json, to=to))


@verb(
    "rm",
    [
        ("nerotui rm k3f7", "Ask first; then delete the run's folder on its host: log, metrics, everything."),
        (
            "nerotui ls -s failed --json | jq -r '.runs[].id' | xargs nerotui rm --yes",
            "Delete every run that failed.",
        ),
    ],
)
@runs_argument()
@_yes
@as_json
def rm(runs: tuple[str, ...], yes: bool, as_json: bool) -> int:
    """Remove runs that ended or wait, with their logs. Asks on a terminal."""
    return _for_good(runs, "remove", "Remove {}, with all that is kept of it?", yes, as_json)


def _for_good(runs: tuple[str, ...], action: str, question: str, yes: bool, as_json: bool, **arguments: Any) -> int:
    """Does what cannot be undone, on a terminal only after asking; `question` has a place for the runs."""
    which = "this run" if len(runs) == 1 else f"these {len(runs)} runs"
    return perform(act_on(runs, action, as_json=as_json, question=None if yes else question.format(which), **arguments))
