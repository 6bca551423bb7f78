"""What commands print of a cluster: what is free, what would be handed in, why a run waits, what the site refuses."""

from __future__ import annotations

import json
import re

import pytest

from nerotui.agent.states import RunState
from tests.endtoend.clusters.site import Site
from tests.rigs.cluster.cluster import NAME
from tests.rigs.cluster.fixtures import BATCH
from tests.tui.e2e.console import select
from tests.tui.e2e.terminal import needs_tmux

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]
on_clusters = pytest.mark.parametrize("cluster", BATCH, indirect=True)


@on_clusters
def test_what_is_free(site: Site) -> None:
    said = site.nerotui("hosts")
    assert re.search(rf"{NAME} +up .* {site.cluster.backend}, \d+ (gpu|cpu)s? free", said)
    assert re.search(r"^  (main\*|all\.q) .*\d+/\d+", said, re.MULTILINE)
    host = json.loads(site.nerotui("hosts", "--json", "--host", NAME))["hosts"][0]
    assert host["backend"] == site.cluster.backend
    assert {partition["name"] for partition in host["partitions"]} & {"main", "all.q"}
    assert host["jobs_age_s"] < 30
    doctor = site.nerotui("doctor", "--host", NAME, check=False)
    assert re.search(r"ok +scheduler: (Slurm|Grid Engine) tells of your jobs", doctor)


@on_clusters
def test_a_dry_run_prints_the_job_script_and_leaves_nothing(site: Site) -> None:
    where = ("--host", NAME, "--dir", str(site.dir))
    said = site.nerotui("run", *where, "--name", "two words", "--time", "20m", "--dry-run", "--", "true", check=False)
    assert said.startswith("#!/bin/sh\n")
    assert "supervise" in said
    submit = r"would be handed in with: (sbatch .*'--job-name=two words'.*--time=20|qsub .*-N two_words .*h_rt=1200)"
    assert re.search(submit, said)
    assert "nothing was queued" in said
    assert site.listed() == {}
    assert site.cluster.scheduler.left(site.cluster.user) == []


@pytest.mark.parametrize("cluster", ["process"], indirect=True)
def test_a_dry_run_without_a_scheduler_says_what_would_be_queued(site: Site) -> None:
    said = site.nerotui("run", "--host", NAME, "--dir", str(site.dir), "--dry-run", "--", "echo", "a b")
    assert re.search(r"^command +echo 'a b'$", said, re.MULTILINE)
    assert site.listed() == {}


@needs_tmux
@pytest.mark.tmux
@on_clusters
def test_a_job_and_its_limit(site: Site) -> None:
    run = site.train("limited", time=3600.0)
    site.until(run, RunState.RUNNING)
    said = site.nerotui("show", run)
    job = site.job(run)
    assert re.search(rf"^job +{job}(, .*)?, (Slurm|Grid Engine)$", said, re.MULTILINE)
    assert re.search(r"^time limit +1h$", said, re.MULTILINE)
    assert f"{run}  time limit 30m" in site.nerotui("limit", run, "30m")
    site.until(run, lambda run: run.time_limit == 1800.0)
    if site.cluster.backend != "slurm":
        return
    # Slurm lets administrators alone lengthen it; the console says so on the key, and asks no second time.
    assert "administrators" in site.nerotui("limit", run, "2h", check=False)
    with site.console() as terminal:
        select(terminal, "limited")
        for _ in range(2):
            terminal.send("T")
            terminal.wait_for("Change the time limit")
            terminal.send("C-u")
            terminal.type("2h\n")
            terminal.wait_for("lets only administrators")
            terminal.wait_for("lets only administrators", gone=True, timeout=30)
        terminal.send("question_mark")
        terminal.wait_for("type to search")
        terminal.type("limit")
        terminal.wait_for(re.compile(rf"On {NAME}:.*this site lets only administrators", re.DOTALL))
    assert site.fleet.runs[run].time_limit == 1800.0


@on_clusters
def test_why_a_run_waits_for_another(site: Site) -> None:
    first = site.train("first")
    site.until(first, RunState.RUNNING)
    second = site.nerotui("run", "--host", NAME, "--dir", str(site.dir), "--after", "first", "--", "true").strip()
    site.until(second, RunState.QUEUED)
    assert site.listed()[second]["after"] == [first]
    assert re.search(r"another job|first", site.nerotui("why", second))
    assert "is on cluster" in site.nerotui("run", "--host", "local", "--after", first, "--", "true", check=False)
