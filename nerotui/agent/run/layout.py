"""Where everything lies under the root: the one place that knows the names."""

import os
from typing import NamedTuple, Optional

#: How the queue's name begins of runs that a scheduler's jobs carry out; no host's name does.
SCHEDULED = "@"

#: Letters of a run's id, and how many.
ID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz234567")
ID_LENGTH = 8


def is_id(text: object) -> bool:
    """Whether a text has the form of a run's id, so that it is safe as a folder's name."""
    return isinstance(text, str) and len(text) == ID_LENGTH and ID_LETTERS.issuperset(text)


class Root(NamedTuple):
    """nerotui's folder on a host."""

    path: str

    @property
    def runs(self) -> str:
        """One folder a run."""
        return self.path + "/runs"

    @property
    def queues(self) -> str:
        """One folder a host: a shared home is used by several."""
        return self.path + "/queue"

    @property
    def bundles(self) -> str:
        """The agent, one folder a version."""
        return self.path + "/bundle"

    @property
    def cache(self) -> str:
        """What is costly to find out and can be found out again."""
        return self.path + "/cache"

    @property
    def foreign(self) -> str:
        """What was done to runs that nerotui did not start: one folder each, made when there is something to keep."""
        return self.path + "/foreign"

    def run(self, run_id: str) -> "RunFolder":
        """The folder of a run."""
        return RunFolder(self.runs + "/" + run_id)

    def queue(self, hostname: str) -> "QueueFolder":
        """The folder of a host's queue."""
        return QueueFolder(self.queues + "/" + hostname)


class QueueFolder(NamedTuple):
    """What a host hands out."""

    path: str

    @property
    def scheduler(self) -> Optional[str]:
        """The scheduler whose jobs take the entries; None for a host's own queue."""
        name = self.path.rsplit("/", 1)[-1]
        return name[1:] if name.startswith(SCHEDULED) else None

    @property
    def line(self) -> str:
        """Entries, held ones and claims."""
        return self.path + "/line"

    @property
    def slots(self) -> str:
        """One holder file for each slot in use."""
        return self.path + "/slots"

    @property
    def gpus(self) -> str:
        """One holder file for each GPU in use, named by its index."""
        return self.path + "/gpus"

    @property
    def jobs(self) -> str:
        """An empty file, touched when a waiting run of a scheduler's gets a job."""
        return self.path + "/jobs"

    @property
    def lock(self) -> str:
        """Held by the dispatcher."""
        return self.path + "/lock"

    @property
    def settings(self) -> str:
        """What the user configured for this host."""
        return self.path + "/settings.json"

    @property
    def errors(self) -> str:
        """What dispatcher and supervisors could not say anywhere else."""
        return self.path + "/errors.log"


class RunFolder(NamedTuple):
    """The record of one run."""

    path: str

    @property
    def spec(self) -> str:
        """What was asked. Written once."""
        return self.path + "/run.json"

    @property
    def environment(self) -> str:
        """The variables of the login that submitted it, NUL-separated as in /proc. Written once."""
        return self.path + "/environment"

    @property
    def facts(self) -> str:
        """What it ran on."""
        return self.path + "/facts.json"

    @property
    def status(self) -> str:
        """The newest known state: a cache of what the attempts prove, plus what is slow to find out."""
        return self.path + "/status.json"

    @property
    def attempts(self) -> str:
        """One record a try."""
        return self.path + "/attempts"

    @property
    def asked(self) -> str:
        """Actions asked of the supervisor and not yet carried out, one file each."""
        return self.path + "/asked"

    @property
    def events(self) -> str:
        """The run's history, one file a writer."""
        return self.path + "/events"

    @property
    def log(self) -> str:
        """What the command printed, over all attempts."""
        return self.path + "/log"

    @property
    def reported(self) -> str:
        """What the program itself reports, one file an attempt."""
        return self.path + "/reported"

    @property
    def metrics(self) -> str:
        """Points, one a line."""
        return self.path + "/metrics.jsonl"

    @property
    def stats(self) -> str:
        """Load of run and host over time, one sample a line."""
        return self.path + "/stats.jsonl"

    @property
    def limit(self) -> str:
        """The time limit that was asked for since the run was submitted, and by whom."""
        return self.path + "/limit.json"

    @property
    def script(self) -> str:
        """The user's own job script, where the run is one. Written once."""
        return self.path + "/script"

    @property
    def job_script(self) -> str:
        """What a scheduler is given to start: it becomes the supervisor."""
        return self.path + "/job.sh"

    @property
    def job(self) -> str:
        """The job that was submitted: which scheduler, which attempt, which id, by which arguments."""
        return self.path + "/job.json"

    @property
    def job_answer(self) -> str:
        """What the scheduler's submit command said, word for word."""
        return self.path + "/job.answer"

    @property
    def job_started(self) -> str:
        """The job that the supervisor found itself in."""
        return self.path + "/job.started"

    @property
    def job_out(self) -> str:
        """What the scheduler itself has to say in the job's output."""
        return self.path + "/job.out"

    def reports_of(self, attempt: int) -> str:
        """The file that the program of an attempt may write JSON lines to."""
        return "{}/{}.jsonl".format(self.reported, attempt)


def make_folder(path: str) -> None:
    """Makes a folder for the user alone, with those above it: `makedirs` of Python 3.7 gives those to everybody."""
    try:
        os.mkdir(path, 0o700)
        return
    except FileNotFoundError:
        make_folder(os.path.dirname(path))
    except FileExistsError:
        if os.path.isdir(path):
            return
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:  # somebody else was faster, unless it is a file
        if not os.path.isdir(path):
            raise
