"""A user's own patterns: what they find, what they are refused for, and that no line makes one slow."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.metrics import Reader
from nerotui.agent.metrics.pattern import Pattern, PatternError
from tests.pythons import interpreters


def points(text: str, *patterns: str) -> list[dict[str, Any]]:
    reader = Reader(patterns=patterns)
    found = reader.feed(text.encode(), 0, 0.0) + reader.end(0.0)
    return [{name: value for name, value in point.items() if name not in ("t", "source", "offset")} for point in found]


def test_named_groups_are_metrics_and_axes() -> None:
    text = "@12 q=0.5/80%\nnothing\n@13 q=-1e-3/81%\n"
    assert points(text, r"@(?P<step>\d+) q=(?P<quality>\S+)/(?P<share>\d+%)") == [
        {"step": 12, "quality": 0.5, "share": 80.0},
        {"step": 13, "quality": -0.001, "share": 81.0},
    ]


def test_a_pattern_goes_first_and_the_rest_is_read_as_ever() -> None:
    text = "epoch 1 loss 0.5\nepoch 2 loss 0.4 beyond 7\nbeyond 8\n"
    assert points(text, r"^beyond (?P<beyond>\d+)", r"loss \S+ beyond (?P<beyond>\d+)") == [
        {"epoch": 1, "loss": 0.5},
        {"epoch": 1, "beyond": 7.0},
        {"epoch": 1, "beyond": 8.0},
    ]


def test_a_group_that_holds_no_number_is_left_out() -> None:
    assert points("a=1 b=none\n", r"a=(?P<a>\S+) b=(?P<b>\S+)") == [{"a": 1.0}]
    assert points("a=none\n", r"a=(?P<a>\S+)") == []


REFUSED = {
    r"loss (?P<loss>\d+": 5,
    r"loss (\d+)": 0,
    r"(?P<loss>(\d+)+)": 12,
    r"(?P<a>(?:\w+\s*)*)x": 11,
    r"(?:a|aa)+(?P<x>.)": 0,
    r".*.*.*(?P<x>x)": 5,
    r"a.*a.*a.*(?P<x>b)": 8,
    r"(?P<x>a)\1": 0,
    "(?P<x>a)" + "b" * 500: 500,
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_used_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(PatternError) as error:
        Pattern(text)
    assert error.value.at == REFUSED[text]
    assert error.value.shown().splitlines()[1].index("^") == REFUSED[text]


ALLOWED = [
    r"loss (?P<loss>\S+)",
    r"loss[:=]\s*(?P<loss>[-+.\deE]+)",
    r"^\[(?P<epoch>\d+)/\d+\] (?P<loss>\S+) (?P<acc>\S+)%",
    r".*loss (?P<loss>\S+)",
    r"it (?P<step>\d+).*loss (?P<loss>\S+).*acc (?P<acc>\S+)",
    r"(?:train|val) (?P<loss>\d+\.\d+)",
    r"(?P<loss>\d+(?:\.\d+)?) nats",
]


@pytest.mark.parametrize("text", ALLOWED)
def test_no_line_makes_a_pattern_slow(text: str) -> None:
    pattern = Pattern(text)
    for piece in (b"a", b"loss ", b"loss 1", b"1", b" ", b"it 1 loss 1 acc", b".1.1", b"it 1loss 1"):
        line = piece * (16_000 // len(piece))
        began = time.process_time()
        pattern.find(line)
        assert time.process_time() - began < 0.5, piece


PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from nerotui.agent.metrics.pattern import Pattern, PatternError
def said(text):
    try:
        return Pattern(text).find(b"loss 1.5 acc 3%")
    except PatternError as error:
        return error.at
print(json.dumps([said(text) for text in json.loads(sys.argv[2])]))
"""


def test_every_python_judges_alike(tmp_path: Path) -> None:
    package = tmp_path / "nerotui"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "agent").symlink_to(Path(__file__).parents[3] / "nerotui/agent")
    texts = json.dumps([*REFUSED, *ALLOWED])
    answers = {}
    for version, python in interpreters().items():
        argv = [python, "-S", "-E", "-B", "-W", "error", "-c", PROGRAM, str(tmp_path), texts]
        answers[version] = subprocess.run(argv, capture_output=True, check=True).stdout
    assert len(set(answers.values())) == 1, answers
