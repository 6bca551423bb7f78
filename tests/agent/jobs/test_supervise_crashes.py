"""A supervisor in a job that dies at whichever write: nothing outlives it, and no attempt starts twice."""

import os
import subprocess
import sys
from pathlib import Path

from tests.agent.jobs.job import JobRig
from tests.agent.runs.rig import ENDED, until

CRASH = str(Path(__file__).parents[1] / "runs/crash.py")
HERE = str(Path(__file__).parents[3])
#: Each write takes more than a second: of all some seventy every third is died at. With 1 it takes a minute and a half.
STEP = 3


def test_a_job_that_dies_at_any_write_and_comes_back_starts_each_attempt_once(tmp_path: Path) -> None:
    rigs = []
    try:
        for at in range(1, 200, STEP):
            rig = JobRig(tmp_path / f"root{at}")
            rigs.append(rig)
            run = rig.submit("echo $NEROTUI_ATTEMPT >> marks")
            done = subprocess.run(
                [sys.executable, CRASH, str(at), "one", "job", str(rig.path), run],
                env={**os.environ, "PYTHONPATH": HERE, "SLURM_JOB_ID": "7"},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.stderr == ""
            if not (rig.path / "killed").exists():
                assert rig.state(run) == "done"
                break
            until(lambda: not rig.members(run) and not rig.processes("supervise", run), 20)  # noqa: B023 - asked now
            assert rig.start(run, restarts=1).left() == 0, (at, rig.jobs[-1].said)
            path = rig.path / "marks"
            marks = path.read_text().split() if path.exists() else []
            assert len(set(marks)) == len(marks), at
            # Or it was the child that died, when it was about to become the command.
            assert marks or rig.ended(run)["reason"] == "ended by SIGKILL, which nerotui did not send", at
            assert rig.state(run) in ENDED, at
            assert rig.state(run) not in ("lost", "failed"), at
            assert rig.line.entries() == [], at
        else:
            raise AssertionError("it is never over")
        assert at > 25
    finally:
        for rig in rigs:
            rig.close()
