"""What a block of a log is searched for before anything else is: without one of these it tells of no trouble."""

#: Looked for in whole blocks, which is fast; lines with one of them are looked at closely.
SIGNS = (
    b"rror", b"emory", b"illed", b"CANCELLED", b"DUE TO", b"exceeded", b"NCCL", b"nccl", b"CUDA", b"CUDNN", b"CUBLAS",
    b"assert triggered", b"worker", b"pool was terminated", b"ault", b"core dumped", b"Xid", b"No space", b"ENOSPC",
    b"Errno", b"EDQUOT", b"bad_alloc", b"denied", b"EACCES", b"onnection", b"roken pipe", b"retries", b"No route",
    b"name resolution", b"Stale file", b"not permitted", b"ransport endpoint", b"unreachable", b"timed out",
    b"OOM", b"oom", b"preempt", b"srun: Job", b"scancel", b"BrokenProcess", b"timeout", b"double free", b"malloc()",
    b"terminate called", b"stack smashing", b"NVIDIA driver", b"libcuda", b"no GPU", b"fallen off",
)  # fmt: skip
