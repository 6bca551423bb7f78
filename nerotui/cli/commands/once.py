"""`nerotui --once`: one snapshot of hosts and runs, then exit."""

from collections.abc import Sequence

import msgspec

from nerotui.cli.attention import counts, fill, needs_attention, went_wrong
from nerotui.cli.output import palette, remark, say, say_json, width
from nerotui.cli.session import in_order, now, opened, out_of_reach, perform
from nerotui.core.records import Host, Run
from nerotui.core.text import clean
from nerotui.core.views.format import duration
from nerotui.fleet import Fleet

#: Ended runs that a snapshot for people shows beside those that went wrong; `nerotui ls` shows all.
ENDED_SHOWN = 10


def snapshot(*, hosts: Sequence[str], timeout: float, as_json: bool, form: str | None, check: bool) -> int:
    """Prints the snapshot the moment all hosts have answered, or when the time is up."""
    if form is not None:
        fill(form, counts((), (), 0.0))  # wrong usage is said before anything is connected
    return perform(_snapshot(hosts, timeout, as_json, form, check))


async def _snapshot(names: Sequence[str], patience: float, as_json: bool, form: str | None, check: bool) -> int:
    async with opened(names) as fleet:
        silent = await fleet.settled(patience)
        hosts = [_late(host, patience) if host.name in silent else host for host in fleet.hosts.values()]
        runs, moment = in_order(fleet.runs.values()), now()
        if as_json:
            from nerotui.cli.jsonform import snapshot_json

            say_json(snapshot_json(hosts, runs, moment))
        elif form is not None:
            say(fill(form, counts(hosts, runs, moment)))
        else:
            for line in overview(fleet, hosts, runs, moment):
                say(line)
        code = out_of_reach(hosts, silent)
        if check:
            found = needs_attention(hosts, runs, moment)
            for sentence in found:
                remark(clean(sentence))
            code = code or (1 if found else 0)
        return code


def _late(host: Host, patience: float) -> Host:
    """A host whose time ran out, with that as the reason where it has no other."""
    if host.error:
        return host
    return msgspec.structs.replace(host, error=f"no answer within {duration(patience)}")


def overview(fleet: Fleet, hosts: Sequence[Host], runs: Sequence[Run], moment: float) -> list[str]:
    """Hosts, then runs: all that live or wait, what went wrong lately, and the newest that ended."""
    import sys

    from nerotui.cli.overview import hosts_table, runs_table

    colours, columns = palette(sys.stdout), width()
    lines = hosts_table(hosts, runs, now=moment, width=columns, colours=colours)
    ended = [run for run in runs if run.over]
    newest = {run.id for run in ended[:ENDED_SHOWN]}
    shown = [run for run in runs if not run.over or run.id in newest or went_wrong(run, moment)]
    lines.append("")
    if not shown:
        return [*lines, "no runs yet; queue one with: nerotui run -- COMMAND"]
    lines += runs_table(shown, fleet.short, now=moment, width=columns, colours=colours)
    if len(shown) < len(runs):
        lines.append(f"and {len(runs) - len(shown)} more that ended: nerotui ls")
    return lines
