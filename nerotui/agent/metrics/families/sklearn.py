"""scikit-learn's verbose lines that read otherwise than they mean: mixtures, histogram boosting, searches."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_MIXTURE = re.compile(rb"  Iteration (\d{1,15})(?:\t time lapse \S+s\t ll change (\S+))?$")
_HISTOGRAM = re.compile(rb"\[(\d{1,15})/(\d{1,15})\] \d+ trees?, \d+ leaves.*?, max depth = \d+, (.*)in \S+s$")
_LOSS = re.compile(rb"(train|val) (loss|score): (\S+),")
_TOPICS = re.compile(rb"iteration: (\d{1,15}) of max_iter: (\d{1,15})(?:, perplexity: (\S+))?$")
_LONGEST = 400


class Reading(Family):
    """Single lines of several estimators."""

    def claims(self, line: bytes) -> bool:
        """Whether one of them prints such lines."""
        return line.startswith((b"  Iteration ", b"[CV", b"[Parallel(", b"iteration: ")) or b"leaves, " in line

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A line of a mixture, of topics or of histogram boosting; scores of a search over settings are no curve."""
        if line.startswith((b"[CV", b"[Parallel(")):
            return []
        if len(line) > _LONGEST:
            return None
        found = _MIXTURE.match(line)
        if found:
            change = value(found.group(2)) if found.group(2) else None
            return self._at(found.group(1), None, {} if change is None else {"ll_change": change})
        found = _TOPICS.match(line)
        if found:
            perplexity = value(found.group(3)) if found.group(3) else None
            return self._at(found.group(1), found.group(2), {} if perplexity is None else {"perplexity": perplexity})
        found = _HISTOGRAM.match(line)
        if not found:
            return None
        point: Found = {}
        for part, what, text in _LOSS.findall(found.group(3)):
            number = value(text)
            if number is not None:
                point[part.decode() + "_" + what.decode()] = number
        return self._at(found.group(1), found.group(2), point)

    def _at(self, step: bytes, steps: Optional[bytes], point: Found) -> List[Found]:
        self.axes.locate(Said(None, None, float(step), None if steps is None else float(steps), True))
        if point:
            point["step"] = whole(float(step))
        return [point] if point else []
