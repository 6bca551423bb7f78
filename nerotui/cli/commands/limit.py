"""`nerotui limit`: changes how long runs may run."""

import click

from nerotui.cli.commands.actions import act_on
from nerotui.cli.session import perform
from nerotui.cli.verb import as_json, runs_argument, verb
from nerotui.core.limits import limit
from nerotui.errors import UsageError


@verb(
    "limit",
    [
        ("nerotui limit k3f7 2h30m", "Its attempts end after two and a half hours, the one that runs as well."),
        ("nerotui limit k3f7 none", "It may run as long as it likes, or as its cluster lets it."),
    ],
)
@runs_argument()
@click.argument("time", metavar="TIME")
@as_json
def limit_(runs: tuple[str, ...], time: str, as_json: bool) -> int:
    """Change how long runs may run, waiting or running: 90s, 2h30m, 1d, or none.

    A cluster may let its users shorten a job's limit, but not lengthen it.
    """
    try:
        wanted = limit(time)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return perform(act_on(runs, "limit", as_json=as_json, seconds=wanted))
