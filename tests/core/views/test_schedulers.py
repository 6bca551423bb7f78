"""What a scheduler says is shown as its word: in plain words, with its age where it is old, never as a host's own."""

import pytest

from nerotui.core.records import Disk, Gpu, Host, Partition, Run, Stats
from nerotui.core.views.detail import detail_view
from nerotui.core.views.glyphs import UNICODE
from nerotui.core.views.hostdetail import host_detail_view
from nerotui.core.views.hosts import chips_view, hosts_view
from nerotui.core.views.rows import host_text, left_text, remark
from nerotui.core.views.schedulers import OLD, partition_table
from nerotui.core.views.spans import plain
from tests.core.views.conftest import MakeRun

NOW = 1_000_000.0
GPU = Partition(
    name="gpu", default=True, nodes=10, nodes_free=3, cpus=512, cpus_free=120, gpus=40, gpus_free=14, limit=432_000.0
)
CPU = Partition(name="short", nodes=4, nodes_free=0, cpus=64, cpus_free=0, limit=3600.0)


def cluster(**fields: object) -> Host:
    known = {"name": "triton", "state": "up", "backend": "slurm", "seen": NOW, "jobs_seen": NOW}
    return Host(**(known | {"partitions": (GPU, CPU)} | fields))  # type: ignore[arg-type]


def lines(host: Host, *runs: Run, cells: int = 40) -> list[str]:
    return [plain(row.line) for row in hosts_view([host], {run.id: run for run in runs}, now=NOW, width=cells).rows]


def said(run: Run) -> str:
    return "\n".join(f"{row.label}: {plain(row.line)}" for row in detail_view(run, now=NOW).rows)


@pytest.fixture
def make_job(make_run: MakeRun) -> MakeRun:
    def make(run_id: str = "k3f9aaaa", state: str = "queued", **fields: object) -> Run:
        known: dict[str, object] = {"host": "triton", "backend": "slurm", "job": "4711", "queue": "gpu", "checked": NOW}
        return make_run(run_id, state, **(known | fields))

    return make


def test_a_clusters_line_says_what_is_free_and_what_is_yours(make_job: MakeRun) -> None:
    held = make_job(state="running", gpus=(0, 1), pid=7)
    assert lines(cluster(), held) == ["triton  slurm, 14 gpus free, 2 yours"]
    assert lines(cluster(partitions=(CPU,)), held) == ["triton  slurm, 0 cpus free, 1 running"]
    assert lines(cluster(partitions=())) == ["triton  slurm"]


def test_a_silent_scheduler_is_named_with_the_age_of_its_last_word() -> None:
    silent = cluster(jobs_note="Slurm's controller does not answer", jobs_seen=NOW - 190)
    assert " ".join(part.strip() for part in lines(silent)[1:]) == ("Slurm's controller does not answer, as of 3m ago")
    told = cluster(jobs_note="Slurm does not answer: squeue: error: \x1b[31mconnect failure", jobs_seen=NOW - 45)
    assert " ".join(part.strip() for part in lines(told)[1:]) == "Slurm does not answer, as of 45s ago"
    detail = "\n".join(plain(row.line) for row in host_detail_view(told, now=NOW).rows)
    assert "Slurm does not answer: squeue: error: connect failure, as of 45s ago" in detail
    assert "as of" not in " ".join(lines(cluster(jobs_seen=NOW - OLD / 2)))
    assert plain(chips_view([silent], now=NOW).chips[0][1]).startswith("triton Slurm's controller")
    assert plain(chips_view([cluster()], now=NOW).chips[0][1]) == "triton 14 gpus free"


def test_a_jobs_gpus_are_not_those_of_the_login_node(make_job: MakeRun) -> None:
    here = Stats(
        time=NOW, gpus=(Gpu(index=0, utilization=90.0, memory_used=9, memory_total=10),), disks=(Disk(path="/"),)
    )
    line = lines(cluster(stats=here), make_job(state="running", gpus=(0,)))[1]
    assert line.split()[-1] == "busy"


