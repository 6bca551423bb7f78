"""The user's own rules, read: when a run is to be warned of, frozen, sent back to the queue, stopped or killed.

    rule       = condition, [ "after", amount ], [ "then", action ]
    condition  = "nan(", metric, ")"
               | metric, ( ">" | ">=" | "<" | "<=" | "==" | "!=" ), number, [ "for", amount ]
               | "no improvement in", metric, "for", amount
               | "no output for", duration
               | "found(", kind of finding, ")"
    amount     = number, ( "epochs" | "steps" | "points" ) | duration
    duration   = "90s" | "30m" | "2h30m" | "1.5 hours" …
    action     = "warn" | "freeze" | "yield" | "stop" | "kill"

A metric's name that is no plain word stands in quotes. Without an action a run is stopped.
"""

import re
from typing import Any, Dict, List, Mapping, NamedTuple, NoReturn, Optional, Union

from nerotui.agent.durations import seconds, spelled

#: What may be done, and what each does. "stop" asks for a checkpoint as "yield" does, and the run stays ended.
ACTIONS = ("warn", "freeze", "yield", "stop", "kill")
#: What is done where a rule does not say.
DEFAULT = "stop"

OPERATORS = (">=", "<=", "==", "!=", ">", "<")
_COMPARATORS = {"gt": ">", "lt": "<", "eq": "==", "geq": ">=", "leq": "<="}
FIVE_KEYS = ("variablename", "killvalue", "comparator", "when", "action")

_UNITS = {
    "epoch": "epoch", "epochs": "epoch", "step": "step", "steps": "step", "iterations": "step", "iteration": "step",
    "point": "point", "points": "point", "evaluations": "point", "evaluation": "point", "values": "point",
}  # fmt: skip
_TIMES = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": 3600.0, "hour": 3600.0, "hours": 3600.0, "d": 86400.0, "day": 86400.0, "days": 86400.0,
}  # fmt: skip
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*'|`[^`]*`)|(?P<op>>=|<=|==|!=|[<>()=])"""
    r"""|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))|(?P<word>[^\s"'`<>=!()]+))"""
)
_NAME = re.compile(r"[A-Za-z_][\w./@%:-]*$")

Written = Union[str, Mapping[str, Any]]


class RuleError(ValueError):
    """A rule that cannot be read: what is wrong, and where.

    Attributes:
        what: what is wrong, in one sentence.
        text: the rule.
        at: the place in it, counted from 0.
    """

    def __init__(self, what: str, text: str, at: int) -> None:
        super().__init__(what)
        self.what = what
        self.text = text
        self.at = at

    def shown(self, indent: str = "    ") -> str:
        """The rule and below it a ^ at the place."""
        return "{}{}\n{}{}^".format(indent, self.text, indent, " " * self.at)


class Amount(NamedTuple):
    """So many epochs, steps or points, or so many seconds ("s")."""

    size: float
    unit: str

    def __str__(self) -> str:
        """As it is written."""
        if self.unit == "s":
            return spelled(self.size)
        return "{:g} {}{}".format(self.size, self.unit, "" if self.size == 1 else "s")


class Rule(NamedTuple):
    """One rule.

    Attributes:
        text: as its user wrote it.
        kind: "nan", "compare", "no_improvement", "no_output" or "found".
        metric: the metric it is about; of "found", the kind of finding.
        op, value: of "compare".
        lasting: how long the condition must hold, or nothing may have happened.
        after: how far the run must be before it counts.
        action: what is done.
    """

    text: str
    kind: str
    metric: str = ""
    op: str = ""
    value: float = 0.0
    lasting: Optional[Amount] = None
    after: Optional[Amount] = None
    action: str = DEFAULT


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(written: Written) -> Rule:
    """Reads a rule: a text, or a condition of five keys as Neronet had them.

    Raises:
        RuleError: it cannot be read; says what is wrong and where.
    """
    if isinstance(written, str):
        return _Parser(written).rule()
    return _five_keys(written)


