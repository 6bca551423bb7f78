"""XGBoost's and LightGBM's rounds, a line each; of cross-validation the mean and its deviation."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_ROUND = re.compile(rb"(?:\[\d\d:\d\d:\d\d\] )?\[(\d{1,9})\]\s+(?=\S)")
_ENTRY = re.compile(rb"([^:\t]{1,200}): ?(\S{1,40}?)(?:(?: \+ |\+)(\S{1,40}))?$")
_LONGEST = 8000


class Reading(Family):
    """One round a line. The line below `best iteration is:` is one of them again."""

    def claims(self, line: bytes) -> bool:
        """Whether it is a round, or says that the best one follows."""
        return b"est iteration is" in line or (line.startswith(b"[") and b"]\t" in line[:40] and b":" in line)

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A round of boosting."""
        if b"est iteration is" in line:
            self.open = True
            return []
        found = _ROUND.match(line[:_LONGEST])
        if self.open:
            self.open = False
            if found:
                return []
        if not found:
            return None
        point: Found = {}
        for entry in line[found.end() : _LONGEST].rstrip().split(b"\t"):
            pair = _ENTRY.match(entry.strip())
            number = value(pair.group(2)) if pair else None
            if pair is None or number is None:
                return None
            name = pair.group(1).decode("utf-8", "replace").replace("'s ", "/", 1)
            point[name] = number
            deviation = value(pair.group(3)) if pair.group(3) else None
            if deviation is not None:
                point[name + "_std"] = deviation
        step = float(found.group(1))
        self.axes.locate(Said(None, None, step, None, True))
        point["step"] = whole(step)
        return [point]
