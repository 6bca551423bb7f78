"""Slurm: its commands and answers.

Names may hold any character: fields are parted by characters that none holds, or told as JSON. What is not in the
documentation was observed with 22.05.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nerotui.backends.jobs import (
    MARK,
    Array,
    Command,
    Files,
    Job,
    NotOffered,
    Output,
    Unreadable,
    decoded,
    folder_of,
    in_tasks,
    need,
    said,
)
from nerotui.backends.slurm.answers import ACCOUNTED, FIELD, LISTED, SINFO, accounted, job_of, listed, partition_of
from nerotui.backends.slurm.places import nice_for
from nerotui.backends.slurm.words import BETWEEN, FORBIDDEN, GONE, REFUSALS
from nerotui.core.records import Partition
from nerotui.core.text import clean
from nerotui.errors import Refused

#: How `scontrol show job` names the task of an array.
_ARRAY = re.compile(r"ArrayJobId=(\d+) ArrayTaskId=(\d+)(?:\s|$)")

#: Ends each record where a field may hold line ends.
_RECORD = "\x1e"


class Slurm:
    """Slurm's commands and answers."""

    name = "slurm"
    title = "Slurm"
    task = "SLURM_ARRAY_TASK_ID"

    def jobs(self, user: str, *, other: bool = False) -> Command:
        """All of a user's jobs that the controller knows, those that ended a few minutes ago among them.

        Not as JSON at first: 22.05 then tells of all users' jobs, whatever it is asked, and ten times as much of each.
        """
        if other:
            return Command(argv=("squeue", "--json", "--user", user))
        form = ",".join(f"{name}:.0{FIELD}" for name in LISTED).removesuffix(FIELD) + _RECORD
        return Command(argv=("env", "TZ=UTC", "squeue", "--noheader", "--states=all", "--user", user, "--Format", form))

    def read_jobs(self, output: Output) -> list[Job]:
        """Jobs of `squeue`, or of its JSON: of 22.05 (plain values), of 23.02 and later (lists, numbers with flags)."""
        if "Invalid job format" in output.err or (output.code != 0 and "unrecognized option" in output.err):
            raise NotOffered(f"squeue: {said(output)}")
        text = need(output, "squeue")
        if text.lstrip().startswith("{"):
            answer = decoded(text, "squeue")
            # With its controller away squeue answers no jobs, and exit code 0 (seen with 22.05).
            if failed := answer.get("errors"):
                raise Unreadable(f"squeue: {_failures(failed)}")
            return [job_of(entry) for entry in answer.get("jobs") or ()]
        records = (record.removeprefix("\n") for record in text.split(_RECORD))
        found = [listed(record) for record in records if record.strip()]
        if None in found:
            raise Unreadable("squeue: its answer cannot be read")
        return [job for job in found if job is not None]

    def ended(self, ids: Sequence[str], user: str) -> Command:
        """What accounting says of jobs; the newest of each job's starts."""
        fields = ",".join(ACCOUNTED) + ",Comment,JobName"
        which = ("--user", user, "--jobs", ",".join(ids))
        return Command(argv=("env", "TZ=UTC", "sacct", "-X", "-n", "-P", f"--delimiter={FIELD}", *which, "-o", fields))

    def read_ended(self, output: Output) -> list[Job]:
        """Jobs of `sacct`."""
        lines = need(output, "sacct").splitlines()
        return [job for job in map(accounted, lines) if job is not None]

    def files(self, jobs: Sequence[str]) -> Command | None:
        """What the controller knows of a job; `squeue --json` has told it of most."""
        return Command(argv=("scontrol", "show", "job", jobs[0])) if jobs else None

    def read_files(self, output: Output) -> dict[str, Files]:
        """StdOut, StdErr and WorkDir of `scontrol show job`, each on a line of its own."""
        found: dict[str, str] = {}
        for line in need(output, "scontrol").splitlines():
            key, equals, value = line.strip().partition("=")
            if equals and key in ("StdOut", "StdErr", "WorkDir") and value != "(null)":
                found[key] = value
            elif key == "JobId":
                found[key] = value.split(" ")[0]
                if (array := _ARRAY.search(value)) is not None:
                    found[key] = f"{array[1]}_{array[2]}"
        out, err = found.get("StdOut"), found.get("StdErr")
        files = Files(out=out, err=err if err != out else None, dir=found.get("WorkDir"))
        return {found["JobId"]: files} if "JobId" in found else {}

    def act(self, action: str, job: Job, args: Mapping[str, Any], others: Sequence[Job] = ()) -> Command | None:
        """Slurm's own commands; an array's task is named `15_2`, its waiting tasks `15_[2-5]`, which all of them take.

        To the front of one's own jobs leads `scontrol top` where the site allows it, elsewhere the nice value, which an
        ordinary user may only raise.
        """
        name = f"{job.id}_[{job.tasks.partition('%')[0]}]" if job.tasks else job.id
        if action == "hold":
            return Command(argv=("scontrol", "hold", name))
        if action == "release":
            return Command(argv=("scontrol", "release", name))
        if action == "kill":
            # --full reaches the batch script and all its steps; without it only steps hear a signal.
            now = args.get("now") and job.started is not None
            return Command(argv=("scancel", "--signal=KILL", "--full", name) if now else ("scancel", name))
        if action == "thaw" and "SUSPENDED" in job.raw:
            return Command(argv=("scontrol", "resume", name))
        if action in ("freeze", "thaw"):
            signal = "STOP" if action == "freeze" else "CONT"
            return Command(argv=("scancel", f"--signal={signal}", "--full", name))
        if action == "yield":
            return Command(argv=("scontrol", "requeuehold" if args.get("held") else "requeue", name))
        if action == "retry":
            return Command(argv=("scontrol", "requeue", name))
        if action == "move":
            nice = nice_for(job, str(args.get("to") or "up"), others)
            if nice < 0 and args.get("to") == "front":
                return Command(argv=("scontrol", "top", job.id))
            return Command(argv=("scontrol", "update", f"JobId={name}", f"Nice={nice}"))
        if action == "limit":
            seconds = args.get("seconds")
            minutes = "UNLIMITED" if seconds is None else str(max(1, -(-int(seconds) // 60)))
            return Command(argv=("scontrol", "update", f"JobId={name}", f"TimeLimit={minutes}"))
        return None

    def refusal(self, action: str, output: Output) -> str | None:
        """What Slurm says against an action; a job that is gone is no refusal of scancel's, which answers 0 then."""
        if output.code == 0:
            return None
        words = said(output)
        if action == "kill" and any(told in words for told in GONE):
            return None
        for told, meant in REFUSALS:
            if told in words:
                return f"{meant} (Slurm: {clean(words)})"
        return f"Slurm refused: {clean(words)}"

    def transient(self, output: Output) -> bool:
        """Whether the job is between two states."""
        return output.code != 0 and any(told in said(output) for told in BETWEEN)

    def forbidden(self, action: str, output: Output) -> bool:
        """Whether it is the site that does not let its users do that."""
        words = said(output)
        return action in ("move", "limit", "freeze") and any(told in words for told in FORBIDDEN)

    def submit(
        self, script: str, run: Mapping[str, Any], wait: Sequence[str] = (), array: Array | None = None
    ) -> Command:
        """`sbatch --parsable`; options on the command line come before those in the script.

        Its own output, where slurmstepd tells of limits, preemption and requeues, goes into the run's folder.
        """
        mark = f"{MARK}{run['id']}" + ("*" if array else "")
        output = f"{array.output}%a" if array else f"{folder_of(script)}/job.out"
        argv = ["sbatch", "--parsable", f"--comment={mark}", f"--output={_literal(output, array)}"]
        argv += ["--open-mode=append", *_dependencies(wait)]
        if not run.get("script"):
            argv += _wishes(run)
        argv += ["--hold"] if run.get("held") else []
        argv += [str(option) for option in run.get("slurm") or ()]
        if array:
            return Command(argv=(*argv, f"--array=1-{array.size}"), stdin=script, timeout=60.0)
        return Command(argv=(*argv, script), timeout=60.0)

    def read_submitted(self, output: Output) -> str:
        """The id, without the cluster's name behind it."""
        if output.code is None or "timed out" in output.err:
            raise Unreadable(f"sbatch: {clean(said(output))}")
        if output.code != 0:
            raise Refused(f"Slurm refused: {clean(said(output))}", hint="nothing was submitted")
        number = output.out.strip().splitlines()[-1].split(";")[0] if output.out.strip() else ""
        if not number.isdigit():
            raise Unreadable(f"Slurm's answer to sbatch is no job id: {clean(output.out)!r}")
        return number

    def task_id(self, job: str, task: int) -> str:
        """As in `15_2`."""
        return f"{job}_{task}"

    def is_task(self, job: str, waiting: Job) -> bool:
        """Whether `15_2` is one of `15` with the tasks `2-5%2`."""
        number, _, task = job.partition("_")
        return number == waiting.id and in_tasks(task, waiting.tasks or "")

    def partitions(self) -> Command:
        """One line a partition and kind of node, with what is in use there."""
        form = ",".join(f"{name}:.0{FIELD}" for name in SINFO)
        return Command(argv=("sinfo", "--noheader", "--Format", form))

    def read_partitions(self, output: Output) -> list[Partition]:
        """Partitions in Slurm's order."""
        found: dict[str, Partition] = {}
        for line in need(output, "sinfo").splitlines():
            partition = partition_of(line.removesuffix(FIELD), found)
            if partition is not None:
                found[partition.name] = partition
        return list(found.values())


def _failures(errors: Any) -> str:
    """What the errors within an answer say, in one line."""
    found = [error for error in errors if isinstance(error, dict)]
    texts = [str(error.get("description") or error.get("error") or error) for error in found]
    return clean("; ".join(dict.fromkeys(texts))) or "its answer tells of errors"


def _literal(path: str, array: Array | None) -> str:
    """A path in which Slurm finds no pattern but the task's."""
    if array is None:
        return path.replace("%", "%%")
    return path.removesuffix("%a").replace("%", "%%") + "%a"


def _dependencies(jobs: Sequence[str]) -> list[str]:
    # Not afterok: a run that yields goes on in another job. How the run ended is looked at when this job starts.
    return [f"--dependency={':'.join(('afterany', *jobs))}"] if jobs else []


def _wishes(run: Mapping[str, Any]) -> list[str]:
    """What a run asks for, as options."""
    argv = [f"--job-name={job_name(str(run.get('name') or run['id']))}"]
    if run.get("dir"):
        argv.append(f"--chdir={run['dir']}")
    options = {"partition": "partition", "account": "account", "nodes": "nodes", "cpus": "cpus-per-task"}
    argv += [f"--{option}={run[key]}" for key, option in options.items() if run.get(key)]
    if run.get("memory"):
        argv.append(f"--mem={max(1, -(-int(run['memory']) // (1 << 20)))}M")
    if run.get("gpus"):
        argv.append(f"--gres=gpu:{int(run['gpus'])}")
    if run.get("time"):
        argv.append(f"--time={max(1, -(-int(run['time']) // 60))}")
    return argv


def job_name(name: str) -> str:
    """A name that Slurm keeps as it is: one line, without control characters, at most 200 characters."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", name).strip()[:200] or "run"