def parse_all(written: Any) -> List[Rule]:
    """Reads a run's rules.

    Raises:
        RuleError: one cannot be read, or they are no list of rules.
    """
    if written is None:
        return []
    if not isinstance(written, (list, tuple)):
        raise RuleError("rules are a list", str(written), 0)
    for one in written:
        if not isinstance(one, (str, Mapping)):
            raise RuleError("a rule is a text, or a table of five keys", str(one), 0)
    return [parse(one) for one in written]


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split(text)
        self._next = 0

    def rule(self) -> Rule:
        if not self._tokens:
            self._fail("an empty rule")
        rule = self._condition()
        while self._next < len(self._tokens):
            token = self._take("the end, after, for or then")
            word = token.text.lower()
            if word == "after" and rule.after is None:
                rule = rule._replace(after=self._amount())
            elif word == "for" and rule.lasting is None and rule.kind == "compare":
                rule = rule._replace(lasting=self._amount())
            elif word == "then":
                rule = rule._replace(action=self._action())
                if self._next < len(self._tokens):
                    self._fail("the action is the end of a rule", self._tokens[self._next])
            else:
                self._fail("here may stand: after, {}then".format("for, " if rule.kind == "compare" else ""), token)
        return rule

    def _condition(self) -> Rule:
        first = self._take("a condition")
        word = first.text.lower()
        if first.kind == "word" and word == "no" and self._peek() not in OPERATORS:
            return self._nothing()
        if first.kind == "word" and self._peek() == "(":
            if word not in ("nan", "found"):
                self._fail("there is nan(METRIC) and found(KIND), no {}(…)".format(first.text), first)
            self._take("(")
            name = self._found_kind() if word == "found" else self._metric(any_of_them=True)
            self._expect(")")
            return Rule(self._text, word, name)
        self._next -= 1
        name = self._metric()
        token = self._take("a comparison such as > or <=")
        if token.text not in OPERATORS:
            hint = "; equality is ==" if token.text == "=" else ""
            self._fail("after a metric comes one of {}{}".format(" ".join(OPERATORS), hint), token)
        return Rule(self._text, "compare", name, token.text, self._number("a number to compare with"))

    def _nothing(self) -> Rule:
        token = self._take("improvement or output")
        word = token.text.lower()
        if word == "improvement":
            self._expect("in")
            name = self._metric()
            self._expect("for")
            return Rule(self._text, "no_improvement", name, lasting=self._amount())
        if word == "output":
            self._expect("for")
            at = self._next
            amount = self._amount()
            if amount.unit != "s":
                self._fail("silence is counted in time: 30m, 2h", self._tokens[at])
            return Rule(self._text, "no_output", lasting=amount)
        return self._fail("there is: no improvement in METRIC for …, no output for …", token)

    def _amount(self) -> Amount:
        token = self._take("an amount such as 3 epochs or 30m")
        if token.kind == "number":
            count = float(token.text)
            unit = self._take("epochs, steps, points or a unit of time")
            word = unit.text.lower()
            if word not in _UNITS and word not in _TIMES:
                self._fail("counted in epochs, steps, points, or seconds, minutes, hours, days", unit)
            if not 0 < count < 1e12:
                self._fail("an amount must be more than nothing", token)
            return Amount(count, _UNITS[word]) if word in _UNITS else Amount(count * _TIMES[word], "s")
        try:
            duration = seconds(token.text)
        except ValueError:
            self._fail("an amount is written 3 epochs, 500 steps, 30m or 2h30m", token)
        if not 0 < duration < 1e10:
            self._fail("an amount must be more than nothing", token)
        return Amount(duration, "s")

    def _metric(self, any_of_them: bool = False) -> str:
        token = self._take("the name of a metric")
        if token.kind == "quoted" and len(token.text) > 2:
            return token.text[1:-1]
        if any_of_them and token.text == "*":
            return "*"
        if token.kind != "word" or not _NAME.match(token.text):
            self._fail("a metric's name that is no plain word stands in quotes", token)
        return token.text

    def _found_kind(self) -> str:
        from nerotui.agent.diagnose.finding import KINDS

        token = self._take("a kind of finding")
        if token.text not in KINDS:
            self._fail("no kind of finding is called so{}; kinds are {}".format(
                _meant(token.text, KINDS), ", ".join(KINDS)), token)  # fmt: skip
        return token.text

    def _number(self, what: str) -> float:
        token = self._take(what)
        try:
            value = float(token.text)
        except ValueError:
            self._fail("here a number must stand", token)
        if value != value:
            self._fail("nothing equals nan: write nan(METRIC)", token)
        return value

    def _action(self) -> str:
        token = self._take("one of " + ", ".join(ACTIONS))
        if token.text.lower() not in ACTIONS:
            self._fail("an action is one of {}{}".format(", ".join(ACTIONS), _meant(token.text, ACTIONS)), token)
        return token.text.lower()

    def _expect(self, word: str) -> None:
        token = self._take("'{}'".format(word))
        if token.text.lower() != word:
            self._fail("here '{}' must stand".format(word), token)

    def _peek(self) -> str:
        return self._tokens[self._next].text if self._next < len(self._tokens) else ""

    def _take(self, what: str) -> _Token:
        if self._next >= len(self._tokens):
            self._fail("here it lacks {}".format(what))
        self._next += 1
        return self._tokens[self._next - 1]

    def _fail(self, what: str, token: Optional[_Token] = None) -> NoReturn:
        raise RuleError(what, self._text, len(self._text.rstrip()) if token is None else token.at)

    @staticmethod
    def _split(text: str) -> List[_Token]:
        if "\n" in text or "\r" in text:
            raise RuleError("a rule is one line", text.splitlines()[0], len(text.splitlines()[0]))
        tokens, at = [], 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                at += len(text[at:]) - len(text[at:].lstrip())
                raise RuleError("a quote without its end" if text[at] in "\"'`" else "no rule has this", text, at)
            kind = str(found.lastgroup)
            tokens.append(_Token(kind, found.group(kind), found.start(kind)))
            at = found.end()
        return tokens


