"""One session with a link: its requests, the replies to them, and what it asked to be told unasked."""

import os
from typing import Any, Callable, Dict, Optional

from nerotui.agent.errors import AgentError

from nerotui.agent.follow import Follower
from nerotui.agent.inotify import Inotify
from nerotui.agent.lanes import Lane
from nerotui.agent.loop import Loop
from nerotui.agent.outbox import Outbox
from nerotui.agent.stats import Sampler
from nerotui.agent.streams import LogStream, LogStreams
from nerotui.agent.watch import StatsWatch
from nerotui.agent.wire import BadFrame, Message

Reply = Callable[[Optional[Message], Optional[Exception]], None]

#: Credit of a stream whose link names none.
CREDIT = 1 << 18


class Session:
    """Answers requests. What is quick is answered on the spot, what may block goes to a lane."""

    def __init__(self, loop: Loop, outbox: Outbox, root: str) -> None:
        self._loop = loop
        self._outbox = outbox
        self._root = root
        self._stats_lane = Lane(loop, "stats")
        self._files_lane = Lane(loop, "files")
        self._logs = LogStreams(loop, outbox, Inotify(loop))
        self._stats = StatsWatch(loop, self._stats_lane, Sampler([root]), outbox.send)
        self._ops: Dict[str, Callable[[Message, Reply], None]] = {
            "watch": self._watch,
            "stats": self._sample,
            "log": self._log,
            "credit": self._credit,
            "cancel": self._cancel,
        }

    def request(self, message: Message) -> None:
        """Carries out one request; whatever is wrong with it is said in its reply and ends nothing."""
        number = message.get("id")
        done = False

        def reply(value: Optional[Message], error: Optional[Exception]) -> None:
            nonlocal done
            if done or number is None:
                return
            done = True
            try:
                self._outbox.send({"id": number, "ok": value} if error is None else _failure(number, error))
            except BadFrame as reason:
                self._outbox.send(_failure(number, AgentError("unsupported", str(reason), "ask for less at a time")))

        op = self._ops.get(str(message.get("op")))
        if op is None:
            reply(None, AgentError("unsupported", "this host's agent knows no {!r}".format(message.get("op")), ""))
            return
        try:
            op(message, reply)
        except Exception as error:  # one bad request must not end the session with all its streams
            reply(None, error)

    def finish(self, timeout: float) -> None:
        """Lets what changes files under the root come to its end."""

    def _watch(self, message: Message, reply: Reply) -> None:
        every = _number(message, "stats", 0.0)
        reply({}, None)
        self._stats.every(every)

    def _sample(self, _message: Message, reply: Reply) -> None:
        self._stats.once(lambda value, error: reply({"stats": value}, error))

    def _log(self, message: Message, reply: Reply) -> None:
        number = _whole(message, "stream", None)
        if number is None:
            raise AgentError("bad_request", "a log needs the number of a stream", "")
        follower = Follower(self._path(message))
        started = follower.start(_whole(message, "offset", None), _whole(message, "tail", None), message.get("check"))
        stream = LogStream(
            number,
            follower,
            _whole(message, "credit", None) or CREDIT,
            _whole(message, "length", None),
            bool(message.get("follow")),
        )
        reply(started, None)
        self._logs.open(stream)

    def _credit(self, message: Message, _reply: Reply) -> None:
        self._logs.credit(_whole(message, "stream", None) or 0, _whole(message, "bytes", None) or 0)

    def _cancel(self, message: Message, reply: Reply) -> None:
        self._logs.close(_whole(message, "stream", None) or 0)
        reply({}, None)

    def _path(self, message: Message) -> str:
        path = message.get("path")
        if not isinstance(path, str) or not path or "\0" in path:
            raise AgentError("bad_request", "the request names neither a run nor a path", "")
        return os.path.abspath(os.path.expanduser(path))


def _failure(number: Any, error: Exception) -> Message:
    if isinstance(error, AgentError):
        body = {"code": error.code, "message": error.message, "hint": error.hint}
    elif isinstance(error, OSError):
        named = "{}: {}".format(error.filename, error.strerror) if error.filename else str(error)
        body = {"code": "io", "message": named, "hint": ""}
    elif isinstance(error, (TypeError, ValueError, KeyError)):
        body = {"code": "bad_request", "message": "{}: {}".format(type(error).__name__, error), "hint": ""}
    else:
        body = {"code": "io", "message": "{}: {}".format(type(error).__name__, error), "hint": ""}
    return {"id": number, "error": body}


def _whole(message: Message, name: str, default: Optional[int]) -> Optional[int]:
    value = message.get(name, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise AgentError("bad_request", "{} is {!r}, which is no whole number".format(name, value), "")
    return value


def _number(message: Message, name: str, default: float) -> float:
    value = message.get(name, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise AgentError("bad_request", "{} is {!r}, which is no number of seconds".format(name, value), "")
    return float(value)
