"""Grid Engine (Son of Grid Engine 8.1 and its relatives): its commands, its answers, and its states in plain words.

Its programs' exit codes lie in both directions (`qmod -rj` refuses with 0, `qmod -cj` succeeds with 1), so what they
say is read instead. A job that ended vanishes from qstat; only `qacct` knows it then, a moment later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nerotui.backends.gridengine.answers import accounted, files_of, job_of, queue_of, records, xml
from nerotui.backends.jobs import (
    Array,
    Command,
    Files,
    Job,
    Output,
    Unreadable,
    folder_of,
    in_tasks,
    need,
    said,
)
from nerotui.core.records import Partition
from nerotui.core.text import clean
from nerotui.errors import Refused

#: Its programs print local times without a zone; with this they are UTC.
_UTC = ("env", "TZ=UTC")

_RERUN = "not rerunable"
#: What `qsub -N` takes: printable ASCII but for what it gives a meaning, no digit first.
_NAME = re.compile(r"(?:[^\x21-\x7e]|[/:@\\*?'\"`|])+|^[0-9]+")


class GridEngine:
    """Grid Engine's commands and answers."""

    name = "gridengine"
    title = "Grid Engine"
    task = "SGE_TASK_ID"

    def jobs(self, user: str, *, other: bool = False) -> Command:
        """All of a user's jobs that run or wait."""
        return Command(argv=(*_UTC, "qstat", "-xml", "-r", "-u", user))

    def read_jobs(self, output: Output) -> list[Job]:
        """Jobs of `qstat -xml`: a running task is an entry of its own, waiting tasks of an array share one."""
        return [job_of(entry) for entry in xml(need(output, "qstat"), "qstat").iter("job_list")]

    def ended(self, ids: Sequence[str], user: str) -> Command:
        """What accounting says of jobs: it takes one at a time, or all of a user's of the last days."""
        if len(ids) == 1:
            job, _, task = ids[0].partition(".")
            return Command(argv=(*_UTC, "qacct", "-j", job, *(("-t", task) if task else ())))
        return Command(argv=(*_UTC, "qacct", "-o", user, "-d", "3", "-j"), timeout=60.0)

    def read_ended(self, output: Output) -> list[Job]:
        """Records of `qacct -j`; a job that it does not know yet is none, and no failure."""
        words = output.out[:1000] + output.err[:1000]
        if output.code != 0 and any(told in words for told in (" not found", "no jobs running since startup")):
            return []
        return [accounted(record) for record in records(need(output, "qacct"))]

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
                found[number] = files_of(number, texts)
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

    def submit(
        self, script: str, run: Mapping[str, Any], wait: Sequence[str] = (), array: Array | None = None
    ) -> Command:
        """`qsub -terse`; the run's id goes into the job's context.

        Without `-notify`: its signals reach every process of the job, and end those that do not expect them. A run that
        can be resumed may be started again elsewhere (`-r y`).
        """
        output = f"{array.output}$TASK_ID" if array else f"{folder_of(script)}/job.out"
        if set(output) & set(":,"):
            output = "/dev/null"  # these part hosts from paths there, and nothing quotes them
        argv = ["qsub", "-terse", "-S", "/bin/sh", "-ac", f"nerotui={run['id']}"]
        argv += ["-j", "y", "-o", output, "-r", "y" if run.get("resume") else "n"]
        if not run.get("script"):
            argv += _wishes(run)
        argv += ["-h"] if run.get("held") else []
        if wait:
            argv += ["-hold_jid", ",".join(job.partition(".")[0] for job in wait)]
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
        """One entry a queue's host, with what is free there."""
        wanted = "gpu,slots,mem_free,mem_total,h_rt"
        return Command(argv=("qstat", "-F", wanted, "-xml", "-s", "p", "-u", "nobody"))

    def read_partitions(self, output: Output) -> list[Partition]:
        """Queues with their slots as processors; of GPUs, a complex called `gpu` at most sites, it tells the free."""
        found: dict[str, Partition] = {}
        for entry in xml(need(output, "qstat"), "qstat").iter("Queue-List"):
            queue = queue_of(entry, found)
            found[queue.name] = queue
        return list(found.values())


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
    # Its supervisor goes to the run's folder whatever this says.
    argv += ["-wd", str(run["dir"])] if run.get("dir") and str(run["dir"]).isprintable() else []
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
