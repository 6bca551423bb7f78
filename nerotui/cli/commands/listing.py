"""`nerotui ls` and `nerotui hosts`: runs, hosts."""

import sys

import click

from nerotui.agent.states import RunState
from nerotui.cli.output import palette, remark, say, say_json, width
from nerotui.cli.session import in_order, now, opened, out_of_reach, perform
from nerotui.cli.verb import as_json, hosts_option, timeout_option, verb

STATES = [str(state) for state in RunState]


@verb(
    "ls",
    [
        ("nerotui ls", "All runs of all hosts: what lives, the queues, then what ended, newest first."),
        ("nerotui ls --host gpu1 --state running", "What runs on gpu1."),
        ("nerotui ls resnet -s failed -s oom", "Runs with 'resnet' in their name that went wrong."),
        ("nerotui ls --json | jq -r '.runs[] | select(.state == \"done\") | .id'", "The ids of what is done."),
    ],
)
@click.argument("text", required=False)
@click.option("--state", "-s", "states", multiple=True, type=click.Choice(STATES), help="Only runs in this state.")
@hosts_option("Only runs of this host; may be given several times.")
@timeout_option()
@as_json
def ls(text: str | None, states: tuple[str, ...], hosts: tuple[str, ...], timeout: float, as_json: bool) -> int:
    """List runs, or only those with TEXT in their name, id or command."""
    return perform(_ls(text, states, hosts, timeout, as_json))


async def _ls(text: str | None, states: tuple[str, ...], hosts: tuple[str, ...], patience: float, as_json: bool) -> int:
    async with opened(hosts) as fleet:
        silent = await fleet.settled(patience)
        runs = [
            run
            for run in in_order(fleet.runs.values())
            if (not states or run.state in states)
            and (text is None or text in run.name or run.id.startswith(text) or text in " ".join(run.command))
        ]
        if as_json:
            from nerotui.cli.jsonform import run_json

            say_json({"runs": [run_json(run) for run in runs]})
        elif runs:
            from nerotui.cli.overview import runs_table

            for line in runs_table(runs, fleet.short, now=now(), width=width(), colours=palette(sys.stdout)):
                say(line)
        elif sys.stdout.isatty():
            remark("no such runs" if text or states else "no runs yet; queue one with: nerotui run -- COMMAND")
        return out_of_reach(fleet.hosts.values(), silent)


@verb(
    "hosts",
    [
        ("nerotui hosts", "Every host: whether it answers, its load, disks and GPUs; a cluster's partitions."),
        ("nerotui hosts --host gpu1 --json | jq '.hosts[0].gpus[].utilization'", "How busy gpu1's GPUs are."),
    ],
)
@hosts_option("Only this host; may be given several times.")
@timeout_option()
@as_json
def hosts(hosts: tuple[str, ...], timeout: float, as_json: bool) -> int:
    """List hosts: whether they answer, their load, disks and GPUs; what is free in a cluster's partitions."""
    return perform(_hosts(hosts, timeout, as_json))


async def _hosts(names: tuple[str, ...], patience: float, as_json: bool) -> int:
    async with opened(names) as fleet:
        silent = await fleet.settled(patience)
        await fleet.survey()
        hosts = list(fleet.hosts.values())
        if as_json:
            from nerotui.cli.jsonform import host_json

            say_json({"hosts": [host_json(host, now()) for host in hosts]})
        else:
            from nerotui.cli.overview import hosts_table, partitions_lines

            runs, colours = list(fleet.runs.values()), palette(sys.stdout)
            for line in hosts_table(hosts, runs, now=now(), width=width(), colours=colours):
                say(line)
            for line in partitions_lines(hosts, colours=colours):
                say(line)
        return out_of_reach(hosts, silent)
