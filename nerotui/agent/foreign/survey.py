"""All runs that nerotui did not start and that a link wants to see: found, read and told of, turn by turn.

A turn is bounded: so many bytes are read, so many folders looked into; the pause after it is as long as keeps the whole
below its share of a core.
"""

import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from nerotui.agent.foreign import holders
from nerotui.agent.foreign.followed import Followed
from nerotui.agent.foreign.globs import Globs
from nerotui.agent.foreign.holders import Key, Scan
from nerotui.agent.foreign.names import run_id
from nerotui.agent.foreign.own import OwnRuns
from nerotui.agent.foreign.run import ForeignRun
from nerotui.agent.processes import identity
from nerotui.agent.run.layout import Root

#: Bytes that a turn reads, and of one log.
TURN = 1 << 18
ONE = 1 << 17
#: Of a core: while all is read, and while there is a backlog.
SHARE, CATCHING_UP = 0.0025, 0.25
#: Seconds between turns at least: as a rule, while there is a backlog, while something is being killed.
PAUSE, SOON, BUSY = 1.0, 0.05, 0.1
#: Seconds between turns at most: hundreds of logs that all grow are told of no later.
LONGEST = 10.0
#: Seconds between two searches for logs, and for the processes that write them, at least; sooner with a reason.
SEARCH, SCAN, SCAN_SOON = 30.0, 30.0, 1.0
#: Searching may take this share of a core; this one while a log has lost its process or has none yet.
SEARCHING, WANTED = 0.0005, 0.01


class Job(NamedTuple):
    """A log that a link names, because it knows from elsewhere whose it is."""

    run: str
    path: str
    err: Optional[str] = None
    started: Optional[float] = None
    over: Optional[str] = None


class News(NamedTuple):
    """What a turn has to tell.

    Attributes:
        jobs: what the logs of jobs say, of those that changed.
        runs: records of runs that are new or changed.
        gone: ids of those that are no more.
        notes: what was left out, as sentences.
        pause: seconds until the next turn.
        busy: whether something is being killed.
    """

    jobs: List[Dict[str, Any]]
    runs: List[Dict[str, Any]]
    gone: List[str]
    notes: List[str]
    pause: float
    busy: bool


