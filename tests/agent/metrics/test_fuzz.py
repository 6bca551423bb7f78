"""No damage to a log may raise, change its points with where it is cut, or make it slow to read."""

import pytest

from tests.agent.metrics import fuzz, slow
from tests.agent.metrics.slow import Line

#: Lines that once took long, or look as if they might; `slow.py` searches for more.
SUSPECTS = (
    Line(b"", (b" ",), b"x", 16000),
    Line(b"loss ", (b" ",), b"x", 16000),
    Line(b"epoch 1 ", (b" ",), b"!", 16000),
    Line(b"loss ", (b"1",), b"x", 16000),
    Line(b"", (b"1.",), b"", 16000),
    Line(b"", (b"1,",), b" loss 0.5", 16000),
    Line(b"loss ", (b"[",), b"", 16000),
    Line(b"loss ", (b"(", b"1"), b"", 16000),
    Line(b"", (b"=",), b" loss 0.5", 16000),
    Line(b"loss ", (b"'",), b"", 16000),
    Line(b"loss ", (b"-",), b"x", 16000),
    Line(b"loss ", (b"a",), b"=", 16000),
    Line(b"[1]\t", (b"a\x08",), b"x", 16000),
    Line(b"| ", (b"<", b"\r", b"epoch 1 "), b"=", 16000),
    Line(b"loss ", (b"\x1b[",), b"", 16000),
    Line(b"", (b"| ",), b"", 300),
    Line(b"", (b'{"a":',), b"}", 16000),
    Line(b"", (b"loss=1,",), b"", 16000),
)
#: Ten are promised over an ordinary log; a machine that others use as well is given as much again.
MOST = 20.0


def test_damaged_samples_are_read_without_a_fault() -> None:
    done, wrong = fuzz.run(1200, seed=20)
    assert done == 1200
    assert wrong == []


@pytest.fixture(scope="module")
def usual() -> float:
    return slow.ordinary()


@pytest.mark.parametrize("line", SUSPECTS, ids=lambda line: repr(line.beginning + b"".join(line.units))[2:-1])
def test_no_line_takes_much_longer_than_an_ordinary_log(line: Line, usual: float) -> None:
    # A short log first: one that is far too slow shows there, before it takes minutes.
    ratio = min(slow.cost(line.log(8000)), slow.cost(line.log())) / usual
    assert ratio < MOST


def test_a_log_whose_every_line_is_new_takes_no_longer(usual: float) -> None:
    forms = ("loss_@ 1", "epoch 3 step 4 loss_@ 0.5", "step 3 " + " ".join(["loss_@=0.5"] * 20))
    assert [form for form in forms if slow.cost(slow.never_twice(form, 1 << 18)) / usual > MOST] == []
