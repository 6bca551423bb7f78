"""Hosts and runs as tables for people."""

from collections.abc import Callable, Iterable, Sequence

from nerotui.cli.output import Colours, paint
from nerotui.cli.session import reason
from nerotui.cli.table import Cell, Column, render
from nerotui.cli.words import ago, time_of
from nerotui.core.records import Disk, Gpu, Host, Run
from nerotui.core.text import clean
from nerotui.core.views import schedulers
from nerotui.core.views.format import count, duration, number, percent, size
from nerotui.core.views.hosts import jobs_words
from nerotui.core.views.metrics import main_loss
from nerotui.core.views.rows import host_text
from nerotui.core.views.spans import Role
from nerotui.core.views.words import state_role, state_word

HOST_COLUMNS = (
    Column("HOST", least=8),
    Column("STATE"),
    Column("AGE", align="right", spare=4),
    Column("CPU", align="right"),
    Column("MEMORY", align="right"),
    Column("DISK FREE", align="right", spare=3),
    Column("GPUS", least=10, cut="end", spare=1),
    Column("RUNS", align="right", spare=2),
    Column("NOTE", least=12, cut="end"),
)
RUN_COLUMNS = (
    Column("STATE"),
    Column("ID"),
    Column("NAME", least=12),
    Column("HOST", least=8, spare=2),
    Column("TIME", align="right", least=8, cut="end", spare=1),
    Column("AT", align="right", spare=4),
    Column("METRIC", least=10, cut="end", spare=3),
    Column("NOTE", least=12, cut="end"),
)
HOST_ROLES: dict[str, Role] = {"up": "running", "connecting": "label", "down": "failed"}
SEVERITY_ROLES: dict[str, Role] = {"info": "label", "warning": "warning", "error": "failed"}


def hosts_table(
    hosts: Iterable[Host], runs: Sequence[Run], *, now: float, width: int | None, colours: Colours
) -> list[str]:
    """One line a host: reachability, load, GPUs, how many runs live and wait there, and what is wrong."""
    return render(HOST_COLUMNS, [_host_row(host, runs, now) for host in hosts], width=width, colours=colours)


def _host_row(host: Host, runs: Sequence[Run], now: float) -> list[Cell]:
    stats = host.stats
    old: Role = "text" if host.state == "up" else "faint"
    here = [run for run in runs if run.host == host.name]
    live, waiting = sum(run.live for run in here), sum(run.waiting for run in here)
    memory = stats.memory if stats else None
    fullest = min((disk for disk in stats.disks if disk.free is not None), key=_free, default=None) if stats else None
    return [
        Cell(clean(host.name), "strong" if host.state == "up" else "faint"),
        Cell(host.state, HOST_ROLES[host.state]),
        Cell("" if host.seen is None else duration(now - host.seen), old),
        Cell("" if stats is None or stats.cpu_percent is None else percent(stats.cpu_percent), old),
        Cell(f"{size(memory.used)}/{size(memory.total)}" if memory and memory.total else "", old),
        Cell(f"{size(fullest.free)} {clean(fullest.path)}" if fullest else "", old),
        Cell(_gpus(stats.gpus) if stats and not schedulers.scheduled(host) else _free_words(host, here), old),
        Cell(f"{live}+{waiting}" if waiting else str(live), old),
        Cell(*_host_note(host, now)),
    ]


def _free_words(host: Host, here: Sequence[Run]) -> str:
    """What a scheduler has to give; "" for a host without one."""
    if not schedulers.scheduled(host):
        return ""
    return schedulers.free_words(host, 0, schedulers.gpus_of(run for run in here if run.live))


def partitions_lines(hosts: Iterable[Host], *, colours: Colours) -> list[str]:
    """What the schedulers have, partition by partition, below the table of hosts; "*" marks the default one."""
    lines = []
    for host in hosts:
        table = schedulers.partition_table(host.partitions)
        if table:
            kind = "queues" if host.backend == "gridengine" else "partitions"
            lines += [
                "",
                paint(f"{clean(host.name)}: free in the {kind} of {schedulers.title(host.backend)}", "label", colours),
            ]
            lines += [f"  {line}" for line in table]
    return lines


