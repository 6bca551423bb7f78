"""The hosts pane and, where there is no room for it, one line of chips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nerotui.core.records import Gpu, Host, Run, Stats
from nerotui.core.text import clean
from nerotui.core.views import format as fmt
from nerotui.core.views import schedulers
from nerotui.core.views.cells import cut, fit, wrap
from nerotui.core.views.cells import width as cells_of
from nerotui.core.views.filters import matcher
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.runs import first_four
from nerotui.core.views.spans import Line, Notice, Role, Span, View

#: A sample older than this (seconds) is shown dimmed, with its age.
STALE_AFTER = 30.0

#: Runs that hold a GPU, by host and index.
_Owners = Mapping[tuple[str, int], Run]


class HostRow(View, frozen=True, kw_only=True):
    """One line of the hosts pane; the lines of one host are told apart by `part` (0 = the host itself)."""

    host: str
    part: int
    line: Line


class HostsView(View, frozen=True, kw_only=True):
    """The hosts pane: its lines, and what its rule says at the right ("4/5 up")."""

    rows: tuple[HostRow, ...]
    right: str = ""
    notice: Notice | None = None


class ChipsView(View, frozen=True, kw_only=True):
    """All hosts on one line, for a narrow terminal: (host, its spans)."""

    chips: tuple[tuple[str, Line], ...]


def hosts_view(
    hosts: Iterable[Host],
    runs: Mapping[str, Run],
    *,
    now: float,
    width: int = 36,
    filter_text: str = "",
    glyphs: Glyphs = UNICODE,
) -> HostsView:
    """The hosts pane's lines, host by host, each GPU under its host.

    Args:
        hosts: in the order to show.
        runs: by id, to say whose a GPU is; those that live will do.
        now: seconds since the epoch.
        width: cells a line may take.
        filter_text: what the user typed after `/`.
        glyphs: the characters to draw with.
    """
    every = list(hosts)
    matches = matcher(filter_text)
    shown = [host for host in every if matches(f"{host.name} {host.state} {host.backend or ''} {host.address or ''}")]
    names = min(16, max((cells_of(clean(host.name)) for host in shown), default=5))
    indent = max(8, names + 2)
    rows: list[HostRow] = []
    live: dict[str, list[Run]] = {}
    for run in runs.values():
        if run.live:
            live.setdefault(run.host, []).append(run)
    # A job's GPUs are those of its node, not of the host that it was handed in at.
    plain = (run for there in live.values() for run in there if not schedulers.in_job(run))
    owners = {(run.host, index): run for run in plain for index in run.gpus}
    for host in shown:
        there = live.get(host.name, [])
        for part, line in enumerate(_host_lines(host, runs, there, owners, now, width, indent, glyphs)):
            rows.append(HostRow(host=host.name, part=part, line=line))
    up = sum(host.state == "up" for host in every)
    right = f"{up}/{len(every)} up"
    if filter_text:
        right = f"{len(shown)} of {len(every)} /{filter_text}"
    notice = None
    if not every:
        notice = Notice(kind="empty", text="No hosts.", hint="Name some in config.toml, or run: nerotui init")
    elif not shown:
        notice = Notice(kind="empty", text=f"No host matches “{filter_text}”.", hint="Esc clears the filter.")
    return HostsView(rows=tuple(rows), right=right, notice=notice)


def chips_view(hosts: Iterable[Host], *, now: float, glyphs: Glyphs = UNICODE) -> ChipsView:
    """One chip a host: its name and its busiest number, or why it has none."""
    return ChipsView(chips=tuple((host.name, _chip(host, now, glyphs)) for host in hosts))


def bar(value: float | None, cells: int, glyphs: Glyphs) -> str:
    """A bar of a percentage over so many cells."""
    if value is None:
        return " " * cells
    eighths = round(max(0.0, min(100.0, value)) / 100 * cells * 8)
    full, rest = divmod(eighths, 8)
    if full >= cells:
        return glyphs.eighths[8] * cells
    return glyphs.eighths[8] * full + glyphs.eighths[rest] + " " * (cells - full - 1)


def down_text(host: Host, now: float) -> str:
    """Why a host gives no news, in a few words: down 3m10s, retry in 24s."""
    if host.state == "connecting":
        return "connecting"
    since = "" if host.seen is None else f" {fmt.duration(now - host.seen)}"
    if host.retry_at is None:
        return f"down{since}, Ctrl-R connects"
    remaining = host.retry_at - now
    return f"down{since}, retrying" if remaining <= 0 else f"down{since}, retry in {fmt.duration(remaining)}"


def jobs_words(host: Host, now: float, *, whole: bool = True) -> str:
    """What a host's scheduler does not tell just now, and how old its last word is; "" while all is well.

    Args:
        host: with a scheduler.
        now: seconds since the epoch.
        whole: with the scheduler's own words, not only nerotui's.
    """
    if not host.jobs_note:
        return schedulers.as_of(host.jobs_seen, now)
    told = clean(host.jobs_note if whole else host.jobs_note.partition(":")[0])
    age = schedulers.as_of(host.jobs_seen, now, old=schedulers.OLD / 3)
    return f"{told}, {age}" if age else told


def without_name(error: str, name: str) -> str:
    """A host's error where its name stands beside it already."""
    return clean(error).removeprefix(f"{clean(name)}: ")


