"""Reads a log as it grows: each line goes to the families that may understand it, and costs little where none does."""

import re
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.metrics import jsonlines, text
from nerotui.agent.metrics.axes import Axes, Said
from nerotui.agent.metrics.bars import Bars
from nerotui.agent.metrics.family import Families, Family
from nerotui.agent.metrics.lines import Lines
from nerotui.agent.metrics.naming import Naming

if TYPE_CHECKING:
    from nerotui.agent.metrics.pattern import Patterns

Point = Dict[str, Any]

_DIGITS = b"0123456789"
#: How many kinds of line are remembered; a log whose every line is new costs time, never more memory.
_KINDS = 4096

#: A line without any of these, in lower case, is about no metric.
_SIGNS = re.compile(b"|".join((
    b"loss", b"epoch", b"step", b"iter", b"acc", b"val", b"test", b"train", b"score", b"reward", b"return",
    b"batch", b"err", b"update", b"round", b"episode", b"it ", b"it=", b"it:", b"ep ", b"ep=", b"ep:", b"it]", b"ppl",
    b"auc", b"bleu", b"f1", b"map", b"gen", b"mse", b"mae", b"iou", b"dice", b"psnr", b"nll", b"kl", b"elbo", b"fid",
    b"wer", b"cer", b"entropy", b"perplexity", b"precision", b"recall", b"ndcg", b"rouge", b"hr@", b"r2",
    b"learn", b"top", b"prec@", b"i =", b"i=", b"cost", b"xent", b"rmse", b"dev",
    b"correct", b"bpc", b"bpb", b"likelihood", b"meteor", b"cider", b"fitness", b"objective", b"spearman", b"pearson",
    b"lpips", b"kappa", b"mcc", b"ssim", b"success",
)))  # fmt: skip

#: Rich draws a bar with this; what does not fit beside it goes below, indented at least so far.
_STROKE, _INDENT = b"\xe2\x94\x81", b" " * 30

_NOBODY: Tuple[Family, ...] = ()


