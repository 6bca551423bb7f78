"""Slurm's words and answers; the samples beside this file were printed by Slurm 22.05 in a rig of its own."""

import json
from pathlib import Path

import pytest

from nerotui.backends.jobs import Files, Job, NotOffered, Output, Unreadable
from nerotui.backends.slurm import Slurm, job_name
from nerotui.backends.slurm.answers import duration
from nerotui.errors import Refused

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> Output:
    return Output(code=0, out=(SAMPLES / name).read_text(encoding="utf-8"))


def jobs(text: str) -> dict[str, Job]:
    return {job.id: job for job in Slurm().read_jobs(Output(code=0, out=text))}


def test_each_job_of_squeue_has_its_state_and_its_reason_in_plain_words() -> None:
    found = {job.id: job for job in Slurm().read_jobs(sample("squeue-22.05.json"))}
    assert {name: (str(job.state), job.reason) for name, job in found.items()} == {
        "1": ("done", None),
        "2": ("failed", "exit code 7"),
        "3": ("failed", "signal 11"),
        "4": ("running", None),
        "6": ("held", "held by its owner"),
        "8": ("queued", "the job that it waits for did not end as asked: it will never start"),
        "10": ("failed", "no node can ever give what it asks for"),
        "11": ("queued", "not free yet: it is next when what it asked for is"),
        "12_0": ("running", None),
        "12": ("queued", "array limit: as many of its tasks run as may at once"),
    }
    assert found["4"].name == 'name | with "odd" é'
    assert found["4"].run == "k3f7abcd"
    assert found["2"].exit_code == 7
    assert (found["3"].exit_code, found["3"].signal) == (None, 11)
    assert (found["10"].exit_code, found["10"].signal) == (None, None)
    assert found["12"].tasks == "2-5%2"
    assert found["11"].started is None
    assert found["11"].expected is not None
    assert found["4"].ended is None


def test_newer_versions_put_states_into_lists_and_flags_on_numbers() -> None:
    number = {"set": True, "infinite": False, "number": 3600}
    entry = {
        "job_id": 7,
        "array_job_id": {"set": True, "infinite": False, "number": 5},
        "array_task_id": {"set": True, "infinite": False, "number": 2},
        "job_state": ["RUNNING", "COMPLETING"],
        "name": "x",
        "start_time": number,
        "time_limit": {"set": False, "infinite": True, "number": 0},
        "exit_code": {"status": ["SUCCESS"], "return_code": {"set": True, "infinite": False, "number": 0}},
    }
    ended = {
        "job_id": {"set": True, "infinite": False, "number": 8},
        "array_task_id": {"set": False, "infinite": False, "number": 0},
        "job_state": ["FAILED"],
        "exit_code": {
            "status": ["SIGNALED"],
            "return_code": {"set": False, "infinite": False, "number": 0},
            "signal": {"id": {"set": True, "infinite": False, "number": 11}, "name": "SEGV"},
        },
    }
    found = jobs(json.dumps({"jobs": [entry, ended]}))
    assert str(found["5_2"].state) == "stopping"
    assert found["5_2"].raw == "RUNNING COMPLETING"
    assert found["5_2"].started == 3600
    assert found["5_2"].limit is None
    assert found["8"].signal == 11


def test_a_state_that_nobody_knows_is_shown_raw() -> None:
    found = jobs('{"jobs": [{"job_id": 3, "job_state": "MARTIAN", "state_reason": "Because"}]}')
    assert (found["3"].raw, found["3"].state, found["3"].reason) == ("MARTIAN", None, "Because")