def test_where_a_job_is_stands_behind_its_host(make_job: MakeRun) -> None:
    assert host_text(make_job()) == "triton:gpu"
    assert host_text(make_job(state="running", nodes="node3.cluster.example")) == "triton:node3"
    assert host_text(make_job(state="done", nodes="node3")) == "triton"


def test_a_script_that_makes_itself_a_run_within_a_job_is_there_where_its_job_is(make_run: MakeRun) -> None:
    tracked = make_run(state="running", backend="track", job="4711", node="node3", gpus=(0,), host="triton")
    assert host_text(tracked) == "triton:node3"
    assert "job: 4711" in said(tracked)
    assert "node: node3" in said(tracked)
    assert host_text(make_run(state="running", backend="track", gpus=(0,))) == "gpu01:0"


def test_why_a_job_waits_and_when_it_is_expected_to_start_is_in_its_row(make_job: MakeRun) -> None:
    job = make_job(reason="behind others of higher priority", expected=NOW + 9 * 3600 + 60)
    assert left_text(job, NOW) == "~9h"
    assert plain(remark(job, now=NOW, glyphs=UNICODE)) == "behind others of higher priority"
    assert left_text(make_job(expected=NOW - 5), NOW) == "soon"
    assert left_text(make_job(), NOW) == left_text(make_job(expected=NOW + 364 * 86400.0), NOW) == "-"
    text = said(job)
    assert "starts in about 9h" in text
    assert "why: behind others of higher priority" in text
    assert "job: 4711  partition gpu" in text


def test_an_old_word_is_shown_with_its_age_where_only_the_scheduler_knows(make_job: MakeRun) -> None:
    old = NOW - 190
    assert plain(remark(make_job(checked=old), now=NOW, glyphs=UNICODE)) == "as of 3m ago"
    assert "as of 3m ago" in said(make_job(checked=old))
    # Its supervisor tells how it runs, whatever the scheduler does.
    assert plain(remark(make_job(state="running", pid=7, checked=old), now=NOW, glyphs=UNICODE)) == ""
    assert plain(remark(make_job(state="done", checked=old), now=NOW, glyphs=UNICODE)) == ""
    assert "as of 3m ago" in plain(
        remark(make_job(state="running", foreign=True, checked=old), now=NOW, glyphs=UNICODE)
    )


def test_a_word_of_the_schedulers_that_nobody_knows_is_shown_as_it_is(make_job: MakeRun) -> None:
    assert "4711  partition gpu  POWERING_UP" in said(make_job(job_state="POWERING_UP"))


def test_a_foreign_run_says_so(make_job: MakeRun) -> None:
    job = make_job(state="running", foreign=True, log_path="/home/a/slurm-4711.out")
    assert plain(remark(job, now=NOW, glyphs=UNICODE)) == "foreign"
    assert "nerotui did not start it" in said(job)
    assert "/home/a/slurm-4711.out" in said(job)


def test_what_a_run_waits_for_and_how_often_it_carries_on(make_run: MakeRun) -> None:
    text = said(make_run(state="queued", after=("abcdefgh",), attempts=3, reason="train is not done yet"))
    assert "after: abcd" in text
    assert "attempt 1 of 3" in text
    assert "train is not done yet" in text


def test_partitions_are_a_table_without_columns_that_nobody_fills() -> None:
    assert partition_table((GPU, CPU)) == [
        "name    gpus     cpus  limit  nodes",
        "gpu*   14/40  120/512  5d00h   3/10",
        "short            0/64   1h00    0/4",
    ]
    assert partition_table(()) == []
    down = partition_table((Partition(name="old", up=False, cpus=4, cpus_free=0),))
    assert down[1].split() == ["old", "down"]


def test_a_hosts_detail_has_the_table() -> None:
    text = "\n".join(plain(row.line) for row in host_detail_view(cluster(), now=NOW).rows)
    assert "gpu*   14/40" in text
    assert "not told yet" in "\n".join(
        plain(row.line) for row in host_detail_view(cluster(partitions=()), now=NOW).rows
    )
