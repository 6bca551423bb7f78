"""What a link asks about runs that nerotui did not start: which to follow, and all that can be asked of a run."""

import os
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from nerotui.agent.errors import AgentError
from nerotui.agent.run import asked
from nerotui.agent.run.layout import Root, is_id
from nerotui.agent.serve.lanes import Lane
from nerotui.agent.serve.loop import Loop, Timer
from nerotui.agent.serve.outbox import Outbox
from nerotui.agent.wire import Message

if TYPE_CHECKING:  # loaded when a link asks for the first time, which most never do
    from nerotui.agent.foreign.run import ForeignRun
    from nerotui.agent.foreign.survey import Survey

Reply = Callable[[Any, Optional[Exception]], None]

#: Runs in one push, and bytes that may wait for the link before more are told.
IN_PUSH = 50
BACKLOG = 1 << 20
#: How long to wait where the link takes nothing, or the last turn went wrong, seconds.
AGAIN = 1.0
#: Seconds between two looks at what is being killed, and those that a turn under way gets to end.
STEP, LANE = 0.05, 1.0
DESCRIPTORS = 4096


class ForeignOps:
    """Answers these requests. Logs and processes are looked at on a lane of their own, while a link asks for it."""

    def __init__(self, loop: Loop, outbox: Outbox, root: str) -> None:
        """Follows nothing yet.

        Args:
            loop: the session's.
            outbox: where pushes go.
            root: nerotui's folder.
        """
        self._loop = loop
        self._outbox = outbox
        self._root = Root(root)
        self._lane = Lane(loop, "foreign")
        self._survey: "Optional[Survey]" = None
        self._timer: Optional[Timer] = None
        self._busy = self._again = self._asked = False
        self._said = ""
        self._waiting: List[Reply] = []

    def ops(self) -> Dict[str, Callable[[Message, Reply], None]]:
        """The requests by name."""
        return {"foreign": self._foreign}

    def knows(self, run: str) -> bool:
        """Whether a run is one of those whose logs are watched."""
        return self._survey is not None and run in self._survey.runs

    def show(self, run: str) -> Dict[str, Any]:
        """All that is known of a run, as of one that nerotui did start.

        Raises:
            AgentError: no_such_run.
        """
        return self._run(run).show(time.time())

    def why(self, run: str) -> str:
        """What a run does, for it waits for nothing that nerotui knows of."""
        found = self.show(run)["run"]
        return "it does not wait: nerotui did not start it, and it is {}".format(found["state"])

    def tree(self, run: str) -> List[Dict[str, Any]]:
        """The processes of a run, parents first."""
        from nerotui.agent.processes import processes
        from nerotui.agent.processes.tree import told

        return told(self._run(run).tree().members(), processes.boot_time())

    def act(
        self, run: str, action: str, who: Optional[str], attempt: Optional[int], args: Dict[str, Any]
    ) -> Dict[str, Any]:
        """Freezes, thaws or kills a run; returns its record.

        Raises:
            AgentError: no_such_run, bad_request, illegal.
        """
        from nerotui.agent.foreign.acting import act

        found = self._run(run)
        act(found, action, who, attempt, args, time.time())
        return found.record(time.time())

    def poke(self) -> None:
        """Looks at once: something was just done to a run."""
        self._look()

    def path(self, run: str) -> str:
        """A run's log, in which its points are too."""
        return self._run(run).path

    def finish(self) -> None:
        """Leaves what is being killed to a process of its own; everything else ends with the link.

        Who asked may close the link at once, and a link that is closed waits for nothing.
        """
        survey = self._survey
        if survey is None or not survey.step():
            return
        self._lane.finish(LANE)
        if os.fork():
            return
        try:
            os.setsid()
            os.closerange(0, DESCRIPTORS)  # the link must not wait for this process either
            while survey.step():
                time.sleep(STEP)
        finally:
            os._exit(0)

    def _run(self, run: str) -> "ForeignRun":
        found = self._survey.runs.get(run) if self._survey is not None else None
        if found is None:
            raise AgentError("no_such_run", "there is no run {} on this host".format(run), "`nerotui ls` lists them")
        return found

    def _foreign(self, message: Message, reply: Reply) -> None:
        from nerotui.agent.foreign.survey import Survey
        from nerotui.agent.run.submission import user_name

        wanted, patterns = _jobs(message), asked.names(message, "watch") or []
        if self._survey is None:
            self._survey = Survey(self._root, user_name())
        survey = self._survey

        def wished(_value: Any, error: Optional[Exception]) -> None:
            if error is not None:
                reply(None, error)
                return
            # What is there is told before the answer, so that whoever waits for that knows it all.
            self._waiting.append(reply)
            self._asked = bool(wanted or patterns)
            self._look()

        self._lane.do(lambda: survey.wish(wanted, patterns), wished)

    def _look(self) -> None:
        if self._survey is None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._busy:
            self._again = True
            return
        self._busy = True
        self._lane.do(self._survey.turn, self._looked)

    def _looked(self, news: Any, error: Optional[Exception]) -> None:
        self._busy = False
        waiting, self._waiting = self._waiting, []
        if error is not None:
            self._complain("runs that nerotui did not start cannot be followed: {}".format(error))
            pause, busy = AGAIN, False
        else:
            self._push(news.jobs, news.runs, news.gone)
            self._complain("; ".join(news.notes))
            pause, busy = news.pause, news.busy
        for reply in waiting:
            reply({}, error)
        if self._again:
            self._again = False
            self._look()
        elif self._asked or busy:
            self._timer = self._loop.later(pause, self._due)

    def _due(self) -> None:
        if self._outbox.backlog > BACKLOG:
            self._timer = self._loop.later(AGAIN, self._due)  # what is told later is newer
        else:
            self._look()

    def _push(self, jobs: List[Message], runs: List[Message], gone: List[str]) -> None:
        for at in range(0, len(jobs), IN_PUSH):
            self._outbox.send({"push": "foreign", "runs": jobs[at : at + IN_PUSH]})
        for at in range(0, max(len(runs), bool(gone)), IN_PUSH):
            # No part of the list of all runs, nor its end.
            message = {"push": "runs", "runs": runs[at : at + IN_PUSH], "gone": gone, "full": False, "more": True}
            self._outbox.send(message)
            gone = []

    def _complain(self, message: str) -> None:
        if message != self._said:
            self._said = message
            if message:
                self._outbox.send({"push": "trouble", "message": message})


def _jobs(message: Message) -> List[Any]:
    from nerotui.agent.foreign.survey import Job

    logs = message.get("logs") or []
    if not isinstance(logs, list):
        raise AgentError("bad_request", "logs is {!r}, which is no list".format(logs))
    found = []
    for one in logs:
        if not isinstance(one, dict) or not is_id(one.get("run")):
            raise AgentError("bad_request", "{!r} names no run and no log".format(one))
        err = one.get("err")
        started = one.get("started")
        found.append(
            Job(
                one["run"],
                asked.path(one),
                os.path.abspath(os.path.expanduser(err)) if isinstance(err, str) and err else None,
                float(started) if isinstance(started, (int, float)) else None,
                str(one["over"]) if one.get("over") else None,
            )
        )
    return found