def test_names_in_the_list_may_hold_anything() -> None:
    found = {job.id: job for job in Slurm().read_jobs(sample("squeue-22.05.txt"))}
    assert {name: (str(job.state), job.run) for name, job in found.items()} == {
        "1": ("running", "k3f7abcd"),
        "2": ("held", "x2345678"),
        "3": ("failed", None),
        "4": ("failed", None),
        "5": ("queued", None),
        "5_1": ("running", None),
        "6": ("queued", None),
        "7": ("queued", None),
        "8": ("failed", "refused2"),
    }
    assert found["2"].name == 'name | with "odd" é and a line'
    assert (found["2"].nice, found["2"].submitted) == (50, found["1"].submitted)
    assert (found["3"].exit_code, found["4"].signal, found["8"].exit_code) == (7, 11, None)
    assert (found["5"].tasks, found["5"].out, found["5_1"].tasks) == ("2-5%1", None, None)
    assert (found["5_1"].out, found["5_1"].err) == ("/home/root/o-5_1", "/home/root/e-5_1")
    assert (found["6"].limit, found["6"].gpus, found["6"].started) == (5400, 2, None)
    assert found["6"].expected is not None
    assert (found["1"].cluster, found["1"].out, found["1"].err) == ("rig", "/tmp/slurm-1.out", None)
    assert found["1"].started == found["3"].started


def test_a_version_that_does_not_know_the_list_is_asked_for_json() -> None:
    slurm = Slurm()
    for said in (
        Output(code=1, err="squeue: unrecognized option '--Format'\n"),
        Output(code=0, out="\n", err="squeue: error: Invalid job format specification: tres-alloc\n"),
    ):
        with pytest.raises(NotOffered):
            slurm.read_jobs(said)
    assert "--json" in slurm.jobs("alice", other=True).argv
    with pytest.raises(Unreadable):
        slurm.read_jobs(Output(code=0, out="half a record\x1f"))


def test_where_a_job_writes_is_known_from_the_list() -> None:
    entry = {"job_id": 17, "array_job_id": 15, "array_task_id": 3, "name": "lang", "user_name": "alice"}
    entry |= {"current_working_directory": "/home/alice/m", "job_state": "RUNNING", "batch_host": "node2"}
    for given, path in (
        ("arr-%A_%3a.out", "/home/alice/m/arr-15_003.out"),
        ("", "/home/alice/m/slurm-15_3.out"),
        ("/log/%x/%u-%j@%N%%", "/log/lang/alice-17@node2%"),
        ("%q.out", "/home/alice/m/%q.out"),
    ):
        (job,) = jobs(json.dumps({"jobs": [{**entry, "standard_output": given}]})).values()
        assert job.out == path
    waiting = {"job_id": 15, "array_job_id": 15, "array_task_string": "4-9", "job_state": "PENDING"}
    assert jobs(json.dumps({"jobs": [{**entry, **waiting, "array_task_id": None}]}))["15"].out is None
    shown = "JobId=17 ArrayJobId=15 ArrayTaskId=3 JobName=x\n   StdOut=/x/out\n   StdErr=/x/out\n   WorkDir=/x\n"
    assert Slurm().read_files(Output(code=0, out=shown)) == {"15_3": Files(out="/x/out", dir="/x")}


def test_accounting_knows_what_ended() -> None:
    found = {job.id: job for job in Slurm().read_ended(sample("sacct-22.05.txt"))}
    assert (str(found["2"].state), found["2"].exit_code, found["2"].reason) == ("failed", 7, "exit code 7")
    assert (found["3"].signal, found["3"].exit_code) == (11, None)
    assert found["2"].ended == found["2"].started + 1 if found["2"].started else False
    assert found["12_0"].limit == 365 * 86400
    assert found["4"].name == "name | with `odd` é"  # as accounting keeps it


def test_cancelled_timed_out_out_of_memory_and_preempted_are_told_apart() -> None:
    line = "\x1f".join(("{0}", "{1}", "{2}", "2026-11-21T10:00:00", "2026-11-21T10:00:01", "2026-11-21T10:00:09"))
    rest = "\x1f".join(("60", "node1", "main", "/home/a", "nerotui:abcdefgh", "a name"))
    states = {
        "CANCELLED by 1001": "0:0",
        "TIMEOUT": "0:0",
        "OUT_OF_MEMORY": "0:125",
        "PREEMPTED": "0:0",
        "NODE_FAIL": "1:0",
    }
    text = "\n".join(
        line.format(index, state, code) + "\x1f" + rest for index, (state, code) in enumerate(states.items())
    )
    found = Slurm().read_ended(Output(code=0, out=text))
    assert [str(job.state) for job in found] == ["killed", "timeout", "oom", "preempted", "lost"]
    assert found[0].reason == "cancelled by user 1001"
    assert {job.run for job in found} == {"abcdefgh"}


