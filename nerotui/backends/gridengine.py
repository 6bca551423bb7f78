"""Grid Engine (Son of Grid Engine 8.1 and its relatives): its commands, its answers, and its states in plain words.

Its programs' exit codes lie in both directions (`qmod -rj` refuses with 0, `qmod -cj` succeeds with 1), so what they
say is read instead. A job that ended vanishes from qstat; only `qacct` knows it then, a moment later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from nerotui.agent.states import RunState
from nerotui.backends.jobs import (
    FREE,
    Array,
    Command,
    Files,
    Job,
    Output,
    Unreadable,
    Wait,
    folder_of,
    in_tasks,
    need,
    said,
)
from nerotui.core.records import Partition
from nerotui.core.text import clean
from nerotui.errors import Refused

_S = RunState

#: Its programs print local times without a zone; with this they are UTC.
_UTC = ("env", "TZ=UTC")

#: Exit statuses above this are signals.
_SIGNALLED = 128

#: What `failed` of an accounting record means, where it says more than the exit status. Only what was seen or is
#: documented in accounting(5).
_FAILED: Mapping[int, tuple[RunState, str]] = {
    25: (_S.PREEMPTED, "it was taken off its host to be started again"),
    26: (_S.FAILED, "its output file could not be opened"),
    37: (_S.TIMEOUT, "a limit that it was submitted with was reached (h_rt, h_cpu or h_vmem)"),
}

#: A job's states and waits, in the order in which they are looked for in a state such as `hRwq`.
_LETTERS: tuple[tuple[str, RunState, str], ...] = (
    ("E", _S.HELD, "it could not be started; clear its error to let it wait again"),
    ("d", _S.STOPPING, "it is being deleted"),
    ("z", _S.DONE, ""),
    ("s", _S.PAUSED, "suspended"),
    ("S", _S.PAUSED, "suspended with its queue"),
    ("T", _S.PAUSED, "suspended because its host is overloaded"),
)

_RERUN = "not rerunable"
_NAME = re.compile(r"[\x00-\x20/:@\\*?'\"`|]+|^[0-9]+")


class GridEngine:
    """Grid Engine's commands and answers."""

    name = "gridengine"
    title = "Grid Engine"
    task = "SGE_TASK_ID"

    def jobs(self, user: str, *, plain: bool = False) -> Command:
        """All of a user's jobs that run or wait."""
        return Command(argv=(*_UTC, "qstat", "-xml", "-u", user))

    def read_jobs(self, output: Output) -> list[Job]:
        """Jobs of `qstat -xml`: a running task is an entry of its own, waiting tasks of an array share one."""
        return [_job(entry) for entry in _xml(need(output, "qstat"), "qstat").iter("job_list")]

    def ended(self, ids: Sequence[str], user: str) -> Command:
        """What accounting says of jobs: it takes one at a time, or all of a user's of the last days."""
        if len(ids) == 1:
            job, _, task = ids[0].partition(".")
            return Command(argv=(*_UTC, "qacct", "-j", job, *(("-t", task) if task else ())))
        return Command(argv=(*_UTC, "qacct", "-o", user, "-d", "3", "-j"), timeout=60.0)

    def read_ended(self, output: Output) -> list[Job]:
        """Records of `qacct -j`; a job that it does not know yet is none, and no failure."""
        if output.code != 0 and "not found" in said(output):
            return []
        return [_accounted(record) for record in _records(need(output, "qacct"))]

    def files(self, jobs: Sequence[str]) -> Command | None:
        """All that qstat knows of jobs, in one query."""
        numbers = dict.fromkeys(job.partition(".")[0] for job in jobs)
        return Command(argv=("qstat", "-j", ",".join(numbers))) if numbers else None

    def read_files(self, output: Output) -> dict[str, Files]:
        """Where jobs write, with the patterns filled in; of an array `$TASK_ID` is left, which each task fills in."""
        found = {}
        for block in re.split(r"^=+$", output.out if output.code != 0 else need(output, "qstat"), flags=re.MULTILINE):
            texts: dict[str, str] = {}
            for line in block.splitlines():
                key, colon, value = line.partition(":")
                if colon and key.strip() not in texts:
                    texts[key.strip()] = value.strip()
            if number := texts.get("job_number"):
                found[number] = _files(number, texts)
        return found

    def act(self, action: str, job: Job, args: Mapping[str, Any], others: Sequence[Job] = ()) -> Command | None:
        """Grid Engine's own commands; a priority below 0 is all that an ordinary user may give.

        A limit cannot be changed: `qalter -l` would drop all else that the job asked for.
        """
        argv: tuple[str, ...] | None = {
            "hold": ("qhold", job.id),
            "release": ("qmod", "-cj", job.id) if "E" in job.raw else ("qrls", job.id),
            "kill": ("qdel", job.id),
            "freeze": ("qmod", "-sj", job.id),
            "thaw": ("qmod", "-usj", job.id),
            "yield": ("qmod", "-rj", job.id),
        }.get(action)
        if action == "move":
            argv = ("qalter", "-p", str(_PLACES.get(str(args.get("to")), 0)), job.id)
        return None if argv is None else Command(argv=argv)

    def refusal(self, action: str, output: Output) -> str | None:
        """What it says against an action, whatever the exit code."""
        words = said(output)
        for told, meant in _REFUSALS:
            if told in words:
                return f"{meant} (Grid Engine: {clean(words)})"
        if output.code == 0 or any(told in words for told in _DONE):
            return None
        return f"Grid Engine refused: {clean(words)}"

    def transient(self, output: Output) -> bool:
        """Whether the job is between two states."""
        return "try again later" in said(output)

    def forbidden(self, action: str, output: Output) -> bool:
        """Whether it is the site that does not let its users do that."""
        return action != "release" and any(told in said(output) for told in ("must be operator", "must be manager"))

    def submit(self, script: str, run: Mapping[str, Any], wait: Wait = FREE, array: Array | None = None) -> Command:
        """`qsub -terse`; the run's id goes into the job's context.

        Without `-notify`: its signals reach every process of the job, and end those that do not expect them. A run that
        can be resumed may be started again elsewhere (`-r y`).
        """
        output = f"{array.output}$TASK_ID" if array else f"{folder_of(script)}/job.out"
        argv = ["qsub", "-terse", "-S", "/bin/sh", "-ac", f"nerotui={run['id']}"]
        argv += ["-j", "y", "-o", output, "-r", "y" if run.get("resume") else "n"]
        if not run.get("script"):
            argv += _wishes(run)
        argv += ["-h"] if run.get("held") else []
        if before := dict.fromkeys((*wait.done, *wait.over)):
            argv += ["-hold_jid", ",".join(job.partition(".")[0] for job in before)]
        argv += [str(option) for option in run.get("gridengine") or ()]
        if array:
            return Command(argv=(*argv, "-t", f"1-{array.size}"), stdin=script, timeout=60.0)
        return Command(argv=(*argv, script), timeout=60.0)

    def read_submitted(self, output: Output) -> str:
        """The id, without an array's range behind it."""
        lines = output.out.strip().splitlines()
        number = lines[-1].partition(".")[0] if lines else ""
        if output.code is None:
            raise Unreadable(f"qsub: {clean(said(output))}")
        if output.code != 0 or not number.isdigit():
            words = clean(said(output)).removesuffix("; Exiting.")
            raise Refused(f"Grid Engine refused: {words}", hint="nothing was submitted")
        return number

    def task_id(self, job: str, task: int) -> str:
        """As in `7.2`."""
        return f"{job}.{task}"

    def is_task(self, job: str, waiting: Job) -> bool:
        """Whether `7.2` is one of `7` with the tasks `2-4:1`."""
        number, _, task = job.partition(".")
        return number == waiting.id and in_tasks(task, waiting.tasks or "")

    def partitions(self) -> Command:
        """One entry a cluster queue."""
        return Command(argv=("qstat", "-g", "c", "-xml"))

    def read_partitions(self, output: Output) -> list[Partition]:
        """Queues with their slots as processors; what GPUs a queue has, every site names in its own way."""
        found = []
        for entry in _xml(need(output, "qstat"), "qstat").iter("cluster_queue_summary"):
            texts = {child.tag: (child.text or "").strip() for child in entry}
            total, free = _whole(texts.get("total")), _whole(texts.get("available"))
            found.append(Partition(name=clean(texts.get("name", "?")), up=bool(total), cpus=total, cpus_free=free))
        return found


