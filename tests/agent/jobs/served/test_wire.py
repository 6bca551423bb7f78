"""A scheduler's run over the wire: submitted, its job kept, started by the scheduler, judged."""

import json
from pathlib import Path

from tests.agent.jobs.served.site import Site


def test_a_run_waits_in_the_schedulers_queue_until_its_job_starts_it(site: Site) -> None:
    answer = site.submit("aaaa2222", "echo here; exit 3")
    assert answer["script"] == str(site.folder("aaaa2222") / "job.sh")
    assert (answer["run"]["state"], answer["run"]["backend"], answer["run"]["job"]) == ("queued", "slurm", None)
    assert len(site.line()) == 1
    assert site.line("login") == []
    argv = ["sbatch", "--parsable", answer["script"]]
    job = {"scheduler": "slurm", "id": "17", "argv": argv}
    assert site.far.ok("job", run="aaaa2222", attempt=1, job=job)["run"]["job"] == "17"
    kept = json.loads((site.folder("aaaa2222") / "job.json").read_text())
    assert (kept["attempt"], kept["id"], kept["argv"]) == (1, "17", argv)
    assert site.start("aaaa2222").wait(20) == 3
    ended = site.record("aaaa2222")
    assert (ended["state"], ended["exit_code"], ended["job"], ended["node"]) == ("failed", 3, "17", "node1")
    assert site.line() == []
    # A second job of the same attempt finds nothing to do.
    assert site.start("aaaa2222").wait(20) == 0
    assert Path(site.folder("aaaa2222") / "log").read_text() == "here\n"


def test_the_same_run_again_is_no_error(site: Site) -> None:
    first = site.submit("aaaa2222")
    assert site.submit("aaaa2222") == first
    assert len(site.line()) == 1


def test_a_job_that_ended_before_it_started_anything_is_judged(site: Site) -> None:
    site.submit("aaaa2222")
    record = site.judge("aaaa2222", 1, "killed", "cancelled by its owner")
    assert (record["state"], record["reason"]) == ("killed", "cancelled by its owner")
    assert site.line() == []
    assert site.judge("aaaa2222", 1, "failed", "another opinion")["state"] == "killed"


def test_a_program_of_the_scheduler_is_run_without_a_shell(site: Site) -> None:
    site.submit("aaaa2222")
    answer = site.far.ok("exec", argv=["printf", "%s|", "a b", "$HOME", "'"], run="aaaa2222", attempt=1, timeout=5)
    assert answer == {"code": 0, "out": "a b|$HOME|'|", "err": ""}
    kept = json.loads((site.folder("aaaa2222") / "job.answer").read_text())
    assert (kept["attempt"], kept["code"], kept["out"]) == (1, 0, "a b|$HOME|'|")


def test_hello_tells_of_no_scheduler_where_none_is_configured(site: Site) -> None:
    assert site.far.hello["schedulers"] == []
