"""The wire against a real Slurm: what a link needs to submit a run, follow its job and judge it, and nothing else."""

import base64
import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.jobs.served.conftest import end_all
from tests.agent.jobs.served.site import Site
from tests.agent.serve.far import Far
from tests.rigs.slurm.cluster import missing, start_slurm


@pytest.fixture(scope="module")
def slurm(unpacked: Path) -> Iterator[Site]:
    """The login node of a small cluster of one's own."""
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())}")
    with tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as name, start_slurm(Path(name) / "s") as cluster:
        root = Path(name) / "it's a root"
        root.mkdir(mode=0o700)
        shutil.copytree(unpacked, root / "bundle")
        with Far(sys.executable, env=cluster.env) as far:
            far.greet(root)
            site = Site(far, root)
            yield site
            far.ok("exec", argv=["scancel", "--user", "root"])
            end_all(root)


def submitted(site: Site, run: str, script: str, *options: str) -> str:
    """Hands a run's job in, as the engine does."""
    argv = ["sbatch", "--parsable", "--output", str(site.folder(run) / "job.out"), *options, script]
    answer = site.far.ok("exec", argv=argv, run=run, attempt=1, timeout=20)
    assert answer["code"] == 0, answer
    job: str = answer["out"].strip()
    site.far.ok("job", run=run, attempt=1, job={"scheduler": "slurm", "id": job, "argv": argv})
    return job


def test_a_run_from_its_submission_to_its_end(slurm: Site) -> None:
    assert slurm.far.hello["schedulers"] == ["slurm"]
    answer = slurm.submit("aaaa2222", "echo step 1 loss 0.5; echo $SLURM_JOB_ID; exit 3")
    job = submitted(slurm, "aaaa2222", answer["script"])
    record = slurm.reach("aaaa2222", "failed", "done", "lost")
    assert (record["state"], record["exit_code"], record["job"]) == ("failed", 3, job)
    assert slurm.log("aaaa2222") == f"step 1 loss 0.5\n{job}\n"
    slurm.until(lambda: state(slurm, job) == "FAILED", "Slurm's own word")


def test_a_job_that_is_cancelled_while_it_waits(slurm: Site) -> None:
    answer = slurm.submit("aaaa3333")
    job = submitted(slurm, "aaaa3333", answer["script"], "--hold")
    assert slurm.far.ok("exec", argv=["scancel", job])["code"] == 0
    slurm.until(lambda: state(slurm, job) == "CANCELLED", "its end")
    assert slurm.record("aaaa3333")["state"] == "queued"
    assert slurm.judge("aaaa3333", 1, "killed", "cancelled")["state"] == "killed"


def test_a_refused_submission_leaves_no_run_behind(slurm: Site) -> None:
    answer = slurm.submit("aaaa4444")
    argv = ["sbatch", "--parsable", "--partition=nosuch", answer["script"]]
    refused = slurm.far.ok("exec", argv=argv, run="aaaa4444", attempt=1)
    assert refused["code"] == 1
    assert "invalid partition specified: nosuch" in refused["err"]
    slurm.act("aaaa4444", "remove")
    assert not slurm.folder("aaaa4444").exists()


def test_hundreds_of_jobs_fit_into_one_answer(slurm: Site) -> None:
    jobs = 300
    script = 'for i in $(seq $0); do sbatch --hold --job-name="a run|$i ä" -o /dev/null --wrap true || exit 1; done'
    assert slurm.far.ok("exec", argv=["sh", "-c", script, str(jobs)], timeout=60)["code"] == 0
    packed = slurm.far.ok("exec", argv=["squeue", "--json", "--user", "root"], timeout=20)["packed"]
    answer = json.loads(zlib.decompress(base64.b64decode(packed)))
    assert answer["code"] == 0
    names = [job["name"] for job in json.loads(answer["out"])["jobs"] if job["name"].startswith("a run|")]
    assert sorted(names) == sorted(f"a run|{number} ä" for number in range(1, jobs + 1))
    # What a frame may hold is enough for thousands.
    assert len(packed) < 100 * jobs


def state(site: Site, job: str) -> str:
    found: str = site.far.ok("exec", argv=["squeue", "-h", "-t", "all", "-o", "%T", "-j", job])["out"]
    return found.strip()
