"""Makes the event files here by the writers that programs use, and reads them by TensorBoard's own reader.

Run in an environment with tensorboard, torch and tensorboardX: `make.py`. Beside each NAME.tfevents it writes
NAME.json: every scalar as TensorBoard reads it, {tag: [[wall_time, step, value], …]}, non-finite values as text.
`make.py --against N` writes N files of random content instead, nowhere kept, and holds nerotui's reader against
TensorBoard's on each.
"""

# mypy: ignore-errors
# (what it imports is not in the environment of the tests)

from __future__ import annotations

import json
import math
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorboardX
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram import summary_v2 as histogram_2
from tensorboard.plugins.scalar import metadata as scalar_1
from tensorboard.plugins.scalar import summary_v2 as scalar_2
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from torch.utils.tensorboard import SummaryWriter

HERE = Path(__file__).resolve().parent


def read(path: Path) -> dict[str, list[list[Any]]]:
    """Every scalar, as the reader that TensorBoard shows them by has them: simple values come as tensors too."""
    found: dict[str, list[list[Any]]] = {}
    plugins: dict[str, str] = {}
    for event in EventFileLoader(str(path)).Load():
        for value in event.summary.value:
            plugin = value.metadata.plugin_data.plugin_name
            if plugins.setdefault(value.tag, plugin) == "scalars":
                array = tensor_util.make_ndarray(value.tensor)
                if array.size != 1:
                    continue  # TensorBoard's page shows an error there
                number = float(array.item())
                kept = number if math.isfinite(number) else str(number)
                found.setdefault(value.tag, []).append([event.wall_time, event.step, kept])
    return found


def event(writer: EventFileWriter, step: int, *summaries: Summary, wall_time: float | None = None) -> None:
    merged = Summary(value=[value for summary in summaries for value in summary.value])
    writer.add_event(Event(wall_time=1.7e9 + step if wall_time is None else wall_time, step=step, summary=merged))


def simple(tag: str, value: float) -> Summary:
    return Summary(value=[Summary.Value(tag=tag, simple_value=value)])


def first_form(tag: str, value: float) -> Summary:
    """A scalar as the scalar plugin of TensorBoard 1 wrote it: the shown name is apart from the tag."""
    made = tensor(f"{tag}/scalar_summary", value, np.float32)
    made.value[0].metadata.CopyFrom(scalar_1.create_summary_metadata(display_name=tag, description=""))
    return made


def tensor(tag: str, value: Any, dtype: Any) -> Summary:
    """A scalar of another type than float, in both of the forms that a TensorProto has."""
    made = scalar_2.scalar_pb(tag, 0.0)
    made.value[0].tensor.CopyFrom(tensor_util.make_tensor_proto(np.array(value, dtype=dtype)))
    return made


def old(folder: str) -> None:
    """TensorFlow 1: simple values, many to an event, among pictures and a graph."""
    writer = EventFileWriter(folder)
    writer.add_event(Event(wall_time=1.7e9, graph_def=GraphDef().SerializeToString() + b"\x0a\x02\x0a\x00" * 500))
    for step in range(0, 60, 3):
        picture = Summary.Value(
            tag="input/image/0", image=Summary.Image(height=8, width=8, encoded_image_string=b"\x89PNG" * 30)
        )
        event(
            writer,
            step,
            simple("loss", 3 / (step + 1)),
            Summary(value=[picture]),
            simple("lr", 1e-4),
            simple("gnorm", math.inf if step == 9 else step),
        )
    event(writer, 60, simple("loss", math.nan))
    event(writer, -1, simple("loss", 0.25))
    event(writer, 2**40, simple("final", -0.0))
    writer.close()


def new(folder: str) -> None:
    """TensorFlow 2: scalars as tensors, whose plugin is named with a tag's first value only."""
    writer = EventFileWriter(folder)
    for step in range(25):
        loss = scalar_2.scalar_pb("epoch_loss", 1 / (step + 1))
        if step:
            loss.value[0].ClearField("metadata")
        event(writer, step, loss)
        event(writer, step, histogram_2.histogram_pb("dense/kernel", np.arange(50) * step))
        event(writer, step, first_form("train/accuracy", step / 25), simple("mixed", step))
    for step, (value, dtype) in enumerate(
        [
            (0.1, np.float64),
            (0.1, np.float16),
            (7, np.int32),
            (-7, np.int64),
            (200, np.uint8),
            (True, np.bool_),
            (0, np.float32),
        ]
    ):
        event(writer, step, tensor(f"type/{np.dtype(dtype).name}", value, dtype))
    event(writer, 1, tensor("not/one", [1.0, 2.0], np.float32))
    writer.close()