def _first(text: str, cells: int, rows: int, glyphs: Glyphs) -> list[str]:
    """Text wrapped into at most so many rows."""
    lines = wrap(text, cells)
    return (
        lines if len(lines) <= rows else [*lines[: rows - 1], cut(" ".join(lines[rows - 1 :]), cells, glyphs.ellipsis)]
    )


def _host_lines(
    host: Host,
    runs: Mapping[str, Run],
    live: list[Run],
    owners: _Owners,
    now: float,
    width: int,
    indent: int,
    glyphs: Glyphs,
) -> list[Line]:
    room = width - indent
    name = fit(clean(host.name), indent - 2, ellipsis=glyphs.ellipsis) + "  "
    role: Role
    if host.state == "up":
        lines = [(Span(name, "strong"), *_up_spans(host, live, now, room, glyphs))]
        if jobs := jobs_words(host, now, whole=False):
            role = "warning" if host.jobs_note else "gone"
            lines += [(Span(" " * indent), Span(text, role)) for text in _first(jobs, room, 2, glyphs)]
        if host.note:
            lines.append((Span(" " * indent), Span(cut(clean(host.note), room, glyphs.ellipsis), "warning")))
        stats = host.stats
        if stats is not None:
            old = now - stats.time > STALE_AFTER
            lines += [_gpu_line(gpu, host, runs, owners, width, old, glyphs) for gpu in stats.gpus]
            problem = stats.errors.get("gpus") or stats.errors.get("gpu")
            if problem and not stats.gpus:
                lines.append((Span(" " * indent), Span(cut("gpu " + clean(problem), room, glyphs.ellipsis), "warning")))
        return lines
    role = "gone" if host.state == "down" else "label"
    lines = [(Span(name, "lost" if host.state == "down" else "strong"), Span(cut(down_text(host, now), room), role))]
    if host.error and host.state == "down":
        # What is not tried again by itself waits for its user, who shall read why.
        rows = 1 if host.retry_at is not None else 3
        told = _first(without_name(host.error, host.name), room, rows, glyphs)
        lines += [(Span(" " * indent), Span(text, "label")) for text in told]
    if host.stats is not None:
        lines.append((Span(" " * indent), Span(cut("last " + _numbers(host.stats), room, glyphs.ellipsis), "faint")))
    return lines


def _up_spans(host: Host, live: list[Run], now: float, room: int, glyphs: Glyphs) -> Line:
    stats = host.stats
    if schedulers.scheduled(host):
        words = schedulers.free_words(host, len(live), schedulers.gpus_of(live))
        return (Span(cut(words, room, glyphs.ellipsis), "faint" if host.jobs_note else "label"),)
    if stats is None:
        return (Span("up, no numbers yet", "label"),)
    age = now - stats.time
    if age > STALE_AFTER:
        return (Span(cut(f"{_numbers(stats)}  {fmt.short_duration(age)} old", room, glyphs.ellipsis), "faint"),)
    spans: list[Span] = []
    for label, value, role in _parts(stats):
        text = f"{label} {value}"
        gap = "  " if spans else ""
        if sum(map(cells_of, (span.text for span in spans))) + len(gap) + len(text) > room:
            break
        spans.append(Span(gap + text, role))
    return tuple(spans)


