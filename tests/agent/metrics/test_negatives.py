"""What other programs print has no curve: packages, compilers, tests, servers, listings, prose, source code.

The programs that any machine has are run here and now; those that need a network are quoted.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.metrics import Reader

ROOT = Path(__file__).parents[3]

PROGRAMS = {
    "ls": ["ls", "-lR", sysconfig.get_path("stdlib") + "/json", "/etc"],
    "df": ["sh", "-c", "for i in 1 2 3; do df -h; df -i; done"],
    "dd": ["sh", "-c", "for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=1M count=20; done"],
    "proc": ["sh", "-c", "for i in 1 2 3; do cat /proc/meminfo /proc/vmstat /proc/cpuinfo /proc/loadavg; done"],
    "tar": ["tar", "-cvvf", "/dev/null", sysconfig.get_path("stdlib") + "/email"],
    "tokenize": [sys.executable, "-m", "tokenize", sysconfig.get_path("stdlib") + "/statistics.py"],
    "importtime": [sys.executable, "-X", "importtime", "-c", "import asyncio, json, email.message"],
    "timeit": [sys.executable, "-m", "timeit", "-v", "-n", "1000", "sum(range(100))"],
    "trace": [sys.executable, "-m", "trace", "--count", "--summary", "--missing", "-C", "/tmp", "tests/pythons.py"],
    "dis": [sys.executable, "-m", "dis", sysconfig.get_path("stdlib") + "/heapq.py"],
    "pstats": [sys.executable, "-m", "cProfile", "-s", "time", "-c", "import difflib; difflib.ndiff(['a'], ['b'])"],
    "dpkg": ["dpkg", "-l"],
    "ps": ["ps", "-eo", "pid,ppid,pcpu,pmem,etime,comm"],
    "top": ["top", "-b", "-n", "3", "-d", "0.1"],
    "gcc": ["sh", "-c", "echo 'int main(){int loss=3; return score;}' | gcc -Wall -ftime-report -x c - -o /dev/null"],
    "apt": ["apt-cache", "policy", "python3", "gcc", "cmake"],
}

QUOTED = {
    "pip install": """
Collecting torch==2.1.0
  Downloading torch-2.1.0-cp311-cp311-manylinux1_x86_64.whl (670.2 MB)
     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 670.2/670.2 MB 12.3 MB/s eta 0:00:00
