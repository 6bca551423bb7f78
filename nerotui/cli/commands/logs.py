"""`nerotui logs`: what a run printed, and prints."""

import os
import sys

import click

from nerotui.cli.logtext import LogText
from nerotui.cli.output import remark, say, say_bytes, width
from nerotui.cli.session import opened, perform
from nerotui.cli.verb import runs_argument, verb
from nerotui.core.text import clean
from nerotui.fleet import Fleet

#: How much of a log is read at once while its last lines are looked for.
PIECE = 262144
#: A line that is longer, in bytes, is not searched for its beginning.
LONGEST = 16 << 20


@verb(
    "logs",
    [
        ("nerotui logs k3f7", "All that it printed, over all attempts."),
        ("nerotui logs -f -n 20 k3f7", "Its last 20 lines, then what it prints from now on, until it ends."),
        ("nerotui logs k3f7 > train.log", "In a pipe or a file: byte for byte. A terminal gets plain characters only."),
    ],
)
@runs_argument("run", many=False)
@click.option("--follow", "-f", is_flag=True, help="Go on until the run ends; a lost connection is taken up again.")
@click.option("--lines", "-n", type=click.IntRange(min=0), metavar="N", help="Only the last N lines.  [default: all]")
def logs(run: str, follow: bool, lines: int | None) -> int:
    """Print a run's log; Ctrl-C leaves the log, not the run."""
    return perform(_logs(run, follow, lines))


async def _logs(text: str, follow: bool, lines: int | None) -> int:
    async with opened(eager=False) as fleet:
        run = await fleet.resolve(text, changing=False)
        start = 0 if lines is None else await _last_lines(fleet, run.id, lines)
        end = None
        if not follow:
            _, end = await fleet.read_log(run.id, 0, 0)
            if start >= end:
                return 0
        return await _print(fleet, run.id, start, end)


async def _last_lines(fleet: Fleet, run_id: str, lines: int) -> int:
    """The offset at which the last lines begin, found from the end backwards; within a line where that is huge."""
    _, end = await fleet.read_log(run_id, 0, 0)
    if lines == 0:
        return end
    start, wanted, piece, since = end, lines, PIECE, end
    while start > 0:
        piece = min(piece, start)
        data, _ = await fleet.read_log(run_id, start - piece, piece)
        if start == end and data.endswith(b"\n"):
            wanted += 1
        start -= piece
        if data.count(b"\n") >= wanted:
            at = len(data)
            for _ in range(wanted):
                at = data.rfind(b"\n", 0, at)
            return start + at + 1
        wanted -= data.count(b"\n")
        if b"\n" in data.removesuffix(b"\n"):
            since, piece = start + data.index(b"\n"), PIECE
        elif since - start >= LONGEST:
            remark(f"a line is longer than {LONGEST >> 20} MiB: what is shown begins within it")
            return start
        else:
            piece *= 2  # a line as long as this is not worth one question after the other
    return 0


async def _print(fleet: Fleet, run_id: str, start: int, end: int | None) -> int:
    """Prints from one offset to another, or until the run has ended and all of its log is here."""
    printer = Printer()
    follower = fleet.follow(run_id, offset=start)
    try:
        async for chunk in follower:
            printer.write(chunk.data)
            if chunk.event in ("replaced", "truncated"):
                remark(f"the log was {chunk.event}; it goes on from its beginning")
                end = None if end is None else 0
            elif chunk.event == "lost":
                remark(f"the connection is lost, taken up again as soon as the host answers: {clean(chunk.message)}")
            if chunk.event == "end" or (end is not None and chunk.offset + len(chunk.data) >= end):
                break
    finally:
        await follower.aclose()
        printer.close()
    return 0


class Printer:
    """Writes a log to stdout: the bytes as they are in a pipe, harmless text on a terminal."""

    def __init__(self) -> None:
        plain = os.environ.get("TERM", "dumb") == "dumb"
        self._text = LogText(None if plain else width()) if sys.stdout.isatty() else None

    def write(self, data: bytes) -> None:
        """Prints more of the log."""
        if self._text is None:
            say_bytes(data)
        elif data:
            say(self._text.feed(data), end="")

    def close(self) -> None:
        """Ends the last line."""
        if self._text is not None:
            say(self._text.close(), end="")
