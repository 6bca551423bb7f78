"""What a block of a log is searched for before anything else is: without one of these it tells of no trouble."""

#: Looked for in whole blocks, which is fast; lines with one of them are looked at closely. The fewer and the rarer the
#: better: most of what goes wrong in Python says "Error", most of what Slurm says begins with its daemon's name.
SIGNS = (
    b"rror", b"emory", b"illed", b"exceeded", b"NCCL", b"nccl", b"CU", b"BrokenProcess", b"Segm", b"core dumped",
    b"Xid", b"No space", b"bad_alloc", b"denied", b"onnection", b"roken pipe", b"No route", b"name resolution",
    b"Stale file", b"not permitted", b"ransport endpoint", b"unreachable", b"timed out", b"OOM", b"oom-kill",
    b"slurmstepd", b"srun: Job", b"scancel", b"double free", b"malloc()", b"terminate called", b"stack smashing",
    b"NVIDIA driver", b"libcuda", b"no GPU", b"quota", b"fallen off",
)  # fmt: skip
