"""GPUs by NVIDIA's own library, through the binding that the bundle carries. Each field can be unknown on its own."""

import ctypes
from typing import Any, Callable, Dict, List, Optional

Gpu = Dict[str, Any]

LIBRARY = "libnvidia-ml.so.1"
#: Bits of the reasons for which clocks are lower than they might be: heat, told by software and by the chip itself.
HEAT = 0x20 | 0x40


class NoNvml(Exception):
    """NVML cannot be used here; the message says why, and is "" where there is simply no NVIDIA driver."""


class Nvml:
    """The library, once it is initialised. Every call may hang, so every call belongs on a thread with a deadline."""

    def __init__(self) -> None:
        """Loads and initialises the library.

        Raises:
            NoNvml: there is none, or it refuses.
        """
        try:
            ctypes.CDLL(LIBRARY)
        except OSError:
            raise NoNvml("")
        try:
            import pynvml
        except (ImportError, SyntaxError) as error:
            raise NoNvml("the binding of NVML cannot be loaded: {}".format(error))
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            raise NoNvml("NVML: {}".format(error))
        self._handles: Dict[int, Any] = {}
        self._fixed: Dict[int, Gpu] = {}

    def count(self) -> int:
        """How many GPUs the driver knows, lost ones included."""
        return int(self._nvml.nvmlDeviceGetCount())

    def sample(self) -> List[Gpu]:
        """All GPUs, as records.Gpu; `processes` hold only "pid" and "memory"."""
        return [self._gpu(index) for index in range(self._counted())]

    def compute_pids(self) -> Dict[int, List[int]]:
        """Compute processes by GPU; a GPU that cannot tell is left out."""
        found: Dict[int, List[int]] = {}
        for index in range(self._counted()):
            try:
                found[index] = [int(process.pid) for process in self._processes(self._handle(index))]
            except self._nvml.NVMLError:
                continue
        return found

    def _counted(self) -> int:
        try:
            return self.count()
        except self._nvml.NVMLError as error:
            raise NoNvml("NVML: {}".format(error))

    def _handle(self, index: int) -> Any:
        if index not in self._handles:
            self._handles[index] = self._nvml.nvmlDeviceGetHandleByIndex(index)
        return self._handles[index]

    def _gpu(self, index: int) -> Gpu:
        nvml = self._nvml
        gpu: Gpu = {
            "index": index,
            "name": None,
            "uuid": None,
            "memory_used": None,
            "memory_total": None,
            "utilization": None,
            "temperature": None,
            "power": None,
            "processes": [],
            "held_by": None,
            "error": None,
        }
        gpu.update(self._fixed.get(index, {}))
        try:
            handle = self._handle(index)
        except nvml.NVMLError as error:
            gpu["error"] = str(error)
            return gpu

        def read(name: str, getter: Callable[[], Any]) -> Any:
            try:
                return getter()
            except (nvml.NVMLError_NotSupported, nvml.NVMLError_FunctionNotFound):
                return None  # this model or this driver does not know: nothing is wrong
            except (nvml.NVMLError, ValueError) as error:
                gpu["error"] = gpu["error"] or "{}: {}".format(name, error)
                return None

        if index not in self._fixed:
            gpu["name"] = read("name", lambda: _text(nvml.nvmlDeviceGetName(handle)))
            gpu["uuid"] = read("uuid", lambda: _text(nvml.nvmlDeviceGetUUID(handle)))
            if gpu["name"] and gpu["uuid"]:
                self._fixed[index] = {"name": gpu["name"], "uuid": gpu["uuid"]}
        memory = read("memory", lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        if memory is not None:
            gpu["memory_used"], gpu["memory_total"] = int(memory.used), int(memory.total)
        rates = read("utilization", lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
        gpu["utilization"] = None if rates is None else float(rates.gpu)
        heat = read("temperature", lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
        gpu["temperature"] = None if heat is None else float(heat)
        power = read("power", lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        gpu["power"] = None if power is None else power / 1000.0
        reasons = read("clocks", lambda: nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle))
        if reasons is not None:
            gpu["throttled"] = bool(reasons & HEAT)
        processes = read("processes", lambda: self._processes(handle)) or []
        gpu["processes"] = [{"pid": int(process.pid), "memory": process.usedGpuMemory} for process in processes]
        return gpu

    def _processes(self, handle: Any) -> List[Any]:
        nvml = self._nvml
        error: Optional[Exception] = None
        # Newest first: an older library lacks the newer symbols.
        for name in ("nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"):
            try:
                return list(getattr(nvml, name)(handle))
            except (nvml.NVMLError_FunctionNotFound, AttributeError) as missing:
                error = error or missing
        raise nvml.NVMLError_FunctionNotFound() if error is not None else nvml.NVMLError_Unknown()


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
