"""A third scheduler is one file: a package's class behind an entry point, against a real agent and real programs."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from nerotui.backends import GROUP, backend_for
from nerotui.backends.engine import BatchBackend
from nerotui.channels.fake import FakeChannel
from nerotui.config import Config, HostConfig
from nerotui.errors import NoAgent, Refused
from nerotui.fleet import Fleet
from tests.fleet.rig import Rig, shell, until

#: What a site would write: commands and answers, and nothing else.
SCHEDULER = '''\
"""Toyq's commands and answers."""

from nerotui.agent.states import RunState
from nerotui.backends.jobs import Command, Job, Unreadable, folder_of, need, run_of, said
from nerotui.errors import Refused

STATES = {"W": RunState.QUEUED, "R": RunState.RUNNING}
ENDS = {0: RunState.DONE, 143: RunState.KILLED}


class Toyq:
    name = "toyq"
    title = "Toyq"
    task = "TOYQ_TASK"

    def jobs(self, user, *, other=False):
        return Command(argv=("toylist",))

    def read_jobs(self, output):
        found = []
        for line in need(output, "toylist").splitlines():
            number, state, comment = line.split(" ", 2)
            if not state.isdigit():
                found.append(Job(id=number, raw=state, state=STATES.get(state), name=comment, run=run_of(comment)))
        return found

    def ended(self, ids, user):
        return Command(argv=("toylist", *ids))

    def read_ended(self, output):
        found = []
        for line in need(output, "toylist").splitlines():
            number, state, comment = line.split(" ", 2)
            if state.isdigit():
                code = int(state)
                end = ENDS.get(code, RunState.FAILED)
                found.append(Job(id=number, raw=state, state=end, exit_code=code, run=run_of(comment)))
        return found

    def files(self, jobs):
        return None

    def read_files(self, output):
        return {}

    def act(self, action, job, args, others=()):
        return Command(argv=("toydel", job.id)) if action == "kill" else None

    def refusal(self, action, output):
        return None if output.code == 0 else "Toyq refused: " + said(output)

    def transient(self, output):
        return False

    def forbidden(self, action, output):
        return False

    def submit(self, script, run, wait=(), array=None):
        options = ["-q", run["partition"]] if run.get("partition") else []
        return Command(argv=("toysub", *options, "nerotui:" + run["id"], folder_of(script) + "/job.out", script))

    def read_submitted(self, output):
        if output.code is None:
            raise Unreadable("toysub: " + said(output))
        if output.code != 0:
            raise Refused("Toyq refused: " + said(output), hint="nothing was submitted")
        return output.out.strip()

    def task_id(self, job, task):
        return job + "." + str(task)

    def is_task(self, job, waiting):
        return False

    def partitions(self):
        return Command(argv=("true",))

    def read_partitions(self, output):
        return []
