"""The root command: options of the console and of `--once`, and which file holds which command."""

from importlib import import_module
from typing import Any

import click

from nerotui.cli.verb import hosts_option, timeout_option, write_examples

#: Where each command is, by the sections of `nerotui --help`. A command's file is loaded when it is called.
SECTIONS: dict[str, dict[str, str]] = {
    "See": {
        "ls": "listing:ls",
        "show": "show:show",
        "logs": "logs:logs",
        "metrics": "metrics:metrics",
        "plot": "plot:plot",
        "diagnose": "diagnose:diagnose",
        "why": "show:why",
        "hosts": "listing:hosts",
    },
    "Queue and act": {
        "run": "run:run",
        "track": "track:track",
        "hold": "actions:hold",
        "release": "actions:release",
        "pause": "actions:pause",
        "resume": "actions:resume",
        "kill": "actions:kill",
        "retry": "actions:retry",
        "move": "actions:move",
        "limit": "limit:limit_",
        "rm": "actions:rm",
    },
    "Set up": {
        "demo": "demo:demo",
        "init": "init:init",
        "doctor": "doctor:doctor",
        "completion": "completion:completion",
    },
}
COMMANDS = {name: place for section in SECTIONS.values() for name, place in section.items()}

EXAMPLES = (
    ("nerotui", "Open the console on every host you have."),
    ("nerotui demo", "Look around with some small real training runs on this machine."),
    ("nerotui run --host gpu1 -- python train.py --lr 0.1", "Queue a command; its run's id is printed."),
    ("nerotui --once", "Print hosts and runs once, for a script, cron or a glance."),
    ("nerotui --once --format '{running} run {queued} wait {failed} fail'", "A line for tmux's status bar."),
)


class Root(click.Group):
    """The group of all commands, each loaded only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads one command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, attribute = place.split(":")
        command = getattr(import_module(f"nerotui.cli.commands.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Names the nearest command where there is none of that name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One section for each theme."""
        for title, commands in SECTIONS.items():
            rows = [(name, self._help(ctx, name)) for name in commands]
            with formatter.section(title):
                formatter.write_dl(rows)

    def _help(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str(limit=90) if command else ""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, and the meaning of exit codes."""
        write_examples(EXAMPLES, formatter)
        formatter.write_paragraph()
        formatter.write_text(
            "Exit codes: 0 all well; 1 what was asked for failed, or --check found something; 2 wrong usage or "
            "configuration; 3 a host could not be reached (what is known is printed all the same)."
        )


@click.group(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--once", is_flag=True, help="Print hosts and runs once, then exit. Needs no terminal.")
@click.option("--json", "as_json", is_flag=True, help="With --once: one JSON object.")
@click.option(
    "--format", "form", metavar="TEXT", help="With --once: a line with {running}, {queued}, {failed}, … in it."
)
@click.option("--check", is_flag=True, help="With --once: exit 1 if something needs attention.")
@hosts_option("Only this host; may be given several times.")
@timeout_option()
@click.option("--readonly", is_flag=True, help="Console: look, change nothing.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Console: draw with plain ASCII characters.")
@click.option(
    "--color",
    type=click.Choice(["auto", "256", "16", "none"]),
    default="auto",
    show_default=True,
    help="Console: how many colours.",
)
@click.option("--version", "-V", is_flag=True, help="Print the version.")
@click.pass_context
def app(ctx: click.Context, /, **options: Any) -> int | None:
    """The console for training runs: every machine you can ssh into, on one keyboard-driven screen.

    Without a command it opens the console.
    """
    given = ctx.get_parameter_source
    if ctx.invoked_subcommand is not None:
        for option in ctx.command.params:
            if option.name and given(option.name) is click.core.ParameterSource.COMMANDLINE:
                raise click.UsageError(
                    f"{option.opts[0]} goes after the command: nerotui {ctx.invoked_subcommand} …", ctx
                )
        return None
    if options["version"]:
        from nerotui.agent.wire import VERSION
        from nerotui.cli.output import say

        say(f"nerotui {VERSION}")
        return 0
    if options["once"]:
        from nerotui.cli.commands.once import snapshot

        return snapshot(
            hosts=options["hosts"],
            timeout=options["timeout"],
            as_json=options["as_json"],
            form=options["form"],
            check=options["check"],
        )
    for name in ("as_json", "form", "check"):
        if options[name]:
            raise click.UsageError(
                f"--{'json' if name == 'as_json' else name.replace('form', 'format')} needs --once.", ctx
            )
    from nerotui.cli.commands.console import console

    return console(
        hosts=options["hosts"], readonly=options["readonly"], ascii_only=options["ascii_only"], color=options["color"]
    )
