"""The host's GPUs, asked on a thread of its own with a deadline, because a sick driver hangs whoever asks it."""

import os
import pwd
import threading
import time
from typing import Any, Callable, Dict, List, Optional

from nerotui.agent.host import smi
from nerotui.agent.host.nvml import NoNvml, Nvml

Gpu = Dict[str, Any]

#: Without a driver, it is looked for again this often.
LOOK_AGAIN = 60.0
#: `nvidia-smi` costs up to a second of processor time, so it is not asked more often.
SMI_INTERVAL = 5.0


class Gpus:
    """All GPUs of this host.

    Attributes:
        source: "nvml" or "nvidia-smi", whichever answered last; None where there are no GPUs.
        error: why there is no answer, or None.
    """

    def __init__(self) -> None:
        self.source: Optional[str] = None
        self.error: Optional[str] = None
        self._nvml: Optional[Nvml] = None
        self._refusal = ""
        self._program = False
        self._look_at = 0.0
        self._known: List[Gpu] = []
        self._smi_at: Optional[float] = None
        self._smi_gpus: List[Gpu] = []
        self._lock = threading.Lock()
        self._call: Optional[_Call] = None
        self._timeouts = 0

    def sample(self, deadline: float) -> List[Gpu]:
        """All GPUs with their processes, owners and runs.

        Where the driver does not answer in `deadline` seconds, the GPUs known so far, each with `error` set and its
        readings unknown. A question that hangs is never asked a second time beside the first.
        """
        gpus = self._within(deadline, lambda: self._sample(deadline), [])
        if gpus is None:
            return [_unknown(gpu, self.error) for gpu in self._known]
        for gpu in gpus:
            gpu["processes"] = [_process(process) for process in gpu["processes"]]
        self._known = gpus
        return list(gpus)

    def compute_pids(self, deadline: float = 5.0) -> Optional[Dict[int, List[int]]]:
        """Pids of compute processes by GPU. None: cannot tell; a GPU that is left out cannot tell for itself."""
        found: Optional[Dict[int, List[int]]] = self._within(deadline, lambda: self._pids(deadline), {})
        return found

    def count(self, deadline: float = 5.0) -> int:
        """How many GPUs there are, as far as can be known in time."""
        try:
            listed = os.listdir("/proc/driver/nvidia/gpus")
        except OSError:
            listed = []
        if listed:
            return len(listed)
        counted = self._within(deadline, lambda: self._count(deadline), 0)
        return len(self._known) if counted is None else int(counted)

    def _within(self, deadline: float, ask: Callable[[], Any], nothing: Any) -> Any:
        """What `ask` returns, `nothing` without a driver, or None with `error` set where it fails or takes too long."""
        with self._lock:
            call = self._call
            if self._nvml is None and not self._program and time.monotonic() < self._look_at:
                self.error = self._refusal or None  # known without asking: no thread is started for it
                return None if self._refusal else nothing
            if call is not None and not call.done.is_set() and call.late:
                self._timeouts += 1
                self._late(call)
                return None
            call = self._call = _Call(ask)
            if not call.done.wait(deadline):
                call.late = True
                self._timeouts += 1
                self._late(call)
                return None
            self._timeouts = 0
            if call.failure is not None:
                self.error = call.failure or None
                return None if call.failure else nothing
            self.error = None
            return call.value

    def _late(self, call: "_Call") -> None:
        waited = time.monotonic() - call.since
        self.error = "the GPU driver has not answered for {:.0f} s (timed out {}x)".format(waited, self._timeouts)

    def _driver(self) -> Optional[Nvml]:
        """NVML, or None where only the program is left.

        Raises:
            NoNvml: there is neither, or there was neither a moment ago.
        """
        if self._nvml is not None or self._program:
            return self._nvml
        if time.monotonic() < self._look_at:
            raise NoNvml(self._refusal)
        try:
            self._nvml = Nvml()
        except NoNvml as error:
            self._refusal = str(error)
            self._look_at = time.monotonic() + LOOK_AGAIN
            self._program = _has_program()
            if not self._program:
                raise
        return self._nvml

    def _sample(self, deadline: float) -> List[Gpu]:
        driver = self._driver()
        if driver is None:
            return self._by_program(deadline)
        try:
            gpus = driver.sample()
        except NoNvml:
            self._nvml = None  # the driver went away beneath us: begin anew
            raise
        self.source = "nvml"
        return gpus

    def _by_program(self, deadline: float) -> List[Gpu]:
        now = time.monotonic()
        if now >= self._look_at:
            self._program = False  # the next question tries NVML again
        if self._smi_at is None or now - self._smi_at >= SMI_INTERVAL:
            try:
                self._smi_gpus = smi.sample(deadline)
            except smi.NoSmi as error:
                raise NoNvml(self._refusal or str(error))
            self._smi_at = time.monotonic()
            self.source = "nvidia-smi"
        return [dict(gpu, processes=list(gpu["processes"])) for gpu in self._smi_gpus]

    def _pids(self, deadline: float) -> Dict[int, List[int]]:
        driver = self._driver()
        if driver is not None:
            return driver.compute_pids()
        self._smi_at = None  # a decision hangs on it: no old answer
        gpus = self._by_program(deadline)
        return {gpu["index"]: [process["pid"] for process in gpu["processes"]] for gpu in gpus if gpu["error"] is None}

    def _count(self, deadline: float) -> int:
        driver = self._driver()
        return driver.count() if driver is not None else len(self._by_program(deadline))


