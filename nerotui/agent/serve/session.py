"""One session with a link: its requests, the replies to them, and what it asked to be told unasked."""

import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from nerotui.agent.errors import AgentError
from nerotui.agent.host.procfs import Moment
from nerotui.agent.host.stats import Sampler
from nerotui.agent.logs.follow import Follower
from nerotui.agent.logs.inotify import Inotify
from nerotui.agent.processes import identity
from nerotui.agent.queue import holders
from nerotui.agent.run import asked
from nerotui.agent.run.layout import Root
from nerotui.agent.run.runs import Store
from nerotui.agent.serve.foreignops import ForeignOps
from nerotui.agent.serve.jobops import JobOps
from nerotui.agent.serve.lanes import Lane
from nerotui.agent.serve.loop import Loop
from nerotui.agent.serve.outbox import Outbox
from nerotui.agent.serve.runwatch import RunsWatch
from nerotui.agent.serve.streams import LogStream, Streams
from nerotui.agent.serve.watch import StatsWatch
from nerotui.agent.wire import BadFrame, Message

if TYPE_CHECKING:
    from nerotui.agent.logs.lineindex import LineIndex

Reply = Callable[[Any, Optional[Exception]], None]

#: Credit of a stream whose link names none, bytes.
CREDIT = 1 << 18
#: The most points that a picture holds where a link asks for more, and moments of a load.
MOST_POINTS = 100000
MOMENTS = 200


