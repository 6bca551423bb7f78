"""What the columns of a table, the keys of an object and the tags of an event file are: axes, clocks, metrics.

In a file that a program writes for other programs every number has a name, so more is taken for a metric here than in
the text that it prints for people; and it says of one place under several names (iterations, timesteps, epochs).
"""

import re
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from nerotui.agent.metrics.words import NEVER, strong, usual


def _set(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


EPOCH, STEP, CLOCK, OTHER, METRIC = "epoch", "step", "clock", "other", "metric"

#: What counts epochs.
_EPOCHS = frozenset(["epoch", "epochs", "ep", "epoch_num", "epoch_idx", "epoch_number", "current_epoch", "cur_epoch"])

#: What counts the way in steps, the most telling first: of several in one file the first is x.
_STEPS = (
    "step", "global_step", "_step", "steps", "total_steps", "train_step", "training_step", "steps_done",
    "total_timesteps", "timesteps_total", "timesteps", "timestep", "total_env_steps", "env_steps", "num_env_steps",
    "num_env_steps_sampled", "num_env_steps_sampled_lifetime", "total_num_steps", "num_timesteps", "environment_steps",
    "frames", "frame", "iteration", "iterations", "training_iteration", "iter", "iters", "niter", "n_iter", "it", "itr",
    "num_updates", "update", "updates", "round", "rounds", "boosting_round", "generation", "gen", "episode",
    "episodes", "episodes_total", "trial", "batch", "minibatch", "nbatch", "batch_idx", "serial_timesteps", "i",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_STEPS)}
#: These begin again with each epoch more often than not.
WITHIN = frozenset(["batch", "minibatch", "nbatch", "batch_idx", "i", "it", "itr", "iter", "iteration", "step"])

#: Tells the time of day, or the time since something.
_CLOCKS = _set(
    """
    t time timestamp timestamps _timestamp wall_time walltime wall ts date datetime created created_at asctime elapsed
    elapsed_time time_elapsed total_time time_total time_total_s time_since_restore time_since_start since_start
    _runtime relative_time passed_time remaining_time total_elapsed timestamp_s timestamp_ms logged_at
    """
)
#: Seconds, milliseconds, … since 1970, of the years 1990 to 2100.
_EPOCH_UNITS = ((1.0, 6.3e8, 4.1e9), (1e3, 6.3e11, 4.1e12), (1e6, 6.3e14, 4.1e15), (1e9, 6.3e17, 4.1e18))

#: Tells runs and rows apart; beside them numbers are data, predictions or results, and no curve.
_IDENTITIES = _set(
    """
    id uid uuid image_id img_id category_id sample_id example_id user_id item_id track_id trial_id experiment_id
    file filename file_name path image hash text sentence question answer label labels target bbox segmentation
    node_ip hostname pid done v_num seed class
    """
)

#: Of these a row of metrics may tell as well.
_MACHINES = _set("pid hostname node_ip done v_num seed")

#: What nerotui itself keeps in a point.
_RESERVED = frozenset(["source", "offset", "attempt"])

_SPACES = re.compile(r"\s+")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f]")
_LONGEST = 200


class Place(NamedTuple):
    """Which of several names are where a point stands, and which are its metrics, by their index."""

    epoch: Optional[int]
    step: Optional[int]
    time: Optional[int]
    metrics: Tuple[Tuple[int, str], ...]

    @property
    def told(self) -> bool:
        """Whether something in it says that this is about training."""
        if not self.metrics:
            return False
        return self.epoch is not None or self.step is not None or any(strong(name) for _, name in self.metrics)


def free(name: str) -> str:
    """A name as points may hold it: one line, not too long, none of a point's own."""
    name = _SPACES.sub(" ", _UNPRINTABLE.sub(" ", name[:_LONGEST])).strip()
    return name + "_" if name in _RESERVED else name


def role(name: str) -> str:
    """Whether a name stands for an EPOCH, a STEP, a CLOCK, some OTHER thing that is no metric, or a METRIC."""
    low = _plain(name)
    if not low:
        return OTHER
    last = low.rsplit("/", 1)[-1]
    if low in _EPOCHS or last in _EPOCHS:
        return EPOCH
    if low in _RANK or last in _RANK:
        return STEP
    if low in _CLOCKS or last in _CLOCKS:
        return CLOCK
    return OTHER if low in NEVER or low in _IDENTITIES else METRIC


def counts(tag: str) -> bool:
    """Whether the tag of an event file is no metric: an axis written as if it were one, or a clock.

    Every event has a step and a time, so less is doubted here than of a table's columns.
    """
    kind = role(tag)
    return kind == EPOCH or (kind in (STEP, CLOCK) and ("/" not in tag or tag.lower().endswith("/global_step")))


def identifies(names: Sequence[str]) -> bool:
    """Whether one of these names tells samples apart, as in a table of predictions."""
    return any(_plain(name) in _IDENTITIES and _plain(name) not in _MACHINES for name in names)


def places(names: Sequence[str]) -> Place:
    """What each of several names is, that stand side by side in every row or object."""
    epoch = step = time = None
    rank = len(_STEPS)
    metrics: List[Tuple[int, str]] = []
    used: Dict[str, int] = {}
    for index, name in enumerate(names):
        kind = role(name)
        if kind == METRIC:
            name = free(name)
            count = used.get(name, 0)
            used[name] = count + 1
            metrics.append((index, name if not count else "{}.{}".format(name, count)))
        elif kind == EPOCH and epoch is None:
            epoch = index
        elif kind == STEP:
            here = _rank(name)
            if here < rank:
                rank, step = here, index
        elif kind == CLOCK and time is None:
            time = index
    return Place(epoch, step, time, tuple(metrics))


def telling(names: Sequence[str]) -> bool:
    """Whether names, of which none is an axis, are a run's metrics: each of them, not just one among data."""
    return bool(names) and all(strong(name) or usual(name) for name in names) and any(strong(name) for name in names)


def moment(value: float) -> Optional[float]:
    """Seconds since 1970, where a clock's number is one; None where it counts from elsewhere."""
    for unit, least, most in _EPOCH_UNITS:
        if least < value < most:
            return value / unit
    return None


def _plain(name: str) -> str:
    low = _SPACES.sub("_", name.strip().lower()).replace("-", "_")
    return low.strip("#").strip("_") if low not in ("_step", "_timestamp", "_runtime") else low


def _rank(name: str) -> int:
    low = _plain(name)
    found = _RANK.get(low, _RANK.get(low.rsplit("/", 1)[-1]))
    return len(_STEPS) if found is None else found


_PARTS = re.compile(r"[/_.\s:-]+")
_ALIKE = {"valid": "val", "validation": "val"}
_FIRST = _set("train training trainer epoch")


def alike(name: str) -> str:
    """What names of one metric have in common where a program writes it to several places.

    train/loss and loss are one, val_loss and validation/loss, and Keras's epoch_loss in a log and in its event files.
    """
    parts = [part for part in _PARTS.split(name.lower()) if part]
    while len(parts) > 1 and parts[0] in _FIRST:
        parts = parts[1:]
    if len(parts) > 2 and parts[1] == "epoch":  # validation/epoch_loss
        del parts[1]
    return "_".join(_ALIKE.get(part, part) for part in parts)
