"""What is noticed about a run while it lives."""

from nerotui.agent.supervise.findings import SILENCE, Findings


def test_a_silence_is_told_once_it_is_unusual() -> None:
    findings = Findings()
    assert findings.look(0.0, {}, (0, 0), False) == []
    assert findings.look(1e6, {}, (0, 0), False) == []  # it never printed anything
    assert findings.look(1e6 + 1, {}, (10, 0), False) == []
    assert findings.look(1e6 + SILENCE, {}, (10, 0), False) == []
    (finding,) = findings.look(1e6 + SILENCE + 1, {}, (10, 0), False)
    assert (finding["kind"], finding["message"]) == ("stall", "nothing printed or reported for 10 min")
    assert findings.look(1e6 + SILENCE + 2, {}, (11, 0), False) == []


def test_a_run_that_is_often_silent_is_given_longer() -> None:
    findings = Findings()
    for at in range(0, 4000, 400):
        assert findings.look(float(at), {}, (at + 1, 0), False) == []
    assert findings.look(3600.0 + 2 * SILENCE, {}, (3601, 0), False) == []
    assert findings.look(3600.0 + 4001, {}, (3601, 0), False) != []


def test_a_frozen_run_is_not_stalled() -> None:
    findings = Findings()
    findings.look(0.0, {}, (5, 0), False)
    assert findings.look(1e6, {}, (5, 0), True) == []
    assert findings.look(1e6 + 1, {}, (5, 0), False) == []


def test_only_a_loss_that_is_no_number_is_trouble() -> None:
    values = {"last": "NaN", "x": 3.0, "min": 0.1, "max": 1.0}
    summary = {"val_loss": values, "ratio": values, "loss": {**values, "last": 0.5}}
    (finding,) = Findings().look(7.0, summary, (1, 0), False)
    assert (finding["message"], finding["since"], finding["x"]) == ("val_loss is NaN at 3", 7.0, 3.0)
