"""What Tab completes: hosts from the configuration, runs from what was last known of them. Nothing is connected."""

import click
from click.shell_completion import CompletionItem


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
    """Ids of runs, with their names as help."""
    return []