def torch(folder: str) -> None:
    """PyTorch's SummaryWriter: an event a scalar, with hyperparameters, text, a histogram between them."""
    writer = SummaryWriter(folder)
    for step in range(40):
        writer.add_scalar("Loss/train", math.exp(-step / 10), step, walltime=1.7e9 + step)
        if step % 10 == 9:
            writer.add_scalar("Loss/validation", math.exp(-step / 12), step, walltime=1.7e9 + step)
            writer.add_histogram("weights", np.random.default_rng(step).normal(size=100), step, walltime=1.7e9 + step)
    writer.add_text("note", "a *run*", 3, walltime=1.7e9)
    writer.add_scalar("new style", 0.5, 3, new_style=True, walltime=1.7e9)
    writer.add_scalar("Größe/ß", 1.5, 3, walltime=1.7e9)
    writer.close()


def boardx(folder: str) -> None:
    """tensorboardX."""
    writer = tensorboardX.SummaryWriter(folder)
    for step in range(30):
        writer.add_scalar("charts/episodic_return", step * 1.5, step * 2048, walltime=1.7e9 + step)
        writer.add_scalar("losses/value_loss", 1 / (step + 1), step * 2048, walltime=1.7e9 + step)
    writer.close()


def at_random(folder: str, rng: random.Random) -> None:
    """Anything that these writers can write, in any order."""
    writer = EventFileWriter(folder)
    numbers = [0.0, -0.0, math.nan, math.inf, -math.inf, 1e-45, 3.4e38, 0.1, 1e300, -5]
    for _ in range(rng.randrange(200)):
        parts = []
        for _ in range(rng.randrange(5)):
            tag = rng.choice(["a", "b/c", "é", "x" * rng.randrange(1, 150)])
            value = rng.choice([*numbers, rng.gauss(0, 1)])
            dtype = rng.choice(
                [
                    np.float16,
                    np.float32,
                    np.float64,
                    np.int8,
                    np.int16,
                    np.int32,
                    np.int64,
                    np.uint8,
                    np.uint16,
                    np.bool_,
                ]
            )
            whole = int(value) % 100 if math.isfinite(value) else 1
            parts.append(
                rng.choice(
                    [
                        lambda tag=tag, value=value: simple(tag, float(np.float32(min(max(value, -3e38), 3e38)))),
                        lambda tag=tag, value=value: scalar_2.scalar_pb(
                            tag + "2", np.float32(min(max(value, -3e38), 3e38) if math.isfinite(value) else value)
                        ),
                        lambda tag=tag, value=value, dtype=dtype, whole=whole: tensor(
                            f"{tag}/{np.dtype(dtype).name}",
                            value if np.issubdtype(dtype, np.floating) and abs(value) < 6e4 else whole,
                            dtype,
                        ),
                        lambda tag=tag: histogram_2.histogram_pb(tag + "h", np.arange(rng.randrange(3000))),
                    ]
                )()
            )
        step = rng.choice([0, 1, rng.randrange(10**6), -3, 2**45])
        event(writer, step, *parts, wall_time=rng.uniform(0, 2e9))
    writer.close()


def written(write: Callable[[str], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        (path,) = Path(folder).rglob("*tfevents*")
        return path.read_bytes()


def main() -> int:
    if sys.argv[1:2] == ["--against"]:
        return against(int(sys.argv[2]))
    for write in (old, new, torch, boardx):
        path = HERE / f"{write.__name__}.tfevents"
        path.write_bytes(written(write))
        path.with_suffix(".json").write_text(json.dumps(read(path), indent=0).replace(",\n", ", ") + "\n")
    return 0


def against(count: int) -> int:
    sys.path.insert(0, str(HERE.parents[4]))
    from nerotui.agent.metrics.files.events import EventReader

    scalars = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            rng = random.Random(number)
            data = written(lambda place, rng=rng: at_random(place, rng))
            cut = rng.random() < 0.3
            if cut:
                data = data[: rng.randrange(len(data))]
            path = Path(folder, "it.tfevents")
            path.write_bytes(data)
            reader, at, points = EventReader(), 0, []
            while at < len(data):
                size = rng.choice([1, 7, 100, 5000, 1 << 20])
                points += reader.feed(data[at : at + size], at, 0.0)
                at += size
            ours: dict[str, list[list[Any]]] = {}
            for point in points:
                for tag, value in point.items():
                    if tag not in ("t", "step", "source", "offset"):
                        kept = value if math.isfinite(value) else str(value)
                        ours.setdefault(tag, []).append([point["t"], point["step"], kept])
            theirs = read(path)
            scalars += sum(map(len, theirs.values()))
            if json.dumps(sorted(flat(ours))) != json.dumps(sorted(flat(theirs))):
                wrong += 1
                print(f"file {number} differs", sorted(set(map(str, flat(ours))) ^ set(map(str, flat(theirs))))[:6])
    print(f"{count} files, {scalars} scalars, {wrong} files that differ")
    return wrong != 0


def flat(found: dict[str, list[list[Any]]]) -> list[str]:
    return [json.dumps([tag, *value]) for tag, values in found.items() for value in values]


if __name__ == "__main__":
    sys.exit(main())