#: The priority for each place; 0 is the highest that an ordinary user may give, and what all jobs begin with.
_PLACES: Mapping[str, int] = {"up": 0, "front": 0, "down": -100, "back": -1000}

#: What it says, and what it means to a user who sees it on a key.
_REFUSALS = (
    ("no permission to modify", "this site does not let you do that"),
    ("do not have the necessary privileges", "the job is another user's"),
    ("must be at least owner", "the job is another user's"),
    ("must be manager", "held by an administrator, who alone can release it"),
    ("must be operator", "this site lets only operators do that"),
    ("does not exist", "Grid Engine knows the job no more"),
    (_RERUN, "the job was not submitted to be started again (-r y)"),
    ("unable to contact qmaster", "Grid Engine's master does not answer"),
    ("denied:", "this site does not let you do that"),
)

#: What it says of success, where it answers with a failure's exit code.
_DONE = ("cleared error state", "registered the job", "has deleted job", "modified ", "suspended job")


def _wishes(run: Mapping[str, Any]) -> list[str]:
    """What a run asks for, as options."""
    argv = ["-N", job_name(str(run.get("name") or run["id"]))]
    argv += ["-wd", str(run["dir"])] if run.get("dir") else []
    argv += ["-q", str(run["partition"])] if run.get("partition") else []
    argv += ["-A", str(run["account"])] if run.get("account") else []
    argv += ["-l", f"gpu={int(run['gpus'])}"] if run.get("gpus") else []
    argv += ["-l", f"h_rt={int(run['time'])}"] if run.get("time") else []
    argv += ["-l", f"h_vmem={max(1, -(-int(run['memory']) // (1 << 20)))}M"] if run.get("memory") else []
    return argv


