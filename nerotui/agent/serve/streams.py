"""What follows files to the link: woken by the file, gathered so that packets stay few, log bytes paced by credit."""

import time
from typing import Any, Callable, Dict, Optional, Set

from nerotui.agent.errors import AgentError
from nerotui.agent.logs import inotify
from nerotui.agent.logs.follow import Follower, Restart
from nerotui.agent.logs.inotify import Inotify, Watch
from nerotui.agent.serve.loop import Loop, Timer
from nerotui.agent.serve.outbox import Outbox, Source
from nerotui.agent.wire import encode, encode_data

#: The most that one frame carries. A reply waits for at most one of them.
CHUNK = 1 << 16
#: After bytes went out, what comes next is gathered this long: a small packet costs the reader 50 times its bytes.
GATHER = 0.03
#: How often files are looked at even without the kernel's word, which NFS and overlays do not give.
POLL = 1.0


class Stream(Source):
    """What is made of one file, on its way to the link.

    Attributes:
        number: chosen by the link.
        follower: reads the file.
        follow: goes on when the end is reached.
        ended: nothing more will come.
        sent_at: when bytes of the file last went out, by the monotonic clock.
    """

    def __init__(self, number: int, follower: Follower, follow: bool) -> None:
        self.number = number
        self.follower = follower
        self.follow = follow
        self.ended = False
        self.sent_at = 0.0

    def close(self) -> None:
        """Lets go of the file."""
        self.ended = True
        self.follower.close()


class LogStream(Stream):
    """The bytes of one file."""

    def __init__(self, number: int, follower: Follower, credit: int, length: Optional[int], follow: bool) -> None:
        """Sends `follower`'s bytes as stream `number`.

        Args:
            number: chosen by the link.
            follower: already started.
            credit: how many bytes the link will take for now.
            length: ends after so many bytes; None goes on.
            follow: goes on when the end is reached.
        """
        super().__init__(number, follower, follow)
        self.credit = credit
        self.left = length

    def take(self) -> Optional[bytes]:
        """The next bytes as a frame, news about the file as a push, or None where nothing is to be sent now."""
        if self.ended:
            return None
        if self.left == 0:
            return self._end("end", "")
        limit = min(CHUNK, self.credit if self.left is None else min(self.credit, self.left))
        if limit <= 0:
            return None
        offset = self.follower.position
        try:
            found = self.follower.read(limit)
        except AgentError as error:
            return self._end("error", error.message)
        except OSError as error:
            return self._end("error", "{}: {}".format(self.follower.path, error.strerror))
        if isinstance(found, Restart):
            return self._push(found.event, "", found.size)
        if not found:
            return None if self.follow else self._end("end", "")
        self.credit -= len(found)
        if self.left is not None:
            self.left -= len(found)
        self.sent_at = time.monotonic()
        return encode_data(self.number, offset, found)

    def _end(self, event: str, message: str) -> bytes:
        self.ended = True
        return self._push(event, message, self.follower.size())

    def _push(self, event: str, message: str, size: int) -> bytes:
        return encode(
            {
                "push": "log",
                "stream": self.number,
                "event": event,
                "offset": self.follower.position,
                "size": size,
                "inode": self.follower.inode,
                "message": message,
            }
        )


class Streams:
    """All streams of a session."""

    def __init__(self, loop: Loop, outbox: Outbox, kernel: Inotify) -> None:
        self._loop = loop
        self._outbox = outbox
        self._kernel = kernel
        self._streams: Dict[int, Stream] = {}
        self._watches: Dict[int, Dict[Any, Watch]] = {}
        self._late: Set[int] = set()
        self._poll: Optional[Timer] = None

    def open(self, stream: Stream) -> None:
        """Begins to send; a stream of the same number ends without a word."""
        self.close(stream.number)
        self._streams[stream.number] = stream
        self._watch(stream)
        if self._poll is None:
            self._poll = self._loop.regularly(POLL, self._look)
        # The reply to the request has to leave first.
        self._loop.later(0, lambda: self._rouse(stream))

    def credit(self, number: int, count: int) -> None:
        """Lets stream `number` send `count` bytes more; one that ended is no mistake, for the two cross on the way."""
        stream = self._streams.get(number)
        if isinstance(stream, LogStream):
            stream.credit += count
            self._rouse(stream)

    def close(self, number: int) -> None:
        """Ends stream `number`, if there is one."""
        stream = self._streams.pop(number, None)
        if stream is not None:
            self._outbox.forget(stream)
            for watch in self._watches.pop(number, {}).values():
                self._kernel.forget(watch)
            stream.close()

    def _rouse(self, stream: Stream) -> None:
        if self._streams.get(stream.number) is not stream:
            return
        inode = stream.follower.inode
        self._outbox.rouse(stream)
        if stream.ended:
            self.close(stream.number)
        elif stream.follower.inode != inode:
            self._watch(stream)

    def _watch(self, stream: Stream) -> None:
        watches = self._watches.setdefault(stream.number, {})
        inode = stream.follower.inode
        if not stream.follow or inode in watches:
            return
        for watch in watches.values():
            self._kernel.forget(watch)
        watches.clear()
        changed = self._changed(stream)
        if stream.follower.fd is not None:
            # By descriptor: the path may name another file by now.
            watch_here = self._kernel.watch("/proc/self/fd/{}".format(stream.follower.fd), inotify.FILE, changed)
        else:
            folder = stream.follower.path.rsplit("/", 1)[0] or "/"
            watch_here = self._kernel.watch(folder, inotify.FOLDER, changed)
        if watch_here is not None:
            watches[inode] = watch_here

    def _changed(self, stream: Stream) -> Callable[[bool], None]:
        def changed(more_than_bytes: bool) -> None:
            if more_than_bytes:
                stream.follower.suspect()
            wait = stream.sent_at + GATHER - time.monotonic()
            if wait <= 0:
                self._rouse(stream)
            elif stream.number not in self._late:
                self._late.add(stream.number)
                self._loop.later(wait, late)

        def late() -> None:
            self._late.discard(stream.number)
            self._rouse(stream)

        return changed

    def _look(self) -> None:
        self._poll = self._loop.regularly(POLL, self._look) if self._streams else None
        for stream in list(self._streams.values()):
            if stream.ended or (stream.follow and not stream.follower.quiet()):
                stream.follower.suspect()
                self._rouse(stream)
