"""`nerotui completion`: what a shell needs to complete commands, options, hosts and runs."""

import click
from click.shell_completion import get_completion_class

from nerotui.cli.output import say
from nerotui.cli.verb import verb


@verb(
    "completion",
    [
        ('eval "$(nerotui completion bash)"', "In ~/.bashrc."),
        ('eval "$(nerotui completion zsh)"', "In ~/.zshrc, after compinit."),
        ("nerotui completion fish > ~/.config/fish/completions/nerotui.fish", "Once, for fish."),
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print the completion script of a shell."""
    kind = get_completion_class(shell)
    assert kind is not None
    say(kind(ctx.find_root().command, {}, "nerotui", "_NEROTUI_COMPLETE").source().strip())
    return 0