class Survey:
    """Everything that one link wants followed. All of it but `runs` belongs to one thread.

    Attributes:
        runs: the runs of watched logs by id; replaced, never changed in place.
    """

    def __init__(self, root: Root, user: str) -> None:
        self.runs: Dict[str, ForeignRun] = {}
        self._root = root
        self._user = user
        self._machine = identity.here().machine
        self._own_runs = OwnRuns(root)
        self._own: Set[str] = set()
        self._jobs: Dict[str, Tuple[Job, Followed]] = {}
        self._patterns: Tuple[str, ...] = ()
        self._globs: Optional[Globs] = None
        self._search_at = 0.0
        self._scan_at = 0.0
        self._scan_soonest = 0.0
        self._scan_wanted = False
        self._notes: List[str] = []
        self._told: Dict[str, Any] = {}
        self._first = 0
        self._spent = 0.0

    def wish(self, jobs: Sequence[Job], patterns: Sequence[str]) -> None:
        """Follows these from now on, and nothing else."""
        fresh: Dict[str, Tuple[Job, Followed]] = {}
        for job in jobs:
            known = self._jobs.get(job.run)
            same = known is not None and (known[0].path, known[0].err) == (job.path, job.err)
            followed = known[1] if known is not None and same else Followed(job.path, job.err, job.started)
            fresh[job.run] = job, followed
            if not same:
                self._told.pop(job.run, None)
        for run in set(self._jobs) - set(fresh):
            self._told.pop(run, None)
        self._jobs = fresh
        if tuple(patterns) != self._patterns:
            self._patterns = tuple(patterns)
            self._globs = Globs(patterns, self._root.path) if patterns else None
            self._search_at, self._own = 0.0, set()

    def turn(self) -> News:
        """Looks at everything once, as far as one turn goes."""
        now = time.time()
        before = set(self.runs)
        self._search(now)
        self._scan(now)
        began = _clock()
        for run in self.runs.values():
            if run.look(now):
                self._scan_wanted = True
        behind = self._read(now)
        self._end(now)
        gone = sorted(before - set(self.runs))
        for one in gone:
            self._told.pop(one, None)
        jobs, runs = self._tell(now)
        busy = any(run.killing is not None for run in self.runs.values())
        pause = BUSY if busy else self._pause(_clock() - began, behind)
        return News(jobs, runs, gone, self._notes, pause, busy)

    def step(self) -> bool:
        """Goes on with what is being killed; whether there is anything left of that."""
        now, left = time.time(), False
        for run in self.runs.values():
            if run.killing is not None:
                left = not self._killed(run, now) or left
        return left

    def _pause(self, spent: float, behind: bool) -> float:
        """How long to rest after a turn that took so long; once is no habit."""
        usual, self._spent = min(spent, self._spent), spent
        if behind:
            return max(SOON, spent / CATCHING_UP)
        if self._scan_wanted:
            return PAUSE
        return min(LONGEST, max(PAUSE, usual / SHARE))

    def _search(self, now: float) -> None:
        """Which logs the patterns mean now."""
        if self._globs is None:
            self.runs = {run: known for run, known in self.runs.items() if known.killing is not None}
            self._notes = []
            return
        if now < self._search_at:
            return
        began = _clock()
        found = self._globs.look(now)
        self._notes = found.notes
        runs: Dict[str, ForeignRun] = {}
        for path in found.paths:
            run = run_id(self._machine, path)
            if run in self._own:
                continue
            runs[run] = self.runs.get(run) or self._new(run, path)
        for run, known in self.runs.items():
            if known.killing is not None or known.roots:
                runs.setdefault(run, known)  # its log was deleted or pushed out: its processes are there all the same
        self.runs = runs
        self._search_at = now + max(SEARCH, (_clock() - began) / SEARCHING)

    def _new(self, run: str, path: str) -> ForeignRun:
        self._scan_wanted = True
        made = ForeignRun(self._root, run, path, self._user)
        made.log.log.look()
        return made

    def _scan(self, now: float) -> None:
        """Who writes the logs now, if it is time to ask."""
        due = self._scan_wanted and now >= self._scan_soonest
        if not self.runs or not (due or now >= self._scan_at):
            return
        began = _clock()
        files: Dict[str, Set[Key]] = {}
        for run in self.runs.values():
            if run.log.log.key is not None:
                files.setdefault(holders.name_of(run.path), set()).add(run.log.log.key)
        found = holders.scan(files)
        own = [run for run in self.runs.values() if not self._take(run, found, now)]
        if own:
            self._own.update(run.id for run in own)
            self.runs = {run: known for run, known in self.runs.items() if run not in self._own}
        spent = _clock() - began
        self._scan_wanted = False
        self._scan_soonest = now + max(SCAN_SOON, spent / WANTED)
        self._scan_at = now + max(SCAN, spent / SEARCHING)

    def _take(self, run: ForeignRun, found: Scan, now: float) -> bool:
        """Takes who writes a log; False where that is a run that nerotui did start."""
        source = run.log.log
        if source.key in found.own:
            return False
        holdings = found.holdings.get(source.key, []) if source.key is not None else []
        if not holdings and not run.seen and self._own_runs.wrote(run.path, source.time or 0.0):
            return False
        programs = holders.programs(holdings, found.holdings)
        pids = {one.pid for one in programs}
        pipes = [one.pipe for one in holdings if one.pipe and one.stat.pid in pids]
        feeders = [feeder for pipe in pipes for feeder in found.feeders.get(pipe, ())]
        run.found(programs, feeders, now)
        return True

    def _read(self, now: float) -> bool:
        """Reads what is new: first of what lives, then of what is over, in turn; whether there is more."""
        logs: List[Tuple[Followed, Optional[ForeignRun]]] = [(one, None) for _, one in self._jobs.values()]
        logs += [(run.log, run) for run in self.runs.values() if run.live]
        left, behind, self._first = self._read_some(logs, self._first, now, TURN)
        over: List[Tuple[Followed, Optional[ForeignRun]]] = [(r.log, r) for r in self.runs.values() if not r.live]
        _, more, _ = self._read_some(over, 0, now, left)
        return behind or more

    def _read_some(
        self, logs: List[Tuple[Followed, Optional[ForeignRun]]], first: int, now: float, left: int
    ) -> Tuple[int, bool, int]:
        """Reads at most about `left` bytes; how many that leaves, whether there is more, and where to go on."""
        behind, count, following = False, len(logs), first
        for place in range(count):
            followed, run = logs[(first + place) % count]
            followed.log.brief = run is not None and not run.live
            before = followed.log.size
            taken = followed.look(now, max(0, min(ONE, left)), run.frozen(now) if run is not None else 0.0)
            if left > 0 >= left - taken:
                following = (first + place + 1) % count
            left -= taken
            behind = behind or followed.behind > 0
            if run is not None and not run.live and followed.log.size != before:
                run.reconsider()
                self._scan_wanted = True
        return left, behind, following

    def _end(self, now: float) -> None:
        for job, followed in self._jobs.values():
            if job.over is not None:
                if not followed.behind:
                    followed.over(job.over == "done", now)
            else:
                followed.goes_on(anew=False)
        for run in self.runs.values():
            if run.killing is not None:
                self._killed(run, now)

    @staticmethod
    def _killed(run: ForeignRun, now: float) -> bool:
        """Takes the next step of a kill; whether it is over."""
        killing = run.killing
        if killing is None or not killing.step(now):
            return killing is None
        run.look(now)
        if run.roots:
            run.note("survived", "it does not end, not even by SIGKILL: it hangs in the kernel", killing.who)
        else:
            run.note("killed", "killed", killing.who, signal=killing.signal)
        run.killing = None
        run.reconsider()
        return True

    def _tell(self, now: float) -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
        """What changed since it was told last."""
        jobs: List[Dict[str, Any]] = []
        for name, (_, followed) in self._jobs.items():
            stamp = _stamp(followed)
            if self._told.get(name) != stamp:
                self._told[name] = stamp
                jobs.append(_figures(name, followed))
        runs: List[Dict[str, Any]] = []
        for name, run in self.runs.items():
            if not run.live and run.killing is None:
                run.end(now)
            stamp = _stamp(run.log) + (tuple(run.roots), run.paused, run.killing is not None, run.ended)
            if self._told.get(name) != stamp:
                self._told[name] = stamp
                runs.append(run.record(now))
        return jobs, runs


def _clock() -> float:
    """Processor time of the calling thread: how long others kept it waiting is not its doing."""
    return time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID)


def _stamp(followed: Followed) -> Tuple[Any, ...]:
    source = followed.log
    return source.size, source.time, source.position, followed.attempt, followed.note, followed.findings


def _figures(name: str, followed: Followed) -> Dict[str, Any]:
    return {
        "id": name,
        "metrics": followed.metrics,
        "progress": followed.progress,
        "findings": followed.findings,
        "log_size": followed.log.size,
        "log_time": followed.log.time,
        "attempt": followed.attempt,
        "error": followed.note,
    }
