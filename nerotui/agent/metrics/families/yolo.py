"""Ultralytics' tables: a row an epoch with the losses, and a row of precisions for all classes.

         Epoch   gpu_mem       box       obj       cls     total   targets  img_size
          0/29     1.55G    0.1157   0.07347         0     0.509        50       640: 100%|#####| 8/8 [00:02<00:00]
                   Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|#####| 4/4
                     all        128        929       0.64       0.53        0.6       0.44

Its old file results.txt holds the same without headers, both rows on one line.
"""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Axes, Said
from nerotui.agent.metrics.family import Family, Found

_ROW = re.compile(rb"^\s*(\d{1,9})/(\d{1,9})\s+[\d.]+[GMK]?B?\s+(?=[-\d.])")
_PART = re.compile(r"^(\w+)\((\S+)$")
_NOT_VALUES = frozenset(("class", "images", "instances", "labels", "targets"))
# The columns of results.txt by how many they are: losses, [targets, image size], precisions, losses of validation.
_LOSSES = {4: ("box", "obj", "cls", "total"), 5: ("box", "obj", "cls", "landmark", "total")}
_ALL = ("P", "R", "mAP50", "mAP50-95")
_CUT = b"\xe2\x80\xa6"
_PRECISIONS = ("P", "R", "mAP@.5", "mAP@.5:.95")


class Reading(Family):
    """Reads rows under the header that stood over them."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._losses: List[str] = []
        self._precisions: List[str] = []
        self._training = False

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """The point of a row; headers say what the next rows hold."""
        row = _ROW.match(line)
        if row:
            cells = line[row.end() :].partition(b":")[0].split()
            cut = cells[-1:] == [_CUT]  # by a narrow terminal
            return self._row(float(row.group(1)), float(row.group(2)), _numbers(cells[:-1] if cut else cells), cut)
        head = line.split()
        if not head:
            return None
        first = head[0].lower()
        if first == b"epoch" and len(head) > 3 and head[1].lower() == b"gpu_mem":
            self._losses = [name.decode("utf-8", "replace") for name in head[2:]]
            return []
        if first == b"class" and len(head) > 3 and head[1] == b"Images":
            self._precisions = list(_ALL) if _CUT in line else _columns(line.split(b": ")[0])
            return []
        if first == b"all" and self._precisions:
            return self._all(_numbers(head[3:]))
        if b"epochs completed in" in line:
            self._training = False  # what follows is the best model tested once more
        return None

    def _row(self, epoch: float, epochs: float, values: List[float], cut: bool) -> Optional[List[Found]]:
        names = ["train/" + name for name in self._losses]
        if not names:
            names = _without_header(len(values))
        if not values or (len(values) != len(names) and not (cut and len(values) < len(names))):
            return None
        self._training = True
        self.axes.locate(Said(epoch, epochs, None, None))
        found: Found = {"epoch": epoch}
        found.update(zip(names, values))
        return [found]

    def _all(self, values: List[float]) -> List[Found]:
        if len(values) != len(self._precisions) or not self._training:
            return []
        found: Found = dict(self.axes.place)
        found.update(zip(("val/" + name for name in self._precisions), values))
        return [found]


def _columns(header: bytes) -> List[str]:
    names, part = [], ""
    for word in header.decode("utf-8", "replace").split():
        found = _PART.match(word)
        if found:
            part, word = found.group(1).lower() + "/", found.group(2)
        name = word.rstrip(":").rstrip(")")
        if name.lower() not in _NOT_VALUES:
            names.append((part if part != "box/" else "") + name)
        if word.rstrip(":").endswith(")"):
            part = ""
    return names


def _without_header(count: int) -> List[str]:
    for losses in _LOSSES.values():
        if count == len(losses) + 2 + len(_PRECISIONS) + 3:
            names = ["train/" + name for name in losses] + ["targets", "img_size"]
            return names + ["val/" + name for name in _PRECISIONS + losses[:3]]
    return []


def _numbers(cells: List[bytes]) -> List[float]:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return []
