"""What the samples of a run and its host tell of trouble: who waits for whom, and what is nearly full."""

from collections import deque
from typing import Any, Deque, Dict, List, Optional

from nerotui.agent.diagnose.finding import Finding, finding, span

#: Samples that a mean is taken over, and the least time that they must span, seconds: loading data at the start, an
#: evaluation or a checkpoint look like waiting for as long as they last.
SAMPLES = 6
SPAN = 60.0
KEPT = 12
#: A GPU is idle below this utilisation; a step's own gaps leave it far above. Percent.
GPU_IDLE = 20.0
#: One core is busy with preparing data above, and a run waits below, these percentages of a core.
CPU_BUSY = 80.0
CPU_IDLE = 20.0
#: Above this share a GPU's memory has no room for a larger batch or a longer input. Allocators that take all memory at
#: once (JAX, TensorFlow) are always here, so it is only told, never alarmed.
GPU_FULL = 0.97
#: Above this share the host, or the run's own limit, kills soon. Percent.
MEMORY_FULL = 95.0
#: The same of the run's own limit, where caches have been taken off already; and what it may come to slowly, growing at
#: a rate that fills the rest within so many seconds: loading data takes less than half and then stops.
LIMIT_FULL = 85.0
LIMIT_HALF = 50.0
LEAKS_SOON = 1800.0
#: The same as a share of the swap in use while memory is full.
SWAP_FULL = 0.5
#: A disk that will be full sooner than this (seconds), and sooner than the run ends, is told of; over how long a rate
#: must have shown.
SOON = 6 * 3600.0
RATE_OVER = 15.0
#: Free space below which a disk counts as full already: a checkpoint no longer fits.
LEAST_FREE = 64 << 20
#: Where a GPU's driver does not say that it throttles: the temperature at which all that are in use do, °C.
HOT = 92.0

Sample = Dict[str, Any]


class HostWatch:
    """Findings from samples of the host.

    A sample holds what could be read of: "cpu" and "memory" (percent of the host), "swap" (share used), "run_cpu"
    and "run_wait" (percent of a core that it had, and that others had while it wanted it), "gpu" (percent),
    "gpus" ([{"index", "memory_used", "memory_total", "temperature", "throttled", "others": [user…]}]),
    "disks" ([{"path", "free", "total"}]), "limit" (bytes of the run's own memory limit: {"used", "max"}), "paused".
    """

    def __init__(self) -> None:
        self._samples: Deque[Sample] = deque(maxlen=KEPT)
        self._disks: Dict[str, Deque[Any]] = {}
        self._memory: Deque[Any] = deque(maxlen=KEPT)

    @property
    def cpu(self) -> Optional[float]:
        """Percent of a core that the run took, or would have taken if it was free, by the newest sample."""
        return _wanted(self._samples[-1]) if self._samples else None

    @property
    def gpu(self) -> Optional[float]:
        """Percent that its GPUs were busy by the newest sample."""
        return self._samples[-1].get("gpu") if self._samples else None

    def add(self, sample: Sample, now: float) -> None:
        """Takes a sample."""
        if sample.get("paused"):
            self._samples.clear()
            return
        self._samples.append(dict(sample, t=now))
        limit = sample.get("limit")
        if limit and limit.get("max"):
            self._memory.append((now, limit["max"] - limit["used"]))
        for disk in sample.get("disks") or []:
            marks = self._disks.setdefault(str(disk.get("path")), deque(maxlen=KEPT))
            if isinstance(disk.get("free"), (int, float)) and (not marks or marks[-1][0] < now):
                marks.append((now, disk["free"]))

    def look(self, now: float, left: Optional[float], quiet: Optional[float]) -> List[Finding]:
        """What there is to say now.

        Args:
            now: seconds.
            left: how long the run still needs, seconds, if that is known.
            quiet: how long ago it gave its last sign, seconds.
        """
        if not self._samples:
            return []
        newest = self._samples[-1]
        found = [self._waiting(now, quiet), _memory(newest, now), self._limit(newest, now, left)]
        for gpu in newest.get("gpus") or []:
            found += _gpu(gpu, now)
        found += [_filling(path, list(marks), now, left) for path, marks in self._disks.items()]
        return [one for one in found if one is not None]

    def _waiting(self, now: float, quiet: Optional[float]) -> Optional[Finding]:
        samples = list(self._samples)[-SAMPLES:]
        known = [wanted for wanted in map(_wanted, samples) if wanted is not None]
        if len(known) < SAMPLES or samples[-1]["t"] - samples[0]["t"] < SPAN / 2 or now - self._samples[0]["t"] < SPAN:
            return None
        cpu, most = sum(known) / len(known), max(known)
        rates = [sample["gpu"] for sample in samples if sample.get("gpu") is not None]
        if rates and len(rates) == len(samples):
            gpu = sum(rates) / len(rates)
            if gpu >= GPU_IDLE:
                return None
            if cpu >= CPU_BUSY:
                text = (
                    "the GPU is busy for {:.0f} % while processors work at {:.0f} % of a core: the input is the brake"
                )
                advice = "use more data workers, prepare the data beforehand, or move it to a faster disk"
                return finding("input_bound", "warning", text.format(gpu, cpu), advice, now)
            if most < CPU_IDLE:
                text = "neither the GPU ({:.0f} %) nor the processors ({:.0f} % of a core) do anything"
                advice = "it waits: for a disk, the network, a lock, or other processes of the run"
                return finding("waiting", "warning", text.format(gpu, cpu), advice, now)
            return None
        if not rates and most < CPU_IDLE and quiet is not None and quiet < SPAN:
            text = "it makes progress, but uses only {:.0f} % of a core: it waits for its input most of the time"
            advice = "look where it reads from: a disk, the network, a slow generator; prefetch it, or copy it nearby"
            return finding("input_bound", "info", text.format(cpu), advice, now)
        return None

    def _limit(self, sample: Sample, now: float, left: Optional[float]) -> Optional[Finding]:
        """The run's own memory limit: nearly full, or soon so if it goes on growing."""
        limit = sample.get("limit") or {}
        used, most = limit.get("used"), limit.get("max")
        if not isinstance(used, (int, float)) or not most:
            return None
        share = 100.0 * used / most
        lasts = _lasts(list(self._memory))
        growing = lasts is not None and lasts < LEAKS_SOON and (left is None or lasts < left)
        if share < LIMIT_FULL and not (growing and share >= LIMIT_HALF):
            return None
        unit, name = (2**30, "GiB") if most >= 2**30 else (2**20, "MiB")
        text = "it takes {:.0f} % of the {:.3g} {} of memory that it may have".format(share, most / unit, name)
        if growing and lasts is not None:
            text += ", and all of it in {} if it goes on growing".format(span(lasts))
        advice = "it is killed when that is full: ask for more memory, load less at once, or use fewer data workers"
        return finding("memory_full", "warning", text, advice, now)


