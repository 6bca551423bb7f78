"""Marian's updates and validations: `Ep. 1 : Up. 500 : Sen. 64,000 : Cost 6.1 * 2,000 @ 40 after 9,000 : …`."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_HEAD = re.compile(
    rb"(?:\[[^\]]{1,40}\] )?(?:\[(valid)\] )?Ep\. (\d{1,9}(?:\.\d{1,9})?)[^:]{0,20}: Up\. (\d{1,15})[^:]{0,20}: "
)
_COST = re.compile(rb"(Cost|cost|gNorm|L\.r\.|Perplexity|ce-[a-z-]+) ([^ ]{1,30})")
_SPEED = re.compile(rb"([\d.]{1,20}) words/s")
_VALID = re.compile(rb"([a-zA-Z][\w-]{0,40}) : ([^ ]{1,30}) : (?:new best|stalled|no )")
_LONGEST = 1000


class Reading(Family):
    """Updates count on over the epochs, so they are the step."""

    def claims(self, line: bytes) -> bool:
        """Whether it names an epoch and an update as Marian does."""
        return b"Ep. " in line and b" : Up. " in line

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A line of training or of validation."""
        line = line[:_LONGEST]
        head = _HEAD.match(line)
        if not head:
            return None
        rest = line[head.end() :]
        point: Found = {}
        pairs = _VALID.findall(rest) if head.group(1) else _COST.findall(rest)
        for name, text in pairs:
            number = value(text)
            if number is not None:
                point[("valid/" if head.group(1) else "") + name.decode("utf-8", "replace")] = number
        speed = _SPEED.search(rest)
        if speed and not head.group(1):
            number = value(speed.group(1))
            if number is not None:
                point["words/s"] = number
        epoch, update = float(head.group(2)), float(head.group(3))
        self.axes.locate(Said(epoch, None, update, None, True))
        if point:
            point["epoch"], point["step"] = whole(epoch), whole(update)
        return [point] if point else []
