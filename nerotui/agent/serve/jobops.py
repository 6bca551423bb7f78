"""What a link asks about schedulers and their jobs: run one of their programs, keep a job, judge an attempt."""

import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from nerotui.agent.errors import AgentError
from nerotui.agent.run import asked
from nerotui.agent.run.layout import Root
from nerotui.agent.run.runs import Store
from nerotui.agent.serve.lanes import Lane
from nerotui.agent.serve.loop import Loop
from nerotui.agent.wire import Message

if TYPE_CHECKING:
    from nerotui.agent.jobs.programs import Program

Reply = Callable[[Any, Optional[Exception]], None]

#: A program whose request names no time gets so long, seconds.
TIMEOUT = 30.0
#: So long may a program take to die when its link is gone, seconds.
PATIENCE = 2.0
#: So many programs run at once at most.
LANES = 3


class JobOps:
    """Answers these requests. Programs run on lanes of their own, so that nothing else waits for them.

    There are a few such lanes: what a user asks for shall not wait for the answer of a slow accounting.
    """

    def __init__(
        self,
        loop: Loop,
        store: Store,
        ask: Callable[..., None],
        changed: Callable[[], None],
    ) -> None:
        """Answers about `store`.

        Args:
            loop: the session's.
            store: the runs of this root.
            ask: has a question answered where all that concerns `store` happens: `ask(reply, question, *arguments)`.
            changed: told that something was just done to a run.
        """
        self._store = store
        self._root = Root(store.root)
        self._lanes = [Lane(loop, "exec") for _ in range(LANES)]
        self._ask = ask
        self._changed = changed
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._submissions: List[float] = []

    def ops(self) -> Dict[str, Callable[[Message, Reply], None]]:
        """The requests by name."""
        return {"exec": self._exec, "job": self._job, "judge": self._judge}

    def finish(self) -> None:
        """Waits for a submission under way to put its answer on record; ends any other program."""
        with self._lock:
            self._closing.set()
            deadline = time.monotonic() + max(self._submissions + [0.0]) + PATIENCE
        for lane in self._lanes:
            lane.finish(max(0.0, deadline - time.monotonic()))

    def _exec(self, message: Message, reply: Reply) -> None:
        argv, env = _arguments(message, "argv"), message.get("env") or {}
        stdin, run = message.get("stdin"), message.get("run")
        timeout = asked.seconds(message, "timeout") or TIMEOUT
        if stdin is not None and not isinstance(stdin, str):
            raise AgentError("bad_request", "stdin is no text")
        if not isinstance(env, dict) or not all(isinstance(part, str) for pair in env.items() for part in pair):
            raise AgentError("bad_request", "env are no names with texts")
        attempt = asked.needed(message, "attempt") if run is not None else 0
        never = threading.Event()

        def work() -> Any:
            from nerotui.agent.jobs.programs import Program

            with self._lock:
                if self._closing.is_set():
                    raise AgentError("io", "the link is gone")
                self._submissions += [] if run is None else [timeout]
            if run is None:
                return Program(argv, stdin, timeout, env, self._closing).answer()
            try:
                # What submits is not called off: whether it did what it was asked to must be on record.
                return self._kept(str(run), attempt, Program(argv, stdin, timeout, env, never))
            finally:
                with self._lock:
                    self._submissions.remove(timeout)

        if run is None:
            self._lane().do(work, reply)
            return

        def known(_spec: Any, error: Optional[Exception]) -> None:
            if error is not None:
                reply(None, error)
            else:
                self._lane().do(work, reply)

        self._ask(known, self._store.spec, asked.text(message, "run"))

    def _lane(self) -> Lane:
        return min(self._lanes, key=lambda lane: lane.left)

    def _kept(self, run: str, attempt: int, program: "Program") -> Message:
        """A submission's answer, which is on record first; where the disk does not take it, it is told all the same."""
        from nerotui.agent.jobs import files

        try:
            files.keep_answer(self._root.run(run), attempt, program.code, program.out, program.err)
        except OSError as error:
            return dict(program.answer(), unkept="the answer cannot be kept: {}".format(error.strerror or error))
        return program.answer()

    def _job(self, message: Message, reply: Reply) -> None:
        job = message.get("job")
        if not isinstance(job, dict):
            raise AgentError("bad_request", "the request lacks a job")
        number = job.get("id")
        if number is not None and not isinstance(number, str):
            raise AgentError("bad_request", "the job's id is {!r}, which is no text".format(number))
        arguments = (asked.needed(message, "attempt"), asked.text(job, "scheduler"), number, _arguments(job, "argv"))
        self._ask(self._told(reply), self._store.keep_job, asked.text(message, "run"), *arguments)

    def _judge(self, message: Message, reply: Reply) -> None:
        end = message.get("end")
        if not isinstance(end, dict):
            raise AgentError("bad_request", "the request lacks an end")
        run, attempt = asked.text(message, "run"), asked.needed(message, "attempt")
        self._ask(self._told(reply), self._store.judge, run, attempt, end, message.get("who"), message.get("job"))

    def _told(self, reply: Reply) -> Reply:
        def told(value: Any, error: Optional[Exception]) -> None:
            reply(None if error else {"run": value}, error)
            self._changed()

        return told


def _arguments(message: Message, name: str) -> List[str]:
    found = asked.names(message, name)
    if not found or not found[0] or any("\0" in word for word in found):
        raise AgentError("bad_request", "{} is {!r}, which is no list of arguments".format(name, found))
    return found
