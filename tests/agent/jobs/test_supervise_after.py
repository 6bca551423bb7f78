"""A job whose run waits for others looks at them once more when it starts: schedulers know only their earlier jobs."""

from pathlib import Path

import pytest

from nerotui.agent import durable
from tests.agent.jobs.job import JobRig

SUBMIT = '#!/bin/sh\nprintf "%s\\n" "$@" > "$0.called"\necho 99\n'


def kept(rig: JobRig, run: str, folder: Path, job: str | None, *options: str) -> Path:
    """Has it on record how a run's job was submitted, by a program of the test's."""
    program = folder / "submit"
    program.write_text(SUBMIT)
    program.chmod(0o700)
    argv = [str(program), *options, "job.sh"]
    record = {"scheduler": rig.scheduler, "attempt": 1, "id": job, "argv": argv, "submitted": 1.0}
    durable.replace(f"{rig.path}/runs/{run}/job.json", durable.to_json(record))
    return program


def test_a_run_whose_predecessor_is_done_starts(gridengine: JobRig) -> None:
    first = gridengine.submit("exit 0")
    gridengine.done(first)
    second = gridengine.submit("echo second", after=[first], after_any=[first])
    assert gridengine.done(second)["state"] == "done"


def test_a_run_whose_predecessor_failed_is_not_started(gridengine: JobRig) -> None:
    first = gridengine.submit("exit 3")
    gridengine.done(first)
    second = gridengine.submit("echo second", after=[first])
    assert gridengine.start(second).left() != 0
    found = gridengine.record(second)
    assert found["state"] == "killed"
    assert found["reason"] == f"it was not started: the run that it waits for, a run ({first}), failed"
    assert gridengine.log(second) == ""
    assert gridengine.done(gridengine.submit("true", after_any=[first]))["state"] == "done"


@pytest.mark.parametrize("kind", ["slurm", "gridengine"])
def test_a_run_whose_predecessor_carries_on_gets_a_job_that_waits_for_that(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rig: JobRig = request.getfixturevalue(kind)
    first = rig.submit("exit 0")
    kept(rig, first, tmp_path, "41")
    second = rig.submit("echo second", after=[first])
    old = ["--dependency=afterany:40"] if kind == "slurm" else ["-hold_jid", "40"]
    program = kept(rig, second, tmp_path, "42", *old)
    assert rig.start(second, job="42").left() != 0
    called = Path(f"{program}.called").read_text().splitlines()
    assert called == (["--dependency=afterany:41"] if kind == "slurm" else ["-hold_jid", "41"]) + ["job.sh"]
    assert (rig.record(second)["state"], rig.record(second)["job"]) == ("queued", "99")
    rig.done(first)
    rig.start(second, job="99").left()
    assert rig.record(second)["state"] == "done"


def test_a_run_whose_predecessor_has_no_job_to_wait_for_is_held_with_the_reason(slurm: JobRig) -> None:
    first = slurm.submit("exit 0", held=True)
    second = slurm.submit("echo second", after=[first])
    slurm.start(second).left()
    found = slurm.record(second)
    assert (found["state"], found["reason"]) == ("held", f"it waits for a run ({first}), which is held")


def test_a_predecessor_that_slurm_preempted_may_still_come_back(slurm: JobRig) -> None:
    first = slurm.submit("echo here; exec sleep 1000")
    job = slurm.start(first)
    slurm.printed(first, "here")
    job.slurm_says("PREEMPTION")
    job.signal()
    job.left()
    second = slurm.submit("echo second", after=[first])
    slurm.start(second, job="8").left()
    assert slurm.state(second) != "killed"
