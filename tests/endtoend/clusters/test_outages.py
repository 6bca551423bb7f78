"""A scheduler's daemon stops, or the way to the cluster breaks: nothing is lost or made up, and it comes back alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from nerotui.errors import NerotuiError
from tests.endtoend.clusters.site import POLL, SLACK, Site
from tests.rigs.cluster.cluster import NAME, Cluster
from tests.rigs.cluster.fixtures import EACH
from tests.rigs.relay import Relay

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]

UNTIL_GO = "while [ ! -e {} ]; do sleep 0.1; done"
#: Seconds until a program of a scheduler gives up whose daemon is away (squeue tries for nine).
PATIENCE = 25.0


def controller(site: Site) -> str:
    """The daemon without which the scheduler does not answer."""
    return "qmaster" if site.cluster.backend == "gridengine" else "slurmctld"


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_the_controller_stops(site: Site) -> None:
    """What runs goes on and is watched through its folder; what waits keeps the last word, and its age shows."""
    runs = {name: site.submit(name, "sh", "-c", UNTIL_GO.format(name)) for name in ("during", "after")}
    waiting = site.submit("waiting", "true", held=True)
    for run in runs.values():
        site.until(run, RunState.RUNNING)
    site.until(waiting, RunState.HELD)
    site.until(waiting, lambda run: run.checked)
    jobs = {name: site.job(run) for name, run in {**runs, "waiting": waiting}.items()}
    with site.cluster.scheduler.without(controller(site)):
        stopped = time.time()
        site.cluster.put(f"{site.dir.name}/during", "")
        site.until(runs["during"], RunState.DONE, SLACK)
        with pytest.raises(NerotuiError):
            site.submit("refused", "true")
        seen = set()
        while not site.host.jobs_note:
            seen |= {(name, site.fleet.runs[run].state) for name, run in {**runs, "waiting": waiting}.items()}
            assert time.time() < stopped + PATIENCE, "nothing is said of the outage"
            time.sleep(0.1)
        assert seen <= {
            ("during", RunState.RUNNING), ("during", RunState.DONE), ("after", RunState.RUNNING),
            ("waiting", RunState.HELD),
        }  # fmt: skip
        assert site.host.state == "up"
        assert "answer" in str(site.host.jobs_note), site.host.jobs_note
        assert (site.fleet.runs[waiting].checked or 0) < stopped + POLL
        assert site.host.jobs_seen is None or site.host.jobs_seen < stopped + POLL
    back = time.time()
    site.until(waiting, lambda _: (site.host.jobs_seen or 0) > back, PATIENCE)
    assert site.host.jobs_note is None
    site.cluster.put(f"{site.dir.name}/after", "")
    site.until(runs["after"], RunState.DONE, SLACK)
    site.fleet.act(waiting, "release")
    site.until(waiting, RunState.DONE)
    for name, run in {**runs, "waiting": waiting}.items():
        assert site.job(run) == jobs[name]
        assert site.fleet.runs[run].attempt == 1
    assert "refused" not in [run.name for run in site.fleet.runs.values()]


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_the_accounting_stops(site: Site) -> None:
    ends = site.submit("ends", "sh", "-c", UNTIL_GO.format("go"))
    dies = site.submit("dies", "sleep", "1000")
    site.until(ends, RunState.RUNNING)
    site.until(dies, RunState.RUNNING)
    with site.cluster.scheduler.without("slurmdbd"):
        site.cluster.put(f"{site.dir.name}/go", "")
        site.until(ends, RunState.DONE, POLL + SLACK)
        site.cluster.run("scancel", site.job(dies))
        site.until(dies, RunState.KILLED, POLL + SLACK)
        new = site.submit("new", "true")
        site.until(new, RunState.DONE)
    site.until(dies, RunState.KILLED)
    site.until(new, RunState.DONE)


@pytest.fixture
def relayed(cluster: Cluster, tmp_path: Path) -> Iterator[tuple[Site, Relay]]:
    """A user whose way to the cluster leads through a relay."""
    host = cluster.host
    config = cluster.farm.config.read_text()
    with Relay((host.address, host.port)) as relay:
        cluster.farm.alias(NAME, host, HostName=relay.address, Port=relay.port, User=cluster.user)
        # The first section of a name counts, and the newest is the last.
        sections = cluster.farm.config.read_text()
        first, last = sections.index(f"Host {NAME}\n"), sections.rindex(f"Host {NAME}\n")
        cluster.farm.config.write_text(sections[:first] + sections[last:])
        line = host.known_hosts_line().replace(f"[{host.address}]:{host.port}", f"[{relay.address}]:{relay.port}")
        cluster.farm.trust(line)
        try:
            site = Site(cluster, tmp_path)
            yield site, relay
            site.fleet.close()
        finally:
            cluster.farm.config.write_text(config)


@pytest.mark.parametrize("cluster", ["process", *EACH], indirect=True)
def test_the_line_is_cut(relayed: tuple[Site, Relay]) -> None:
    site, relay = relayed
    run = site.submit("ends", "sh", "-c", UNTIL_GO.format("go"))
    site.until(run, RunState.RUNNING)
    waiting = site.submit("waiting", "true", held=True)
    site.until(waiting, RunState.HELD)
    relay.refuse()
    relay.cut()
    stale = site.until(run, lambda run: run.stale, 20)
    assert stale.state is RunState.RUNNING
    assert site.host.seen is not None
    assert site.host.seen < time.time()
    assert site.fleet.runs[waiting].state is RunState.HELD
    site.cluster.put(f"{site.dir.name}/go", "")
    relay.refuse(False)
    site.until(run, RunState.DONE, 60)
    assert not site.until(waiting, RunState.HELD).stale
    assert site.fleet.runs[run].attempt == 1
