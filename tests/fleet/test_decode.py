"""What a host says is data: nothing of it acts upon a terminal, and what is strange is refused."""

import math
from typing import Any

import msgspec
import pytest

from nerotui.agent.states import RunState
from nerotui.errors import NoAgent
from nerotui.fleet import decode

EVIL = "\x1b]0;owned\x07na\u202eme\x1b[31m"


def texts(value: Any) -> list[str]:
    if isinstance(value, msgspec.Struct):
        return texts(msgspec.structs.asdict(value))
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def message(**more: Any) -> dict[str, Any]:
    return {"id": "abcdefgh", "name": "n", "state": "running", **more}


def test_every_text_of_a_run_is_harmless() -> None:
    run = decode.run(
        message(
            name=EVIL,
            reason=EVIL,
            command=[EVIL, "--x"],
            params={EVIL: [EVIL, {"a": EVIL}]},
            metrics={EVIL: {"last": 1}},
            progress={"unit": EVIL, "at": 1},
            findings=[{"kind": EVIL, "severity": "error", "message": EVIL, "advice": EVIL}],
            pending={"action": EVIL, "since": 1},
            signal=EVIL,
            user=EVIL,
            dir=EVIL,
        ),
        "one",
    )
    assert run.name == "na·me"
    assert all(text.isprintable() for text in texts(run))
    assert not any("\u202e" in text for text in texts(run))


def test_every_text_of_a_sample_and_of_a_record_is_harmless() -> None:
    stats = decode.stats(
        {"time": 1, "gpus": [{"index": 0, "name": EVIL}], "errors": {EVIL: EVIL}, "disks": [{"path": EVIL}]}
    )
    detail = decode.detail(
        {
            "run": message(),
            "spec": {"setup": EVIL},
            "facts": {"git": {"diff": f"two\n{EVIL}"}},
            "events": [{"time": 1, "kind": EVIL, "text": EVIL, "who": EVIL}],
            "why": EVIL,
        },
        "one",
    )
    for value in (stats, detail):
        assert all(text.replace("\n", "").isprintable() for text in texts(value))
    assert detail.facts["git"]["diff"] == "two\nna·me"


def test_numbers_that_json_has_no_word_for() -> None:
    run = decode.run(message(metrics={"loss": {"last": "NaN", "min": "-Infinity", "max": "Infinity"}}), "one")
    assert math.isnan(run.metrics["loss"].last or 0)
    assert run.metrics["loss"].min == -math.inf
    series = decode.series([{"name": "loss", "x": "step", "points": [[1, "NaN", 5], [2, 0.5, 6]]}])
    assert math.isnan(series[0].points[0][1])
    assert series[0].points[1] == (2, 0.5, 6)


def test_what_a_newer_agent_adds_is_passed_over() -> None:
    assert decode.run(message(mood="good"), "one").state is RunState.RUNNING


@pytest.mark.parametrize(
    "strange", [{"state": "flying"}, {"id": "../../x"}, {"id": "\x1b[2J"}, {"attempt": "many"}, {"name": 3}]
)
def test_what_makes_no_sense_is_refused(strange: dict[str, Any]) -> None:
    with pytest.raises(NoAgent, match="does not understand"), decode.understanding("one", "a run"):
        decode.run(message(**strange), "one")
