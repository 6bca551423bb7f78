"""The detail pane, of a host: how it is reached, its numbers, what its scheduler has, as labelled lines."""

from __future__ import annotations

from nerotui.core.records import Host
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views import schedulers
from nerotui.core.views.detail import DetailRow, DetailView, labelled
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.hosts import down_text, jobs_words, without_name
from nerotui.core.views.spans import Role, Span


def host_detail_view(host: Host, *, now: float, glyphs: Glyphs = UNICODE) -> DetailView:
    """A host in words: how it is reached, its numbers and where each came from, what is wrong."""
    user = f"{host.user}@" if host.user else ""
    state: tuple[str, Role]
    if host.state == "up":
        since = "" if host.connected is None else f" for {fmt.duration(now - host.connected)}"
        state = (f"up{since}", "running")
    else:
        state = (down_text(host, now), "lost" if host.state == "down" else "label")
    rows = [
        labelled("state", state),
        labelled("error", (without_name(host.error, host.name), "error")) if host.error else None,
        labelled("hint", host.hint) if host.hint else None,
        labelled("note", (host.note, "warning")) if host.note else None,
        labelled("address", f"{user}{host.address or host.name}"),
        labelled("backend", schedulers.title(host.backend) or host.backend) if host.backend else None,
        labelled("jobs", (jobs_words(host, now), "warning")) if jobs_words(host, now) else None,
        labelled("python", host.python) if host.python else None,
        labelled("slots", str(host.slots)) if host.slots is not None and not schedulers.scheduled(host) else None,
        labelled("root", fmt.tilde(host.root, host.home)) if host.root else None,
    ]
    if host.clock_skew is not None and abs(host.clock_skew) > 5:
        side = "ahead of" if host.clock_skew > 0 else "behind"
        rows.append(labelled("clock", (f"{fmt.duration(abs(host.clock_skew))} {side} this machine's", "warning")))
    rows += _partitions(host)
    stats = host.stats
    if stats is None:
        rows.append(labelled("numbers", ("none yet", "label")))
    else:
        rows.append(labelled("age", fmt.duration(now - stats.time)))
        load = "" if stats.load is None else f"  load {' '.join(f'{value:.1f}' for value in stats.load)}"
        cores = "" if stats.cores is None else f" of {fmt.plural(stats.cores, 'core')}"
        rows.append(labelled("cpu", f"{fmt.percent(stats.cpu_percent)}{cores}{load}"))
        if stats.memory is not None:
            rows.append(labelled("memory", f"{fmt.size(stats.memory.used)} of {fmt.size(stats.memory.total)}"))
        if stats.swap is not None and stats.swap.total:
            rows.append(labelled("swap", f"{fmt.size(stats.swap.used)} of {fmt.size(stats.swap.total)}"))
        for disk in stats.disks:
            room = f"{fmt.size(disk.free)} free of {fmt.size(disk.total)}"
            rows.append(labelled("disk", f"{fmt.tilde(disk.path, host.home)}  {room}"))
        if stats.net_received is not None or stats.net_sent is not None:
            rows.append(labelled("net", f"in {fmt.size(stats.net_received)}/s  out {fmt.size(stats.net_sent)}/s"))
        for gpu in stats.gpus:
            power = "" if gpu.power is None else f"  {gpu.power:.0f} W"
            rows.append(labelled(f"gpu {gpu.index}", f"{gpu.name or 'unnamed'}{power}"))
            for process in gpu.processes:
                memory = "" if process.memory is None else f"  {fmt.size(process.memory)}"
                owner = f"{process.user or '?'} {process.name or ''} pid {process.pid}{memory}"
                rows.append(labelled("", (owner, "label")))
        for what, why in sorted(stats.errors.items()):
            rows.append(labelled(what, (why, "warning")))
        sources = "  ".join(f"{what} {source}" for what, source in sorted(stats.source.items()))
        if sources:
            rows.append(labelled("from", (sources, "label")))
    return DetailView(
        rows=tuple(row for row in rows if row is not None), subject=f"host {host.name}", right=clean(host.name)
    )


def _partitions(host: Host) -> list[DetailRow]:
    """What its scheduler has, and what of it is free: a table, cut where there is no room."""
    if not schedulers.scheduled(host):
        return []
    label = "queues" if host.backend == "gridengine" else "free"
    lines = schedulers.partition_table(host.partitions)
    if not lines:
        return [labelled(label, ("not told yet", "label"))]
    rows = [
        DetailRow(label=label if at == 0 else "", line=(Span(text, "label" if at == 0 else "text"),), whole=False)
        for at, text in enumerate(lines)
    ]
    return [*rows, DetailRow(label="", line=())]
