"""LAMMPS' thermo output in blocks: `thermo_style multi`, and `yaml`. Its plain tables are columns under a header."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Axes, Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_STEP = re.compile(rb"-{4,} Step +(\d{1,15}) -{2,}")
_PAIR = re.compile(rb"([A-Za-z_][\w\[\]]*) += +(\S+)")
_KEYWORDS = re.compile(rb"keywords: \[(.+)\]")
_DATA = re.compile(rb" *- \[(.+)\]")
_LONGEST = 4000


class Reading(Family):
    """A block begins with its step; in yaml a list of keywords heads lists of numbers."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._step = 0.0
        self._keywords: List[str] = []

    def claims(self, line: bytes) -> bool:
        """Whether it heads a block or a yaml document."""
        return b"--- Step " in line or line.startswith(b"keywords: [")

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A head, or the pairs or the row below one."""
        if len(line) > _LONGEST:
            self.open = False
            return None
        head = _STEP.match(line)
        if head:
            self.open, self._keywords = True, []
            self._step = float(head.group(1))
            return []
        head = _KEYWORDS.match(line)
        if head:
            self.open = True
            words = head.group(1).decode("utf-8", "replace").split(",")
            self._keywords = [word.strip(" '\"") for word in words if word.strip()]
            return []
        if self._keywords:
            return self._yaml(line)
        found = _PAIR.findall(line)
        if not found:
            self.open = False
            return None
        numbers = {key.decode(): value(text) for key, text in found}
        return self._at(self._step, {key: number for key, number in numbers.items() if number is not None})

    def _yaml(self, line: bytes) -> Optional[List[Found]]:
        row = _DATA.match(line)
        if row is None:
            self.open = line.startswith((b"data:", b"..."))
            return [] if self.open else None
        numbers = [value(text) for text in row.group(1).rstrip(b", ").split(b",")]
        if len(numbers) != len(self._keywords) or "Step" not in self._keywords:
            return None
        row_of = {key: number for key, number in zip(self._keywords, numbers) if number is not None}
        step = row_of.pop("Step", None)
        return [] if step is None else self._at(step, row_of)

    def _at(self, step: float, numbers: Found) -> List[Found]:
        if step - step:
            return []
        self.axes.locate(Said(None, None, step, None, True))
        numbers = {key: number for key, number in numbers.items() if key not in ("CPU", "Elapsed")}
        if numbers:
            numbers["step"] = whole(step)
        return [numbers] if numbers else []
