"""How a command presents itself: options shared by many, and a help page that ends in examples."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from nerotui.cli.complete import host_names, run_names

F = TypeVar("F", bound=Callable[..., Any])


class Verb(click.Command):
    """A command whose help ends in examples.

    Args:
        examples: pairs of a command line and what it does.
    """

    def __init__(self, *arguments: Any, examples: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples after everything else."""
        write_examples(self.examples, formatter)


def write_examples(examples: Sequence[tuple[str, str]], formatter: click.HelpFormatter) -> None:
    """An "Examples" section: each command line as it is typed, what it does indented below it."""
    with formatter.section("Examples"):
        for line, meaning in examples:
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
            formatter.indent()
            formatter.write_text(meaning)
            formatter.dedent()


def verb(name: str, examples: Sequence[tuple[str, str]], **settings: Any) -> Callable[[Callable[..., Any]], Verb]:
    """Declares a command; its docstring is its help."""
    settings.setdefault("context_settings", {}).setdefault("help_option_names", ["-h", "--help"])
    return click.command(name, cls=Verb, examples=examples, **settings)


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")


def hosts_option(meaning: str) -> Callable[[F], F]:
    """--host, which may be given several times."""
    return click.option("--host", "-H", "hosts", multiple=True, metavar="HOST", shell_complete=host_names, help=meaning)


def timeout_option(default: float = 10.0) -> Callable[[F], F]:
    """--timeout, in seconds."""
    return click.option(
        "--timeout",
        "-t",
        type=click.FloatRange(min=0, min_open=True),
        default=default,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for hosts that do not answer.",
    )


def runs_argument(name: str = "runs", *, many: bool = True) -> Callable[[F], F]:
    """RUN or RUN…: ids, unambiguous beginnings of ids, or names."""
    return click.argument(
        name,
        nargs=-1 if many else 1,
        required=True,
        metavar="RUN…" if many else "RUN",
        shell_complete=run_names,
    )