def _free(disk: Disk) -> float:
    return float("inf") if disk.free is None else disk.free


def _gpus(gpus: Sequence[Gpu]) -> str:
    """Each GPU's use, like "0:97% 12G/24G"."""
    parts = []
    for gpu in gpus:
        if gpu.error and gpu.utilization is None:
            parts.append(f"{gpu.index}: {clean(gpu.error)}")
            continue
        use = percent(gpu.utilization)
        memory = f" {size(gpu.memory_used)}/{size(gpu.memory_total)}" if gpu.memory_total else ""
        parts.append(f"{gpu.index}:{use}{memory}")
    return "  ".join(parts)


def _host_note(host: Host, now: float) -> tuple[str, Role]:
    if host.state != "up":
        return clean(reason(host, host.error or "")), "failed" if host.state == "down" else "label"
    if host.note:
        return clean(host.note), "warning"
    if jobs := jobs_words(host, now):
        return jobs, "warning"
    if host.clock_skew is not None and abs(host.clock_skew) > 5:
        fast = "ahead" if host.clock_skew > 0 else "behind"
        return f"its clock is {duration(abs(host.clock_skew))} {fast}", "warning"
    errors = host.stats.errors if host.stats else {}
    return "; ".join(f"{clean(what)}: {clean(why)}" for what, why in errors.items()), "warning"


def runs_table(
    runs: Iterable[Run], short: Callable[[str], str], *, now: float, width: int | None, colours: Colours
) -> list[str]:
    """One line a run, in the order given."""
    rows = [_run_row(run, short(run.id), now) for run in runs]
    return render(RUN_COLUMNS, rows, width=width, colours=colours)


def _run_row(run: Run, short: str, now: float) -> list[Cell]:
    role: Role = "faint" if run.stale else "text"
    return [
        Cell(state_word(run), "faint" if run.stale else state_role(run)),
        Cell(short, "faint" if run.stale else "strong"),
        Cell(clean(run.name), role),
        Cell(host_text(run) if schedulers.in_job(run) else clean(run.host), "label"),
        Cell(time_of(run, now), role),
        Cell(_progress(run), role),
        Cell(_metric(run), role),
        Cell(*_run_note(run, now)),
    ]


def _progress(run: Run) -> str:
    if run.progress is None:
        return ""
    of = "" if run.progress.of is None else f"/{count(run.progress.of)}"
    return f"{clean(run.progress.unit)} {count(run.progress.at)}{of}"


def _metric(run: Run) -> str:
    name = main_loss(run.metrics) or next(iter(run.metrics), None)
    return "" if name is None else f"{clean(name)} {number(run.metrics[name].last)}"


def _run_note(run: Run, now: float) -> tuple[str, Role]:
    """What is most worth knowing: what was asked for, what is wrong, why it ended, how old this is."""
    if run.stale:
        return f"as of {ago(run.last_seen, now) or 'an earlier time'}: its host is away", "label"
    if run.pending:
        return f"{clean(run.pending.action)} asked {ago(run.pending.since, now)}", "warning"
    worst = max(run.findings, key=lambda found: tuple(SEVERITY_ROLES).index(found.severity), default=None)
    if worst is not None and worst.severity != "info":
        return clean(worst.message), SEVERITY_ROLES[worst.severity]
    if run.reason and not run.waiting:
        return clean(run.reason), "failed" if state_role(run) == "failed" else "text"
    return _waiting_note(run, now), "label"


def _waiting_note(run: Run, now: float) -> str:
    """Why it waits, how many are before it, when it is expected to start; that nerotui did not start it."""
    starts = schedulers.starts(run, now)
    parts = [
        clean(run.reason or "") if run.waiting else "",
        f"number {run.position} in line" if run.waiting and run.position is not None else "",
        starts and (f"starts {starts}" if starts == "soon" else f"starts in {starts}"),
        schedulers.news_age(run, now),
        "foreign" if run.foreign else "",
    ]
    return ", ".join(part for part in parts if part)
