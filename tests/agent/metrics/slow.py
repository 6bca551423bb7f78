"""Looks for the line that takes the reader longest: 1 MB of it may cost ten times what 1 MB of ordinary logs costs.

    python -m tests.agent.metrics.slow [--tries N] [--seed N]

A line is a beginning, a short unit repeated, and an end; what was slow is varied further. All lines of such a log are
of one kind. In the logs of `NEW_KINDS` each is of its own, so that no table of known lines helps, nor may one grow.
"""

import argparse
import random
import re
import statistics
import sys
import time
from string import ascii_lowercase
from typing import NamedTuple

from nerotui.agent.metrics import Reader
from tests.agent.metrics.fuzz import SAMPLES

SIZE = 1 << 17
BEGINNINGS = (
    b"", b"loss ", b"loss: 0.5", b"epoch 1 ", b"Epoch 1/2 [", b"step 3 loss 0.1 ", b"{", b"[", b"[1]\t", b"| ",
    b"100%|", b"train ", b"Test: [", b"epoch", b"loss=", b"{'loss': 0.5, ", b"it/s]", b"rank1: ", b"Epoch  Loss\n",
)  # fmt: skip
UNITS = (
    b"1", b"1.", b".", b" ", b"\t", b"[", b"(", b")", b"]", b"=", b"==", b"'", b'"', b",", b"-", b"--", b"- ", b"+",
    b"_", b"/", b"a/", b"|", b"| ", b"|1", b"\r", b"a\r", b"\x08", b"a\x08", b"\x1b", b"\x1b[", b"\x1b[1;",
    b"\x1b]", b"a", b"a ", b"A", b"aA", b"a1", b"a=", b"a=1 ", b"a: 1, ", b"loss ", b"loss 1 ", b"loss=1,",
    b"loss: 1.5 ", b"1 ", b"1,", b"1/2 ", b"1:", b"12:", b"1-", b"e", b"1e", b"1e5", b"nan ", b"nan", b"inf,", b"%",
    b"1% ", b"{", b"}", b'{"a":', b"[1,", b"epoch ", b"epoch 1 ", b"step ", b"step:1 ", b"it/s", b"\xe2\x94\x82",
    b"\xe2\x94\x80", b"\xff", b"\xc3\xa9", b":", b"::", b": ", b";", b"<", b">", b"=>", b"->", b"?", b"!", b"*",
    b"#", b"\\", b"~", b"(a)", b"[a]", b"(1)", b"1,000", b"1 a ", b"a.b ", b"E", b"  ", b"   1", b"ETA", b"s/it",
    b"00:00<", b"1s", b"val ", b"Acc@1 1 (1) ", b"=' ", b"a, ", b"loss\r", b"1\r",
)  # fmt: skip
ENDS = (b"", b"x", b" loss 0.5", b" 1", b"]", b"'", b"=", b"\r", b" ", b"!", b"}", b"it/s]", b"0.5 epoch 1")
LENGTHS = (40, 300, 3000, 16000)
SOLVED = "Solving for @, Initial residual = 1, Final residual = 1, No Iterations 1"
#: Lines with a word of their own at each @, and another number at each #.
NEW_KINDS = (
    "loss_@ 1", "loss @ 1", "acc@ 1", "@: 1", "epoch 3 step 4 loss_@ 0.5", "[@] epoch 3 loss 1", "epoch  loss  @",
    "[rank#] epoch # step 4 loss_@ 0.5", "[rank #] epoch # step # loss 0.5", '{"loss_@": 1, "step": 3}', "train @",
    "step 3 " + " ".join(["@=0.5"] * 20), "step 3 " + " ".join(["loss_@=0.5"] * 20), "@ @ @ @ @ @ @ @ @ @ @",
    " ".join(["@=1"] * 499),
    "step # time #h#m#s loss 0.5", "epoch 1 loss 0.5 " + "@" * 500, " loss 1 ".join(["@"] * 300),
    "\r 10%|#  | #/9 loss=1 " + " ".join(["loss_@=1"] * 100), "--------\n| @ | 1 |\n| loss_@ | 2 |\n--------",
    "Result for @:\n  loss_@: 1\n  training_iteration: #", "I0101 solver.cpp:404] Test net output #0: @ = 1",
    ':::MLLOG {"key": "eval_accuracy_@", "value": 0.5, "metadata": {"epoch_num": #}}', SOLVED,
    "Time = #\n" + SOLVED, "epoch,loss,@", "Results:\n@ #",
)  # fmt: skip


