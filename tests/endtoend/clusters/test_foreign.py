"""Jobs that nerotui did not start: shown, their output followed and drawn, and every key works on them."""

from __future__ import annotations

import pytest

from nerotui.agent.states import RunState
from nerotui.errors import Refused
from tests.endtoend.clusters.site import Site
from tests.rigs.cluster.fixtures import BATCH, EACH
from tests.rigs.gridengine.cluster import GridEngine

pytestmark = [pytest.mark.root, pytest.mark.timeout(120)]

SCRIPT = "#!/bin/sh\ncd {}\nexec python3 -u train.py\n"


@pytest.fixture
def options(site: Site) -> list[str]:
    """What makes a job write into the site's folder, under its scheduler's own name for the file."""
    if isinstance(site.cluster.daemons, GridEngine):
        return ["-wd", str(site.dir), "-j", "y", "-N", "theirs"]
    return ["-D", str(site.dir), "-J", "theirs"]


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_its_output_is_followed_and_drawn(site: Site, options: list[str]) -> None:
    run = site.foreign(site.cluster.submit(SCRIPT.format(site.dir), *options))
    shown = site.until(run, RunState.RUNNING)
    assert shown.foreign
    assert shown.name == "theirs"
    site.until(run, lambda _: "step 3 loss" in site.log(run))
    site.until(run, lambda run: "loss" in run.metrics)
    (loss,) = (series for series in site.fleet.points(run) if series.name == "loss")
    assert [point[0] for point in loss.points][:3] == [1, 2, 3]
    listed = site.listed()[run]
    assert listed["state"] == "running"
    assert listed["name"] == "theirs"
    assert "loss" in listed["metrics"]


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_every_key_works_on_it(site: Site, options: list[str]) -> None:
    job = site.cluster.submit(SCRIPT.format(site.dir), *options)
    run = site.foreign(job)
    site.until(run, RunState.RUNNING)
    site.fleet.act(run, "freeze")
    site.until(run, RunState.PAUSED)
    before = site.log(run)
    site.fleet.act(run, "thaw")
    site.until(run, RunState.RUNNING)
    site.until(run, lambda _: len(site.log(run)) > len(before))
    held = ["-h"] if isinstance(site.cluster.daemons, GridEngine) else ["--hold"]
    second = site.cluster.submit(SCRIPT.format(site.dir), *options, *held)
    waiting = site.foreign(second)
    site.until(waiting, RunState.HELD)
    site.fleet.act(waiting, "kill")
    site.cluster.scheduler.until(lambda: second not in site.cluster.scheduler.left(), "it is gone")
    site.fleet.act(run, "kill")
    assert site.until(run, RunState.KILLED).reason


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_tasks_of_an_array_are_runs_with_logs_of_their_own(site: Site, options: list[str]) -> None:
    script = "#!/bin/sh\necho task $SLURM_ARRAY_TASK_ID\nsleep 1000\n"
    job = site.cluster.submit(script, *options, "--array=1-3", "-o", "out-%A_%a.txt")
    for task in (1, 2, 3):
        run = site.foreign(f"{job}_{task}")
        site.until(run, RunState.RUNNING)
        site.until(run, lambda _, run=run, task=task: site.log(run) == f"task {task}\n")  # type: ignore[misc]


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_what_only_administrators_may_do_is_said(site: Site, options: list[str]) -> None:
    """A job that root holds: its owner may not release it, and reads why."""
    job = site.cluster.submit(SCRIPT.format(site.dir), *options, "--begin=now+1hour")
    site.cluster.scheduler.run("scontrol", "hold", job)
    run = site.foreign(job)
    site.until(run, RunState.HELD)
    with pytest.raises(Refused, match=r"(?i)administrator|manager|operator"):
        site.fleet.act(run, "release")
    assert site.fleet.runs[run].state is RunState.HELD


@pytest.mark.parametrize("cluster", BATCH, indirect=True)
def test_how_it_ended(site: Site, options: list[str]) -> None:
    """Where something remembers it, its end is shown; nowhere is it shown as running."""
    run = site.foreign(site.cluster.submit("#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.1; done\nexit 3\n", *options))
    site.until(run, RunState.RUNNING)
    site.cluster.put(f"{site.dir.name}/go", "")
    shown = site.until(run, lambda run: run.over)
    assert shown.state in (RunState.FAILED, RunState.LOST)
    if site.cluster.kind != "slurm-noacct":
        assert shown.exit_code == 3
