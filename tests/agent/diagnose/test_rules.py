"""The language of rules: what can be said, and where a mistake is shown."""

from typing import Any

import pytest

from nerotui.agent.diagnose.rules import Amount, Rule, RuleError, parse, parse_all


def test_the_rules_that_the_readme_names() -> None:
    told = parse_all(
        [
            "nan(loss)",
            "val_loss > 5 after 3 epochs",
            "no improvement in val_loss for 10 epochs then freeze",
            "no output for 30m then kill",
            "found(overfitting) then yield",
        ]
    )
    assert [rule.kind for rule in told] == ["nan", "compare", "no_improvement", "no_output", "found"]
    assert told[1] == Rule(
        "val_loss > 5 after 3 epochs", "compare", "val_loss", ">", 5.0, after=Amount(3, "epoch"), action="stop"
    )
    assert [rule.action for rule in told] == ["stop", "stop", "freeze", "kill", "yield"]
    assert told[3].lasting == Amount(1800, "s")


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("loss>=1e-3", "value", 1e-3),
        ("loss < -0.5", "value", -0.5),
        ("'weird name (x)' == 3", "metric", "weird name (x)"),
        ("`val:loss` != 3", "metric", "val:loss"),
        ("eval-logloss > 1", "metric", "eval-logloss"),
        ("train/loss > 1", "metric", "train/loss"),
        ("acc < 0.1 for 2h30m", "lasting", Amount(9000, "s")),
        ("acc < 0.1 for 90 minutes", "lasting", Amount(5400, "s")),
        ("acc < 0.1 for 20 evaluations", "lasting", Amount(20, "point")),
        ("NAN(loss) AFTER 500 steps THEN Warn", "after", Amount(500, "step")),
        ("nan(*)", "metric", "*"),
        ("no > 3", "metric", "no"),
    ],
)
def test_what_else_can_be_said(text: str, field: str, value: object) -> None:
    assert getattr(parse(text), field) == value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("loss >> 5", "      ^"),
        ("val_loss > five", "           ^"),
        ("loss = 3", "     ^"),
        ("nan(loss", "        ^"),
        ("nan(loss) then kil", "               ^"),
        ("nan(loss) than kill", "          ^"),
        ("no output for 3 epochs", "              ^"),
        ("no improvment in x for 3 epochs", "   ^"),
        ("loss > 5 after 3 apples", "                 ^"),
        ("loss > 5 after 0 epochs", "               ^"),
        ("found(overfiting)", "      ^"),
        ("loss > 5 then kill now", "                   ^"),
        ("loss > nan", "       ^"),
        ("loss > 'x", "       ^"),
        ("nan(loss) for 3 epochs", "          ^"),
        ("5 > loss", "^"),
        ("", "^"),
    ],
)
def test_a_mistake_is_shown_at_its_place(text: str, place: str) -> None:
    with pytest.raises(RuleError) as refusal:
        parse(text)
    assert refusal.value.shown("") == f"{text}\n{place}"


def condition(**changed: Any) -> dict[str, Any]:
    return {
        "variablename": "error_rate",
        "killvalue": 50,
        "comparator": "gt",
        "when": "time 10",
        "action": "kill",
    } | changed


@pytest.mark.parametrize(("comparator", "op"), [("gt", ">"), ("lt", "<"), ("eq", "=="), ("geq", ">="), ("leq", "<=")])
def test_conditions_of_five_keys_are_read_as_they_are(comparator: str, op: str) -> None:
    rule = parse(condition(comparator=comparator))
    assert (rule.metric, rule.op, rule.value, rule.after) == ("error_rate", op, 50.0, Amount(600, "s"))
    assert parse(condition(when="immediately", action="warn"))[6:] == (None, "warn")


@pytest.mark.parametrize(
    "changed",
    [{"comparator": ">"}, {"killvalue": "x"}, {"when": "later"}, {"action": "shoot"}, {"more": 1}],
)
def test_a_condition_that_makes_no_sense_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(RuleError):
        parse(condition(**changed))


def test_what_is_no_list_of_rules_is_refused() -> None:
    for wrong in ("nan(loss)", [3], {"a": 1}):
        with pytest.raises(RuleError):
            parse_all(wrong)
    assert parse_all(None) == []
