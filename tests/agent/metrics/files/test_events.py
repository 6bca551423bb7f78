"""Event files: every scalar as TensorBoard's own reader has it, whatever is cut, damaged or in between."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.metrics.files.crc32c import crc32c, masked
from nerotui.agent.metrics.files.events import EventReader
from nerotui.agent.metrics.files.records import LONGEST
from tests.agent.metrics.files.reading import PLACE, points

HERE = Path(__file__).parent / "events"
FILES = sorted(HERE.glob("*.tfevents"))

Found = dict[str, list[list[Any]]]


def scalars(data: bytes, size: int = 1 << 16) -> tuple[Found, EventReader]:
    """What the files beside these tests hold: {tag: [[wall_time, step, value], …]}."""
    reader = EventReader()
    found: Found = {}
    for at in range(0, len(data), size):
        for point in reader.feed(data[at : at + size], at, 0.0):
            for tag, value in point.items():
                if tag not in PLACE:
                    kept = value if math.isfinite(value) else str(value)
                    found.setdefault(tag, []).append([point["t"], point["step"], kept])
    return found, reader


def record(event: bytes) -> bytes:
    head = struct.pack("<Q", len(event))
    return head + struct.pack("<I", masked(head)) + event + struct.pack("<I", masked(event))


def scalar(step: int, value: float, tag: bytes = b"loss") -> bytes:
    inner = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(inner)]) + inner
    return b"\x09" + struct.pack("<d", 1e9) + b"\x10" + bytes([step]) + b"\x2a" + bytes([len(summary)]) + summary


def test_the_checksum_is_castagnoli_s() -> None:
    # RFC 3720, B.4.
    assert crc32c(b"\0" * 32) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [1, 13, 1000, 1 << 20])
def test_every_scalar_is_as_tensorboard_reads_it(path: Path, size: int) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    assert sum(map(len, expected.values())) > 20
    found, reader = scalars(path.read_bytes(), size)
    assert found == expected
    assert reader.corrupt == 0


def test_nothing_is_kept_that_needs_no_keeping() -> None:
    assert [path.stem for path in FILES] == ["boardx", "new", "old", "torch"]
    (point, *_) = points((HERE / "torch.tfevents").read_bytes(), "events.out.tfevents.1.host.2.0")
    assert point == {"t": 1.7e9, "step": 0, "source": "file", "offset": point["offset"], "Loss/train": 1.0}


def test_a_half_written_tail_waits_for_its_rest() -> None:
    data = record(scalar(1, 0.5)) + record(scalar(2, 0.25))
    reader = EventReader()
    assert [point["step"] for point in reader.feed(data[:-5], 0, 0.0)] == [1]
    assert reader.feed(data[-5:-1], len(data) - 5, 0.0) == []
    (point,) = reader.feed(data[-1:], len(data) - 1, 0.0)
    assert (point["step"], point["loss"], point["offset"]) == (2, 0.25, len(data) // 2)


def test_a_record_whose_data_is_damaged_is_left_out_and_the_next_is_read() -> None:
    data = bytearray(record(scalar(1, 0.5)) + record(scalar(2, 0.25)) + record(scalar(3, 0.125)))
    data[len(data) // 2] ^= 1
    found, reader = scalars(bytes(data))
    assert [step for _, step, _ in found["loss"]] == [1, 3]
    assert reader.corrupt == 1


def test_a_damaged_length_ends_the_reading() -> None:
    data = bytearray(record(scalar(1, 0.5)) * 3)
    data[len(data) // 3] ^= 1
    found, _ = scalars(bytes(data))
    assert len(found["loss"]) == 1


def test_what_is_long_and_no_scalar_is_passed_over_in_little_memory() -> None:
    import tracemalloc

    graph = b"\x09" + struct.pack("<d", 1e9) + b"\x22" + b"\xff\xff\xff\x7f" + b"g" * 1000
    head = struct.pack("<Q", 1 << 28)
    reader = EventReader()
    tracemalloc.start()
    start = head + struct.pack("<I", masked(head)) + graph
    offset = len(start)
    assert reader.feed(start, 0, 0.0) == []
    block = b"x" * (1 << 20)
    left = 12 + (1 << 28) + 4 - offset
    while left:
        block = block[:left]
        assert reader.feed(block, offset, 0.0) == []
        offset += len(block)
        left -= len(block)
    (point,) = reader.feed(record(scalar(4, 1.0)), offset, 0.0)
    assert point["step"] == 4
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_a_summary_beyond_all_measure_is_passed_over_too() -> None:
    huge = scalar(1, 0.5)[:-20] + b"\x0a" * (LONGEST + 1)
    found, _ = scalars(record(huge) + record(scalar(2, 0.5)))
    assert [step for _, step, _ in found["loss"]] == [2]


def test_an_epoch_written_as_a_metric_is_none() -> None:
    data = record(scalar(1, 3.0, b"epoch")) + record(scalar(1, 0.5, b"train/epoch")) + record(scalar(1, 0.5, b"loss"))
    assert list(scalars(data)[0]) == ["loss"]


def test_a_tag_twice_in_one_event_is_two_points() -> None:
    one, two = scalar(1, 0.5), scalar(1, 0.25)
    summary = one[one.index(b"\x2a") + 2 :] + two[two.index(b"\x2a") + 2 :]
    event = one[: one.index(b"\x2a")] + b"\x2a" + bytes([len(summary)]) + summary
    found, _ = scalars(record(event))
    assert [value for _, _, value in found["loss"]] == [0.5, 0.25]