class Line(NamedTuple):
    beginning: bytes
    units: tuple[bytes, ...]
    end: bytes
    length: int

    def text(self) -> bytes:
        repeated = b"".join(self.units)
        return self.beginning + repeated * max(1, self.length // len(repeated)) + self.end

    def log(self, size: int = SIZE) -> bytes:
        line = self.text() + b"\n"
        return line * max(1, size // len(line))


def never_twice(form: str, size: int) -> bytes:
    """A log of lines that differ from each other in more than their numbers."""
    rng = random.Random(form)
    parts = re.split("([@#])", form)
    fill = {"@": lambda: "".join(rng.choices(ascii_lowercase, k=8)), "#": lambda: str(rng.randrange(10**6))}
    lines: list[str] = []
    have = 0
    while have < size:
        lines.append("".join(fill[part]() if part in fill else part for part in parts) + "\n")
        have += len(lines[-1])
    return "".join(lines).encode()


def ordinary() -> float:
    """Seconds for a MB of an ordinary log: the median of the samples, each going on as it began."""
    logs = [file.read_bytes() for file in sorted(SAMPLES.glob("*/*.log"))]
    costs = []
    for log in logs:
        log = log if log.endswith(b"\n") else log + b"\n"
        costs.append(cost(log * (2 * SIZE // len(log) + 1)))
    return statistics.median(costs)


def cost(log: bytes) -> float:
    """Seconds of this process's time for a MB, fed in blocks as a log is read."""
    reader = Reader()
    begin = time.process_time()
    for at in range(0, len(log), 65536):
        reader.feed(log[at : at + 65536], at, 1.0)
    reader.end(1.0)
    return (time.process_time() - begin) * 1e6 / len(log)


def some(rng: random.Random) -> Line:
    units = tuple(rng.choice(UNITS) for _ in range(rng.choice((1, 1, 2, 3))))
    return Line(rng.choice(BEGINNINGS), units, rng.choice(ENDS), rng.choice(LENGTHS))


def varied(rng: random.Random, line: Line) -> Line:
    way = rng.randrange(4)
    if way == 0:
        return line._replace(beginning=rng.choice(BEGINNINGS))
    if way == 1:
        return line._replace(end=rng.choice(ENDS))
    if way == 2:
        return line._replace(length=rng.choice(LENGTHS))
    units = list(line.units)
    units[rng.randrange(len(units))] = rng.choice(UNITS)
    return line._replace(units=tuple(units))


def search(tries: int, seed: int, usual: float) -> list[tuple[float, Line]]:
    """The slowest lines found, the worst first, as multiples of the usual cost."""
    rng = random.Random(seed)
    found: dict[Line, float] = {}
    simple = [Line(begin, (unit,), end, 16000) for unit in UNITS for begin in (b"", b"loss ") for end in (b"", b"x")]
    for at in range(tries):
        if at < len(simple):
            line = simple[at]
        elif rng.random() < 0.5:
            line = some(rng)
        else:
            line = varied(rng, rng.choice(sorted(found, key=lambda each: -found[each])[:20]))
        if line not in found:
            # A short log first: what is far too slow shows there, and costs little.
            ratio = cost(line.log(8000)) / usual
            if 3 < ratio < 200:
                ratio = min(ratio, cost(line.log()) / usual)
            found[line] = ratio
    return sorted(((ratio, line) for line, ratio in found.items()), key=lambda pair: -pair[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    usual = ordinary()
    print(f"an ordinary log: {usual * 1000:.0f} ms a MB")
    new = sorted(((cost(never_twice(form, 1 << 20)) / usual, form) for form in NEW_KINDS), reverse=True)
    for ratio, form in new:
        print(f"{ratio:8.1f} x  {form[:100]!r}, each its own kind")
    worst = search(asked.tries, asked.seed, usual)
    for ratio, line in worst[:25]:
        print(f"{ratio:8.1f} x  {line.length:6d}  {line.beginning!r} + {line.units!r}* + {line.end!r}")
    return 1 if max(worst[0][0], new[0][0]) > 10 else 0


if __name__ == "__main__":
    sys.exit(main())
