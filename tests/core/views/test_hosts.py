"""Hosts say what they do, how old that is, and why they say nothing."""

from nerotui.agent.states import RunState
from nerotui.core.records import Disk, Gpu, GpuProcess, Host, Memory, Run, Stats
from nerotui.core.views.cells import width
from nerotui.core.views.glyphs import ASCII, UNICODE
from nerotui.core.views.hosts import bar, chips_view, hosts_view
from nerotui.core.views.spans import plain

NOW = 1_000_000.0
GIB = 2**30


def _host(name: str = "gpu01", *gpus: Gpu, **fields: object) -> Host:
    stats = Stats(
        time=NOW,
        cpu_percent=41.0,
        memory=Memory(used=38 * GIB, total=100 * GIB),
        disks=(Disk(path="/", free=412 * GIB, total=2000 * GIB),),
        gpus=gpus,
    )
    return Host(**({"name": name, "state": "up", "seen": NOW, "stats": stats} | fields))  # type: ignore[arg-type]


def _lines(*hosts: Host, cells: int = 36, runs: dict[str, Run] | None = None) -> list[str]:
    return [plain(row.line) for row in hosts_view(hosts, runs or {}, now=NOW, width=cells).rows]


def test_a_host_and_its_gpus() -> None:
    gpu = Gpu(index=0, utilization=97, memory_used=31 * GIB, memory_total=40 * GIB, temperature=71, held_by="k3f9aaaa")
    first, second = _lines(_host("gpu01", gpu))
    assert first == "gpu01   cpu 41%  mem 38%  disk 412G"
    assert second.split() == ["0", "▕████████▊▏", "97%", "31/40G", "71°", "k3f9"]


def test_a_gpu_belongs_to_a_run_a_person_or_nobody() -> None:
    lines = _lines(
        _host(
            "gpu01",
            Gpu(index=0, processes=(GpuProcess(pid=4, user="alice"),)),
            Gpu(index=1),
            Gpu(index=2, processes=(GpuProcess(pid=4, run="m7qaaaaa"),)),
            Gpu(index=3, error="lost from the bus"),
            Gpu(index=4, utilization=90),
            Gpu(index=5, utilization=90),
        ),
        runs={"p0ceaaaa": Run(id="p0ceaaaa", name="n", host="gpu01", state=RunState.RUNNING, gpus=(5,))},
    )
    assert [line.split()[-1] for line in lines[1:4]] == ["alice", "free", "m7qa"]
    assert "lost from the bus" in lines[4]
    assert [line.split()[-1] for line in lines[5:]] == ["busy", "p0ce"]


def test_a_host_that_is_down_keeps_its_last_numbers_and_says_when_it_is_tried_again() -> None:
    lines = _lines(_host("gpu04", state="down", seen=NOW - 190, retry_at=NOW + 24, error="No route to host"))
    assert lines == ["gpu04   down 3m10s, retry in 24s", "        No route to host", "        last cpu 41% mem 38%"]


def test_unknown_fields_are_unknown_one_by_one() -> None:
    stats = Stats(time=NOW, gpus=(Gpu(index=0, memory_total=40 * GIB),))
    first, second = _lines(_host("gpu01", stats=stats))
    assert "cpu  ?%" in first
    assert "?/40G" in second


def test_no_line_is_wider_than_the_pane() -> None:
    gpu = Gpu(
        index=10, utilization=100, memory_used=80 * GIB, memory_total=80 * GIB, temperature=101, held_by="k3f9aaaa"
    )
    bad = _host("a-host-with-a-very-long-name", gpu, note="home is full: nothing can be queued", state="up")
    down = _host("b", state="down", error="x" * 200)
    for cells in (20, 28, 36, 42, 60):
        assert all(width(line) <= cells for line in _lines(bad, down, cells=cells))


def test_chips_are_short_and_say_when_a_host_is_away() -> None:
    chips = chips_view(
        [_host("gpu01", Gpu(index=0, utilization=96)), _host("gpu04", state="down", seen=NOW - 190), _host("login")],
        now=NOW,
    )
    assert [plain(line) for _, line in chips.chips] == ["gpu01 ███▉ 96%", "gpu04 down 3m", "login █▋   cpu 41%"]


def test_bars_fill_exactly_their_cells() -> None:
    for value in (None, -5, 0, 3, 50, 99.9, 100, 250):
        for glyphs in (UNICODE, ASCII):
            assert len(bar(value, 8, glyphs)) == 8
    assert bar(100, 4, ASCII).isascii()