def _wanted(sample: Sample) -> Optional[float]:
    """Percent of a core that a run took, or waited for while others had it, which is no waiting for input."""
    taken = sample.get("run_cpu")
    return None if taken is None else float(taken) + float(sample.get("run_wait") or 0.0)


def _memory(sample: Sample, now: float) -> Optional[Finding]:
    memory, swap = sample.get("memory"), sample.get("swap") or 0.0
    if not isinstance(memory, (int, float)) or memory < MEMORY_FULL:
        return None
    text = "the host's memory is {:.0f} % full".format(memory)
    if swap > SWAP_FULL:
        text += ", and so is {:.0f} % of its swap".format(100 * swap)
    advice = "the kernel kills when it is full: load less at once, or use fewer data workers"
    return finding("memory_full", "warning", text, advice, now)


def _gpu(gpu: Dict[str, Any], now: float) -> List[Optional[Finding]]:
    index, used, total = gpu.get("index"), gpu.get("memory_used"), gpu.get("memory_total")
    found: List[Optional[Finding]] = []
    if used and total and used / total > GPU_FULL:
        text = "GPU {}'s memory is {:.0f} % full".format(index, 100.0 * used / total)
        found.append(finding("gpu_memory_full", "info", text, "a longer input or a larger batch would not fit", now))
    others = sorted(set(gpu.get("others") or []))
    if others:
        text = "{} computes on GPU {} as well".format(" and ".join(others), index)
        advice = "ask, or move: two runs on a GPU slow each other down and share its memory"
        found.append(finding("gpu_shared", "warning", text, advice, now))
    heat = gpu.get("temperature")
    if gpu.get("throttled") or (gpu.get("throttled") is None and heat is not None and heat >= HOT):
        text = "GPU {} slows itself down for heat{}".format(index, "" if heat is None else " ({:g} °C)".format(heat))
        found.append(finding("throttled", "warning", text, "tell who cares for the machine: its cooling fails", now))
    return found


def _lasts(marks: List[Any]) -> Optional[float]:
    """For how many seconds what is free still lasts; None where it does not shrink, or not for long enough to say."""
    if len(marks) < 3 or marks[-1][0] - marks[0][0] < RATE_OVER:
        return None
    time, free = marks[-1]
    half = marks[len(marks) // 2]
    # The lower of two rates: one large thing was written or loaded, and that was all.
    rate = min((marks[0][1] - free) / (time - marks[0][0]), (half[1] - free) / max(1e-9, time - half[0]))
    return float(free / rate) if rate > 0 else None


def _filling(path: str, marks: List[Any], now: float, left: Optional[float]) -> Optional[Finding]:
    """Whether a disk will be full before the run's end, at the rate at which it fills."""
    free = marks[-1][1] if marks else 0
    advice = "free space, keep fewer checkpoints, or write them elsewhere"
    if marks and free < LEAST_FREE and len(marks) > 1 and marks[0][1] > free:
        text = "{} is nearly full: {:.0f} MB are free".format(path, free / 1e6)
        return finding("disk_filling", "warning", text, advice, now)
    lasts = _lasts(marks)
    if lasts is None or lasts > SOON or (left is not None and lasts > left):
        return None
    text = "{} will be full in {} at this rate".format(path, span(lasts))
    if left is not None:
        text += "; the run needs {} more".format(span(left))
    return finding("disk_filling", "warning", text, advice, now)
