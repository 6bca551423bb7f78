"""What a family of formats is to the reader: something that claims lines, takes them, and gives points.

A family is a module `nerotui.agent.metrics.families.NAME` with a class `Reading(Family)`, and one line in `FAMILIES`.
It is imported only once a line holds one of its signs: a supervisor carries no family that its run never prints.
"""

import importlib
import re
from typing import Any, Dict, List, Optional, Tuple

from nerotui.agent.metrics.axes import Axes

#: "step" and "epoch" where they are known, and one entry a metric. The reader adds "t", "source" and "offset".
Found = Dict[str, float]


class Family:
    """Reads one format that a line alone does not tell: a table, a block, a bar.

    Attributes:
        axes: the place that the log has reached, shared by all families; `axes.at(place)` moves it, `axes.place` is it.
        open: while it is set, every line is shown to this family before any other, whatever it looks like.
    """

    #: Whether it wants the states of a bar too that were drawn over.
    states = False

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.open = False

    def claims(self, line: bytes) -> bool:
        """Whether a line may begin or continue what this family reads.

        Asked once a kind of line: lines that differ in their digits only are of one kind. So it must depend neither on
        digits nor on what came before; `feed` may still decline.

        Args:
            line: a line as a terminal would leave it: no end of line, no escape sequences, a bar in its last state.
        """
        return True

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """Takes a line that was claimed, or any line while `open`.

        Returns:
            The points that are complete with this line ([] if it only prepared some), or None where the line is not
            this family's after all and shall go to the others. Blank lines are shown to nobody.
        """
        raise NotImplementedError

    def end(self) -> List[Found]:
        """What is still held when the log is over, asked while `open`."""
        return []


#: (module in `families`, signs). A line with none of the signs of a family, in its own case, is never shown to it,
#: but while it is open. The first family that takes a line keeps it.
FAMILIES: Tuple[Tuple[str, Tuple[bytes, ...]], ...] = (
    ("huggingface", (b" metrics *****", b"train_samples_per_second")),
    ("yolo", (b"GPU_mem", b"gpu_mem", b"mAP", b"  all  ", b"G   ", b"epochs completed in")),
    (
        "darknet",
        (b" avg loss, ", b" rate, ", b"Region ", b"v3 (", b"mean average precision", b"mean_average_precision"),
    ),
    ("caffe", (b" net output #",)),
    ("espnet", (b"epoch:train:", b"epoch:valid:", b"epoch results: ")),
    ("printreport", (b"main/", b"elapsed_time")),
    ("coco", (b"Average Precision", b"Average Recall", b"copypaste: ", b"d2.evaluation", b"IoU metric: ")),
    ("mlperf", (b":::ML",)),
    ("pylearn2", (b"Monitoring step:",)),
    ("vowpal", (b"since",)),
    ("flair", (b" : loss ", b"Results:")),
    ("boosting", (b"]\t", b"est iteration is")),
    ("sklearn", (b"  Iteration ", b"[CV", b"[Parallel(", b" leaves, ", b"of max_iter")),
    ("fasttext", (b"words/sec/thread",)),
    ("marian", (b" : Up. ",)),
    ("kaldi", (b"verage objective", b"Overall ", b"average probability", b"CROSSVAL")),
    ("lammps", (b"--- Step ", b"keywords: [")),
    ("gromacs", (b" Step  ",)),
    ("openfoam", (b"Time = ", b"Solving for ", b"time step continuity", b"Courant Number")),
    ("vasp", (b"DAV:", b"RMM:", b"CGA:", b"DIA:", b"SDA:", b" F= ")),
    ("tune", (b"Result for ", b"Total running time: ")),
    (
        "columns",
        (b"poch", b"POCH", b"tep", b"STEP", b"ter", b"ITER", b"ound", b"gen", b"Gen", b"pisode", b"E  ", b"It"),
    ),
    ("boxes", (b"---", b"===", b"***", b"\xe2\x94\x80\xe2", b"\xe2\x94\x81\xe2", b"\xe2\x95\x90\xe2")),
)


_SIGNS = tuple((name, sign) for name, signs in FAMILIES for sign in signs)
# One expression of all is several times faster than asking for each, where there is none.
_ANY = re.compile(b"|".join(re.escape(sign) for _, sign in _SIGNS))


def signed(line: bytes) -> bool:
    """Whether a line holds a sign of any family."""
    return _ANY.search(line) is not None


class Families:
    """The families of one log, made as they are needed."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._made: Dict[str, Family] = {}

    def for_kind(self, line: bytes) -> Tuple[Family, ...]:
        """The families that claim lines of this kind, in order."""
        found = []
        asked = ""
        for name, sign in _SIGNS:
            if name is not asked and sign in line:
                asked = name
                family = self._made.get(name)
                if family is None:
                    module: Any = importlib.import_module("nerotui.agent.metrics.families." + name)
                    family = self._made[name] = module.Reading(self._axes)
                if family.claims(line):
                    found.append(family)
        return tuple(found)