class Session:
    """Answers requests. What is quick is answered on the spot; what may block goes to a lane, one for each kind.

    A search or a count gives way to the next one; what changes runs is carried out in the order asked. What only some
    links ask for is loaded when it is first asked for: the first answer is waited for by a person.
    """

    def __init__(self, loop: Loop, outbox: Outbox, store: Store, began: Moment) -> None:
        """Answers on `outbox`; the host's first rates are since `began`."""
        self._loop = loop
        self._outbox = outbox
        self._store = store
        self._store_lane = Lane(loop, "store")
        self._find_lane = Lane(loop, "find")
        self._lines_lane = Lane(loop, "lines")
        self._files_lane = Lane(loop, "files")
        self._finding = threading.Event()
        self._lines: "Optional[LineIndex]" = None
        kernel = Inotify(loop)
        self._streams = Streams(loop, outbox, kernel)
        self._sampler = Sampler([store.root], self._gpu_holders, began)
        self._stats = StatsWatch(loop, Lane(loop, "stats"), self._sampler, outbox)
        self._runs = RunsWatch(loop, self._store_lane, outbox, store, kernel, self._runs_in)
        self._jobs = JobOps(loop, store, self._ask, self._runs.poke)
        self._foreign = ForeignOps(loop, outbox, store.root)
        self._ops: Dict[str, Callable[[Message, Reply], None]] = {
            "watch": self._watch,
            "stats": lambda _message, reply: self._stats.once(_named("stats", reply)),
            "runs": self._list,
            "show": lambda message, reply: self._about(message, "show", reply),
            "why": lambda message, reply: self._about(message, "why", _named("why", reply)),
            "tree": lambda message, reply: self._about(message, "tree", _named("processes", reply)),
            "submit": self._submit,
            "act": self._act,
            "log": self._log,
            "log_find": self._log_find,
            "log_lines": self._log_lines,
            "points": self._points,
            "load": self._load,
            "diagnose": self._diagnose,
            "credit": lambda message, _reply: self._streams.credit(
                asked.needed(message, "stream"), asked.needed(message, "bytes")
            ),
            "cancel": self._cancel,
        }
        self._ops.update(self._jobs.ops())
        self._ops.update(self._foreign.ops())

    def request(self, message: Message) -> None:
        """Carries out one request; whatever is wrong with it is said in its reply and ends nothing."""
        number = message.get("id")

        def reply(value: Any, error: Optional[Exception]) -> None:
            if number is None:
                return
            try:
                self._outbox.send({"id": number, "ok": value} if error is None else asked.failure(number, error))
            except (BadFrame, TypeError) as reason:
                refusal = AgentError("unsupported", "the answer cannot be sent: {}".format(reason), "ask for less")
                self._outbox.send(asked.failure(number, refusal))

        op = self._ops.get(str(message.get("op")))
        if op is None:
            reply(None, AgentError("unsupported", "this host's agent knows no {!r}".format(message.get("op"))))
            return
        try:
            op(message, reply)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            reply(None, error)
        except Exception as error:  # one bad request must not end the session with all its streams
            reply(None, error)

    def finish(self, timeout: float) -> None:
        """Lets a change under way come to its end, for at most `timeout` seconds."""
        self._finding.set()
        self._find_lane.finish(0.2)
        self._store_lane.finish(timeout)
        self._jobs.finish()
        self._foreign.finish()

    def _ask(self, reply: Reply, question: Callable[..., Any], *arguments: Any) -> None:
        self._store_lane.do(lambda: question(*arguments), reply)

    def _about(self, message: Message, question: str, reply: Reply) -> None:
        """Asks about one run whoever knows it: the store of nerotui's own, or who follows those of others."""
        run = asked.text(message, "run")
        self._ask(reply, getattr(self._foreign if self._foreign.knows(run) else self._store, question), run)

    def _runs_in(self, folders: Any) -> None:
        self._sampler.folders = [self._store.root] + list(folders)

    def _gpu_holders(self) -> Dict[int, str]:
        """Which run has been given which GPU of this host."""
        folder = Root(self._store.root).queue(identity.here().hostname).gpus
        return {index: holder.run for index, holder in holders.held(folder).items() if holder is not None}

    def _watch(self, message: Message, reply: Reply) -> None:
        every = asked.seconds(message, "stats")
        reply({}, None)
        self._stats.every(every)
        if "runs" in message:  # a link that only wants another pace is not told all runs anew
            self._runs.watch(bool(message["runs"]))

    def _list(self, message: Message, reply: Reply) -> None:
        """Runs, all or some, by id, as many as a reply holds; the request for the rest has `next` as `after`."""
        ids, after = asked.names(message, "ids"), message.get("after") or ""

        def read() -> Message:
            for run in ids or ():
                self._store.spec(run)  # refuses an id that nobody has
            every = self._store.list() if ids is None else ids
            wanted = sorted(run for run in every if run > str(after))
            runs, taken = self._store.records(wanted)
            return {"runs": runs, "next": wanted[taken - 1] if taken < len(wanted) else None}

        self._ask(reply, read)

    def _submit(self, message: Message, reply: Reply) -> None:
        spec = message.get("spec")
        if not isinstance(spec, dict):
            raise AgentError("bad_request", "the request lacks a spec")
        if message.get("dry"):
            self._ask(reply, self._store.preview, spec)
            return

        def submit() -> Message:
            run, notes = self._store.submit(spec, message.get("who"), bool(message.get("held")))
            return {"run": run, "notes": notes, "script": self._store.job_script(run["id"])}

        def submitted(value: Any, error: Optional[Exception]) -> None:
            reply(value, error)
            self._runs.poke()

        self._ask(submitted, submit)

    def _act(self, message: Message, reply: Reply) -> None:
        run, action = asked.text(message, "run"), asked.text(message, "action")
        attempt = asked.whole(message, "attempt")

        foreign = self._foreign.knows(run)

        def acted(value: Any, error: Optional[Exception]) -> None:
            reply(None if error else {"run": value}, error)
            (self._foreign if foreign else self._runs).poke()

        act = self._foreign.act if foreign else self._store.act
        self._ask(acted, act, run, action, message.get("who"), attempt, message.get("args") or {})

    def _log(self, message: Message, reply: Reply) -> None:
        number = asked.needed(message, "stream")
        follower = Follower(self._file(message, self._store.log_path))
        started = follower.start(asked.whole(message, "offset"), asked.whole(message, "tail"), message.get("check"))
        credit = asked.whole(message, "credit")
        length = asked.whole(message, "length")
        reply(started, None)
        stream = LogStream(number, follower, CREDIT if credit is None else credit, length, bool(message.get("follow")))
        self._streams.open(stream)

    def _log_find(self, message: Message, reply: Reply) -> None:
        from nerotui.agent.logs import logsearch

        path = self._file(message, self._store.log_path)
        errors = bool(message.get("errors"))
        pattern = "" if errors else asked.text(message, "pattern")
        search = logsearch.Search(pattern, bool(message.get("regex")), bool(message.get("ignore_case")), errors)
        offset, back = asked.needed(message, "offset"), message.get("direction") == "back"
        self._finding.set()
        cancelled = self._finding = threading.Event()
        self._find_lane.do(lambda: logsearch.find(path, search, offset, back, cancelled.is_set), reply)

    def _log_lines(self, message: Message, reply: Reply) -> None:
        from nerotui.agent.logs.lineindex import LineIndex

        path, offset = self._file(message, self._store.log_path), asked.needed(message, "offset")
        if self._lines is None or self._lines.path != path:
            self._lines = LineIndex(path)
        lines = self._lines

        def stale() -> bool:
            return self._lines is not lines

        def counted(value: Any, error: Optional[Exception]) -> None:
            reply(value, error)
            if error is None and value["total"] is None:
                self._files_lane.do(lambda: lines.complete(stale), lambda _value, _error: None)

        self._lines_lane.do(lambda: lines.line(offset, stale), counted)

    def _points(self, message: Message, reply: Reply) -> None:
        from nerotui.agent.points.pointstream import PointsStream

        number, names = asked.needed(message, "stream"), asked.names(message, "names")
        patterns = asked.names(message, "patterns") or []
        limit = min(asked.whole(message, "max_points") or MOST_POINTS, MOST_POINTS)
        follower = Follower(self._file(message, self._store.points_path))
        started = follower.start(0, None, None)
        follow = bool(message.get("follow"))
        if started["inode"] is None and not follow and not message.get("run"):
            raise AgentError("io", "{}: there is no such file".format(follower.path))
        every_one = None if message.get("raw") else limit
        reply({}, None)
        stream = PointsStream(self._loop, self._outbox, number, follower, names, every_one, follow, patterns)
        self._streams.open(stream)

    def _load(self, message: Message, reply: Reply) -> None:
        from nerotui.agent.points.load import load

        run = asked.text(message, "run")
        path = "" if self._foreign.knows(run) else self._store.stats_path(run)  # of others' runs no load is kept
        limit = asked.whole(message, "max") or MOMENTS
        self._files_lane.do(lambda: load(path, limit), reply)

    def _diagnose(self, message: Message, reply: Reply) -> None:
        from nerotui.agent.diagnose.rules import RuleError, parse_all

        try:
            rules = parse_all(message.get("stop"))
        except RuleError as error:
            raise AgentError("bad_request", "{}\n{}".format(error, error.shown()), "")
        self._finding.set()
        cancelled = self._finding = threading.Event()
        from nerotui.agent.diagnose import replay

        if not message.get("run") or self._foreign.knows(asked.text(message, "run")):
            path = self._file(message, self._store.log_path)
            self._find_lane.do(lambda: replay.of_file(path, rules, cancelled.is_set), reply)
            return
        run = asked.text(message, "run")

        def known(record: Any, error: Optional[Exception]) -> None:
            if error is not None:
                reply(None, error)
                return
            folder = Root(self._store.root).run(run)
            self._find_lane.do(lambda: replay.of_run(folder, record["state"], rules, cancelled.is_set), reply)

        self._ask(known, self._store.record, run)

    def _cancel(self, message: Message, reply: Reply) -> None:
        self._streams.close(asked.needed(message, "stream"))
        reply({}, None)

    def _file(self, message: Message, of_run: Callable[[str], str]) -> str:
        if not message.get("run"):
            return asked.path(message)
        run = asked.text(message, "run")
        return self._foreign.path(run) if self._foreign.knows(run) else of_run(run)


def _named(name: str, reply: Reply) -> Reply:
    """A reply whose value stands under a name."""
    return lambda value, error: reply(None if error else {name: value}, error)
