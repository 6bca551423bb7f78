"""However a run's job ends, its true state and reason are known one look at the scheduler later, watched or not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nerotui.agent.states import RunState
from nerotui.core.records import Run
from nerotui.errors import Refused
from tests.endtoend.clusters.site import POLL, SLACK, Site
from tests.rigs.cluster.cluster import KINDS
from tests.rigs.cluster.fixtures import BATCH, EACH, SLURM
from tests.rigs.gridengine.cluster import GridEngine
from tests.rigs.slurm.cluster import can_confine
from tests.tui.e2e.console import having

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]

MIB = 1 << 20
#: Takes 300 MiB once a file "go" is there, and holds on to them.
GROW = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.1)\nkept = bytearray(300 << 20)\ntime.sleep(1000)"
UNTIL_GO = "while [ ! -e go ]; do sleep 0.1; done; "


def gone(site: Site) -> None:
    """Waits until the scheduler has none of the user's jobs any more; on the plain host, until supervisors ended."""
    if site.cluster.daemons is not None:
        scheduler, user = site.cluster.daemons, site.cluster.user
        scheduler.until(lambda: not scheduler.left(user), "all jobs are over", 60)
        return
    deadline = time.monotonic() + 60
    while found := having(f"{site.dir}/.nerotui"):
        if not any(word in command for _, command in found.values() for word in (" supervise ", " dispatch ")):
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def soon(site: Site, run_id: str, state: RunState) -> Run:
    """A run that is in a state by the next look at the scheduler, and stays in it for another."""
    site.until(run_id, state, POLL + SLACK)
    seen = site.host.jobs_seen or 0.0
    deadline = time.monotonic() + POLL + SLACK
    while site.cluster.daemons is not None and (site.host.jobs_seen or 0.0) <= seen and time.monotonic() < deadline:
        time.sleep(0.05)
    return site.until(run_id, state, 0.0)


@pytest.mark.parametrize(
    ("cluster", "watched"), [("slurm", True), *((kind, False) for kind in KINDS)], indirect=["cluster"]
)
def test_ends_by_themselves(site: Site, watched: bool) -> None:
    runs = {
        "fine": site.submit("fine", "sh", "-c", UNTIL_GO + "true"),
        "code": site.submit("code", "sh", "-c", UNTIL_GO + "exit 3"),
        "signal": site.submit("signal", "sh", "-c", UNTIL_GO + "kill -SEGV $$"),
        "limit": site.submit("limit", "sleep", "1000", time=1.0),
    }
    if site.cluster.kind == "process":  # one at a time
        for run in runs.values():
            site.until(run, lambda run: run.state is not RunState.STARTING)
    else:
        for name in ("fine", "code", "signal"):
            site.until(runs[name], RunState.RUNNING)
    if not watched:
        site.away()
    site.cluster.put(f"{site.dir.name}/go", "")
    gone(site)
    if not watched:
        site.back()
    assert soon(site, runs["fine"], RunState.DONE).reason is None
    assert soon(site, runs["code"], RunState.FAILED).exit_code == 3
    assert "SEGV" in str(soon(site, runs["signal"], RunState.FAILED).signal)
    assert soon(site, runs["limit"], RunState.TIMEOUT).reason
    listed = site.listed()
    assert {name: listed[run]["state"] for name, run in runs.items()} == {
        "fine": "done", "code": "failed", "signal": "failed", "limit": "timeout",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cluster", "watched"), [("slurm", True), *((kind, False) for kind in BATCH)], indirect=["cluster"]
)
def test_cancelled(site: Site, watched: bool) -> None:
    """By nerotui, by the user's own command, by root; while it runs and before it started."""
    names = ("asked", "mine", "theirs")
    runs = {name: site.submit(name, "sleep", "1000") for name in names}
    waiting = {name: site.submit(name, "sleep", "1000", held=True) for name in ("mine-waiting", "theirs-waiting")}
    jobs = {name: site.job(run) for name, run in {**runs, **waiting}.items()}
    for run in runs.values():
        site.until(run, RunState.RUNNING)
    site.fleet.act(runs["asked"], "kill")
    if not watched:
        site.away()
    cancel = "qdel" if isinstance(site.cluster.daemons, GridEngine) else "scancel"
    site.cluster.run(cancel, jobs["mine"], jobs["mine-waiting"])
    site.cluster.scheduler.run(cancel, jobs["theirs"], jobs["theirs-waiting"])
    gone(site)
    if not watched:
        site.back()
    for name, run_id in {**runs, **waiting}.items():
        shown = soon(site, run_id, RunState.KILLED)
        assert shown.reason, name
        assert (shown.started is None) == (name in waiting), name


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_out_of_memory(site: Site, watched: bool) -> None:
    if not can_confine():
        pytest.skip("needs cgroups of version 1")
    run = site.submit("grows", "python3", "-c", GROW, memory=120 * MIB)
    site.until(run, RunState.RUNNING)
    if not watched:
        site.away()
    site.cluster.put(f"{site.dir.name}/go", "")
    gone(site)
    if not watched:
        site.back()
    assert "memory" in str(soon(site, run, RunState.OOM).reason)


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_a_dependency_that_can_never_be_satisfied(site: Site) -> None:
    first = site.submit("first", "sh", "-c", UNTIL_GO + "exit 3")
    second = site.submit("second", "sleep", "1000", after=(first,))
    third = site.submit("third", "sh", "-c", "echo third", after_any=(first,))
    site.until(first, RunState.RUNNING)
    assert "first" in str(site.until(second, RunState.QUEUED).reason) or site.fleet.why(second)
    site.cluster.put(f"{site.dir.name}/go", "")
    soon(site, first, RunState.FAILED)
    site.until(third, RunState.DONE)
    run = site.until(second, lambda run: run.over, POLL + SLACK)
    assert run.state is RunState.KILLED
    assert run.started is None
    assert run.reason


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_what_waits_for_a_run_that_yields_waits_for_its_next_attempt_too(site: Site) -> None:
    yields = "trap 'exit 0' USR1; " + UNTIL_GO
    first = site.submit("first", "sh", "-c", yields, resume=("sh", "-c", UNTIL_GO + "echo resumed"))
    second = site.submit("second", "echo", "second", after=(first,))
    site.until(first, RunState.RUNNING)
    site.fleet.act(first, "yield")
    site.until(first, lambda run: run.attempt == 2 and run.state is RunState.RUNNING)
    site.until(second, RunState.QUEUED)
    site.cluster.put(f"{site.dir.name}/go", "")
    site.until(second, lambda run: run.over)
    site.until(first, lambda run: run.over)  # its supervisor may still be cleaning up behind it
    runs = [site.fleet.runs[run] for run in (first, second)]
    assert [run.state for run in runs] == [RunState.DONE, RunState.DONE]
    assert (runs[1].started or 0) >= (runs[0].ended or 0) - 1


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_refused_at_submit(site: Site) -> None:
    """In the scheduler's own words, and nothing is left of it."""
    wishes: dict[str, dict[str, Any]] = {"(?i)invalid partition": {"partition": "nosuch"}}
    wishes["(?i)memory|configuration"] = {"slurm": ("--mem=99999G",)}
    if site.cluster.kind == "gridengine":
        wishes = {"unknown resource": {"gridengine": ("-l", "nosuch=1")}}
    for words, wish in wishes.items():
        with pytest.raises(Refused, match=words):
            site.submit("wrong", "true", **wish)
    assert not [run for run in site.fleet.runs.values() if not run.foreign]
    folder = site.dir / ".nerotui/runs"
    assert not folder.exists() or not list(folder.iterdir())
    assert site.listed() == {} or all(run["name"] != "wrong" for run in site.listed().values())


