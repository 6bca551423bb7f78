"""Reading as a log grows: cut anywhere, redrawn, broken, hostile; and never slower than the log is long."""

import json
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.metrics import JsonReader, Reader
from tests.agent.metrics import fuzz, slow
from tests.pythons import interpreters

LOG = (
    b"starting\nepoch 1/3 loss 0.5\r\nepoch 2/3 loss nan\n"
    b"\r 10%|# | 1/10 loss=9\r 20%|## | 2/10 loss=8\r{'loss': 0.25, 'epoch': 2.5}\r100%|##| 10/10\n"
    b'{"step": 7, "val_loss": 0.125}\n\xff\xfe\x00 epoch 3/3 loss 0.0625\n'
)


def test_points_say_where_they_came_from() -> None:
    found = Reader().feed(LOG, 1000, 12.5)
    assert [point["t"] for point in found] == [12.5] * len(found)
    assert {point["source"] for point in found} == {"log"}
    assert [LOG[point["offset"] - 1000 :].split(b"\n")[0][:8] for point in found] == [
        b"epoch 1/",
        b"epoch 2/",
        b"{'loss':",
        b'{"step":',
        b"\xff\xfe\x00 epoc",
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_where_it_is_cut_makes_no_difference(size: int) -> None:
    whole = Reader().feed(LOG, 0, 0.0)
    reader = Reader()
    pieces = [point for at in range(0, len(LOG), size) for point in reader.feed(LOG[at : at + size], at, 0.0)]
    assert str(pieces) == str(whole)
    assert [point.get("loss", point.get("val_loss")) for point in whole][2:] == [0.25, 0.125, 0.0625]


def test_a_cut_within_a_blank_line_below_a_bar_makes_no_difference() -> None:
    bar = "Epoch 1/2 " + "\N{BOX DRAWINGS HEAVY HORIZONTAL}" * 20 + " 12/12 0:00:00 train_loss: 1.309\r\n"
    log = (bar + " \r \n" + " " * 40 + "val_loss: 0.5\n").encode()
    whole = Reader()
    points = whole.feed(log, 0, 0.0) + whole.end(0.0)
    assert points[-1]["val_loss"] == 0.5
    for cut in range(len(log)):
        reader = Reader()
        assert reader.feed(log[:cut], 0, 0.0) + reader.feed(log[cut:], cut, 0.0) + reader.end(0.0) == points


def test_a_bar_counts_in_its_last_state() -> None:
    bar = b"".join(b"\rstep %d/100 loss %d.5" % (step, 100 - step) for step in range(101))
    found = Reader().feed(bar + b"\n", 0, 0.0)
    assert [(point["step"], point["loss"]) for point in found] == [(100, 0.5)]


def test_a_bar_that_is_redrawn_for_hours_takes_no_memory() -> None:
    reader = Reader()
    offset = 0
    for step in range(2000):
        state = b"\rbatch %d/1000 loss %d.5 " % (step, step) + b"." * 2000
        assert reader.feed(state, offset, 0.0) == []
        offset += len(state)
    (point,) = reader.feed(b"\n", offset, 0.0)
    assert point["step"] == 1999


def test_the_one_bar_of_a_whole_run_is_its_curve() -> None:
    reader = Reader()
    bar = b"".join(b"\r  1%%|#  | %d/10000 [00:01<00:09, 9it/s, loss=%d.5]" % (step, step) for step in range(300))
    found = reader.feed(bar, 0, 0.0)
    assert [point["step"] for point in found] == list(range(len(found)))
    assert len(found) > 290
    found += reader.feed(b"\n", len(bar), 0.0) + reader.end(0.0)
    assert [point["loss"] for point in found] == [step + 0.5 for step in range(300)]


def test_an_epoch_that_takes_long_has_a_curve_of_its_steps() -> None:
    text = b""
    for epoch in (1, 2):
        for step in range(1, 901):
            text += b"\rEpoch %d/2:  1%%|#  | %d/900 [00:01<00:09, 9it/s, loss=%d.5]" % (epoch, step, step)
        text += b"\n"
    reader = Reader()
    found = reader.feed(text, 0, 0.0) + reader.end(0.0)
    assert [(point["epoch"], point["loss"]) for point in found if "loss" in point] == [(1, 900.5), (2, 900.5)]
    steps = [(point["step"], point["loss_step"]) for point in found if "loss_step" in point]
    assert steps[0] == (600, 600.5)
    assert steps[-1] == (1800, 900.5)
    assert [step for step, _ in steps] == [*range(600, 901, 10), *range(1500, 1801, 10)]


def test_a_line_of_ninety_thousand_characters_is_passed_over_and_the_next_is_not() -> None:
    reader = Reader()
    found = []
    data = b"epoch 1 loss 1\n" + b"loss 5 " * 13_000 + b"\nepoch 2 loss 2\n"
    for at in range(0, len(data), 4096):
        found += reader.feed(data[at : at + 4096], at, 0.0)
    assert [point["loss"] for point in found] == [1.0, 2.0]
    assert [data[point["offset"] :][:7] for point in found] == [b"epoch 1", b"epoch 2"]


def test_a_jump_in_the_file_begins_a_new_line() -> None:
    reader = Reader()
    assert reader.feed(b"epoch 1 lo", 0, 0.0) == []
    (point,) = reader.feed(b"epoch 2 loss 2\n", 500, 0.0)
    assert (point["epoch"], point["offset"]) == (2, 500)


def test_what_the_program_reports_is_all_taken() -> None:
    reader = JsonReader()
    text = (
        '{"step": 1, "anything": 2.5, "flag": true, "text": "x", "deep": {"er": 3}}\n'
        'no json\n[1]\n{"epoch": 0.5, "loss": "NaN", "_timestamp": 1700000000}\n{"step": 2}\n'
        '{"global_step": 3, "loss": Infinity'
    )
    first, second = reader.feed(text.encode(), 0, 9.0)
    assert first == {"t": 9.0, "source": "reported", "offset": 0, "step": 1, "anything": 2.5, "deep/er": 3}
    assert (second["t"], second["epoch"], str(second["loss"])) == (1700000000, 0.5, "nan")
    (third,) = reader.feed(b"}\n", len(text), 9.0)
    assert (third["step"], third["loss"]) == (3, float("inf"))
    assert reader.progress == {"unit": "step", "at": 3, "of": None}


def test_json_that_nests_without_end_is_no_point() -> None:
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n"
    assert JsonReader().feed(deep, 0, 0.0) == []
    assert Reader().feed(deep, 0, 0.0) == []


WORST = {
    "equals": b"a=1 " * 3000,
    "numbers": b"1 2 3 4 5 6 7 8 9 " * 500,
    "digits": b"step " + b"1" * 12_000,
    "dots": b"loss " + b"1." * 5000,
    "commas": b"loss " + b"1,111" * 2500,
    "colons": b"epoch 1:" + b":1" * 5000,
    "spaces": b"epoch" + b" " * 12_000 + b"1",
    "brackets": b"epoch [" * 1500,
    "words": b"loss train epoch val step iter " * 400,
    "escapes": b"\x1b[" * 6000 + b"loss 1",
    "strings": b"\x1b]0;" * 3000 + b"loss 1",
    "json": b'{"loss": ' * 1500 + b"}" * 1500,
    "signs": b"loss " + b"+-" * 5000 + b"1",
    "exponents": b"loss 1" + b"e1" * 5000,
    "returns": b"loss 1\r" * 2000,
    "brackets without end": b"loss (" + b"a" * 12_000 + b": 1",
    "bars": b"%|" * 6000 + b" loss 1",
    "dotted": b"a." * 6000 + b": loss 1",
    "clocks": b"1:2" * 4000 + b"loss 1",
    "tensors": b"loss tensor(" * 1000 + b"1",
}


@pytest.mark.parametrize("kind", WORST)
def test_the_worst_line_costs_no_more_than_ten_ordinary_ones(kind: str) -> None:
    ordinary = b"".join(
        b"epoch %d step %d loss 0.%d lr 0.001 acc 0.%d\n" % (at // 99, at, at, at) for at in range(20_000)
    )
    line = WORST[kind] + b" %d\n"
    worst = b"".join(line.replace(b"%d", b"%d" % at) for at in range(len(ordinary) // len(line) + 1))

    def cost(data: bytes) -> float:
        reader = Reader()
        began = time.process_time()
        for at in range(0, len(data), 1 << 16):
            reader.feed(data[at : at + (1 << 16)], at, 0.0)
        return (time.process_time() - began) / len(data)

    assert cost(worst) <= 10 * cost(ordinary) + 2e-8


def test_no_input_breaks_it() -> None:
    rng = random.Random(11)
    pieces = [line + b"\n" for line in LOG.split(b"\n")] + [piece[:200] for piece in WORST.values()]
    pieces += [
        b"step",
        b"loss",
        b"=",
        b": ",
        b"1e999",
        b"nan",
        b"/",
        b"[",
        b"]",
        b"\r",
        b"\x1b",
        b"{",
        b"}",
        b"epoch ",
        b"\xc3",
    ]
    for _ in range(3000):
        data = b"".join(rng.choice(pieces) for _ in range(rng.randrange(12)))
        if data and rng.random() < 0.5:
            at = rng.randrange(len(data))
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        for point in Reader().feed(data + b"\n", 0, 0.0) + JsonReader().feed(data + b"\n", 0, 0.0):
            assert all(isinstance(value, (int, float)) for name, value in point.items() if name != "source")


PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from nerotui.agent.metrics import JsonReader, Reader
data = open(sys.argv[2], "rb").read()
print(json.dumps([Reader().feed(data, 0, 1.0), JsonReader().feed(data, 0, 1.0)]))
"""


def test_every_python_reads_alike(tmp_path: Path) -> None:
    package = tmp_path / "nerotui"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "agent").symlink_to(Path(__file__).parents[3] / "nerotui/agent")
    log = tmp_path / "log"
    log.write_bytes(LOG)
    found: dict[str, Any] = {}
    for version, python in interpreters().items():
        argv = [python, "-S", "-E", "-B", "-c", PROGRAM, str(tmp_path), str(log)]
        found[version] = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    assert found
    assert len({str(one) for one in found.values()}) == 1


def test_a_log_of_more_print_statements_than_are_remembered_is_read_all_the_same() -> None:
    names = ["".join(chr(97 + int(digit)) for digit in f"{at:04}") for at in range(900)]
    log = "".join(f"step {step} loss_{name} 0.5\n" for step in range(8) for name in names).encode()
    assert len(Reader().feed(log, 0, 0.0)) == 8 * len(names)


@pytest.mark.parametrize("form", slow.NEW_KINDS)
def test_a_log_that_never_says_the_same_twice_takes_no_memory(form: str) -> None:
    reader = Reader()
    log = slow.never_twice(form, 300_000)
    for at in range(0, len(log), 1 << 16):
        reader.feed(log[at : at + (1 << 16)], at, 0.0)
    # A supervisor has 12 MiB for everything.
    assert fuzz.held(reader) < 700_000
