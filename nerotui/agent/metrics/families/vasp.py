"""VASP's OSZICAR: electronic steps (`DAV:`, `RMM:`) and, after each ionic step, its energies (`F= … E0= …`)."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_NUMBER = r"[-+]?\d*\.?\d+(?:[EeDd][-+]?\d+)?"
_ELECTRONIC = re.compile(rb" *(?:DAV|RMM|CG|CGA|DIA|SDA): +(\d{1,15}) +(.+)$")
_IONIC = re.compile(rb" +(\d{1,15}) +(?:F|T)= *\S")
_PAIR = re.compile(r"(d E|mag|[A-Z][A-Z0-9]?) *= *({0})((?: +{0})*)".format(_NUMBER).encode())
_COLUMNS = ("E", "dE", "d_eps", None, "rms", "rms(c)")
_LONGEST = 300


class Reading(Family):
    """Ionic steps count the run's way; electronic steps begin anew in each, and are drawn at their own count."""

    def claims(self, line: bytes) -> bool:
        """Whether it is a step's line."""
        return line.lstrip()[:4] in (b"DAV:", b"RMM:", b"CGA:", b"DIA:", b"SDA:") or b" F= " in line

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """An electronic or an ionic step."""
        if len(line) > _LONGEST:
            return None
        found = _ELECTRONIC.match(line)
        if found:
            point: Found = {}
            for name, cell in zip(_COLUMNS, found.group(2).split()):
                number = value(cell)
                if name and number is not None:
                    point["scf/" + name] = number
            if not point:
                return None
            point["step"] = int(found.group(1))
            return [point]
        found = _IONIC.match(line)
        if not found:
            return None
        step = float(found.group(1))
        self.axes.locate(Said(None, None, step, None, True))
        point = {}
        for name, number, _ in _PAIR.findall(line[found.end(1) :]):
            read = value(number)
            if read is not None:
                point[name.decode().replace(" ", "")] = read
        if not point:
            return None
        point["step"] = whole(step)
        return [point]
