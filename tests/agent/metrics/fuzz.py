"""Feeds the readers damaged samples, cut anywhere, and looks for what must never happen.

    python -m tests.agent.metrics.fuzz [--count N] [--seed N] [--only PART] [--keep FOLDER]

An input is a piece of a sample (or of a log in ../shared/logs, where that is) with some bytes changed, doubled, lost or
replaced by what readers dislike. No input may raise, give other points when it is cut elsewhere, or leave more held
than `MOST_HELD`. What fails is kept as a file. `tests/agent/metrics/slow.py` looks for lines that take long.
"""

import argparse
import random
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from nerotui.agent.metrics import Reader
from nerotui.agent.metrics.files import BEGINNING, open_reader
from nerotui.agent.metrics.files.anyfile import text_reader

SAMPLES = Path(__file__).parent / "samples"
SHARED = Path(__file__).parents[4] / "shared" / "logs"
#: Bytes that a reader may hold after an input of a few thousand bytes; most of it is its tables of known lines.
MOST_HELD = 1_000_000
LONGEST_INPUT = 1500
MOST_SECONDS = 5.0

NASTY = (
    b"nan", b"-inf", b"1e999", b"-1e-999", b"1" * 400, b"0." + b"3" * 300, b"1,234,567.8", b"1.0D+02", b"0x1p3",
    b"1_000", b"\r", b"\r\n", b"\n\n", b"\n", b"\x08" * 7, b"\x1b[K", b"\x1b[31m", b"\x1b[2K\x1b[1A", b"\x1b",
    b"\x1b]0;title\x07", b"\xff\xfe", b"\xe2\x94\x82", b"\xe2\x94", b"\0", b"{", b"}", b"[[[[[", b"'loss': ", b"|",
    b'{"a": {"a": {"a": 1}}}', b"| | |", b"-----------", b"--- ---", b"=", b"==", b":", b"%", b"/", b"100%|", b"it/s]",
    b" " * 50, b"\t", b"epoch", b"Epoch 3/10", b"step 5", b"loss", b"loss=0.5", b"val_", b"[1/2]", b"e", b"E", b"-",
    b"+", b".", b",", b":::MLLOG {", b"Monitoring step:", b"Time = 1e400", b"[9999999999999999999]\t", b"Results:",
    b"Result for x:", b"keywords: ['Step']", b"average since",
)  # fmt: skip
SPOILT = tuple(b"\r\n\x1b\x08 =:,.|[](){}\"'%/-+0123456789eE\xff\xe2\0")


class Input(NamedTuple):
    name: str
    data: bytes


def corpus() -> list[Input]:
    """All samples, and the shared logs where they are."""
    found = sorted(SAMPLES.glob("*/*"))
    if SHARED.is_dir():
        found += sorted(file for file in SHARED.glob("*/*") if not file.name.endswith(".truth.json"))
    kept = [file for file in found if file.suffix not in (".py", ".sh") and ".expected." not in file.name]
    return [Input(f"{file.parent.name}/{file.name}", file.read_bytes()) for file in kept if file.is_file()]


def inputs(known: list[Input], seed: int, count: int) -> Iterator[Input]:
    """As many damaged inputs; the same seed gives the same."""
    rng = random.Random(seed)
    for _ in range(count):
        whole = rng.choice(known)
        if whole.name.endswith(".log") or rng.random() < 0.3:
            length = rng.randrange(50, LONGEST_INPUT)
            begin = rng.randrange(max(1, len(whole.data) - length))
            if rng.random() < 0.7:
                begin = whole.data.rfind(b"\n", 0, begin + 1) + 1
        else:
            begin, length = 0, LONGEST_INPUT  # a file's format is told by its beginning
        data = whole.data[begin : begin + length]
        if rng.random() < 0.2:
            other = rng.choice(known).data
            at = rng.randrange(len(other) + 1)
            data = splice(rng, data, other[at : at + rng.randrange(400)])
        for _ in range(rng.choice((0, 1, 1, 2, 3, 5, 9))):
            data = damage(rng, data)
        yield Input(whole.name, data[: 2 * LONGEST_INPUT])


