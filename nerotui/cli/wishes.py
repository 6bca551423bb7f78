"""Options for what a run asks of a scheduler, which hosts without one pay no heed to."""

import shlex
from collections.abc import Callable
from typing import Any, TypeVar

import click

from nerotui.core.sizes import octets
from nerotui.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_COUNT = click.IntRange(min=1)
_OPTIONS = (
    click.option("--partition", "--queue", "partition", metavar="NAME", help="Slurm's partition, Grid Engine's queue."),
    click.option("--account", metavar="NAME", help="What it is charged to."),
    click.option("--cpus", type=_COUNT, metavar="N", help="Processors it needs."),
    click.option("--memory", metavar="SIZE", help="Memory it needs: 16GB; on each node, for Slurm."),
    click.option("--nodes", type=_COUNT, metavar="N", help="Machines it needs."),
    click.option("--slurm", multiple=True, metavar="OPT", help="More for sbatch, as it is: --slurm '-C a100'."),
    click.option(
        "--gridengine", multiple=True, metavar="OPT", help="More for qsub, as it is: --gridengine '-l h_vmem=8G'."
    ),
)
#: What a script of the user's own says itself.
_IN_SCRIPTS = ("partition", "account", "cpus", "memory", "nodes")


def scheduler_options(command: F) -> F:
    """All of them, in order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wishes_of(options: dict[str, Any]) -> dict[str, Any]:
    """The fields of a RunSpec that the options mean.

    Raises:
        UsageError: a size or a line of options cannot be read, or a script is given that says it itself.
    """
    if options.get("script") is not None:
        for name in _IN_SCRIPTS:
            if options[name] is not None:
                hint = "--slurm or --gridengine adds options to what the script says"
                raise UsageError(f"--{name} does not go with --script: its own lines say that", hint=hint)
    try:
        memory = None if options["memory"] is None else octets(options["memory"])
    except ValueError as error:
        raise UsageError(f"--memory: {error}") from None
    more = {name: _words(f"--{name}", options[name]) for name in ("slurm", "gridengine")}
    return {name: options[name] for name in _IN_SCRIPTS} | {"memory": memory, **more}


def _words(option: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for text in texts:
        try:
            found += shlex.split(text)
        except ValueError as error:
            raise UsageError(f"{option} {text!r} cannot be split into words: {error}") from None
    return tuple(found)