'''

#: A scheduler in three programs: jobs are folders with a state, which is W, R, or an exit code.
PROGRAMS = {
    "toysub": """\
        if [ "$1" = -q ]; then echo "there is no queue $2" >&2; exit 1; fi
        mkdir -p ~/toyq; at=$(($(ls ~/toyq | wc -l) + 1)); job=~/toyq/$at; mkdir "$job"
        echo "$1" > "$job/comment"; echo W > "$job/state"
        [ -e ~/closed ] || JOB_ID=$at setsid sh -c '
            echo R > "$1/state"; echo $$ > "$1/pid"; "$3" > "$2" 2>&1; echo $? > "$1/state"' toyq "$job" "$2" "$3" \\
            < /dev/null > /dev/null 2>&1 &
        echo "$at"
        """,
    "toylist": """\
        [ ! -e ~/silent ] || { echo "toyq: no answer" >&2; exit 2; }
        for job in ~/toyq/*/; do
            [ -d "$job" ] && echo "$(basename "$job") $(cat "$job/state") $(cat "$job/comment")"
        done
        true
        """,
    "toydel": """\
        if [ -e ~/toyq/$1/pid ]; then kill -- -$(cat ~/toyq/$1/pid); fi
        echo 143 > ~/toyq/$1/state
        """,
}


@pytest.fixture
def toyq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package, as pip would have installed it; the home of a host with its programs."""
    package = tmp_path / "site-packages"
    (package / "toyq-1.0.dist-info").mkdir(parents=True)
    (package / "toyq-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: toyq\nVersion: 1.0\n")
    (package / "toyq-1.0.dist-info/entry_points.txt").write_text(f"[{GROUP}]\ntoyq = toyq:Toyq\n")
    (package / "toyq.py").write_text(SCHEDULER)
    monkeypatch.syspath_prepend(str(package))
    monkeypatch.delitem(sys.modules, "toyq", raising=False)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / name).write_text("#!/bin/sh\n" + textwrap.dedent(text))
        (programs / name).chmod(0o700)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return tmp_path / "hosts/site"


@pytest.fixture
def rig(toyq: Path) -> Iterator[Rig]:
    made = Rig(toyq.parent)
    made.channels["site"] = FakeChannel("site", toyq, python=sys.executable)
    yield made
    made.sweep()


def fleet(rig: Rig) -> Fleet:
    host = HostConfig(name="site", dir="~", backend="toyq", poll=1.0)
    return Fleet(Config(hosts={"site": host}), channels=rig.channel, cache=False)


def close(home: Path) -> None:
    """Has nothing started any more."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "closed").touch()


def test_a_scheduler_is_found_by_its_entry_point(toyq: Path) -> None:
    backend = backend_for("toyq", {}, "site")
    assert isinstance(backend, BatchBackend)
    assert backend.scheduler.title == "Toyq"
    assert backend_for("auto", {"schedulers": ["unheard-of", "toyq"]}, "site").name == "toyq"
    assert backend_for("auto", {"schedulers": ["unheard-of"]}, "site").name == "process"
    with pytest.raises(NoAgent, match="unheard-of"):
        backend_for("unheard-of", {}, "site")


async def test_runs_go_through_it_like_through_any_other(rig: Rig, toyq: Path) -> None:
    async with fleet(rig) as console:
        await console.settled(20)
        assert console.hosts["site"].backend == "toyq"
        done, _ = await console.submit(shell("echo step 1 loss 0.5; exit 3", name="fails"), "site")
        assert done.job == "1"
        await until(console, lambda: console.runs[done.id].over)
        ended = console.runs[done.id]
        assert (ended.state, ended.exit_code, ended.attempt) == (RunState.FAILED, 3, 1)
        assert (await console.read_log(done.id, 0, 1000))[0] == b"step 1 loss 0.5\n"
        await console.act(done.id, "retry")
        await until(console, lambda: console.runs[done.id].over and console.runs[done.id].attempt == 2)
        assert console.runs[done.id].job == "2"

        loop, _ = await console.submit(shell("while :; do sleep 0.1; done", name="loops"), "site")
        await until(console, lambda: console.runs[loop.id].state is RunState.RUNNING)
        await console.act(loop.id, "pause")
        await until(console, lambda: console.runs[loop.id].state is RunState.PAUSED)
        await console.act(loop.id, "resume")
        await until(console, lambda: console.runs[loop.id].state is RunState.RUNNING)
        await console.act(loop.id, "kill", now=True)
        await until(console, lambda: console.runs[loop.id].state is RunState.KILLED)
        assert not list((toyq / ".nerotui/queue/@toyq/line").iterdir())


async def test_what_it_refuses_leaves_no_run_behind(rig: Rig, toyq: Path) -> None:
    async with fleet(rig) as console:
        await console.settled(20)
        with pytest.raises(Refused, match="there is no queue nosuch"):
            await console.submit(shell("true", partition="nosuch"), "site")
        assert not console.runs
        assert not list((toyq / ".nerotui/runs").iterdir())


async def test_what_it_has_no_command_for_is_said_in_a_sentence(rig: Rig, toyq: Path) -> None:
    close(toyq)
    async with fleet(rig) as console:
        await console.settled(20)
        run, _ = await console.submit(shell("true"), "site")
        await until(console, lambda: console.runs[run.id].job_state == "W")
        assert console.runs[run.id].state is RunState.QUEUED
        with pytest.raises(Refused, match="Toyq has no way to hold a job"):
            await console.act(run.id, "hold")
        assert console.runs[run.id].state is RunState.QUEUED
        await console.act(run.id, "kill")
        await until(console, lambda: console.runs[run.id].state is RunState.KILLED)


async def test_its_silence_and_its_word_about_a_job_that_is_gone(rig: Rig, toyq: Path) -> None:
    close(toyq)
    async with fleet(rig) as console:
        await console.settled(20)
        run, _ = await console.submit(shell("true"), "site")
        await until(console, lambda: console.runs[run.id].job_state == "W")
        (toyq / "silent").touch()
        await until(console, lambda: "Toyq does not answer" in (console.hosts["site"].jobs_note or ""))
        assert console.runs[run.id].state is RunState.QUEUED
        (toyq / "toyq/1/state").write_text("143\n")  # somebody has deleted it meanwhile
        (toyq / "silent").unlink()
        await until(console, lambda: console.runs[run.id].over)
        assert console.runs[run.id].state is RunState.KILLED
        assert console.hosts["site"].jobs_note is None
