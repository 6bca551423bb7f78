"""What is asked of a scheduler's run on a login node, whichever it is: the same words as on any host."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.run.bundles import AGE, MARK, Bundles
from nerotui.agent.run.layout import Root
from nerotui.agent.run.upkeep import OTHERS
from tests.agent.jobs.served.site import Site
from tests.agent.serve.far import Far

LOOP = "echo here; while :; do sleep 0.05; done"


@pytest.fixture
def other(site: Site) -> Iterator[Site]:
    """Another login node of the same cluster."""
    with Far(sys.executable, env={"NEROTUI_HOSTNAME": "login2", "NEROTUI_MACHINE_ID": "0123456789ab"}) as far:
        far.greet(site.root)
        yield Site(far, site.root)


def test_what_waits_is_held_released_moved_and_removed(site: Site, other: Site) -> None:
    site.submit("aaaa2222")
    site.submit("aaaa3333")
    assert other.act("aaaa2222", "hold")["state"] == "held"
    assert site.record("aaaa3333")["position"] is None  # that is for the scheduler to say
    assert site.start("aaaa2222").wait(20) == 0  # a held run is not started, whatever its scheduler does
    assert site.record("aaaa2222")["state"] == "held"
    assert site.act("aaaa2222", "release")["state"] == "queued"
    assert other.act("aaaa3333", "move", to="front")["state"] == "queued"
    assert site.line()[0].split("~")[2] == "aaaa3333"
    other.act("aaaa3333", "remove")
    assert not site.folder("aaaa3333").exists()
    assert site.far.refused("show", run="aaaa3333")["code"] == "no_such_run"
    assert len(site.line()) == 1


def test_a_held_run_is_submitted_held(site: Site) -> None:
    assert site.submit("aaaa2222", held=True)["run"]["state"] == "held"
    assert site.line()[0].startswith("h~")
    assert site.far.ok("why", run="aaaa2222")["why"].startswith("it is held")


def test_what_waits_is_killed_at_once(site: Site) -> None:
    site.submit("aaaa2222")
    record = site.act("aaaa2222", "kill")
    assert (record["state"], record["reason"]) == ("killed", "killed as me asked while it waited")
    assert site.start("aaaa2222").wait(20) == 0
    assert site.record("aaaa2222")["state"] == "killed"


def test_what_runs_elsewhere_is_asked(site: Site, other: Site) -> None:
    site.submit("aaaa2222", LOOP)
    job = site.start("aaaa2222")
    site.reach("aaaa2222", "running")
    assert site.record("aaaa2222")["node"] == "node1"
    other.act("aaaa2222", "freeze")
    site.reach("aaaa2222", "paused")
    site.act("aaaa2222", "thaw")
    site.reach("aaaa2222", "running")
    assert site.far.refused("tree", run="aaaa2222")["code"] == "elsewhere"
    other.act("aaaa2222", "kill", now=True)
    job.wait(20)
    record = site.record("aaaa2222")
    assert (record["state"], record["reason"]) == ("killed", "killed as me asked (SIGKILL)")


def test_another_attempt_starts_from_the_agent_of_today(site: Site) -> None:
    site.submit("aaaa2222", "exit 1")
    site.far.ok("job", run="aaaa2222", attempt=1, job={"scheduler": "slurm", "id": "17", "argv": ["sbatch"]})
    site.start("aaaa2222").wait(20)
    script = site.folder("aaaa2222") / "job.sh"
    text = script.read_text()
    script.write_text(text.replace("/bundle/", "/bundle/old/"))
    record = site.act("aaaa2222", "retry")
    assert (record["state"], record["attempt"], record["job"]) == ("queued", 2, None)
    assert script.read_text() == text
    assert script.stat().st_mode & 0o777 == 0o700
    assert site.far.ok("why", run="aaaa2222")["why"] == "it has no job of Slurm yet"
    site.far.ok("job", run="aaaa2222", attempt=2, job={"scheduler": "slurm", "id": "18", "argv": ["sbatch"]})
    assert site.far.ok("why", run="aaaa2222")["why"] == "it waits until Slurm starts its job 18"
    # What comes late of an attempt that is over changes nothing.
    site.far.ok("job", run="aaaa2222", attempt=1, job={"scheduler": "slurm", "id": "17", "argv": ["sbatch"]})
    assert site.record("aaaa2222")["job"] == "18"
    # The job that the supervisor finds itself in is the one that counts.
    site.start("aaaa2222", job="19").wait(20)
    assert site.record("aaaa2222")["job"] == "19"


def test_a_time_limit_can_be_changed_while_a_run_waits(site: Site) -> None:
    site.submit("aaaa2222", LOOP, time=3600.0, grace=0)
    assert site.record("aaaa2222")["time_limit"] == 3600.0
    assert site.act("aaaa2222", "limit", seconds=1.0)["time_limit"] == 1.0
    for wrong in (0, -1, "1h", True, 1e11):
        request = {"run": "aaaa2222", "action": "limit", "who": "me", "attempt": None, "args": {"seconds": wrong}}
        assert site.far.refused("act", **request)["code"] == "bad_request"
    site.start("aaaa2222").wait(20)
    assert site.record("aaaa2222")["state"] == "timeout"
    assert site.act("aaaa2222", "retry")["time_limit"] == 1.0
    assert site.act("aaaa2222", "limit", seconds=None)["time_limit"] is None
    assert site.act("aaaa2222", "kill")["state"] == "killed"


def test_an_end_on_record_frees_a_run_from_a_supervisor_that_never_let_go(site: Site) -> None:
    site.submit("aaaa2222", "exit 3")
    (entry,) = site.line()
    site.start("aaaa2222").wait(20)
    claim = "c" + entry[1:] + "~q~node1,0123456789ab,01234567,1,17,42"
    (site.root / "queue" / "@slurm" / "line" / claim).touch()
    assert site.record("aaaa2222")["state"] == "failed"
    assert site.act("aaaa2222", "retry")["attempt"] == 2
    assert [name.split("~")[0] for name in site.line()] == ["q"]


def test_a_folder_whose_submission_died_gets_its_entry(site: Site) -> None:
    site.submit("aaaa2222")
    site.submit("aaaa3333", held=True)
    line = site.root / "queue" / "@slurm" / "line"
    before = site.line()
    for name in before:
        (line / name).unlink()
    assert site.submit("aaaa2222")["run"]["state"] == "queued"  # asked again, by whoever never got the answer
    assert site.line() == before[1:]
    for _ in range(2):
        site.store.contact()
    assert site.line() == before[1:]  # this is another host, and the one that submitted it may be at it
    document = site.folder("aaaa3333") / "run.json"
    spec = json.loads(document.read_text())
    document.write_text(json.dumps({**spec, "created_here": spec["created_here"] - OTHERS}))
    for _ in range(2):
        site.store.contact()
    assert [name.split("~")[2] for name in site.line() if name.startswith("h~")] == ["aaaa3333"]
    assert not [name for name in os.listdir(site.root / "queue") if not name.startswith("@") and site.line(name)]


def test_a_bundle_that_a_waiting_job_will_start_from_stays(site: Site) -> None:
    site.submit("aaaa2222")
    old = [f"{number:064x}" for number in range(6)]
    long_ago = time.time() - 2 * AGE
    for name in old:
        folder = site.root / "bundle" / name
        folder.mkdir()
        (folder / MARK).touch()
        os.utime(folder / MARK, (long_ago, long_ago))
    script = site.folder("aaaa2222") / "job.sh"
    script.write_text(script.read_text().replace(str(site.root / "bundle"), f"{site.root}/bundle/{old[2]}/x"))
    Bundles(Root(str(site.root))).look(time.time())
    left = set(os.listdir(site.root / "bundle"))
    assert old[2] in left
    assert len(left & set(old)) < len(old)
    site.act("aaaa2222", "kill")
    Bundles(Root(str(site.root))).look(time.time())


def test_all_that_is_known_of_a_job_is_shown(site: Site) -> None:
    site.submit("aaaa2222", "true")
    assert site.far.ok("show", run="aaaa2222")["job"] == {
        "kept": None,
        "answer": None,
        "started": None,
        "out": None,
        "script": str(site.folder("aaaa2222") / "job.sh"),
    }
    site.far.ok("exec", argv=["echo", "17"], run="aaaa2222", attempt=1)
    site.far.ok("job", run="aaaa2222", attempt=1, job={"scheduler": "slurm", "id": "17", "argv": ["sbatch", "x"]})
    site.start("aaaa2222").wait(20)
    (site.folder("aaaa2222") / "job.out").write_bytes(b"x" * 5000 + b"\xff CANCELLED\n")
    job = site.far.ok("show", run="aaaa2222")["job"]
    assert (job["kept"]["id"], job["answer"]["out"], job["started"]["node"]) == ("17", "17\n", "node1")
    assert job["out"].endswith("CANCELLED\n")
    assert len(job["out"]) == 4096
    json.dumps(job)


def test_whoever_watches_hears_of_a_job_that_another_link_submitted(site: Site, other: Site) -> None:
    site.submit("aaaa2222")
    site.submit("aaaa3333")
    other.far.ok("watch", stats=0, runs=True)
    assert len(other.far.push("runs")["runs"]) == 2
    job = {"scheduler": "slurm", "id": "17", "argv": ["sbatch"]}
    site.far.ok("job", run="aaaa3333", attempt=1, job=job)
    pushed = [(run["id"], run["job"]) for run in other.far.push("runs")["runs"]]
    assert pushed == [("aaaa3333", "17")]


def test_a_job_must_be_one(site: Site) -> None:
    site.submit("aaaa2222")
    good = {"scheduler": "slurm", "id": "17", "argv": ["sbatch"]}
    for wrong in (None, {**good, "id": 17}, {**good, "argv": []}, {**good, "scheduler": None}):
        assert site.far.refused("job", run="aaaa2222", attempt=1, job=wrong)["code"] == "bad_request"
    assert site.far.refused("job", run="zzzz2222", attempt=1, job=good)["code"] == "no_such_run"
    assert not (site.folder("aaaa2222") / "job.json").exists()


def test_schedulers_are_told_where_they_are_configured(tmp_path: Path) -> None:
    programs = tmp_path / "own/bin"
    programs.mkdir(parents=True)
    for name in ("sbatch", "squeue", "qsub", "qstat"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o700)
    conf, sge = tmp_path / "slurm.conf", tmp_path / "sge"
    conf.touch()
    sge.mkdir()
    path = f"{programs}:/usr/bin:/bin"
    for variables, found in (
        ({"SLURM_CONF": str(conf)}, ["slurm"]),
        ({"SLURM_CONF": str(tmp_path / "gone")}, []),
        ({"SLURM_CONF": str(conf), "SGE_ROOT": str(sge)}, ["slurm", "gridengine"]),
        ({"SLURM_CONF": str(conf), "SGE_ROOT": str(tmp_path / "gone")}, ["slurm"]),
        ({"SLURM_CONF": str(conf), "PATH": "/nonexistent"}, []),
    ):
        with Far(sys.executable, env={"PATH": path, **variables}) as far:
            far.greet(tmp_path / "root")
            assert far.hello["schedulers"] == found
    (tmp_path / "own/etc").mkdir()
    (tmp_path / "own/etc/slurm.conf").touch()
    with Far(sys.executable, env={"PATH": path}) as far:
        far.greet(tmp_path / "root")
        assert far.hello["schedulers"] == ["slurm"]
