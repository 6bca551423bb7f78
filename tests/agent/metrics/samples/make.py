"""Makes the samples again that real programs wrote: `make.py [FAMILY | FAMILY/NAME]…`, in an environment that has them.

A program beside this file, FAMILY/NAME.py or .sh, says in its first lines what it needs:

    # needs: keras torch          packages, whose versions go into ORIGINS.tsv
    # as: pipe pty                NAME.log is what it wrote into a pipe, NAME_pty.log what it wrote to a terminal
    # keeps: progress.csv         files that it left, kept as NAME.progress.csv; PATTERN=END keeps NAME.END
    # scrub: 0x[0-9a-f]+          what differs from run to run and says nothing; becomes x

Samples without a program were written after a documented format; ORIGINS.tsv says which.
"""

from __future__ import annotations

import fcntl
import getpass
import importlib.metadata
import os
import pty
import re
import socket
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST = 60_000


def main() -> int:
    wanted = sys.argv[1:]
    for program in sorted(HERE.glob("*/*.py")) + sorted(HERE.glob("*/*.sh")):
        name = f"{program.parent.name}/{program.stem}"
        if not wanted or name in wanted or program.parent.name in wanted:
            make(program, name)
    return 0


def make(program: Path, name: str) -> None:
    said = dict(re.findall(r"^# (needs|as|keeps|scrub): (.*)$", program.read_text(), re.MULTILINE))
    argv = [sys.executable if program.suffix == ".py" else "bash", str(program)]
    for way in said.get("as", "pipe").split():
        with tempfile.TemporaryDirectory() as folder:
            output = (in_terminal if way == "pty" else in_pipe)(argv, folder)
            output = anonymous(output, folder)
            if "scrub" in said:
                output = re.sub(said["scrub"].encode(), b"x", output)
            target = program.with_name(program.stem + ("_pty" if way == "pty" else "") + ".log")
            if output:
                target.write_bytes(output[:LONGEST])
            if way == said.get("as", "pipe").split()[0]:
                for pattern, _, end in (pair.partition("=") for pair in said.get("keeps", "").split()):
                    for file in sorted(Path(folder).rglob(pattern)):
                        copy = program.with_name(f"{program.stem}.{end or file.name}")
                        data = file.read_bytes()
                        copy.write_bytes(data if b"\0" in data else anonymous(data, folder))
                        note(f"{copy.parent.name}/{copy.name}", versions(said.get("needs", "").split()))
        if output:
            note(f"{target.parent.name}/{target.name}", versions(said.get("needs", "").split()))
        print(target, len(output))


def anonymous(output: bytes, folder: str) -> bytes:
    """The same without this machine's folders, its user and addresses."""
    for here, there in ((folder, "exp"), (sys.prefix, "venv"), (str(HERE), "src")):
        output = output.replace(here.encode(), b"/home/u/" + there.encode())
    output = re.sub(rb"https?://[^\s\x1b)\]]+", b"https://example.org", output)
    return output.replace(socket.gethostname().encode(), b"node1").replace(getpass.getuser().encode() + b"@", b"u@")


def environment(folder: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONHASHSEED": "0",
        "TERM": "xterm-256color",
        "COLUMNS": "110",
        "LINES": "40",
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
        "HOME": folder,
        "PATH": str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"],
    }


def in_pipe(argv: list[str], folder: str) -> bytes:
    return subprocess.run(
        argv, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    ).stdout


def in_terminal(argv: list[str], folder: str) -> bytes:
    """What the program writes where it finds a terminal, whose line ends are CR LF."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 110, 0, 0))
    running = subprocess.Popen(argv, cwd=folder, env=environment(folder), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the terminal's last user has gone
            break
        if not piece:
            break
        pieces.append(piece)
    running.wait()
    os.close(ours)
    return b"".join(pieces)


def versions(packages: list[str]) -> str:
    found = [f"Python {sys.version.split()[0]}"]
    for package in packages:
        if package.startswith("apt:"):
            shown = subprocess.run(
                ["dpkg-query", "-W", "-f=${Version}", package[4:]], capture_output=True, text=True, check=True
            )
            found.append(f"{package[4:]} {shown.stdout} (Debian)")
        else:
            found.append(f"{package} {importlib.metadata.version(package)}")
    return ", ".join(found)


def note(sample: str, how: str) -> None:
    """One line a sample in ORIGINS.tsv: its path, `real` or `written`, with what."""
    table = HERE / "ORIGINS.tsv"
    lines = dict(line.split("\t", 1) for line in table.read_text().splitlines()) if table.exists() else {}
    lines[sample] = f"real\t{how}"
    table.write_text("".join(f"{path}\t{rest}\n" for path, rest in sorted(lines.items())))


if __name__ == "__main__":
    sys.exit(main())