def test_partitions_say_what_is_free_now() -> None:
    main, high = Slurm().read_partitions(sample("sinfo-22.05.txt"))
    assert (main.name, main.default, main.nodes, main.nodes_free) == ("main", True, 3, 1)
    assert (main.cpus, main.cpus_free, main.gpus, main.gpus_free) == (12, 7, 6, 5)
    assert (main.memory, main.memory_free) == (12000 << 20, 11900 << 20)
    assert (high.name, high.default, high.limit) == ("high", False, None)


def test_a_program_that_failed_is_no_empty_answer() -> None:
    down = Output(code=1, err="slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n")
    with pytest.raises(Unreadable, match="Unable to contact slurm controller"):
        Slurm().read_jobs(down)
    with pytest.raises(Unreadable, match="cannot be read"):
        Slurm().read_jobs(Output(code=0, out='{"jobs": [{'))
    # As squeue of 22.05 has it while its controller is away.
    errors = '[{"description": "Failed while looking for jobs", "error_number": -1, "source": "slurm_load_jobs"}]'
    with pytest.raises(Unreadable, match="Failed while looking for jobs"):
        Slurm().read_jobs(Output(code=0, out=f'{{"meta": {{}}, "errors": {errors}, "jobs": []}}'))


def test_a_refusal_becomes_a_sentence() -> None:
    slurm = Slurm()
    denied = Output(code=1, err="Access/permission denied for job 9\nslurm_update error: Access/permission denied\n")
    assert (slurm.refusal("move", denied) or "").startswith("this site lets only administrators do that")
    assert slurm.refusal("kill", Output(code=0)) is None
    with pytest.raises(Refused, match="invalid partition specified: nosuch"):
        slurm.read_submitted(Output(code=1, err="sbatch: error: invalid partition specified: nosuch\n"))
    assert slurm.read_submitted(Output(code=0, out="1234;cluster\n")) == "1234"


def test_wishes_become_options_and_nothing_meets_a_shell() -> None:
    run = {"id": "abcdefgh", "name": "a; rm -rf\n| $HOME", "dir": "/home/a b", "gpus": 2, "time": 90, "memory": 3 << 30}
    command = Slurm().submit("/root/runs/abcdefgh/job.sh", {**run, "slurm": ["--constraint=a100"], "held": True})
    assert command.argv == (
        "sbatch",
        "--parsable",
        "--comment=nerotui:abcdefgh",
        "--output=/root/runs/abcdefgh/job.out",
        "--open-mode=append",
        "--job-name=a; rm -rf | $HOME",
        "--chdir=/home/a b",
        "--mem=3072M",
        "--gres=gpu:2",
        "--time=2",
        "--hold",
        "--constraint=a100",
        "/root/runs/abcdefgh/job.sh",
    )
    own = Slurm().submit("/r/50%/job.sh", {"id": "abcdefgh", "script": "#!/bin/sh\n", "gpus": 2})
    begins = ("sbatch", "--parsable", "--comment=nerotui:abcdefgh", "--output=/r/50%%/job.out", "--open-mode=append")
    assert own.argv == (*begins, "/r/50%/job.sh")
    assert job_name("\n\t") == "run"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("infinite", None), ("30", 1800), ("1:00", 60), ("2:30:00", 9000), ("1-12:00:00", 129600), ("2-0", 172800)],
)
def test_times_as_slurm_writes_them(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("reason", ["JobHeldUser", "job requeued in held state", "launch_failed_requeued_held"])
def test_whatever_waits_for_a_release_is_held(reason: str) -> None:
    job = {"job_id": 7, "job_state": "PENDING", "state_reason": reason}
    (found,) = Slurm().read_jobs(Output(code=0, out=json.dumps({"jobs": [job]})))
    assert str(found.state) == "held"
