"""What is watched of a run beside its life: what it prints and reports, its load, and what is wrong with it.

The run and its end come first. Whatever goes wrong here, from a full disk to a mistake in how some log is read, is said
in the run's status and history, and costs what is watched, never the run.
"""

import os
from typing import Any, Callable, Optional, Set

from nerotui.agent import durable
from nerotui.agent.processes.tree import Tree
from nerotui.agent.run.events import Writer
from nerotui.agent.run.layout import RunFolder
from nerotui.agent.run.status import Status
from nerotui.agent.supervise.discovery import Discovery
from nerotui.agent.supervise.findings import Findings
from nerotui.agent.supervise.following import Following
from nerotui.agent.supervise.pace import Pace
from nerotui.agent.supervise.samples import Samples


class Observing:
    """Watches one attempt and keeps its numbers in the run's status."""

    def __init__(
        self,
        folder: RunFolder,
        attempt: int,
        log_start: int,
        adopted: bool,
        status: Status,
        events: Writer,
        findings: Findings,
        samples: Samples,
        discovery: Discovery,
    ) -> None:
        """Reads nothing before the first look.

        Args:
            folder: the run's folder.
            attempt: the attempt's number.
            log_start: where in the log the attempt begins.
            adopted: whether a predecessor has watched the attempt before.
            status: gets the numbers.
            events: gets what goes wrong.
            findings: judge what is read.
            samples: takes the load.
            discovery: finds the files of metrics that the run writes.
        """
        self._folder = folder
        self._attempt = attempt
        self._log_start = log_start
        self._adopted = adopted
        self._status = status
        self._events = events
        self._findings = findings
        self._samples = samples
        self._discovery = discovery
        self._pace = Pace(status)
        self._following: Optional[Following] = None
        self._broken: Set[str] = set()

    def look(self, now: float, tree: Tree, paused: bool) -> bool:
        """Takes in what is new; whether there is more to be read at once."""
        more = bool(self._do("what it prints", lambda: self._ready().look(now)))
        self._do("its load", lambda: self._samples.take(now, tree, paused))
        self._do("what it prints", lambda: self._tell(now))
        self._do("its findings", lambda: self._status.set(findings=self._look(now)))
        return more

    def grown(self) -> bool:
        """Whether the run printed or reported something since the last look, at next to no cost."""
        return self._following is not None and self._following.grown()

    def close(self, now: float) -> None:
        """Reads all that is left; the attempt is over."""
        self._do("what it prints", lambda: self._ready().close(now))
        self._do("what it prints", lambda: self._tell(now))

    def end(self, now: float, state: str) -> None:
        """Judges a last time, knowing how it ended."""
        self._do("its findings", lambda: self._status.set(findings=self._findings.end(now, state)))

    def _ready(self) -> Following:
        if self._following is None:
            if self._adopted:
                self._findings.catch_up(self._folder.metrics, self._attempt)
            metrics = self._status.values.get("metrics")
            patterns = (durable.read_json(self._folder.spec) or {}).get("patterns") or ()
            self._following = Following(
                self._folder,
                self._attempt,
                self._log_start,
                metrics,
                self._adopted,
                self._findings,
                self._discovery,
                patterns,
            )
        return self._following

    def _tell(self, now: float) -> None:
        following = self._ready()
        self._status.set(
            metrics=dict(following.summary),
            progress=self._pace.of(following.progress, now),
            log_size=following.log_size,
        )

    def _look(self, now: float) -> Any:
        return self._findings.look(now, self._ready(), self._samples)

    def _do(self, what: str, step: Callable[[], Any]) -> Any:
        """Does a step of the watching, unless that has failed for good before; None where it fails."""
        if what in self._broken:
            return None
        try:
            return step()
        except OSError as error:  # a full disk may have room again
            self._status.set(error="{} cannot be kept: {}".format(what, error))
        except Exception as error:  # a mistake of nerotui's own: a supervisor that dies of it would leave the run alone
            self._broken.add(what)
            sentence = "{} cannot be followed any more: {}".format(what, _told(error))
            self._status.set(error=sentence)
            self._events.add("trouble", sentence, attempt=self._attempt)
        return None


def _told(error: Exception) -> str:
    """What went wrong and in which line of the agent."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = "{}:{}".format(os.path.basename(trace.tb_frame.f_code.co_filename), trace.tb_lineno)
        trace = trace.tb_next
    return "{}: {} ({})".format(type(error).__name__, error, place)