class Reader:
    """Points out of the text that a program prints.

    Attributes:
        progress: {"unit", "at", "of"} of the epoch or step that the log counts, None while it counts none.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        """Reads a log from anywhere.

        Args:
            patterns: the user's own, which are tried first; see `pattern`.

        Raises:
            PatternError: one of them cannot be used.
        """
        self._lines = Lines()
        self._axes = Axes()
        self._patterns: Optional["Patterns"] = None
        if patterns:
            from nerotui.agent.metrics.pattern import Patterns

            self._patterns = Patterns(tuple(patterns), self._axes)
        self._bars = Bars()
        self._naming = Naming()
        self._families = Families(self._axes)
        self._open: List[Family] = []
        # The same print statement makes the same line but for its digits: who takes such lines, None for nobody.
        self._kinds: Dict[bytes, Optional[Tuple[Family, ...]]] = {}
        self._frame = b""
        self._plans: Dict[text.Texts, Optional[text.Plan]] = {}

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """How far the run says it is."""
        return self._axes.progress

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points of the lines that are complete with `data`.

        Args:
            data: the next bytes of the log.
            offset: of the first of them in the log.
            now: the time that the points get, seconds since the epoch.
        """
        points: List[Point] = []
        kinds = self._kinds
        for at, line, over in self._lines.feed(data, offset):
            if self._frame:
                if line.startswith(_INDENT):
                    # A bar too wide for the terminal goes on below itself.
                    self._text(self._frame + b" " + line.strip(), at, now, points, True)
                    continue
                self._frame = b""
            if self._patterns is not None:
                found = self._patterns.find(line)
                if found is not None:
                    self._stamp([found] if found else [], at, now, points)
                    continue
            if self._open and self._take(self._shown(self._open, over), line, at, now, points):
                continue
            kind = line.translate(None, _DIGITS)
            families = kinds.get(kind, _NOBODY)
            if families is None:
                continue
            if families is _NOBODY and kind not in kinds:
                families = self._meet(line, kind)
                if families is None:
                    continue
            if families and self._take(self._shown(families, over), line, at, now, points):
                continue
            if line[:1] == b"{" and line.rstrip()[-1:] == b"}" and self._json(line, at, now, points):
                continue
            if not self._text(line, at, now, points, over) and not families:
                kinds[kind] = None
        return points

    def end(self, now: float) -> List[Point]:
        """What the end of the log makes known: a last line without its end, a bar's last state, a block's last line."""
        points = self.feed(b"\n", self._lines.position, now)
        at = self._lines.position - 1
        points += self._bars.flush()
        for family in self._open:
            self._stamp(family.end(), at, now, points)
        return points

    def _meet(self, line: bytes, kind: bytes) -> Optional[Tuple[Family, ...]]:
        """Who takes a kind of line that is new."""
        if len(self._kinds) >= _KINDS:
            self._kinds.clear()
        families: Optional[Tuple[Family, ...]] = self._families.for_kind(line)
        if not families and not _SIGNS.search(line.lower()) and line.lstrip()[:1] not in (b"[", b"{", b"("):
            families = None
        self._kinds[kind] = families
        return families

    def _take(self, families: Sequence[Family], line: bytes, at: int, now: float, points: List[Point]) -> bool:
        """Whether one of the families took the line; its points, if it gave some, go to `points`."""
        for family in families:
            found = family.feed(line)
            if family.open is not (family in self._open):
                if family.open:
                    self._open.append(family)
                else:
                    self._open.remove(family)
            if found is not None:
                self._stamp(found, at, now, points)
                return True
        return False

    @staticmethod
    def _shown(families: Sequence[Family], over: bool) -> Sequence[Family]:
        """The families that want to see a line, which was drawn over or not."""
        return [family for family in families if family.states] if over else tuple(families)

    @staticmethod
    def _stamp(found: Sequence[Dict[str, float]], at: int, now: float, points: List[Point]) -> None:
        for values in found:
            point: Point = {"t": now, "source": "log", "offset": at}
            point.update(values)
            points.append(point)

    def _json(self, line: bytes, at: int, now: float, points: List[Point]) -> bool:
        found = jsonlines.parse(line)
        if found is None:
            return False
        if jsonlines.is_metric(found):
            place: Dict[str, float] = {axis: found[axis] for axis in ("step", "epoch") if axis in found}
            self._axes.at(place)
            if not place:
                found.update(self._axes.carried())
            self._stamp([found], at, now, points)
        return True

    def _text(self, line: bytes, at: int, now: float, points: List[Point], over: bool) -> bool:
        """Whether a line of this kind can matter; its point, if it holds one, goes to `points`."""
        texts, numbers = text.split(line)
        try:
            plan = self._plans[texts]
        except KeyError:
            if len(self._plans) >= _KINDS:
                self._plans.clear()
            plan = self._plans[texts] = text.understand(texts)
        if plan is None:
            return False
        speaker = plan.speaker
        count = plan.counting
        if count.rank is not None:
            speaker = "rank{}/".format(numbers[count.rank].decode())
        point: Point = {"t": now, "source": "log", "offset": at}
        if not plan.placed:
            if self._bars.drawing and not (plan.bar or over):
                points += self._bars.interrupt()
            place = self._axes.carried() if plan.strong else {}
            point.update(place)
            points += self._naming.carried(plan, numbers, speaker, point, bool(place))
            return True
        drawn = plan.bar or (over and not line.lstrip().startswith(b"{"))
        drawn = drawn or (self._bars.drawing and self._bars.holds(texts))
        # Unpacked, for looking the fields up by name would be a tenth of the cost of a line.
        epoch_at, epochs_at, step_at, steps_at, whole_run, bare, _ = count
        said = Said(
            None if epoch_at is None else _finite(numbers[epoch_at]),
            None if epochs_at is None else _finite(numbers[epochs_at]),
            None if step_at is None else _count(numbers[step_at]),
            None if steps_at is None else _finite(numbers[steps_at]),
            whole_run,
            plan.held_back,
            drawn,
            bare,
        )
        if not (drawn and plan.metrics):
            if self._bars.drawing and not drawn:
                points += self._bars.interrupt()
            point.update(self._axes.locate(said, speaker))
            self._naming.placed(plan, numbers, speaker, point)
            if plan.metrics:
                points.append(point)
            return True
        epoch = said.epoch if said.epoch is not None else self._axes.heading
        place = self._axes.locate(said, speaker)
        if epoch is not None or not (plan.bar and count.bare) or (said.steps and said.step != said.steps):
            point.update(place)  # else one bar an epoch, none of which is numbered
        self._naming.placed(plan, numbers, speaker, point)
        if _STROKE in line:
            self._frame = line
        # A bar of an epoch may go on on the next line: after another bar was drawn below it.
        over = over or (plan.bar and epoch is not None)
        run = b"tep" in texts[0] or b"ter" in texts[0]
        points += self._bars.draw(texts, said, epoch, point, over, run, self._axes.first)
        return True


def _count(digits: bytes) -> Optional[float]:
    """A number of steps; a mean of such numbers is none."""
    if digits.isdigit():
        return float(digits)
    value = text.number(digits)
    return value if value - value == 0 and value == int(value) else None


def _finite(digits: bytes) -> Optional[float]:
    if digits.isdigit():
        return float(digits)
    value = text.number(digits)
    return value if value - value == 0 else None
