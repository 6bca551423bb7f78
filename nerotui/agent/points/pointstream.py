"""Points on their way to the link: the history, read on a thread no faster than the link takes it, then what comes."""

import collections
import threading
from typing import Deque, List, Optional, Sequence

from nerotui.agent.errors import AgentError
from nerotui.agent.logs.follow import Follower
from nerotui.agent.points.points import History, pushes
from nerotui.agent.points.series import Series
from nerotui.agent.serve.loop import Loop
from nerotui.agent.serve.outbox import Outbox
from nerotui.agent.serve.streams import CHUNK, Stream
from nerotui.agent.wire import Message, encode

#: Frames of history that wait at most; the thread goes on when one has left.
AHEAD = 4


class PointsStream(Stream):
    """The points of one file."""

    def __init__(
        self,
        loop: Loop,
        outbox: Outbox,
        number: int,
        follower: Follower,
        names: Optional[List[str]],
        limit: Optional[int],
        follow: bool,
        patterns: Sequence[str] = (),
    ) -> None:
        """Sends points as stream `number`.

        Args:
            loop: where the stream is asked for frames.
            outbox: what asks.
            number: chosen by the link.
            follower: already started, at 0.
            names: which metrics; None for all.
            limit: how many points of each series' history are sent, about; None for every single one.
            follow: goes on with what is added after the history.
            patterns: the user's own for a log's lines.
        """
        super().__init__(number, follower, follow)
        self._loop = loop
        self._outbox = outbox
        self._history = History(follower, names, limit, patterns)
        self._frames: Deque[bytes] = collections.deque()
        self._room = threading.Semaphore(AHEAD)
        self._reading = False
        self._live = False

    def take(self) -> Optional[bytes]:
        """The next push as a frame, or None where there is none now."""
        if self._frames:
            self._room.release()
            return self._frames.popleft()
        if self.ended:
            return None
        if not self._reading:
            self._reading = True
            threading.Thread(target=self._read, name="points", daemon=True).start()
        if not self._live:
            return None
        if not self.follow:
            self.ended = True
            return None
        try:
            for message in self._history.more(CHUNK):
                return self._frame(message)
        except (AgentError, OSError) as error:
            self.follow = False
            return self._fail(error)
        return None

    def close(self) -> None:
        """Ends the thread, if it is reading, and lets go of the file."""
        self.ended = True
        self._room.release()
        if self._live or not self._reading:
            self.follower.close()

    def _read(self) -> None:
        """On the thread: the history, as far as the link takes it."""
        try:
            coarse = self._history.coarse()
            if coarse is not None:
                self._offer(coarse, False)
            series = self._history.read(lambda: self.ended)
            self._offer(series if self.follow else self._history.finish(), True)
        except (AgentError, OSError) as error:
            self._put(self._fail(error))
            self.follow = False
        self._loop.post(self._go_live)

    def _offer(self, series: Series, done: bool) -> None:
        for message in pushes(series, done):
            if self.ended:
                break
            self._put(self._frame(message))

    def _put(self, frame: bytes) -> None:
        self._room.acquire()
        self._frames.append(frame)
        self._loop.post(self._rouse)

    def _rouse(self) -> None:
        if not self.ended or self._frames:
            self._outbox.rouse(self)

    def _go_live(self) -> None:
        self._live = True
        if self.ended:
            self.follower.close()
        else:
            self._outbox.rouse(self)

    def _frame(self, message: Message) -> bytes:
        return encode(dict(message, stream=self.number))

    def _fail(self, error: Exception) -> bytes:
        said = error.message if isinstance(error, AgentError) else str(error)
        failure = {"push": "points", "reset": False, "series": [], "done": True, "error": said}
        return self._frame(failure)