def _parts(stats: Stats) -> list[tuple[str, str, Role]]:
    parts: list[tuple[str, str, Role]] = [("cpu", fmt.percent(stats.cpu_percent).rjust(3), "label")]
    memory = stats.memory
    if memory is not None and memory.total and memory.used is not None:
        used = 100 * memory.used / memory.total
        parts.append(("mem", f"{used:.0f}%".rjust(3), "warning" if used > 95 else "label"))
    free = [disk for disk in stats.disks if disk.free is not None]
    if free:
        least = min(free, key=lambda disk: disk.free or 0)
        tight = bool(least.total) and (least.free or 0) < 0.03 * (least.total or 1)
        parts.append(("disk", fmt.size(least.free), "warning" if tight else "label"))
    return parts


def _numbers(stats: Stats) -> str:
    return " ".join(f"{label} {value.strip()}" for label, value, _ in _parts(stats)[:2])


def _gpu_line(
    gpu: Gpu, host: Host, runs: Mapping[str, Run], owners: _Owners, width: int, old: bool, glyphs: Glyphs
) -> Line:
    if gpu.error and gpu.utilization is None and gpu.memory_used is None:
        text = cut(clean(gpu.error), width - 4, glyphs.ellipsis)
        return (Span(f"{gpu.index:>2} ", "label"), Span(text, "warning"))
    number = f"{gpu.index:>2} "
    text_role: Role = "faint" if old else "text"
    memory = fmt.gib(gpu.memory_used, gpu.memory_total)
    heat = "" if gpu.temperature is None else f"{gpu.temperature:.0f}{glyphs.degree}"
    owner, owner_role = _owner(gpu, host, runs, owners)
    rest = f"{fmt.percent(gpu.utilization):>4} "
    # A narrow pane keeps the bar, the percentage and the owner.
    rest += f"{memory:>6} {heat:>3}  " if width >= 32 else f"{memory:>6}  " if width >= 28 else " "
    cells = max(4, min(12, width - len(number) - 2 - len(rest) - 5))
    return (
        Span(number, "label"),
        Span(glyphs.bar_left, "rule"),
        Span(bar(gpu.utilization, cells, glyphs), "faint" if old else "bar"),
        Span(glyphs.bar_right, "rule"),
        Span(rest, text_role),
        Span(
            cut(owner, width - len(number) - 2 - len(rest) - cells, glyphs.ellipsis),
            "faint" if old else owner_role,
        ),
    )


def _owner(gpu: Gpu, host: Host, runs: Mapping[str, Run], owners: _Owners) -> tuple[str, Role]:
    """Whose a GPU is: a run's id, someone's name, or nobody's; "busy" where it cannot be told whose."""
    if gpu.held_by:
        run = runs.get(gpu.held_by)
        return first_four(clean(gpu.held_by)), "warning" if run is not None and run.state == "paused" else "accent"
    for process in gpu.processes:
        if process.run:
            return first_four(clean(process.run)), "accent"
    for process in gpu.processes:
        return clean(process.user or f"pid {process.pid}"), "label"
    if (gpu.utilization or 0) < 5 and (gpu.memory_used or 0) < 0.05 * (gpu.memory_total or 1):
        return "free", "best"
    if (run := owners.get((host.name, gpu.index))) is not None:
        return first_four(clean(run.id)), "warning" if run.state == "paused" else "accent"
    return "busy", "label"


def _chip(host: Host, now: float, glyphs: Glyphs) -> Line:
    name = cut(clean(host.name), 14, glyphs.ellipsis)
    if host.state != "up":
        since = "" if host.seen is None else f" {fmt.short_duration(now - host.seen)}"
        word = f"{name} {'down' if host.state == 'down' else 'connecting'}{since if host.state == 'down' else ''}"
        return (Span(word, "gone" if host.state == "down" else "label"),)
    stats = host.stats
    if schedulers.scheduled(host):
        if told := jobs_words(host, now, whole=False):
            return (Span(name, "text"), Span(cut(f" {told}", 24, glyphs.ellipsis), "warning"))
        words = schedulers.free_words(host, 0, 0).removeprefix(f"{clean(host.backend or '')}, ")
        return (Span(name, "text"), Span(cut(f" {words}", 18, glyphs.ellipsis), "label"))
    if stats is None:
        return (Span(name, "text"), Span(f" {clean(host.note or 'up')}"[:18], "label"))
    old = now - stats.time > STALE_AFTER
    used = [gpu.utilization for gpu in stats.gpus if gpu.utilization is not None]
    value = sum(used) / len(used) if used else stats.cpu_percent
    what = "" if used else " cpu"
    return (
        Span(name + " ", "faint" if old else "text"),
        Span(bar(value, 4, glyphs), "faint" if old else "bar"),
        Span(f"{what} {fmt.percent(value):>3}", "faint" if old else "label"),
    )