Requirement already satisfied: numpy>=1.21 in ./lib/python3.11/site-packages (from torch==2.1.0) (1.26.4)
     \x1b[38;5;76m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[32m12.1/12.1 MB\x1b[0m eta \x1b[36m0:00:00\x1b[0m
Successfully installed torch-2.1.0 tqdm-4.66.1
[notice] A new release of pip is available: 23.2.1 -> 24.0
""",
    "apt-get": """
Get:1 http://mirror.example.org/debian bookworm InRelease [151 kB]
Get:2 http://mirror.example.org/debian bookworm/main amd64 Packages [8,792 kB]
Fetched 9,123 kB in 2s (4,512 kB/s)
Need to get 45.6 MB of archives.
After this operation, 123 MB of additional disk space will be used.
Progress: [ 12%] [####..................................]
Selecting previously unselected package cmake.
(Reading database ... 45%
(Reading database ... 123456 files and directories currently installed.)
""",
    "npm": """
npm verb stack Error: step 3
added 57 packages, and audited 58 packages in 3s
9 packages are looking for funding
npm http fetch GET 200 https://packages.example.org/express 123ms (cache miss)
found 0 vulnerabilities
""",
    "docker": """
Step 3/12 : RUN make
 ---> Running in 0123456789ab
Step 4/12 : COPY . /app
#5 [2/7] RUN apt-get update 12.3s
#5 0.512 Get:1 http://mirror.example.org stable InRelease
Removing intermediate container 0123456789ab
""",
    "cmake": """
[  1%] Building CXX object src/CMakeFiles/loss.dir/loss.cpp.o
[ 50%] Building CXX object src/CMakeFiles/train.dir/train.cpp.o
[100%] Linking CXX executable train
3 warnings generated.
loss.cpp:12:34: warning: unused variable 'acc' [-Wunused-variable]
loss.cpp:13:3: error: expected ';' after expression
2 errors generated.
""",
    "pytest": """
tests/test_loss.py::test_loss_is_finite PASSED                          [ 10%]
tests/test_train.py::test_epoch[3] PASSED                               [ 20%]
tests/test_train.py::test_epoch[4] FAILED                               [ 30%]
E       assert 0.5 == 0.25
E        +  where 0.5 = loss(3)
0.51s call     tests/test_train.py::test_epoch[4]
0.21s call     tests/test_train.py::test_epoch[3]
=================== 1 failed, 12 passed, 3 warnings in 12.34s ===================
""",
    "access log": """
127.0.0.1 - - [21/Nov/2026 10:00:00] "GET /loss?step=1&score=0.5 HTTP/1.1" 200 -
127.0.0.1 - - [21/Nov/2026 10:00:01] "GET /loss?step=2&score=0.4 HTTP/1.1" 404 -
10.0.0.7 - alice [21/Nov/2026:10:00:02 +0000] "POST /eval/3 HTTP/1.1" 200 512 "-" "curl/7.88"
2026-11-21 10:00:03 INFO request id=12 took 12.3 ms status=200 bytes=512
2026-11-21 10:00:04 INFO request id=13 took 10.1 ms status=200 bytes=128
{"ts": 1700000000.5, "level": "info", "msg": "request", "ms": 12, "status": 200}
{"ts": 1700000001.5, "level": "info", "msg": "request", "ms": 10, "status": 200}
""",
    "slurm": """
             JOBID PARTITION     NAME     USER ST       TIME  NODES NODELIST(REASON)
            123456       gpu    train    alice  R   12:34:56      2 node[01-02]
            123457       gpu     eval    alice PD       0:00      1 (Priority)
JobID           JobName  Partition    Account  AllocCPUS      State ExitCode
123456            train        gpu    physics         16  COMPLETED      0:0
""",
    "nvidia-smi": """
|   0  NVIDIA A100-SXM4-40GB          On  | 00000000:07:00.0 Off |                    0 |
| N/A   34C    P0              56W / 400W |   1234MiB / 40960MiB |     12%      Default |
|   1  NVIDIA A100-SXM4-40GB          On  | 00000000:0F:00.0 Off |                    0 |
| N/A   33C    P0              51W / 400W |      4MiB / 40960MiB |      0%      Default |
|    0   N/A  N/A      1234      C   python train.py --epoch 3 --lr 0.1         1230MiB |
""",
    "parameters": """
| Name    | Type             | Params
---------------------------------------------
0 | encoder | TransformerModel | 12.3 M
1 | loss    | CrossEntropyLoss | 0
2 | val_acc | Accuracy         | 0
12.3 M    Trainable params
49.123    Total estimated model params size (MB)
Namespace(lr=0.1, epochs=90, name='x', resume=None, arch='resnet', step=30, loss='ce')
learning_rate: 0.001
loss_weight: 0.5
epochs: 100
warmup_steps: 500
eval_steps: 100
""",
    "download": """
Downloading data from https://data.example.org/cifar-10.tar.gz
 16384/170498071 [..............................] - ETA: 12:34
170498071/170498071 [==============================] - 12s 0us/step
train-images: 100%|██████████| 9.91M/9.91M [00:01<00:00, 5.61MB/s]
\rExtracting:  45%|####5     | 45/100 [00:12<00:13, 5.6it/s]\rExtracting: 100%|#| 100/100 [00:20<00:00, 5.0it/s]
\rMap:  10%|█         | 1000/10000 [00:01<00:09, 987.65 examples/s]\rMap: 100%|██████████| 10000/10000 [00:09<00:00]
Loading checkpoint shards: 100%|██████████| 2/2 [00:05<00:00,  2.51s/it]
""",
}


def series(data: bytes) -> dict[str, list[Any]]:
    reader = Reader()
    found: dict[str, list[Any]] = {}
    for point in reader.feed(data, 0, 1.0) + reader.end(1.0):
        for name, value in point.items():
            if name not in ("t", "source", "offset", "step", "epoch"):
                found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("program", [name for name, argv in PROGRAMS.items() if shutil.which(argv[0])])
def test_what_a_program_prints_has_no_curve(program: str) -> None:
    done = subprocess.run(
        PROGRAMS[program],
        env={**os.environ, "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    assert len(done.stdout) > 100
    assert series(done.stdout) == {}


@pytest.mark.parametrize("program", QUOTED)
def test_what_was_quoted_has_no_curve(program: str) -> None:
    assert series(QUOTED[program].encode()) == {}
    assert series((QUOTED[program] * 3).encode()) == {}


@pytest.mark.parametrize("folder", ["json", "email", "asyncio", "unittest", "concurrent/futures", "xml/dom"])
def test_source_code_has_no_curve(folder: str) -> None:
    files = sorted((Path(sysconfig.get_path("stdlib")) / folder).glob("*.py"))
    assert files
    assert series(b"".join(path.read_bytes() for path in files)) == {}


def test_this_projects_own_source_has_no_curve() -> None:
    files = [path for path in sorted((ROOT / "nerotui").rglob("*.py")) if "metrics" not in path.parts]
    found = series(b"".join(path.read_bytes() for path in files))
    assert {name: values for name, values in found.items() if len(values) > 2} == {}


def test_prose_has_no_curve() -> None:
    for name in ("CHANGELOG.md", "LICENSE"):
        assert series((ROOT / name).read_bytes()) == {}