def splice(rng: random.Random, data: bytes, piece: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + piece + data[at + (rng.randrange(20) if rng.random() < 0.5 else 0) :]


def damage(rng: random.Random, data: bytes) -> bytes:
    """One change of one of many kinds."""
    if not data:
        return rng.choice(NASTY)
    at = rng.randrange(len(data))
    to = min(len(data), at + rng.randrange(1, 80))
    way = rng.randrange(9)
    if way == 0:
        return data[:at] + bytes([rng.choice(SPOILT)]) + data[at + 1 :]
    if way == 1:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if way == 2:
        return data[:at] + data[to:]
    if way == 3:
        return data[:to] + data[at:to] * rng.choice((1, 2, 20)) + data[to:]
    if way == 4:
        return data[:at] + data[at : at + 1] * rng.choice((2, 40, 1500)) + data[at:]
    if way == 5:
        return splice(rng, data, rng.choice(NASTY))
    if way == 6:  # another number where one stands
        digits = [place for place in range(at, to) if 48 <= data[place] <= 57]
        if digits:
            return data[: digits[0]] + rng.choice(NASTY[:10]) + data[digits[-1] + 1 :]
        return data[:at]
    if way == 7:  # two lines change places
        lines = data.split(b"\n")
        one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[one], lines[two] = lines[two], lines[one]
        return b"\n".join(lines)
    return data.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b" \n", b"")), rng.choice((1, 5, -1)))


def pieces(rng: random.Random, data: bytes) -> list[bytes]:
    """The data, cut where no one would cut it."""
    if rng.random() < 0.1:
        return [data[at : at + 1] for at in range(len(data))]
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((1, 3, 20))))
    return [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def read(reader: Any, parts: list[bytes]) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = []
    offset = 0
    for part in parts:
        if part:
            points += reader.feed(part, offset, 1.0)
        offset += len(part)
    points += reader.end(1.0) if hasattr(reader, "end") else reader.feed(b"\n", offset, 1.0)
    return points


def held(thing: Any) -> int:
    """How many bytes hang on a reader, code and modules left out."""
    seen: set[int] = set()
    todo = [thing]
    size = 0
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, (type, type(sys), type(held))):
            continue
        seen.add(id(each))
        size += sys.getsizeof(each)
        if isinstance(each, dict):
            todo += [*each.keys(), *each.values()]
        elif isinstance(each, (list, tuple, set, frozenset)):
            todo += each
        else:
            todo += list(getattr(each, "__dict__", {}).values())
            todo += [getattr(each, slot) for slot in getattr(each, "__slots__", ()) if hasattr(each, slot)]
    return size


def hangs(*_: object) -> None:
    raise TimeoutError(f"not read after {MOST_SECONDS} s")


def check(one: Input, rng: random.Random, weigh: bool) -> str:
    """What is wrong with how an input is read; "" where nothing is."""

    def new() -> Any:
        if one.name.endswith((".log", ".txt", ".err")):
            return Reader()
        # A file's format is told by as much of it as is there, so both are told by the same.
        return open_reader(one.name, one.data[:BEGINNING]) or text_reader(one.data)

    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        reader = new()
        whole = read(reader, [one.data])
        parts = pieces(rng, one.data)
        cut = read(new(), parts)
    except Exception as error:
        return f"{type(error).__name__}: {error}\n" + traceback.format_exc()[-700:]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if repr(whole) != repr(cut):
        differ = next((at for at, (a, b) in enumerate(zip(whole, cut, strict=False)) if repr(a) != repr(b)), None)
        sizes = [len(part) for part in parts][:40]
        return f"cut as {sizes} it gives {len(cut)} points, whole {len(whole)}; they differ at {differ}"
    for point in whole:
        for name, number in point.items():
            if not isinstance(name, str) or (name != "source" and type(number) not in (int, float)):
                return f"{name!r}: {number!r} is no number of a name"
    size = held(reader) if weigh else 0
    return f"{size} bytes are held" if size > MOST_HELD else ""


def run(count: int, seed: int, only: str = "", keep: Path | None = None) -> tuple[int, list[str]]:
    """Reads as many inputs; returns how many, and what was wrong."""
    known = [one for one in corpus() if only in one.name]
    rng = random.Random(seed)
    wrong: list[str] = []
    done = 0
    before = signal.signal(signal.SIGALRM, hangs)
    for done, one in enumerate(inputs(known, seed, count), 1):
        trouble = check(one, rng, done % 50 == 0)
        if trouble:
            where = ""
            if keep is not None:
                file = keep / f"{seed}-{done}-{one.name.replace('/', '_')}"
                file.write_bytes(one.data)
                where = f" ({file})"
            wrong.append(f"{one.name}: {trouble}{where}")
    signal.signal(signal.SIGALRM, before)
    return done, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="samples whose name holds this")
    parser.add_argument("--keep", type=Path, help="a folder for inputs that fail")
    asked = parser.parse_args()
    begin = time.monotonic()
    done, wrong = run(asked.count, asked.seed, asked.only, asked.keep)
    for line in wrong[:50]:
        print(line)
    print(f"{done} inputs in {time.monotonic() - begin:.0f} s, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
