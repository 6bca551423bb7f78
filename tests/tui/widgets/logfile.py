"""A log for the tests of its view: numbered lines, and a file that answers what the view asks for."""

from nerotui.tui.widgets.log import LogView
from tests.tui.widgets.stage import Stage


def numbered(first: int, last: int) -> bytes:
    """Lines that hold their number."""
    return b"".join(b"line %d\n" % number for number in range(first, last))


class File:
    """A log in a file, and the answers to what a view wants of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def answer(self, stage: Stage, log: LogView) -> int:
        """Fill in what was asked for since the last time; how many asked."""
        wanted = stage.heard_of(LogView.Wanted)
        stage.heard.clear()
        for message in wanted:
            log.fill(self.data[message.start : message.end], message.start, size=len(self.data), target=message.target)
        return len(wanted)
