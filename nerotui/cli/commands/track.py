"""`nerotui track`: a run of what a script starts, or of the script itself; no console, no configuration."""

from typing import Any

import click

from nerotui.cli.asked import parameter
from nerotui.cli.output import remark, say
from nerotui.cli.session import pairs
from nerotui.cli.verb import verb
from nerotui.core.text import clean
from nerotui.errors import ConfigError, RunError, UsageError


@verb(
    "track",
    [
        ("nerotui track -- python train.py --lr 0.1", "In a job script: the same output, and a run to be watched."),
        ("nerotui track --name try1 --param lr=0.1 -- python train.py", "With a name and a parameter to tell it by."),
        ("nerotui track --start prepare", "A script with several stages: from here it is a run; prints its id."),
        ("nerotui track --progress prepare step=3/10 loss=0.25", "A point of its curve, and a line of its log."),
        ("nerotui track --finish prepare --code 1", "How it ended; without it, the end of the script is `lost`."),
    ],
    context_settings={"allow_interspersed_args": False},
)
@click.argument("words", nargs=-1, metavar="[--] [COMMAND…]", type=click.UNPROCESSED)
@click.option("--name", "-n", metavar="NAME", help="What the run is called.  [default: from the command]")
@click.option("--param", "-p", "params", multiple=True, metavar="K=V", help="A parameter to tell it by; not passed on.")
@click.option("--start", metavar="NAME", help="Make the calling script a run, until --finish or its end.")
@click.option("--progress", metavar="NAME", help="Add KEY=VALUE… to the curves of a script that was started so.")
@click.option("--finish", metavar="NAME", help="End it.")
@click.option(
    "--code", type=click.IntRange(0, 255), default=0, metavar="N", help="With --finish: the exit code.  [default: 0]"
)
@click.option(
    "--root", metavar="DIR", help="Where nerotui keeps its folder here.  [default: as configured, ~/.nerotui]"
)
def track(words: tuple[str, ...], **options: Any) -> int:
    """Make a run of COMMAND, wherever this is called: in a shell, in cron, in a batch job.

    What COMMAND prints goes to standard output too, signals go to it, and its exit code is passed on. It gets no input.
    """
    asked = [option for option in ("start", "progress", "finish") if options[option]]
    if len(asked) + bool(words and asked != ["progress"]) != 1:
        raise click.UsageError("One of: -- COMMAND, --start NAME, --progress NAME KEY=VALUE…, --finish NAME.")
    if asked == ["progress"] and not words:
        raise click.UsageError("--progress NAME goes with KEY=VALUE…")
    params = {key: parameter(text) for key, text in pairs(options["params"], "--param").items()}
    root = options["root"] or _root()
    from nerotui.cli import tracking

    if not asked:
        return tracking.command(root, words, options["name"], params)
    from nerotui.agent.errors import AgentError

    try:
        if asked == ["start"]:
            say(tracking.start(root, options["start"], params))
        elif asked == ["progress"]:
            tracking.progress(root, options["progress"], words)
        else:
            tracking.finish(root, options["finish"], options["code"])
    except AgentError as error:
        raise RunError(clean(error.message), hint=clean(error.hint)) from None
    except OSError as error:
        raise RunError(f"{root}: {error.strerror or error}") from None
    return 0


def _root() -> str:
    """The folder that the console on this machine looks into."""
    from nerotui.config import LOCAL, load

    try:
        return load().hosts[LOCAL].root or "~/.nerotui"
    except (ConfigError, UsageError) as error:
        # What is to be run matters more than a slip in a file that only the console needs.
        remark(f"nerotui: {clean(str(error))}; the run is kept in ~/.nerotui")
        return "~/.nerotui"
