"""Following a run's log across reconnects, without a gap and without a repeat."""

from __future__ import annotations

from typing import Literal

import msgspec

LogEvent = Literal["replaced", "truncated", "end", "lost", "back"]


class LogChunk(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of a log, or something that happened to it.

    Attributes:
        offset: where the first byte of `data` stands in the file.
        data: the bytes; empty where only something happened.
        size: the file's size as last known.
        event: "replaced" and "truncated": bytes begin at 0 again. "end": nothing more will come. "lost": the host is
            away; "back": it is there again and the bytes go on where they stopped.
        message: the reason in words, or "".
    """

    offset: int
    data: bytes = b""
    size: int = 0
    event: LogEvent | None = None
    message: str = ""
