"""Whatever is in a file: no exception, no hang, bounded memory; the same on every Python that the agent runs on."""

import json
import random
import subprocess
import time
import tracemalloc
from pathlib import Path

import pytest

from nerotui.agent.metrics.files import finding
from nerotui.agent.metrics.files.anyfile import AnyReader
from tests.agent.metrics.files.reading import points
from tests.pythons import interpreters

HERE = Path(__file__).parent
REPOSITORY = Path(__file__).parents[4]
SAMPLES = sorted(
    path
    for folder in (HERE / "events", HERE.parent / "samples")
    for path in folder.rglob("*")
    if path.suffix in (".tfevents", ".csv", ".tsv", ".json")
)

# Run by the interpreter under test: the points of files, as JSON.
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from nerotui.agent.metrics.files.anyfile import AnyReader
found = []
for path in sys.argv[2:]:
    reader = AnyReader(path)
    with open(path, "rb") as file:
        data = file.read()
    points = []
    for at in range(0, len(data), 999):
        points += reader.feed(data[at : at + 999], at, 0.0)
    points += reader.end(0.0)
    found.append([sorted((name, repr(value)) for name, value in point.items()) for point in points])
print(json.dumps(found))
"""


def test_there_are_samples_of_each_kind() -> None:
    assert {path.suffix for path in SAMPLES} == {".tfevents", ".csv", ".tsv", ".json"}
    assert len(SAMPLES) > 12


@pytest.mark.parametrize("version", interpreters())
def test_every_python_reads_the_same(version: str, tmp_path: Path) -> None:
    package = tmp_path / "nerotui"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "agent").symlink_to(REPOSITORY / "nerotui/agent")
    done = subprocess.run(
        [interpreters()[version], "-S", "-E", "-B", "-W", "error", "-c", PROGRAM, tmp_path, *SAMPLES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    expected = [
        [
            sorted([name, repr(value)] for name, value in point.items())
            for point in points(path.read_bytes(), str(path), 999)
        ]
        for path in SAMPLES
    ]
    assert json.loads(done.stdout) == expected


def mutated(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(made) + 1)
        kind = rng.randrange(6)
        if kind == 0 and made:
            made[min(at, len(made) - 1)] = rng.randrange(256)
        elif kind == 1:
            del made[at : at + rng.randrange(200)]
        elif kind == 2:
            made[at:at] = rng.choice(
                [b"\0", b"\n", b",", b'"', b"{", b"[", b"]", b"nan", b"1e999", b"\xff\xfe", b"-" * 70]
            )
        elif kind == 3:
            made[at:at] = made[at : at + rng.randrange(500)]
        elif kind == 4:
            del made[at:]
        else:
            made[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(30)))
    return bytes(made)


def test_damaged_files_are_read_without_an_exception() -> None:
    rng = random.Random(11)
    deadline = time.monotonic() + 3
    tried = 0
    while time.monotonic() < deadline:
        path = rng.choice(SAMPLES)
        data = mutated(path.read_bytes()[:20_000], rng)
        size = rng.choice([1 + len(data) // 7, 100, 1 << 16])
        for point in points(data, path.name, size):
            assert isinstance(point["offset"], int)
            assert all(isinstance(name, str) for name in point)
        finding.reader_of(path.name, data)
        tried += 1
    assert tried > 50


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"1," * 500_000, "a.csv"),
        (b'"' * 1_000_000, "a.csv"),
        (b'step,loss\n1,"' + b'a,"' * 300_000, "a.csv"),
        (b"step,loss\n" + b"1,2,3,4\n" * 120_000, "a.csv"),
        (b"step,loss\n" + b"x,y\n" * 250_000, "a.csv"),
        (b"#\n" * 500_000, "a.csv"),
        (b"a;b;c\n" * 160_000, "a.txt"),
        (b'{"step":1,"loss":' + b"9" * 1_000_000, "a.json"),
        (b"{" * 1_000_000, "a.jsonl"),
        (b'{"a":{"values":[' + b"1," * 500_000, "metrics.json"),
        (b"\x18" + b"\0" * 1_000_000, "a.tfevents"),
    ],
    ids=range(11),
)
def test_a_megabyte_of_the_worst_is_no_more_work_than_of_any_other(line: bytes, path: str) -> None:
    usual = b"step,loss,acc,lr\n" + b"".join(b"%d,0.5,0.25,0.001\n" % step for step in range(60_000))

    def seconds(data: bytes, name: str) -> float:
        began = time.process_time()
        points(data, name)
        return time.process_time() - began

    ordinary = min(seconds(usual, "usual.csv") for _ in range(2)) * 1e6 / len(usual)
    assert seconds(line, path) < max(10 * ordinary, 0.5)


@pytest.mark.parametrize("path", ["a.csv", "a.json", "a.tfevents", "a.log", "a.csv.gz"])
def test_an_endless_file_of_nothing_takes_no_memory(path: str) -> None:
    start = {"a.csv": b"step,loss\n1,", "a.json": b'[{"a": "', "a.csv.gz": b"\x1f\x8b"}.get(path, b"x")
    reader = AnyReader(path)
    reader.feed(start, 0, 0.0)
    offset = len(start)
    block = b"7" * (1 << 18)
    tracemalloc.start()
    for _ in range(128):
        reader.feed(block, offset, 0.0)
        offset += len(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (100 << 20 if path == "a.json" else 8 << 20)
