"""What Tab completes: hosts from the configuration, runs from what was last known of them. Nothing is connected."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from nerotui.core.records import Run

#: Seconds for the last known runs to be read; pressing Tab must not feel slow.
PATIENCE = 0.5


def host_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Hosts and groups of the configuration."""
    from nerotui.config import load
    from nerotui.errors import NerotuiError

    try:
        config = load()
    except NerotuiError:
        return []
    names = [*config.hosts, *config.groups]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def run_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of runs, with name and state as help."""
    from nerotui.core.text import clean
    from nerotui.errors import NerotuiError

    try:
        runs = asyncio.run(_last_known())
    except NerotuiError:
        return []
    return [
        CompletionItem(run.id, help=f"{clean(run.name)}, {run.state} on {clean(run.host)}")
        for run in runs
        if run.id.startswith(incomplete)
    ]


async def _last_known() -> Iterable[Run]:
    from nerotui.cli.session import in_order, until
    from nerotui.fleet import Fleet

    async with Fleet(readonly=True, eager=False) as fleet:
        await until(fleet, lambda: bool(fleet.runs), PATIENCE)
        return in_order(fleet.runs.values())
