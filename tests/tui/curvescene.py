"""The fixed scene with more metrics: validation accuracy, learning rate, norms by layer; one run was resumed."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Sequence

from nerotui.core.records import Series
from nerotui.fleet import PointBatch
from nerotui.tui import messages
from tests.tui.scene import NOW, Scene

EPOCHS = 340


def more_series(run_id: str) -> tuple[Series, ...]:
    """What a program that measures much writes beside its loss."""
    noise = random.Random(f"{run_id} more")

    def made(name: str, value: Callable[[float], float], every: int = 1) -> Series:
        points = tuple((at / 10, value(at / 10), NOW - 3720 + at * 10.9) for at in range(0, EPOCHS, every))
        return Series(name=name, x="epoch", points=points)

    def norm(layer: int) -> Callable[[float], float]:
        return lambda x: 2.0 / layer * math.exp(-x / 30) * math.exp(noise.gauss(0, 0.15))

    return (
        made("val_acc", lambda x: 71 - 58 * math.exp(-x / 7) + noise.gauss(0, 0.2), 10),
        made("lr", lambda x: 0.05 * (1 + math.cos(math.pi * x / 90))),
        *(made(f"grad_norm/layer{layer}", norm(layer)) for layer in range(1, 7)),
        made("weights/conv1", lambda x: 5 + math.log(1 + x)),
        made("weights/fc", lambda x: 2 + math.log(1 + x)),
    )


class CurveScene(Scene):
    """The scene's bridge, with those."""

    def watch(self, run_id: str | None, others: Sequence[str]) -> None:
        super().watch(run_id, others)
        for drawn in filter(None, (run_id, *others)):
            if not self.run_records[drawn].waiting:
                batch = PointBatch(reset=False, series=more_series(drawn), done=True)
                self._post(messages.PointsArrived(drawn, [batch], asyncio.Event()))
