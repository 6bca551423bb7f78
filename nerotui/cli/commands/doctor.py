"""`nerotui doctor`: looks at everything that has to be right, and says what to do about what is not."""

import asyncio
import sys
from collections.abc import Iterable

from nerotui import locations
from nerotui.cli import reach, terminal
from nerotui.cli.check import Check, Verdict
from nerotui.cli.output import paint, palette, say, say_json
from nerotui.cli.session import opened, perform, reason
from nerotui.cli.verb import as_json, hosts_option, timeout_option, verb
from nerotui.config import Config, HostConfig, load
from nerotui.core.records import Host
from nerotui.core.text import clean
from nerotui.core.views import schedulers
from nerotui.core.views.format import plural, size
from nerotui.core.views.spans import Role
from nerotui.errors import ConfigError

SIGNS: dict[Verdict, tuple[str, Role]] = {
    "ok": ("ok  ", "done"),
    "note": ("note", "warning"),
    "bad": ("BAD ", "failed"),
}

#: Less free space than this where nerotui keeps its folder is worth a note, bytes.
LITTLE = 1 << 30


@verb(
    "doctor",
    [
        ("nerotui doctor", "Check the terminal, the configuration, and each host step by step."),
        ("nerotui doctor --host gpu1", "Only gpu1: how far the connection gets, what its agent can do there."),
    ],
)
@hosts_option("Only this host; may be given several times.")
@timeout_option(20.0)
@as_json
def doctor(hosts: tuple[str, ...], timeout: float, as_json: bool) -> int:
    """Check terminal, configuration and hosts. Exits 0 if nothing is bad, 3 if a host is, 2 if a file is."""
    return perform(_doctor(hosts, timeout, as_json))


async def _doctor(names: tuple[str, ...], patience: float, as_json: bool) -> int:
    groups: dict[str, list[Check]] = {"terminal": list(terminal.checks())}
    show(groups, "terminal", as_json)
    files, config = _files()
    groups["files"] = files
    show(groups, "files", as_json)
    if config is None:
        return _end(groups, as_json, 2)
    code = 0
    async with opened(names) as fleet:
        far = {name: asyncio.create_task(_steps(config.hosts[name])) for name in fleet.hosts}
        silent = set(await fleet.settled(patience))
        await fleet.survey()
        for name, host in fleet.hosts.items():
            found = await far[name]
            found += list(_host(host, late=name in silent))
            groups[f"host {name}"] = found
            show(groups, f"host {name}", as_json)
            if host.state != "up":
                code = 3
            elif any(check.verdict == "bad" for check in found):
                code = code or 1
    return _end(groups, as_json, code)


def _end(groups: dict[str, list[Check]], as_json: bool, code: int) -> int:
    if as_json:
        checks = [
            {"group": group, "name": check.name, "verdict": check.verdict, "text": check.text, "hint": check.hint}
            for group, found in groups.items()
            for check in found
        ]
        say_json({"checks": checks})
    return code


def show(groups: dict[str, list[Check]], group: str, as_json: bool) -> None:
    """Prints a group of checks for a person as soon as it is known."""
    if as_json:
        return
    colours = palette(sys.stdout)
    say(paint(clean(group), "strong", colours))
    for line in lines(groups[group]):
        sign, role = SIGNS[line.verdict]
        say(f"  {paint(sign, role, colours)}  {line.name}: {line.text}")
        if line.hint:
            say(f"        {paint(line.hint[:1].upper() + line.hint[1:], 'label', colours)}")


def lines(checks: Iterable[Check]) -> list[Check]:
    """Checks with their text made harmless."""
    return [Check(clean(check.name), check.verdict, clean(check.text), clean(check.hint)) for check in checks]


def _files() -> tuple[list[Check], Config | None]:
    try:
        config = load()
    except ConfigError as error:
        return [Check("configuration", "bad", str(error), error.hint)], None
    found = [Check("configuration", "ok", file) for file in config.files]
    if str(locations.config_file()) and not locations.config_file().exists():
        text = f"none at {locations.config_file()}: only this machine is watched"
        found.append(Check("configuration", "ok", text, "nerotui init writes one to edit."))
    from nerotui.cli.sshhosts import config_path, names

    ssh = config_path()
    known = names()
    if ssh.exists():
        found.append(Check("ssh config", "ok", f"{ssh}: {len(known)} hosts named"))
    else:
        found.append(Check("ssh config", "ok", f"none at {ssh}"))
    return found, config


async def _steps(host: HostConfig) -> list[Check]:
    if host.connect == "local":
        return []
    return [check async for check in reach.steps(host)]


def _host(host: Host, *, late: bool) -> Iterable[Check]:
    """What the fleet found: whether the agent runs, where it writes, where its numbers come from."""
    if host.state != "up":
        why = reason(host, host.error or "") or (
            "no answer in time; give it longer with --timeout" if late else "not connected"
        )
        yield Check("agent", "bad", why, host.hint or "")
        return
    slots = plural(host.slots, "slot") if host.slots else "slots unknown"
    python = f"Python {host.python}" if host.python else "Python unknown"
    yield Check("agent", "ok", f"runs as {host.user or '?'} on {python}, backend {host.backend or '?'}, {slots}")
    if host.note:
        yield Check("root", "bad", host.note, "Give the host's table a `root` that can be written.")
    else:
        yield Check("root", "ok", f"{host.root or '?'} can be written")
    if host.clock_skew is not None and abs(host.clock_skew) > 5:
        yield Check(
            "clock", "note", f"{host.clock_skew:+.0f} s against this machine", "Times of its runs are off by that."
        )
    yield from _scheduler(host)
    stats = host.stats
    if stats is None:
        yield Check("numbers", "note", "no sample came in time")
        return
    if stats.source:
        yield Check("numbers", "ok", sources(stats.source))
    for what, why in stats.errors.items():
        yield Check(what, "note", why)
    for disk in stats.disks:
        if disk.free is not None and disk.free < LITTLE:
            yield Check("disk", "note", f"{disk.path} has only {size(disk.free)} left")
    for gpu in stats.gpus:
        yield Check(f"GPU {gpu.index}", "bad" if gpu.error else "ok", gpu.error or gpu.name or "?")


def _scheduler(host: Host) -> Iterable[Check]:
    """Whether the host's scheduler tells of jobs and partitions, where it has one."""
    if not schedulers.scheduled(host):
        return
    name = schedulers.title(host.backend)
    if host.jobs_note:
        yield Check("scheduler", "bad", host.jobs_note, "What it told last stays on the screen, with its age.")
    elif host.partitions:
        kind = "queue" if host.backend == "gridengine" else "partition"
        yield Check("scheduler", "ok", f"{name} tells of your jobs, and of {plural(len(host.partitions), kind)}")
    else:
        yield Check("scheduler", "note", f"{name} tells of your jobs, not of what is free")


def sources(source: dict[str, str]) -> str:
    """Where the numbers come from: "cpu, memory from psutil; disks from statvfs"."""
    groups: dict[str, list[str]] = {}
    for what in sorted(source):
        groups.setdefault(source[what], []).append(what)
    return "; ".join(f"{', '.join(found)} from {where}" for where, found in groups.items())
