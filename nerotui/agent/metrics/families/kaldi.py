"""Kaldi's trainers: nnet3's objective over minibatches, nnet2's probabilities, nnet1's iterations, likelihoods."""

import re
from typing import Dict, List, Optional

from nerotui.agent.metrics.axes import Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

#: `Average objective function for 'output' for minibatches 0-9 is -8.45 over 5120 frames.`
_MINIBATCHES = re.compile(rb"Average objective function for '([^']{1,60})' for minibatches \d+-(\d{1,15}) is (\S+)")
#: `Overall average objective function for 'output' is -0.97 over 4.1e+06 frames.`, and `log-likelihood`, `accuracy`.
_OVERALL = re.compile(
    rb"Overall (?:average objective function|(accuracy|log-likelihood|log-prob|average log-prob))"
    rb" for '([^']{1,60})' is (\S+)"
)
#: `Saw 4000 examples, average probability is -1.2 and accuracy is 0.6 with total weight 4000`
_SAW = re.compile(rb"average probability is (\S+) and accuracy is (\S+)")
#: `ITERATION 01: TRAIN AVG.LOSS 2.41, (lrate0.008), CROSSVAL AVG.LOSS 1.90, nnet accepted`
_ITERATION = re.compile(
    rb"ITERATION (\d{1,15}): TRAIN (?:AVG\.LOSS|FRAME_ACC\S*) (\S+), \(lrate([^)]{1,20})\),"
    rb" CROSSVAL (?:AVG\.LOSS|FRAME_ACC\S*) (\S+),"
)
#: `Overall avg like per frame is -95.2 over 123456 frames.`, one a pass.
_LIKELIHOOD = re.compile(rb"Overall (?:avg )?like(?:lihood)? per frame (?:is |= )(\S+)")
_PASS = re.compile(rb"(?:Pass|Iteration|Iter|iter) (\d{1,15})")
_OF_FILE = re.compile(rb"[./](\d{1,15})\.log")
_LONGEST = 1000


class Reading(Family):
    """Minibatches begin anew with each job, and are drawn at their last one."""

    def claims(self, line: bytes) -> bool:
        """Whether a trainer of Kaldi's speaks."""
        return b"verall" in line or b"verage" in line or b"ITERATION" in line or b"CROSSVAL" in line

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """One line that says a mean."""
        line = line[:_LONGEST]
        found = _MINIBATCHES.search(line)
        if found:
            return self._point({"objective/" + _text(found.group(1)): found.group(3)}, float(found.group(2)))
        found = _OVERALL.search(line)
        if found:
            kind = _text(found.group(1) or b"objective")
            return self._point({"overall/" + kind + "/" + _text(found.group(2)): found.group(3)}, self._of(line))
        found = _ITERATION.search(line)
        if found:
            cells = {"train/loss": found.group(2), "lrate": found.group(3), "crossval/loss": found.group(4)}
            return self._point(cells, float(found.group(1)))
        found = _LIKELIHOOD.search(line)
        if found:
            return self._point({"likelihood": found.group(1)}, self._of(line))
        found = _SAW.search(line)
        if found:
            return self._point({"log-prob": found.group(1), "accuracy": found.group(2)}, self._of(line))
        return None

    @staticmethod
    def _of(line: bytes) -> Optional[float]:
        """The iteration that a line belongs to, where its file's name says it: exp/…/train.30.log."""
        found = _OF_FILE.search(line) or _PASS.search(line)
        return float(found.group(1)) if found else None

    def _point(self, cells: Dict[str, bytes], step: Optional[float]) -> List[Found]:
        point: Found = {}
        for name, text in cells.items():
            number = value(text.rstrip(b".,"))
            if number is not None:
                point[name] = number
        if not point:
            return []
        if step is None:
            point.update(self.axes.carried())
        else:
            self.axes.locate(Said(None, None, step, None, True))
            point["step"] = whole(step)
        return [point]


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
