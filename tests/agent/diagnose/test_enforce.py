"""When a rule holds: point by point, on the run's own axes and its running time."""

from typing import Any

import pytest

from nerotui.agent.diagnose.enforce import Enforcer, Fired
from nerotui.agent.diagnose.finding import finding
from nerotui.agent.diagnose.rules import parse

Point = dict[str, Any]


def fires(text: str, points: list[Point], quiet: float | None = 0.0) -> tuple[int, str] | None:
    """After which point a rule fires, and why."""
    enforcer = Enforcer([parse(text)], began=0.0)
    for at, point in enumerate(points):
        enforcer.points([point])
        for fired in enforcer.look(float(point["t"]), quiet, []):
            return at, fired.because
    return None


def epochs(*values: float, name: str = "val_loss") -> list[Point]:
    return [{"t": 60.0 * at, "epoch": at + 1, name: value} for at, value in enumerate(values)]


@pytest.mark.parametrize(
    ("text", "points", "expected"),
    [
        ("nan(loss)", epochs(1, float("nan"), name="loss"), (1, "loss is nan at epoch 2")),
        ("nan(loss)", epochs(1, float("inf"), name="train_loss"), (1, "train_loss is inf at epoch 2")),
        ("nan(loss)", epochs(1, float("nan"), name="val_loss"), None),
        ("nan(*)", epochs(1, float("nan"), name="val_loss"), (1, "val_loss is nan at epoch 2")),
        ("nan(*)", epochs(1, float("nan"), name="ep_rew_mean"), None),
        ("val_loss > 5", epochs(4, 6), (1, "val_loss is 6 at epoch 2")),
        ("val_loss > 5 after 3 epochs", epochs(6, 6, 6), (2, "val_loss is 6 at epoch 3")),
        ("val_loss > 5 after 3 epochs", epochs(6, 6, 4, 4), None),
        ("val_loss > 5 for 2 epochs", epochs(6, 6, 4, 6, 6, 6), (5, "val_loss is 6 at epoch 6")),
        ("val_loss > 5 after 2m", epochs(6, 6, 6), (2, "val_loss is 6 at epoch 3")),
        ("loss > 5", epochs(4, 6, name="rank3/loss"), (1, "rank3/loss is 6 at epoch 2")),
        ("val_loss > 5", epochs(4, 6, name="val/loss"), (1, "val/loss is 6 at epoch 2")),
        ("loss > 5", epochs(6, 6, name="box_loss"), None),
        (
            "no improvement in val_loss for 3 epochs",
            epochs(3, 2, 2.5, 2.1, 2.2),
            (4, "val_loss has not improved since it was 2 at epoch 2"),
        ),
        ("no improvement in val_loss for 3 epochs", epochs(3, 2, 2.5, 2.1, 1.9, 2, 2), None),
        (
            "no improvement in acc for 2 points",
            epochs(0.5, 0.4, 0.3, name="acc"),
            (2, "acc has not improved since it was 0.5 at epoch 1"),
        ),
        (
            "no improvement in val_loss for 2 epochs",
            epochs(*[float("nan")] * 3),
            (2, "val_loss has not improved since the beginning"),
        ),
    ],
)
def test_rules_of_metrics(text: str, points: list[Point], expected: tuple[int, str] | None) -> None:
    assert fires(text, points) == expected


def test_silence_counts_from_the_last_sign_or_the_start() -> None:
    enforcer = Enforcer([parse("no output for 10m")], began=1000.0)
    assert enforcer.look(1599.0, None, []) == []
    assert len(enforcer.look(1600.0, None, [])) == 1
    enforcer = Enforcer([parse("no output for 10m after 1h")], began=0.0)
    assert enforcer.look(3600.0, 3600.0, []) == []
    assert len(enforcer.look(4200.0, 4200.0, [])) == 1


def test_time_goes_on_without_points() -> None:
    enforcer = Enforcer([parse("val_loss > 5 for 10m")], began=0.0)
    enforcer.points([{"t": 0.0, "epoch": 1, "val_loss": 6.0}])
    assert enforcer.look(599.0, 0.0, []) == []
    assert len(enforcer.look(600.0, 0.0, [])) == 1


def test_a_finding_can_be_acted_on() -> None:
    enforcer = Enforcer([parse("found(overfitting) after 5m")], began=0.0)
    found = finding("overfitting", "warning", "it overfits", "", 0.0, 7.0, "val_loss")
    assert enforcer.look(299.0, 0.0, [found]) == []
    (fired,) = enforcer.look(300.0, 0.0, [found])
    assert fired == Fired(fired.rule, "it overfits", 7.0, "val_loss")


def test_a_rule_fires_once_also_under_a_successor() -> None:
    rule = parse("loss > 5")
    enforcer = Enforcer([rule], began=0.0)
    enforcer.points([{"t": 0.0, "step": 1, "loss": 6.0}] * 3)
    assert len(enforcer.look(0.0, 0.0, [])) == 1
    enforcer.points([{"t": 0.0, "step": 1, "loss": 6.0}])
    assert enforcer.look(0.0, 0.0, []) == []
    later = Enforcer([rule], began=0.0, done=[rule.text])
    later.points([{"t": 0.0, "step": 1, "loss": 6.0}])
    assert later.look(0.0, 0.0, []) == []
