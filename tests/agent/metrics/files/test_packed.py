"""Files packed by gzip: any format, members after members, damaged ones as far as they go, bombs in small bites."""

import gzip
import tracemalloc
import zlib
from pathlib import Path

import pytest

from tests.agent.metrics.files.reading import points, series

LOG = b"".join(b"epoch %d loss %.3f acc 0.%d\n" % (epoch, 1 / epoch, epoch) for epoch in range(1, 9))
EVENTS = Path(__file__).parent / "events/torch.tfevents"


@pytest.mark.parametrize("size", [1, 10, 1000])
def test_what_is_packed_is_read_as_if_it_were_not(size: int) -> None:
    assert series(gzip.compress(LOG), "train.log.gz", size) == series(LOG, "train.log")
    table = b"step,loss\n1,0.5\n2,0.25\n"
    assert series(gzip.compress(table), "loss.csv.gz", size) == {"loss": [(1, 0.5), (2, 0.25)]}
    events = EVENTS.read_bytes()
    assert points(gzip.compress(events), "a.tfevents.gz", max(size, 10)) == points(events, "a.tfevents")


def test_members_one_after_the_other() -> None:
    assert series(gzip.compress(LOG[:40]) + gzip.compress(LOG[40:]), "log.gz") == series(LOG, "log")


def test_a_cut_file_gives_what_is_there() -> None:
    packed = gzip.compress(LOG * 200)
    found = series(packed[: len(packed) // 2], "log.gz")
    assert 100 < len(found["loss"]) < 1600


def test_a_damaged_file_gives_what_is_before() -> None:
    packed = zlib.compressobj(9, wbits=31)
    data = packed.compress(LOG) + packed.flush(zlib.Z_FULL_FLUSH) + b"\xff" * 100
    assert len(series(data, "log.gz")["loss"]) == 8


def test_a_bomb_takes_no_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    block = (b"x" * 1023 + b"\n") * 1024
    data = b"".join(packer.compress(block) for _ in range(64)) + packer.flush()
    assert len(data) < 1 << 18
    tracemalloc.start()
    assert series(data, "log.gz") == {}
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