class _Call:
    """One question on a thread of its own."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self.done = threading.Event()
        self.late = False
        self.since = time.monotonic()
        self.value: Any = None
        self.failure: Optional[str] = None
        self._ask = ask
        threading.Thread(target=self._run, name="gpus", daemon=True).start()

    def _run(self) -> None:
        try:
            self.value = self._ask()
        except NoNvml as error:
            self.failure = str(error)
        except Exception as error:  # whatever the binding raises must not leave the question open for ever
            self.failure = "{}: {}".format(type(error).__name__, error)
        self.done.set()


def _has_program() -> bool:
    """Whether `nvidia-smi` can be run here. To load `shutil` for its `which` would take longer than the look."""
    return any(os.access(os.path.join(folder, smi.PROGRAM), os.X_OK) for folder in os.get_exec_path())


def _unknown(gpu: Gpu, error: Optional[str]) -> Gpu:
    return {
        "index": gpu["index"],
        "name": gpu["name"],
        "uuid": gpu["uuid"],
        "memory_used": None,
        "memory_total": gpu["memory_total"],
        "utilization": None,
        "temperature": None,
        "power": None,
        "processes": [],
        "held_by": None,
        "error": error,
    }


def _process(process: Dict[str, Any]) -> Dict[str, Any]:
    """The process with its owner, its name and the run it belongs to, as far as /proc lets us see."""
    folder = "/proc/{}".format(process["pid"])
    found = {"pid": process["pid"], "memory": process.get("memory"), "name": process.get("name")}
    found["user"] = found["run"] = None
    try:
        uid = os.stat(folder).st_uid
        found["user"] = _user(uid)
        with open(folder + "/cmdline", "rb") as file:
            command = file.read(4096).split(b"\0")
        found["name"] = os.path.basename(command[0]).decode("utf-8", "replace") or found["name"]
        with open(folder + "/environ", "rb") as file:
            for entry in file.read().split(b"\0"):
                if entry.startswith(b"NEROTUI_RUN_ID="):
                    found["run"] = entry.split(b"=", 1)[1].decode("utf-8", "replace")
    except OSError:
        return found  # it ended, or it is somebody else's
    return found


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


#: The GPUs of this host, for all who ask: a question that hangs is not to be asked again by somebody else.
HOST = Gpus()


def sample(deadline: float = 2.0) -> List[Gpu]:
    """All GPUs of this host; see `Gpus.sample`."""
    return HOST.sample(deadline)


def compute_pids(deadline: float = 5.0) -> Optional[Dict[int, List[int]]]:
    """Pids of compute processes by GPU; see `Gpus.compute_pids`."""
    return HOST.compute_pids(deadline)


def count(deadline: float = 5.0) -> int:
    """How many GPUs this host has; see `Gpus.count`."""
    return HOST.count(deadline)
