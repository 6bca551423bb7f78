"""What a scheduler says, in the screen's words: what is free, where a job is, when it starts, how old that news is."""

from __future__ import annotations

from collections.abc import Iterable

from nerotui.core.records import Host, Partition, Run
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views.cells import cut
from nerotui.core.views.cells import width as cells_of

#: A scheduler's word older than this (seconds) is shown with its age. Three times as long as between two questions.
OLD = 100.0

#: What is expected later than in so many seconds says nothing.
FAR = 31 * 86400.0

_TITLES = {"slurm": "Slurm", "gridengine": "Grid Engine"}
#: What a host or run may have instead of a scheduler.
_NONE = (None, "process", "track")


def title(backend: str | None) -> str:
    """A scheduler's name as people write it; "" for none."""
    return "" if backend in _NONE else _TITLES.get(backend or "", clean(backend or ""))


def scheduled(of: Run | Host) -> bool:
    """Whether a run is a scheduler's job, or a host has a scheduler."""
    return of.backend not in _NONE


def in_job(run: Run) -> bool:
    """Whether a scheduler's job carries a run out: its own, or one that a script of the user's is in."""
    return scheduled(run) or run.job is not None


def as_of(when: float | None, now: float, *, old: float = OLD) -> str:
    """How old a scheduler's word is, where it is old and that is worth saying: as of 3m ago."""
    return "" if when is None or now - when < old else f"as of {fmt.short_duration(now - when)} ago"


def news_age(run: Run, now: float) -> str:
    """The same of a run: only where the scheduler alone knows how it is."""
    if not scheduled(run) or run.over or run.stale or (run.live and run.pid is not None and not run.foreign):
        return ""
    return as_of(run.checked, now)


def starts(run: Run, now: float) -> str:
    """When the scheduler expects to start a run, in few cells: ~9h, soon; "" where it does not tell.

    It counts on every job's taking all of its limit, so that what is more than a month away is not known at all.
    """
    if run.expected is None or run.state != "queued" or run.expected - now > FAR:
        return ""
    return "soon" if run.expected - now < 1 else f"~{fmt.short_duration(run.expected - now)}"


def place(run: Run) -> str:
    """Where a job is on its cluster: its first node while it has any, else its partition or queue."""
    nodes = clean(run.nodes or run.node or "") if run.live else ""
    return nodes.partition(".")[0] if nodes else "" if run.over else clean(run.queue or "")


def job_words(run: Run) -> tuple[str, ...]:
    """A run's job: its id, its partition or queue, the scheduler's own word for its state; () for none."""
    if run.job is None:
        return ("not handed in yet",) if run.waiting else ()
    where = f"{'queue' if run.backend == 'gridengine' else 'partition'} {run.queue}" if run.queue else ""
    return tuple(filter(None, (run.job, where, run.job_state)))


def free_words(host: Host, running: int, held: int) -> str:
    """What a host with a scheduler has to give: slurm, 14 gpus free, 2 yours.

    Args:
        host: with its partitions.
        running: how many of the user's runs live there.
        held: how many GPUs these have.
    """
    name = clean(host.backend or "")
    # Partitions share nodes, so their sum would count some twice: the one that has most is a true least.
    gpus = [each.gpus_free for each in host.partitions if each.up and each.gpus and each.gpus_free is not None]
    cpus = [each.cpus_free for each in host.partitions if each.up and each.cpus_free is not None]
    if gpus:
        return f"{name}, {fmt.plural(max(gpus), 'gpu')} free" + (f", {held} yours" if held else "")
    yours = f", {running} running" if running else ""
    return f"{name}, {fmt.plural(max(cpus), 'cpu')} free{yours}" if cpus else f"{name}{yours}"


def gpus_of(runs: Iterable[Run]) -> int:
    """How many GPUs runs hold."""
    return sum(len(run.gpus) or run.gpus_asked or 0 for run in runs)


def partition_table(partitions: Iterable[Partition]) -> list[str]:
    """A heading and a line for each partition: what is free of what there is, the most wanted first.

    Columns about which no partition says anything are left out.
    """
    listed = list(partitions)
    if not listed:
        return []
    columns = [
        ("name", [_name(each) for each in listed]),
        ("gpus", [_of(each.gpus_free, each.gpus) if each.gpus else "" for each in listed]),
        ("cpus", [_of(each.cpus_free, each.cpus) if each.up else "down" for each in listed]),
        ("limit", ["" if each.limit is None else fmt.duration(each.limit) for each in listed]),
        ("nodes", [_of(each.nodes_free, each.nodes) if each.nodes else "" for each in listed]),
        ("memory", [_memory(each) for each in listed]),
    ]
    shown = [(head, texts) for head, texts in columns if any(texts)]
    widths = [max(cells_of(text) for text in (head, *texts)) for head, texts in shown]
    lines = [[head for head, _ in shown], *([texts[row] for _, texts in shown] for row in range(len(listed)))]
    return [
        "  ".join(
            text + " " * (cells - cells_of(text)) if at == 0 else " " * (cells - cells_of(text)) + text
            for at, (text, cells) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def _name(partition: Partition) -> str:
    name = cut(clean(partition.name), 16)
    return f"{name}*" if partition.default else name


def _of(free: int | None, total: int | None) -> str:
    if free is None and total is None:
        return ""
    return f"{'?' if free is None else free}/{'?' if total is None else total}"


def _memory(partition: Partition) -> str:
    if partition.memory is None:
        return ""
    free = "" if partition.memory_free is None else f"{fmt.size(partition.memory_free)}/"
    return f"{free}{fmt.size(partition.memory)}"