def _five_keys(table: Mapping[str, Any]) -> Rule:
    """A condition as Neronet's configuration has it; `when` is "immediately" or "time MINUTES"."""
    text = ", ".join("{}: {}".format(key, table[key]) for key in table)

    def fail(what: str, key: str) -> NoReturn:
        raise RuleError(what, text, max(0, text.find("{}: ".format(key))))

    unknown = [key for key in table if key not in FIVE_KEYS]
    missing = [key for key in FIVE_KEYS if key not in table and key != "when"]
    if unknown or missing:
        what = "knows no '{}'".format(unknown[0]) if unknown else "lacks '{}'".format(missing[0])
        fail("a condition has the keys {}; this one {}".format(", ".join(FIVE_KEYS), what), (unknown + [""])[0])
    comparator, action = str(table["comparator"]).strip(), str(table["action"]).strip()
    if comparator not in _COMPARATORS:
        fail("a comparator is one of {}".format(", ".join(_COMPARATORS)), "comparator")
    if action not in ACTIONS:
        fail("an action is one of {}{}".format(", ".join(ACTIONS), _meant(action, ACTIONS)), "action")
    try:
        value = float(table["killvalue"])
    except (TypeError, ValueError):
        fail("the killvalue must be a number", "killvalue")
    when = str(table.get("when", "immediately")).split()
    after = None
    if when and when[0] == "time" and len(when) == 2:
        try:
            after = Amount(60.0 * float(when[1]), "s")
        except ValueError:
            fail("'when' is 'immediately' or 'time MINUTES'", "when")
    elif when != ["immediately"]:
        fail("'when' is 'immediately' or 'time MINUTES'", "when")
    name, op = str(table["variablename"]).strip(), _COMPARATORS[comparator]
    shown = "{} {} {:g}{} then {}".format(name, op, value, " after {}".format(after) if after else "", action)
    return Rule(shown, "compare", name, op, value, None, after if after and after.size > 0 else None, action)


def _meant(word: str, known: Any) -> str:
    import difflib

    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return "; did you mean {}?".format(found[0]) if found else ""


def plain(written: Any) -> List[Union[str, Dict[str, Any]]]:
    """Rules as run.json keeps them."""
    return [one if isinstance(one, str) else dict(one) for one in written or ()]