def job_name(name: str) -> str:
    """A name that Grid Engine takes: no white space, no character that it gives a meaning, no digit first."""
    safe = _NAME.sub("_", name).strip("_")[:120] or "run"
    return safe if not safe[0].isdigit() else "r" + safe


def _xml(text: str, program: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Unreadable(f"{program}: its answer cannot be read: {error}") from None


def _job(entry: ElementTree.Element) -> Job:
    texts = {child.tag: (child.text or "").strip() for child in entry}
    raw, tasks = texts.get("state", ""), texts.get("tasks") or None
    state, reason = _state(raw)
    waits = state in (_S.QUEUED, _S.HELD)
    number = texts.get("JB_job_number", "?")
    single = tasks is not None and tasks.isdigit() and not waits
    return Job(
        id=f"{number}.{tasks}" if single else number,
        raw=clean(raw),
        state=state,
        name=clean(texts.get("JB_name", "")),
        reason=reason or None,
        user=texts.get("JB_owner") or None,
        queue=texts.get("queue_name", "").partition("@")[0] or None,
        nodes=texts.get("queue_name", "").partition("@")[2] or None,
        submitted=_stamp(texts.get("JB_submission_time")),
        started=_stamp(texts.get("JAT_start_time")),
        priority=_real(texts.get("JAT_prio")),
        tasks=None if single else tasks,
    )


def _state(raw: str) -> tuple[RunState | None, str]:
    """The state of letters such as `r`, `hqw`, `Eqw`, `Rr`, `dr`: what matters most to a user comes first."""
    for letter, state, reason in _LETTERS:
        if letter in raw:
            return state, reason
    if "h" in raw and "w" in raw:
        return _S.HELD, "held, or waiting for another job to end"
    if "w" in raw or (raw.startswith("R") and raw.endswith("q")):
        return _S.QUEUED, ""
    if "t" in raw:
        return _S.STARTING, ""
    return (_S.RUNNING, "") if "r" in raw else (None, "")


def _records(text: str) -> Iterator[dict[str, str]]:
    """The blocks of `qacct -j`, each begun by a line of `=`."""
    record: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("====="):
            if "jobnumber" in record:
                yield record
            record = {}
            continue
        key, _, value = line.partition(" ")
        if key:
            record[key] = value.strip()
    if "jobnumber" in record:  # what stands last may be the sum over all jobs
        yield record


def _accounted(record: Mapping[str, str]) -> Job:
    failed, status = _leading(record.get("failed", "")), _leading(record.get("exit_status", ""))
    signal = status - _SIGNALLED if status > _SIGNALLED else None
    if failed in _FAILED:
        state, reason = _FAILED[failed]
    elif signal in (9, 15) and failed == 100:
        state, reason = _S.KILLED, "it was deleted, or its host killed it"
    elif status or failed:
        what = f"signal {signal}" if signal else f"exit code {status}" if status else clean(record.get("failed", ""))
        state, reason = _S.FAILED, what
    else:
        state, reason = _S.DONE, ""
    task = record.get("taskid", "undefined")
    number = record.get("jobnumber", "?")
    return Job(
        id=number if task == "undefined" else f"{number}.{task}",
        raw=" ".join(f"failed {record.get('failed', '?')}, exit status {record.get('exit_status', '?')}".split()),
        state=state,
        name=clean(record.get("jobname", "")),
        reason=reason or None,
        user=record.get("owner"),
        queue=record.get("qname"),
        nodes=record.get("hostname"),
        submitted=_long_stamp(record.get("qsub_time")),
        started=_long_stamp(record.get("start_time")),
        ended=_long_stamp(record.get("end_time")),
        exit_code=None if signal else status,
        signal=signal,
    )


def _files(number: str, texts: Mapping[str, str]) -> Files:
    name, folder = texts.get("job_name", ""), texts.get("cwd") or texts.get("sge_o_home")
    task = ".$TASK_ID" if "job-array tasks" in texts else ""
    merged = texts.get("merge", "n").startswith("y")
    out = _path(texts.get("stdout_path_list"), folder, f"{name}.o{number}{task}", texts)
    err = None if merged else _path(texts.get("stderr_path_list"), folder, f"{name}.e{number}{task}", texts)
    return Files(out=out, err=err, dir=folder)


def _path(listed: str | None, folder: str | None, default: str, found: Mapping[str, str]) -> str | None:
    """A path of a `NONE:HOST:PATH` list, with the pseudo variables that it may hold, under the job's folder."""
    path = default
    if listed:
        path = listed.split(",")[0].split(":")[-1]
        known = {
            "HOME": found.get("sge_o_home", ""),
            "USER": found.get("owner", ""),
            "JOB_ID": found.get("job_number", ""),
            "JOB_NAME": found.get("job_name", ""),
        }
        path = re.sub(r"\$(\w+)", lambda match: known.get(match[1], match[0]), path)
        if path.endswith("/"):
            path += default
    if path.startswith("/"):
        return path
    return f"{folder}/{path}" if folder else None


def _stamp(text: str | None) -> float | None:
    """Seconds since the epoch of a time such as `2026-11-21T14:30:23`, in UTC."""
    return _parsed(text, "%Y-%m-%dT%H:%M:%S")


def _long_stamp(text: str | None) -> float | None:
    """Seconds since the epoch of a time such as `Sat Nov 21 14:30:22 2026`, in UTC."""
    return _parsed(text, "%a %b %d %H:%M:%S %Y")


def _parsed(text: str | None, form: str) -> float | None:
    try:
        return datetime.strptime(text or "", form).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _leading(text: str) -> int:
    """The number that a value begins with, as in `139                  (Segmentation fault)`; 0 without one."""
    return _whole(text.split(" ")[0]) or 0


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _real(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
