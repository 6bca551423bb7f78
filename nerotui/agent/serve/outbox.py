"""What leaves for the link: messages at once and in order, bulk only while no message waits."""

import collections
import os
from typing import Callable, Deque, Optional, Set

from nerotui.agent.wire import Message, encode

#: Messages are written together up to about this much.
_BATCH = 1 << 16
#: Written in one go before the loop looks at anything else.
_TURN = 1 << 18


class Source:
    """Somewhere that bulk comes from, a frame at a time, when there is room for it."""

    def take(self) -> Optional[bytes]:
        """The next frame, or None where there is none for now; `Outbox.rouse` then says when to ask again."""
        raise NotImplementedError


class Outbox:
    """Writes to a non-blocking descriptor without ever holding more bulk than the one frame under way.

    Bulk that is not yet written stays where it comes from, in a file, so a slow link costs no memory; and a message
    waits for at most one frame of bulk.

    Attributes:
        backlog: bytes of messages that wait for the link.
    """

    def __init__(self, fd: int, blocked: Callable[[bool], None]) -> None:
        """Writes to `fd`; `blocked` is told whether bytes wait until `fd` takes more."""
        self.backlog = 0
        self._fd = fd
        self._blocked = blocked
        self._waiting = False
        self._partial = memoryview(b"")
        self._messages: Deque[bytes] = collections.deque()
        self._turns: Deque[Source] = collections.deque()
        self._awake: Set[Source] = set()

    def send(self, message: Message) -> None:
        """Sends a message ahead of all bulk.

        Raises:
            BadFrame: it is longer than a frame may be.
        """
        frame = encode(message)
        self.backlog += len(frame)
        self._messages.append(frame)
        if not self._waiting:
            self.flush()

    def rouse(self, source: Source) -> None:
        """Asks `source` for frames until it has none."""
        if source not in self._awake:
            self._awake.add(source)
            self._turns.append(source)
        if not self._waiting:
            self.flush()

    def forget(self, source: Source) -> None:
        """Asks `source` no more."""
        if source in self._awake:
            self._awake.remove(source)
            self._turns.remove(source)

    def flush(self) -> None:
        """Writes until nothing is left, the descriptor takes no more, or others on the loop should have their turn.

        Raises:
            OSError: the other end is gone.
        """
        blocked = False
        left = _TURN
        while self._fill():
            if left <= 0:
                blocked = True  # a fast reader must not keep us from what it asks for meanwhile
                break
            try:
                written = os.write(self._fd, self._partial)
            except BlockingIOError:
                blocked = True
                break
            self._partial = self._partial[written:]
            left -= written
        if blocked != self._waiting:
            self._waiting = blocked
            self._blocked(blocked)

    def _fill(self) -> bool:
        if self._partial:
            return True
        if self._messages:
            batch = [self._messages.popleft()]
            size = len(batch[0])
            while self._messages and size < _BATCH:
                batch.append(self._messages.popleft())
                size += len(batch[-1])
            self.backlog -= size
            self._partial = memoryview(b"".join(batch))
            return True
        while self._turns:
            source = self._turns.popleft()
            frame = source.take()
            if frame is not None:
                self._turns.append(source)
                self._partial = memoryview(frame)
                return True
            self._awake.discard(source)
        return False