@pytest.mark.parametrize("cluster", ["gridengine"], indirect=True)
def test_a_limit_of_grid_engine(site: Site) -> None:
    run = site.submit("long", "sleep", "1000", gridengine=("-l", "h_rt=3"))
    assert "limit" in str(site.until(run, RunState.TIMEOUT, 30).reason)
    gone(site)
    soon(site, run, RunState.TIMEOUT)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_a_limit_of_slurm(site: Site) -> None:
    """Slurm looks at limits every half minute; the run is told before, writes its checkpoint, and is a timeout."""
    told = site.train("told", slurm=("--time=1",))
    deaf = site.submit("deaf", "sh", "-c", "trap '' TERM USR1; while :; do sleep 0.1; done", slurm=("--time=1",))
    for run in (told, deaf):
        assert "limit" in str(site.until(run, RunState.TIMEOUT, 130).reason)
    assert "checkpoint written" in site.log(told)
    gone(site)
    for run in (told, deaf):
        soon(site, run, RunState.TIMEOUT)


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_preempted_put_back_and_carried_on(site: Site) -> None:
    node = site.cluster.slurm.nodes[2]
    run = site.train("victim", slurm=("--exclusive", f"--nodelist={node}"))
    site.until(run, lambda run: run.metrics)
    other = site.submit("other", "sleep", "4", slurm=("--exclusive", f"--nodelist={node}", "--partition=high"))
    site.until(other, RunState.DONE, 60)
    again = site.until(run, lambda run: run.attempt == 2 and run.state is RunState.RUNNING, 60)
    assert again.exit_code is None
    ends = [event.text for event in site.fleet.show(run).events]
    assert any("higher priority" in text for text in ends), ends
    site.until(run, lambda _: site.log(run).count("begins after step") == 2)


@pytest.mark.parametrize("cluster", SLURM, indirect=True)
def test_its_node_goes_down(site: Site) -> None:
    slurm = site.cluster.slurm
    node = slurm.nodes[1]
    put_back = site.submit("put-back", "sleep", "1000", slurm=(f"--nodelist={node}",))
    for_good = site.submit("for-good", "sleep", "1000", slurm=(f"--nodelist={node}", "--no-requeue"))
    for run in (put_back, for_good):
        site.until(run, RunState.RUNNING)
    with slurm.without(node):
        slurm.run("scontrol", "update", f"nodename={node}", "state=down", "reason=dead")
        lost = site.until(for_good, lambda run: run.over, POLL + SLACK)
        assert lost.state is RunState.LOST
        assert "node" in str(lost.reason)
        site.until(put_back, RunState.QUEUED, POLL + SLACK)
    assert site.until(put_back, RunState.RUNNING, 60).attempt == 2
    soon(site, for_good, RunState.LOST)


@pytest.mark.parametrize("cluster", ["gridengine"], indirect=True)
def test_its_host_dies_and_comes_back(site: Site) -> None:
    """Grid Engine believes in a host for a while; when it is back without the job, that is started again."""
    run = site.train("training")
    site.until(run, lambda run: run.metrics)
    with site.cluster.scheduler.without("execd"):
        time.sleep(2 * POLL)
        assert site.fleet.runs[run].state in (RunState.RUNNING, RunState.LOST)
    again = site.until(run, lambda run: run.attempt == 2 and run.state is RunState.RUNNING, 60)
    assert again.exit_code is None
    site.until(run, lambda _: site.log(run).count("begins after step") == 2)
