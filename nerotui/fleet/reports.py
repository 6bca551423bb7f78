"""What a host's agent says unasked, turned into records of the model."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from nerotui.config import HostConfig
from nerotui.core.records import Run
from nerotui.core.text import clean
from nerotui.errors import NoAgent
from nerotui.fleet import decode
from nerotui.fleet.jobs import Jobs
from nerotui.fleet.model import Model
from nerotui.fleet.wish import Wish, watched

#: Seconds that a host's clock may differ before it is worth a message.
SKEW = 60.0
#: How the agent begins when it says that it cannot list its runs.
UNREADABLE = "the runs cannot be read"


class Reports:
    """One host's words.

    Attributes:
        heard: when the last of them came, on the monotonic clock.
        listed: set once all runs have been told, or cannot be.
        jobs: what its scheduler says besides, where it has one.
    """

    def __init__(self, config: HostConfig, model: Model) -> None:
        self.heard = 0.0
        self.listed = asyncio.Event()
        self.jobs: Jobs | None = None
        self._name = config.name
        self._config = config
        self._model = model
        self._listing: set[str] | None = None
        self._note: str | None = None
        self._trouble = ""
        self._misread = False
        self.wish = Wish(config.watch, lambda trouble: self._say(clean(trouble)), self._watched)

    @property
    def sampled(self) -> bool:
        """Whether a sample of the host is known."""
        return self._model.hosts[self._name].stats is not None

    def greet(self, hello: dict[str, Any], backend: str) -> None:
        """Takes an agent's first words. A list of all runs is to follow."""
        self.heard = time.monotonic()
        self.listed.clear()
        self._listing = None
        self._trouble = ""
        now = time.time()
        skew = float(hello.get("time") or now) - now
        self._note = None
        if not hello.get("writable", True):
            reason = clean(str(hello.get("root_error") or "its folder cannot be written"))
            self._note = f"watching only, nothing can be queued: {reason}"
        self._model.is_machine(self._name, clean(str(hello.get("hostname") or "")))
        self._model.host(
            self._name,
            backend=backend,
            user=clean(str(hello.get("user") or "")) or self._config.user,
            retry_at=None,
            seen=now,
            clock_skew=round(skew, 1),
            note=self._note,
            slots=self._config.slots or hello.get("slots"),
            root=clean(str(hello.get("root") or "")) or None,
            python=clean(str(hello.get("python") or "")) or None,
            home=clean(str(hello.get("home") or "")) or None,
        )
        if abs(skew) > SKEW:
            ahead = "ahead of" if skew > 0 else "behind"
            self._say(f"its clock is {abs(skew):.0f} s {ahead} this machine's")

    def take(self, message: dict[str, Any]) -> None:
        """Takes a push. One that cannot be understood is said once, and costs nothing else."""
        self.heard = time.monotonic()
        kind = message.get("push")
        try:
            with decode.understanding(self._name, "a report"):
                if kind == "stats":
                    self._model.host(self._name, stats=decode.stats(message["stats"]), seen=time.time())
                elif kind == "runs":
                    self._runs(message)
                elif kind == "foreign" and self.jobs is not None:
                    self.jobs.read(message.get("runs") or ())
                elif kind == "trouble":
                    self._complain(clean(str(message.get("message"))))
        except NoAgent as error:
            self._misunderstood(error)

    def reply(self, run: Run) -> Run:
        """Takes a run that came as an answer; as it is shown now."""
        if self._listing is not None:
            self._listing.add(run.id)
        self._model.report(self._name, [self._with_job(run)])
        return self._model.runs[run.id]

    def _runs(self, message: dict[str, Any]) -> None:
        runs = []
        for item in message.get("runs") or ():
            try:
                with decode.understanding(self._name, "a run"):
                    runs.append(self._with_job(decode.run(item, self._name)))
            except NoAgent as error:
                self._misunderstood(error)
        for run in runs:
            self.wish.take(run)
        gone = message.get("gone") or ()
        self._model.report(self._name, runs, gone)
        if self.jobs is not None:
            for run_id in gone:
                self.jobs.book.drop(run_id)
        if message.get("full"):
            # After trouble there, the agent begins anew.
            self._listing = set()
        if self._listing is not None:
            self._listing.update(run.id for run in runs)
            if not message.get("more"):
                self._end_of_list(self._listing)

    def _end_of_list(self, listed: set[str]) -> None:
        """What is not in a list of all runs is gone."""
        self._listing = None
        jobs = self.jobs
        gone = [
            run_id
            for run_id in self._model.ids(self._name)
            if run_id not in listed and not self.wish.keeps(run_id) and not (jobs is not None and jobs.keeps(run_id))
        ]
        self._model.report(self._name, (), gone)
        if self._trouble.startswith(UNREADABLE):
            self._trouble = ""
            self._model.host(self._name, note=self._note)
        self.listed.set()

    def _watched(self, told: set[str]) -> None:
        """Drops runs whose logs were watched once and are not there any more."""
        known = (self._model.runs[run_id] for run_id in self._model.ids(self._name))
        self._model.report(self._name, (), [run.id for run in known if watched(run) and run.id not in told])

    def _with_job(self, run: Run) -> Run:
        return run if self.jobs is None else self.jobs.take(run)

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self._model.host(self._name, note=trouble)
            self._say(trouble)
        if trouble.startswith(UNREADABLE):
            # There is no use in waiting for a list: what was last known stays, and one may come later.
            self.listed.set()

    def _misunderstood(self, error: NoAgent) -> None:
        if not self._misread:
            self._misread = True
            self._model.say("warning", str(error), host=self._name)

    def _say(self, text: str) -> None:
        self._model.say("warning", f"{self._name}: {text}", host=self._name)
