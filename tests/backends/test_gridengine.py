"""Grid Engine's words and answers; the samples beside this file were printed by version 8.1.9 in a rig of its own."""

from pathlib import Path

import pytest

from nerotui.backends.gridengine import GridEngine, job_name
from nerotui.backends.jobs import Job, Output, Unreadable
from nerotui.errors import Refused

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> Output:
    return Output(code=0, out=(SAMPLES / name).read_text(encoding="utf-8"))


def listed(state: str) -> Job:
    text = f"<job_info><job_list><JB_job_number>3</JB_job_number><state>{state}</state></job_list></job_info>"
    (job,) = GridEngine().read_jobs(Output(code=0, out=text))
    return job


def test_each_job_of_qstat_has_its_state() -> None:
    found = {(job.id, job.tasks): job for job in GridEngine().read_jobs(sample("qstat-8.1.9.xml"))}
    assert {key: str(job.state) for key, job in found.items()} == {
        ("4", None): "running",
        ("6.1", None): "running",
        ("7", None): "queued",
        ("10", None): "held",
        ("5", None): "held",
        ("6", "2-5:1"): "queued",
        ("8", None): "held",
    }
    assert found["4", None].nodes == "vm"
    assert "clear its error" in (found["10", None].reason or "")


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ("r", "running"),
        ("t", "starting"),
        ("s", "paused"),
        ("S", "paused"),
        ("hr", "running"),
        ("dr", "stopping"),
        ("Rq", "queued"),
        ("Rr", "running"),
        ("hRwq", "held"),
        ("Eqw", "held"),
        ("hqw", "held"),
        ("qw", "queued"),
    ],
)
def test_letters_become_states(letters: str, state: str) -> None:
    assert str(listed(letters).state) == state


def test_letters_that_nobody_knows_are_shown_raw() -> None:
    assert (listed("N").raw, listed("N").state) == ("N", None)


def test_accounting_tells_exit_codes_signals_and_limits_apart() -> None:
    found = {job.name: job for job in GridEngine().read_ended(sample("qacct-8.1.9.txt"))}
    assert {
        name: (str(job.state), job.exit_code, job.signal) for name, job in found.items() if name != "my_run_5_x"
    } == {
        "ok": ("done", 0, None),
        "seg": ("failed", None, 11),
        "limit": ("timeout", None, 9),
    }
    assert found["ok"].ended is not None
    assert "?" not in {job.id for job in found.values()}  # the sum at the end is no job


def test_what_accounting_does_not_know_yet_is_no_failure() -> None:
    assert GridEngine().read_ended(Output(code=1, err="error: job id 4 not found\n")) == []
    with pytest.raises(Unreadable):
        GridEngine().read_ended(Output(code=1, err="error: no accounting file\n"))


def test_what_is_said_counts_more_than_the_exit_code() -> None:
    engine = GridEngine()
    rerun = Output(code=0, out="The job 15 is running in queue none where jobs are not rerunable.\n")
    assert (engine.refusal("yield", rerun) or "").startswith("the job was not submitted to be started again")
    cleared = Output(code=1, out="alice@vm cleared error state of job 26\n")
    assert engine.refusal("release", cleared) is None
    gone = Output(code=1, err='denied: job "99999" does not exist\n')
    assert (engine.refusal("kill", gone) or "").startswith("Grid Engine knows the job no more")


def test_a_refused_submission_shows_its_own_words() -> None:
    refused = Output(code=1, err='Unable to run job: unknown resource "nosuch"\nExiting.\n')
    with pytest.raises(Refused, match=r'unknown resource "nosuch"$'):
        GridEngine().read_submitted(refused)
    assert GridEngine().read_submitted(Output(code=0, out="7.1-4:1\n")) == "7"


def test_an_answer_that_is_no_xml_is_no_empty_answer() -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        GridEngine().read_jobs(Output(code=0, out="<job_info><job_list>"))


def test_names_that_it_refuses_are_made_safe() -> None:
    assert job_name("my run | 5: x") == "my_run_5_x"
    assert job_name("5 layers") == "layers"
    assert job_name("***") == "run"


def test_what_waits_for_another_job_is_not_held() -> None:
    entry = "<job_list state='pending'><JB_job_number>{}</JB_job_number><JB_name>two</JB_name><state>hqw</state>{}"
    more = "<predecessor_jobs>1</predecessor_jobs><hard_request name='gpu'>2</hard_request>"
    listed = "".join(entry.format(number, text) + "</job_list>" for number, text in ((2, more), (3, "")))
    first, second = GridEngine().read_jobs(Output(code=0, out=f"<job_info>{listed}</job_info>"))
    assert (str(first.state), first.reason, first.gpus) == ("queued", "it waits for another job to end", 2)
    assert (str(second.state), second.reason, second.gpus) == ("held", "held", None)


def test_queues_say_what_is_free_on_their_hosts() -> None:
    queue = "<Queue-List><name>{}</name><slots_used>{}</slots_used><slots_total>8</slots_total>{}</Queue-List>"
    resources = "<resource name='gpu'>1</resource><resource name='mem_total'>2.0G</resource>"
    limit = "<resource name='h_rt'>1:30:00</resource>"
    text = "<job_info><queue_info>{}{}{}</queue_info></job_info>".format(
        queue.format("all.q@one", 3, resources),
        queue.format("all.q@two", 0, "<state>au</state>" + resources),
        queue.format("long.q@one", 0, limit),
    )
    first, second = GridEngine().read_partitions(Output(code=0, out=text))
    assert (first.name, first.up, first.nodes, first.nodes_free) == ("all.q", True, 2, 0)
    assert (first.cpus, first.cpus_free, first.gpus, first.gpus_free) == (16, 5, None, 1)
    assert first.memory == 4 << 30
    assert (second.name, second.limit, second.nodes_free) == ("long.q", 5400, 1)


def test_paths_are_filled_in() -> None:
    text = (
        "job_number:  12\nowner: alice\nsge_o_home: /home/alice\ncwd: /data/a\njob_name: lang\nmerge: y\n"
        "stdout_path_list: NONE:NONE:$HOME/logs/$JOB_NAME.$JOB_ID\n"
    )
    files = GridEngine().read_files(Output(code=0, out=text))["12"]
    assert (files.out, files.err, files.dir) == ("/home/alice/logs/lang.12", None, "/data/a")
