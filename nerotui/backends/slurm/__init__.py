"""Slurm: its commands and answers.

JSON where the version offers it, for names may hold any character; elsewhere a delimiter that no name holds. What is
not in the documentation was observed with 22.05.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nerotui.backends.jobs import MARK, Command, Files, Job, Output, decoded, need, said
from nerotui.backends.slurm.answers import ACCOUNTED, FIELD, SINFO, accounted, job_of, partition_of
from nerotui.backends.slurm.words import REFUSALS
from nerotui.core.records import Partition
from nerotui.core.text import clean
from nerotui.errors import Refused


class Slurm:
    """Slurm's commands and answers."""

    name = "slurm"
    program = "squeue"

    def jobs(self, user: str) -> Command:
        """All of a user's jobs that the controller knows, those that ended a few minutes ago among them."""
        return Command(argv=("squeue", "--json", "--user", user))

    def read_jobs(self, output: Output) -> list[Job]:
        """Jobs of `squeue --json`, of 22.05 (plain values) and of 23.02 and later (lists, and numbers with flags)."""
        answer = decoded(need(output, "squeue"), "squeue")
        return [job_of(entry) for entry in answer.get("jobs") or ()]

    def ended(self, ids: Sequence[str], user: str) -> Command:
        """What accounting says of jobs; the newest of each job's starts."""
        fields = ",".join(ACCOUNTED) + ",Comment,JobName"
        which = ("--user", user, "--jobs", ",".join(ids))
        return Command(argv=("env", "TZ=UTC", "sacct", "-X", "-n", "-P", f"--delimiter={FIELD}", *which, "-o", fields))

    def read_ended(self, output: Output) -> list[Job]:
        """Jobs of `sacct`."""
        lines = need(output, "sacct").splitlines()
        return [job for job in map(accounted, lines) if job is not None]

    def files(self, job: str) -> Command:
        """What the controller knows of a job; it alone fills in an output file's pattern."""
        return Command(argv=("scontrol", "show", "job", job))

    def read_files(self, output: Output) -> Files:
        """StdOut, StdErr and WorkDir, each on a line of its own."""
        found: dict[str, str] = {}
        for line in need(output, "scontrol").splitlines():
            key, equals, value = line.strip().partition("=")
            if equals and key in ("StdOut", "StdErr", "WorkDir") and value != "(null)":
                found[key] = value
        out, err = found.get("StdOut"), found.get("StdErr")
        return Files(out=out, err=err if err != out else None, dir=found.get("WorkDir"))

    def act(self, action: str, job: Job, args: Mapping[str, Any]) -> Command | None:
        """Slurm's own commands; an array's task is named `15_2`, which all of them take."""
        if action == "hold":
            return Command(argv=("scontrol", "hold", job.id))
        if action == "release":
            return Command(argv=("scontrol", "release", job.id))
        if action == "kill":
            # --full reaches the batch script and all its steps; without it only steps hear a signal.
            return Command(argv=("scancel", "--full", job.id) if args.get("now") else ("scancel", job.id))
        if action in ("freeze", "thaw"):
            signal = "STOP" if action == "freeze" else "CONT"
            return Command(argv=("scancel", f"--signal={signal}", "--full", job.id))
        if action == "yield":
            return Command(argv=("scontrol", "requeuehold" if args.get("held") else "requeue", job.id))
        if action == "retry":
            return Command(argv=("scontrol", "requeue", job.id))
        if action == "move":
            return Command(argv=("scontrol", "update", f"JobId={job.id}", f"Nice={int(args['nice'])}"))
        if action == "limit":
            minutes = max(1, -(-int(args["seconds"]) // 60))
            return Command(argv=("scontrol", "update", f"JobId={job.id}", f"TimeLimit={minutes}"))
        return None

    def refusal(self, action: str, output: Output) -> str | None:
        """What Slurm says against an action; a job that is gone is no refusal of scancel's, which answers 0 then."""
        if output.code == 0:
            return None
        words = said(output)
        for told, meant in REFUSALS:
            if told in words:
                return f"{meant} (Slurm: {clean(words)})"
        return f"Slurm refused: {clean(words)}"

    def submit(self, script: str, run: Mapping[str, Any]) -> Command:
        """`sbatch --parsable`; options on the command line come before those in the script."""
        argv = ["sbatch", "--parsable", f"--comment={MARK}{run['id']}"]
        if not run.get("script"):
            argv += _wishes(run)
        argv += [str(option) for option in run.get("slurm") or ()]
        return Command(argv=(*argv, script), timeout=60.0)

    def read_submitted(self, output: Output) -> str:
        """The id, without the cluster's name behind it."""
        if output.code != 0:
            raise Refused(f"Slurm refused: {clean(said(output))}", hint="nothing was submitted")
        number = output.out.strip().splitlines()[-1].split(";")[0] if output.out.strip() else ""
        if not number.isdigit():
            what = f"Slurm's answer to sbatch is no job id: {clean(output.out)!r}"
            raise Refused(what, hint="squeue shows your jobs")
        return number

    def partitions(self) -> Command:
        """One line a partition and kind of node."""
        return Command(argv=("sinfo", "--noheader", "--format", FIELD.join(SINFO)))

    def read_partitions(self, output: Output) -> list[Partition]:
        """Partitions in Slurm's order; memory is that of all nodes, free memory is not told."""
        found: dict[str, Partition] = {}
        for line in need(output, "sinfo").splitlines():
            partition = partition_of(line, found)
            if partition is not None:
                found[partition.name] = partition
        return list(found.values())


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
    if run.get("held"):
        argv.append("--hold")
    return argv


def job_name(name: str) -> str:
    """A name that Slurm keeps as it is: one line, without control characters, at most 200 characters."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", name).strip()[:200] or "run"
