"""ESPnet's reports, whose epochs and batches are glued to words.

1epoch:train:1-50batch: iter_time=0.13, loss_ctc=210.4, loss=123.4, optim0_lr0=2.5e-06
1epoch results: [train] iter_time=0.1, loss=98.2, time=1 minute and 2 seconds, [valid] loss=80.1, acc=0.31
"""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Said
from nerotui.agent.metrics.family import Family, Found
from nerotui.agent.metrics.split import number

_BATCHES = re.compile(rb"(?<!\d)(\d{1,9})epoch:(\w{1,20}):\d+-(\d{1,9})batch: (.*)")
_RESULTS = re.compile(rb"(?<!\d)(\d{1,9})epoch results: (.*)")
_SPLIT = re.compile(rb"\[(\w+)\] ")
_PAIR = re.compile(rb"([A-Za-z_][\w./]*)=([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))(?=,|$|\s*$)")
_COUNTS = frozenset((b"total_count",))


class Reading(Family):
    """Reads both kinds of report."""

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """The points of a report."""
        batches = _BATCHES.search(line)
        if batches:
            said = Said(float(batches.group(1)), None, float(batches.group(3)), None)
            split = "" if batches.group(2) == b"train" else batches.group(2).decode() + "/"
            return _point(dict(self.axes.locate(said)), split, batches.group(4))
        results = _RESULTS.search(line)
        if not results:
            return None
        place = dict(self.axes.locate(Said(float(results.group(1)), None, None, None)))
        parts = _SPLIT.split(results.group(2))
        points: List[Found] = []
        for split, pairs in zip(parts[1::2], parts[2::2]):
            if split != b"att_plot":
                points += _point(dict(place), split.decode() + "/", pairs)
        return points


def _point(found: Found, prefix: str, pairs: bytes) -> List[Found]:
    places = len(found)
    for name, value in _PAIR.findall(pairs):
        if name not in _COUNTS:
            found[prefix + name.decode("utf-8", "replace")] = number(value)
    return [found] if len(found) > places else []
