"""Reads a log as it grows: each line goes to the families that may understand it, and costs little where none does."""

import re
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.metrics import jsonlines, text
from nerotui.agent.metrics.axes import Axes, Said
from nerotui.agent.metrics.bars import Bars
from nerotui.agent.metrics.family import Families, Family, signed
from nerotui.agent.metrics.lines import LONGEST, Lines
from nerotui.agent.metrics.naming import Naming
from nerotui.agent.metrics.recent import Recent, Seen
from nerotui.agent.metrics.slots import Slots

if TYPE_CHECKING:
    from nerotui.agent.metrics.pattern import Patterns

Point = Dict[str, Any]

_DIGITS = b"0123456789"
#: Bytes of the kinds of line that are remembered, and of what their numbers mean; see `Recent`. With 250 bytes for a
#: kind and 1 kB for a plan a log may have hundreds of print statements before one is understood twice.
_KINDS, _PLANS = 60_000, 150_000
#: What Python takes for an entry of a table beside its key.
_ENTRY = 120
#: A log whose every line is of a new kind would cost what understanding takes. So the log's bytes pay for it, one or
#: two for each us that it takes here: for a line, each of its texts, each that is new, and for asking the families. No
#: real log has shorter lines that are all new ...
_LINE, _TEXT, _NEW_TEXT, _FAMILIES = 42, 1, 40, 20
#: ... for longer than these bytes, which it has on credit, are enough for.
_CREDIT = 100_000

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

_NEW: Any = object()


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
        self._kinds: Recent[bytes, Optional[Tuple[Family, ...]]] = Recent(_KINDS)
        self._plans: Recent[text.Texts, Optional[text.Plan]] = Recent(_PLANS)
        self._slots = Slots()
        self._seen = Seen()
        self._paid = -_CREDIT  # up to which offset bytes paid for what was understood
        self._frame = b""

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
        kinds = self._kinds.young
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
            families = kinds.get(kind, _NEW)
            if families is _NEW:
                families = self._meet(line, kind, at)
            if families is None:
                continue
            if families and self._take(self._shown(families, over), line, at, now, points):
                continue
            if line[:1] == b"{" and line.rstrip()[-1:] == b"}" and self._json(line, at, now, points):
                continue
            if not self._text(line, at, now, points, over) and not families:
                self._kinds.put(kind, None, len(kind) + _ENTRY)
        return points

    def end(self, now: float) -> List[Point]:
        """What the end of the log makes known: a last line without its end, a bar's last state, a block's last line."""
        points = self.feed(b"\n", self._lines.position, now)
        at = self._lines.position - 1
        points += self._bars.flush()
        for family in self._open:
            self._stamp(family.end(), at, now, points)
        return points

    def _meet(self, line: bytes, kind: bytes, at: int) -> Optional[Tuple[Family, ...]]:
        """Who takes a kind of line that is new."""
        families: Optional[Tuple[Family, ...]] = self._kinds.get(kind, _NEW)
        if families is not _NEW:
            return families
        families = ()
        if signed(line):
            if not self._may_pay(at):
                return ()
            families = self._families.for_kind(line)
            self._paid += _FAMILIES
        if not families and not _SIGNS.search(line.lower()) and line.lstrip()[:1] not in (b"[", b"{", b"("):
            families = None
        self._kinds.put(kind, families, len(kind) + _ENTRY)
        return families

    def _may_pay(self, at: int) -> bool:
        """Whether the bytes before an offset have paid for all that was understood."""
        # No line costs more than twice its length may be: this one stands before those that were paid for.
        if not at - _CREDIT <= self._paid <= at + 2 * LONGEST:
            self._paid = at - _CREDIT
        return self._paid <= at

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
        plan = self._plans.young.get(texts, _NEW)
        if plan is _NEW:
            plan = self._understand(texts, at)
        if plan is None or plan is _NEW:
            return plan is _NEW
        # Unpacked, for looking the fields up by name would be a tenth of the cost of a line.
        epoch_at, epochs_at, step_at, steps_at, whole_run, bare, rank_at = plan.counting
        speaker = plan.speaker if rank_at is None else "rank{}/".format(numbers[rank_at].decode())
        bars = self._bars
        point: Point = {"t": now, "source": "log", "offset": at}
        if not plan.placed:
            if bars.state is not None and not (plan.bar or over):
                points += bars.interrupt()
            place = self._axes.carried() if plan.strong else {}
            point.update(place)
            points += self._naming.carried(plan, numbers, speaker, point, bool(place))
            return True
        drawn = plan.bar or (over and not line.lstrip().startswith(b"{"))
        drawn = drawn or (bars.state is not None and bars.holds(texts))
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
            if bars.state is not None and not drawn:
                points += bars.interrupt()
            point.update(self._axes.locate(said, speaker))
            self._naming.placed(plan, numbers, speaker, point)
            if plan.metrics:
                points.append(point)
            return True
        epoch = said.epoch if said.epoch is not None else self._axes.heading
        place = self._axes.locate(said, speaker)
        if epoch is not None or not (plan.bar and bare) or (said.steps and said.step != said.steps):
            point.update(place)  # else one bar an epoch, none of which is numbered
        self._naming.placed(plan, numbers, speaker, point)
        if _STROKE in line:
            self._frame = line
        # A bar of an epoch may go on on the next line: after another bar was drawn below it.
        over = over or (plan.bar and epoch is not None)
        run = b"tep" in texts[0] or b"ter" in texts[0]
        points += bars.draw(texts, said, epoch, point, over, run, self._axes.first)
        return True

    def _understand(self, texts: text.Texts, at: int) -> Any:
        """What lines of these texts say, None for nothing, _NEW where too many new ones came on too few bytes."""
        plan = self._plans.get(texts, _NEW)
        if plan is _NEW:
            # More print statements than are remembered, each again and again, are no log of endless new ones.
            again = self._seen.again(texts)
            if again or self._may_pay(at):
                met = self._slots.met
                plan = text.understand(texts, self._slots)
                if not again:
                    self._paid += _LINE + _TEXT * len(texts) + _NEW_TEXT * (self._slots.met - met)
                self._plans.put(texts, plan, text.weight(texts, plan))
        return plan


#: A number of so many digits is no count that could be told from the next one.
_LONG = 16


def _count(digits: bytes) -> Optional[float]:
    """A number of steps; a mean of such numbers is none."""
    if digits.isdigit() and len(digits) < _LONG:
        return int(digits)
    value = text.number(digits)
    return value if value - value == 0 and value == int(value) else None


def _finite(digits: bytes) -> Optional[float]:
    if digits.isdigit() and len(digits) < _LONG:
        return int(digits)
    value = text.number(digits)
    return value if value - value == 0 else None
