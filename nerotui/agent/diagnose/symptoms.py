"""What programs, CUDA, the kernel and Slurm print when something goes wrong, one entry a kind, worst first.

Texts are the programs' own: CPython 3, PyTorch, TensorFlow, JAX, NCCL, glibc, Linux and slurmstepd.
"""

import re
from typing import List, NamedTuple, Optional, Pattern


class Symptom(NamedTuple):
    """What a kind of trouble looks like in a log.

    Attributes:
        kind: the finding's.
        severity: how bad it is once the run does nothing after it.
        pattern: found in the line.
        message: what it means, in one clause; the line stands in the evidence.
        advice: what to do.
        unless: a line that looks alike and is harmless.
        final: whether it is also told of where the run goes on.
    """

    kind: str
    severity: str
    pattern: "Pattern[bytes]"
    message: str
    advice: str
    unless: Optional["Pattern[bytes]"] = None
    final: bool = False


def _symptom(
    kind: str, severity: str, pattern: bytes, message: str, advice: str, unless: bytes = b"", final: bool = False
) -> Symptom:
    return Symptom(kind, severity, re.compile(pattern), message, advice, re.compile(unless) if unless else None, final)


SYMPTOMS: List[Symptom] = [
    _symptom(
        "oom_killer",
        "error",
        rb"slurmstepd: error: .*(?:oom[-_ ]kill|exceeded (?:job|step) memory limit)|oom-kill(?:er)? event"
        rb"|[Oo]ut of memory: Kill|Memory cgroup out of memory|oom-kill:constraint|^Killed$|: line \d+:\s+\d+ Killed\s",
        "the kernel killed a process because memory was full",
        "ask for more memory, load less at once, or use fewer data workers",
    ),
    _symptom(
        "time_limit",
        "error",
        rb"DUE TO TIME LIMIT|CANCELLED AT \S+ DUE to TIME LIMIT|Job (?:\d+ )?exceeded (?:its )?(?:time|walltime) limit",
        "its time was up",
        "ask for more time, or write checkpoints and resume from the newest",
        final=True,
    ),
    _symptom(
        "preempted",
        "warning",
        rb"DUE TO PREEMPTION|slurmstepd: .*preempt",
        "it was preempted",
        "resume it from its newest checkpoint when its place is free again",
        final=True,
    ),
    _symptom(
        "node_failure",
        "error",
        rb"DUE TO NODE FAILURE|slurmstepd: error: .*NODE_FAIL",
        "its node failed",
        "submit it again, without that node",
        final=True,
    ),
    _symptom(
        "cancelled",
        "warning",
        rb"slurmstepd: error: \*\*\* (?:JOB|STEP) \S+ ON \S+ CANCELLED AT|srun: Job step aborted|scancel: Terminating",
        "it was cancelled",
        "ask whoever cancelled it",
        final=True,
    ),
    _symptom(
        "cuda_oom",
        "error",
        rb"CUDA out of memory|OutOfMemoryError: (?:CUDA|HIP)|HIP out of memory|CUDA_ERROR_OUT_OF_MEMORY"
        rb"|cudaErrorMemoryAllocation|CUBLAS_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED: (?:Out of memory|OOM|XLA)"
        rb"|OOM when allocating tensor|cuda runtime error \(2\)|CUDA error: out of memory",
        "the GPU's memory was full",
        "use a smaller batch (with gradient accumulation), shorter inputs, mixed precision, or a larger GPU",
    ),
    _symptom(
        "nccl",
        "error",
        rb"ncclSystemError|ncclInternalError|ncclUnhandledCudaError|unhandled (?:cuda|system) error, NCCL"
        rb"|ncclRemoteError|NCCL error|collective operation timeout|Watchdog caught collective"
        rb"|ProcessGroupNCCL.*(?:timed? ?out|Timeout\()"
        rb"|NCCL WARN .*(?:Call to connect|timeout|Cuda failure)|Some NCCL operations have failed or timed out"
        rb"|Gloo.*(?:timed out|Connection closed by peer)",
        "processes of the run lost each other",
        "look at the first rank that failed: the others only wait for it; NCCL_DEBUG=INFO says more",
    ),
    _symptom(
        "cuda_error",
        "error",
        rb"CUDA error: |CUDA kernel errors might be asynchronously|device-side assert triggered"
        rb"|CUDNN_STATUS_(?!SUCCESS|NOT_SUPPORTED)|CUBLAS_STATUS_(?!SUCCESS)"
        rb"|CUDA_ERROR_(?!NO_DEVICE|UNKNOWN|NOT_FOUND|SUCCESS)|an illegal memory access was encountered"
        rb"|NVRM: Xid|GPU has fallen off the bus|uncorrectable ECC error",
        "CUDA failed",
        "run it once with CUDA_LAUNCH_BLOCKING=1 to see where; labels out of range are the usual cause of an assert",
    ),
    _symptom(
        "worker_killed",
        "error",
        rb"DataLoader worker \(pid.{0,200}\) (?:is killed by signal|exited unexpectedly)|BrokenProcessPool"
        rb"|[Aa] (?:worker )?process in the (?:process )?pool was terminated abruptly"
        rb"|A worker process managed by the executor was unexpectedly terminated"
        rb"|WorkerCrashedError|ray\.exceptions\.OutOfMemoryError",
        "a data worker was killed",
        "memory or /dev/shm was full: use fewer workers, or give it more of both",
    ),
    _symptom(
        "segfault",
        "error",
        rb"Segmentation fault|Fatal Python error: |\(core dumped\)|Signal: Segmentation fault|^Bus error"
        rb"|double free or corruption|malloc\(\): |terminate called (?:after throwing|without an active)"
        rb"|\*\*\* stack smashing detected",
        "a process crashed",
        "run it with python -X faulthandler; libraries built for one another's other versions are the usual cause",
    ),
    _symptom(
        "disk_full",
        "error",
        rb"No space left on device|Errno 28\]|ENOSPC",
        "a disk is full",
        "free space, or write elsewhere; /dev/shm and /tmp count too",
    ),
    _symptom(
        "quota",
        "error",
        rb"Disk quota exceeded|Errno 122\]|EDQUOT",
        "the quota is used up",
        "free space: quota -s or lfs quota tells where",
    ),
    _symptom(
        "host_oom",
        "error",
        rb"^(?:\w+\.)*_?(?:Array)?MemoryError\b|DefaultCPUAllocator: .*allocate memory|std::bad_alloc"
        rb"|Cannot allocate memory",
        "memory was full",
        "load less at once, or ask for more memory",
    ),
    _symptom(
        "permission",
        "warning",
        rb"Permission denied|Errno 13\]|EACCES|Operation not permitted",
        "something may not be read or written",
        "look who owns the file, and what group may do",
    ),
    _symptom(
        "connection_lost",
        "warning",
        rb"Connection (?:reset by peer|refused|timed out|aborted|closed by)|Broken pipe|Max retries exceeded"
        rb"|No route to host|Temporary failure in name resolution|Stale file handle|ConnectionError\b"
        rb"|Transport endpoint is not connected|Network is unreachable|[Rr]ead timed out",
        "a connection was lost",
        "look whether what it talks to still runs, and whether this host reaches it",
    ),
    _symptom(
        "no_gpu",
        "info",
        rb"no CUDA-capable device is detected|CUDA_ERROR_NO_DEVICE|No CUDA GPUs are available|Found no NVIDIA driver"
        rb"|CUDA is not available|libcuda\.so\.1: cannot open shared object|no GPU/TPU found, falling back to CPU",
        "the program sees no GPU",
        "look at CUDA_VISIBLE_DEVICES and at which build of the framework is installed; it trains on the processor",
        final=True,
    ),
]


def symptom(line: bytes) -> Optional[Symptom]:
    """What a line tells of, the worst if several; None for all other lines."""
    for known in SYMPTOMS:
        if known.pattern.search(line) and not (known.unless is not None and known.unless.search(line)):
            return known
    return None
