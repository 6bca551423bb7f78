"""A run that nerotui did not start: its log, the processes that write it, what was done to it, and its record."""

import os
from typing import Any, Dict, List, Optional, Sequence

from nerotui.agent.errors import AgentError
from nerotui.agent.foreign.followed import Followed
from nerotui.agent.foreign.held import Held, Who, alive, who
from nerotui.agent.foreign.killing import Killing
from nerotui.agent.foreign.names import name_of, shown_command
from nerotui.agent.processes import identity, processes
from nerotui.agent.processes.processes import Stat
from nerotui.agent.run import ending, events
from nerotui.agent.run.layout import Root, RunFolder
from nerotui.agent.run.record import described
from nerotui.agent.states import RunState

#: A log written later than this many seconds after its program was killed was written by another one.
SLACK = 5.0

Record = Dict[str, Any]


class ForeignRun:
    """One log that matches a pattern of the user's, and whoever writes it.

    Attributes:
        id: the run's.
        path: the log's.
        log: what is read of it.
        roots: the programs that hold it open, the main one first; empty where nobody does.
        killing: the kill under way.
    """

    def __init__(self, root: Root, run: str, path: str, user: str) -> None:
        self.id = run
        self.path = path
        self.log = Followed(path)
        self.roots: List[Who] = []
        self.killing: Optional[Killing] = None
        self._folder = RunFolder("{}/{}".format(root.foreign, run))
        self._user = user
        self._seen: Optional[float] = None
        self._paused_since: Optional[float] = None
        self._paused = 0.0
        self._known: Record = {}
        self._end: Optional[Record] = None

    @property
    def live(self) -> bool:
        """Whether a process of it is known."""
        return bool(self.roots)

    @property
    def seen(self) -> bool:
        """Whether a process of it was ever known."""
        return bool(self._known)

    @property
    def paused(self) -> bool:
        """Whether all of its programs stand still."""
        return self._paused_since is not None

    @property
    def ended(self) -> Optional[str]:
        """The state that it ended in, as last judged."""
        return None if self._end is None else str(self._end["state"])

    def frozen(self, now: float) -> float:
        """For how long it has stood frozen, as far as that was seen, seconds."""
        return self._paused + (now - self._paused_since if self._paused_since is not None else 0.0)

    def found(self, programs: Sequence[Stat], feeders: Sequence[Stat], now: float) -> None:
        """Takes who holds the log now.

        Args:
            programs: the processes whose log it is.
            feeders: those whose output such a process only passes on.
            now: seconds since the epoch.
        """
        before, main = self.roots, list(feeders) + [one for one in programs if one not in feeders]
        self.roots = [who(one) for one in main]
        if not main:
            return
        if not before or before[0] != self.roots[0]:
            if self._end is not None or self._known:
                self.log.goes_on(anew=True)
            self._end = None
            self._paused, self._paused_since = 0.0, None
            first = main[0]
            command = shown_command(processes.command_line(first.pid), first.command)
            began = now - processes.uptime() + first.start / processes.TICKS
            self._known = {"command": command, "pid": first.pid, "started": round(began, 2), "dir": _folder(first.pid)}
        self._notice(now)

    def look(self, now: float) -> bool:
        """Looks whether its processes still live and stand; whether one is gone since the last look."""
        left = [one for one in self.roots if alive(one)]
        gone, self.roots = len(left) < len(self.roots), left
        if left:
            self._notice(now)
        elif gone:
            self._seen = now
        return gone

    def record(self, now: float) -> Record:
        """The run as it is told of."""
        record = described({"id": self.id, "name": name_of(self.path), "user": self._user})
        source = self.log.log
        record.update(self._known)
        record.update(
            hostname=identity.here().hostname,
            created=self._known.get("started") or source.time,
            dir=self._known.get("dir") or os.path.dirname(self.path),
            attempt=self.log.attempt,
            metrics=self.log.metrics,
            progress=self.log.progress,
            findings=self.log.findings,
            log_size=source.size,
            log_time=source.time,
            foreign=True,
            log_path=_shown(self.path),
            paused_s=round(self._paused, 3),
            reason=self.log.note,
        )
        if self.killing is not None:
            record.update(state=RunState.STOPPING.value, last_seen=round(now, 3))
            record["pending"] = {"action": "kill", "since": self.killing.since}
        elif self.roots:
            record["state"] = RunState.PAUSED.value if self.paused else RunState.RUNNING.value
        else:
            record.update(self.end(now), pid=None)
        return record

    def end(self, now: float) -> Record:
        """How it ended, as far as that is known."""
        if self._end is None:
            self._end = self._judge()
            well = None if self._end["state"] == RunState.LOST.value else False
            self.log.over(well, now)
        return self._end

    def reconsider(self) -> None:
        """Judges its end again: the log was written since, perhaps by somebody who cannot be seen from here."""
        self._end = None
        self.log.goes_on(anew=False)

    def show(self, now: float) -> Record:
        """All that is known of it, in the form of `show`."""
        record = self.record(now)
        spec = {"command": record["command"], "dir": record["dir"], "watch": record["log_path"]}
        return {"run": record, "spec": spec, "facts": {}, "events": events.read(self._folder), "why": None, "job": None}

    def tree(self) -> Held:
        """Its processes."""
        return Held(self.roots)

    def note(self, kind: str, text: str, asker: Optional[str], **more: Any) -> None:
        """Adds a line to its history, where that can be kept."""
        pids = [one.token() for one in self.roots]
        writer = events.Writer(self._folder, "serve", identity.mine())
        writer.add(kind, text, who=asker, log=_shown(self.path), processes=pids, **more)

    def _notice(self, now: float) -> None:
        stats = [processes.stat(one.pid) for one in self.roots]
        stopped = all(found is None or found.stopped for found in stats)
        if stopped and self._paused_since is None:
            self._paused_since = now
        elif not stopped and self._paused_since is not None:
            self._paused += now - self._paused_since
            self._paused_since = None
        self._seen = now

    def _judge(self) -> Record:
        """Nobody holds the log: what its end, and what nerotui did, prove."""
        written = self.log.log.time
        last = max(written or 0.0, self._seen or 0.0) or None
        told: Record = {"exit_code": None, "signal": None, "ended": last, "last_seen": last}
        killed = self._killed(written or 0.0)
        if killed is not None:
            asker = " as {} asked".format(killed["who"]) if killed.get("who") else ""
            signal = killed.get("signal") or "SIGTERM"
            reason = "killed{} ({})".format(asker, signal)
            return dict(told, state=RunState.KILLED.value, reason=reason, signal=signal, ended=killed["time"])
        if self.log.log.trouble is None:
            from nerotui.agent.foreign.ends import proved

            try:
                found = proved(ending.tail_of(self.path))
            except OSError:
                found = None
            if found is not None:
                return dict(told, state=found.state, reason=found.reason, signal=found.signal)
        unseen = "no process that can be seen here writes its log; whether and how it ended is not known"
        gone = "its process is gone, and how it ended is not known"
        reason = self.log.note or (gone if self._known else unseen)
        return dict(told, state=RunState.LOST.value, reason=reason, ended=None)

    def _killed(self, written: float) -> Optional[Record]:
        """The line of its history that says that it was killed, unless somebody has written its log since."""
        try:
            lines = [one for one in events.read(self._folder) if one.get("kind") == "killed"]
        except OSError:
            return None
        if not lines or written > lines[-1]["time"] + SLACK:
            return None
        if self._known and lines[-1]["time"] < self._known["started"]:
            return None
        return lines[-1]


def refuse(action: str, run: Record) -> AgentError:
    """Why an action is none for a run that nerotui did not start."""
    if action == "remove":
        hint = "take it out of `watch` in the configuration, or delete {}".format(run["log_path"])
        return AgentError("illegal", "nerotui did not start {}: its log is a file of yours".format(run["name"]), hint)
    hint = "it can be frozen, thawed and killed"
    return AgentError("illegal", "cannot {} {}: nerotui did not start it".format(action, run["name"]), hint)


def _folder(pid: int) -> Optional[str]:
    try:
        return _shown(os.readlink("/proc/{}/cwd".format(pid)))
    except OSError:
        return None


def _shown(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
