"""`nerotui run`: queues a command on a host."""

import os
from typing import Any

import click
import msgspec

from nerotui.cli.asked import spec_of, waited_for
from nerotui.cli.complete import host_names, run_names
from nerotui.cli.output import remark, say, say_json
from nerotui.cli.session import opened, perform
from nerotui.cli.verb import as_json, verb
from nerotui.cli.wishes import scheduler_options
from nerotui.core.text import clean
from nerotui.errors import UsageError


@verb(
    "run",
    [
        ("nerotui run -- python train.py --lr 0.1", "Queue it on this machine, in this folder."),
        (
            "nerotui run --host gpu1 --gpus 2 --setup 'source ~/venv/bin/activate' -- python train.py",
            "On gpu1, in the same folder there, with two GPUs and an activated environment.",
        ),
        (
            "nerotui logs -f $(nerotui run --name try1 -- python train.py)",
            "Queue it and follow its log; the log can be left, the run goes on.",
        ),
        (
            "nerotui run --checkpoint 'ckpt/*.pt' --resume 'python train.py --resume {checkpoint}' -- python train.py",
            "It can be paused with --yield: its next attempt goes on from its newest checkpoint.",
        ),
        (
            "nerotui run --time 2h30m -- python train.py",
            "It is asked to checkpoint shortly before two and a half hours are over, and then ended.",
        ),
        (
            "nerotui run --stop 'no improvement in val_loss for 9 epochs' --stop 'no output for 1h then kill' -- ./go",
            "It is ended when it gets no better, or hangs, console open or not.",
        ),
        (
            "nerotui run --host triton --partition gpu --gpus 1 --memory 16GB --time 1d --dry-run -- python train.py",
            "Show the job script and the command that would hand it in to triton's Slurm.",
        ),
        (
            "nerotui run --host triton --script experiment1.slurm",
            "Queue a job script of your own as it is; its #SBATCH lines stand.",
        ),
        (
            "nerotui run --after k3f7 -- python evaluate.py",
            "It starts when k3f7 is done, on the same host.",
        ),
        (
            "nerotui run --attempts 5 --time 4h --resume 'python train.py --resume last.pt' -- python train.py",
            "After its time limit, or when it was preempted, it goes on by itself, five attempts at most.",
        ),
        (
            "for lr in 0.1 0.01; do nerotui run --param lr=$lr -- python train.py --lr $lr; done",
            "Two runs that can be told apart by a parameter.",
        ),
    ],
    context_settings={"allow_interspersed_args": False},
)
@click.argument("command", nargs=-1, metavar="[--] COMMAND…", type=click.UNPROCESSED)
@click.option(
    "--host",
    "-H",
    metavar="HOST",
    shell_complete=host_names,
    help="Where: a host, or a group, which gives it to one of its hosts.",
)
@click.option("--name", "-n", metavar="NAME", help="What it is called.  [default: from the command]")
@click.option("--gpus", "-g", type=click.IntRange(min=0), metavar="N", help="GPUs it needs; 0 hides them all.")
@click.option("--dir", "-d", "folder", metavar="DIR", help="Where it runs.  [default: this folder, there]")
@click.option("--setup", metavar="COMMANDS", help="Run by your shell before the command.")
@click.option("--env", "-e", "env", multiple=True, metavar="K=V", help="A variable of its environment.")
@click.option("--param", "-p", "params", multiple=True, metavar="K=V", help="A parameter to tell it by; not passed on.")
@click.option("--resume", metavar="COMMAND", help="The command of its later attempts; {checkpoint} is the newest one.")
@click.option("--checkpoint", metavar="GLOB", help="Where its checkpoints are, in its folder.")
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long it may take to end after TERM.",
)
@click.option("--time", "-t", "limit", metavar="TIME", help="End it after 90s, 2h30m, 1d; frozen time is free.")
@click.option("--deadline", metavar="WHEN", help="Say so when it will not be done by then: 2026-12-01T12:00.")
@click.option("--stop", "-s", "stop", multiple=True, metavar="RULE", help="When to stop it: 'nan(loss)'; see README.")
@click.option("--hold", "held", is_flag=True, help="Keep it in the queue until it is released.")
@click.option("--after", multiple=True, metavar="RUN", shell_complete=run_names, help="Start when RUN is done.")
@click.option("--after-any", multiple=True, metavar="RUN", shell_complete=run_names, help="Start when RUN is over.")
@click.option(
    "--attempts",
    type=click.IntRange(min=1),
    metavar="N",
    help="Go on by itself after a time limit or a preemption, up to N attempts; needs --resume.",
)
@scheduler_options
@click.option(
    "--script",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Queue this job script of yours as it is; COMMAND is then its arguments.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be handed in, and queue nothing.")
@as_json
def run(command: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Queue COMMAND and print its run's id.

    The command is started as it is given, without a shell; for pipes and the like use: sh -c '…'
    """
    if not command and options["script"] is None:
        raise click.UsageError("There is no command to run, and no --script.")
    if (
        len(command) == 1
        and options["script"] is None
        and len(command[0].split()) > 1
        and not os.path.exists(command[0])
    ):
        raise UsageError(
            f"{command[0]!r} is a single word, and hardly a program's name",
            hint=f"Without the quotes: nerotui run -- {command[0]}; with a shell: nerotui run -- sh -c {command[0]!r}",
        )
    if options["stop"]:
        from nerotui.core import rules

        rules.check(options["stop"], "--stop")
    folder = options["folder"]
    if folder is not None and not folder.startswith(("/", "~")):
        options["folder"] = os.path.abspath(folder)  # the same path is looked for on the host
    return perform(_run(command, as_json, options))


async def _run(command: tuple[str, ...], as_json: bool, options: dict[str, Any]) -> int:
    from nerotui.config import LOCAL, load

    config = load()
    host = options["host"] or config.defaults.host or LOCAL
    spec = spec_of(command, options)
    asked = () if options["after"] or options["after_any"] else (host,)
    async with opened(asked, readonly=options["dry_run"], eager=bool(asked)) as fleet:
        host, waited = await waited_for(fleet, config, host, options)
        spec = msgspec.structs.replace(spec, **waited)
        if options["dry_run"]:
            from nerotui.cli.preview import tell

            tell(await fleet.preview(spec, host), as_json=as_json)
            return 0
        queued, notes = await fleet.submit(spec, host)
        if as_json:
            from nerotui.cli.jsonform import run_json

            say_json({"run": run_json(queued)})
        else:
            say(queued.id)
        for note in notes:
            remark(f"{queued.id} on {clean(queued.host)}: {clean(note)}")
        return 0
