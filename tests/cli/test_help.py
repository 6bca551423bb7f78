"""`--help` teaches by example, and a plain command loads nothing that it does not need."""

import subprocess
import sys

import click
import pytest

from nerotui.cli.app import COMMANDS, Root, app

HEAVY = ("textual", "plotext", "asyncssh", "psutil", "pynvml", "rich")


def command(name: str) -> click.Command:
    assert isinstance(app, Root)
    found = app.get_command(click.Context(app), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_ends_its_help_in_examples_of_itself(name: str) -> None:
    ctx = click.Context(command(name), info_name=name, parent=click.Context(app, info_name="nerotui"))
    text = ctx.get_help()
    _, examples = text.split("\nExamples:\n")
    assert f"nerotui {name}" in examples
    assert command(name).help
    assert max(map(len, text.splitlines())) < 120


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_a_line_that_the_command_takes(name: str) -> None:
    """Options of an example are parsed; what comes before and after in a shell line is left out."""
    import shlex

    for line, _ in command(name).examples:  # type: ignore[attr-defined]
        for part in line.replace("$(", " ; ").replace(")", " ; ").split(";"):
            words = shlex.split(part.partition("|")[0].partition(" > ")[0].replace('"', ""), comments=True)
            while words and words[0] in ("do", "eval"):
                words = words[1:]
            if words[:2] != ["nerotui", name]:
                continue
            try:
                command(name).make_context(name, words[2:])
            except click.MissingParameter:
                assert "$" in line or name == "logs"


def test_every_command_is_on_the_front_page() -> None:
    text = click.Context(app, info_name="nerotui").get_help()
    assert [name for name in COMMANDS if f"\n  {name} " not in text] == []
    assert "Examples:" in text
    assert "Exit codes: 0" in text


@pytest.mark.parametrize(
    "argv",
    [
        ["--version"],
        ["--help"],
        ["plot", "--help"],
        ["demo", "--help"],
        ["run", "--nope"],
        ["--once", "--format", "{x}"],
    ],
    ids=" ".join,
)
def test_plain_commands_load_nothing_heavy(argv: list[str]) -> None:
    script = (
        "import sys\nfrom nerotui.__main__ import main\n"
        f"sys.argv = ['nerotui', *{argv!r}]\nmain()\n"
        f"print('loaded:', *[m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded:"
