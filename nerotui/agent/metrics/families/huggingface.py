"""The sums that Hugging Face's examples print when all is done, which are no points of a curve.

***** eval metrics *****
epoch                   =        3.0
eval_loss               =     0.0262
"""

import re
from typing import List, Optional

from nerotui.agent.metrics.family import Family, Found

_HEAD = re.compile(rb"\*{3,} \w+ metrics \*{3,}")
_PAIR = re.compile(rb"^\s+\w[\w./ ]*? += +\S")


class Reading(Family):
    """Takes the block and gives nothing."""

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """Takes the lines of the block."""
        if b"_runtime" in line and b"train_samples_per_second" in line and b"{" in line:
            return []  # the dictionary of the whole run
        if _HEAD.search(line):
            self.open = True
            return []
        if self.open and _PAIR.match(line):
            return []
        self.open = False
        return None
