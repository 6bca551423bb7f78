"""known_hosts as OpenSSH reads and writes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from nerotui.channels.ssh import known_hosts
from tests.rigs.sshd import make_key

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZ0xTN3Ir4tqd3pvCCVjS4eNnFkx3rSLvBjR3ZKuQ9Z"

LINES = {
    "a plain name": ("gpu1", "gpu1", 22, True),
    "another name": ("gpu1", "gpu2", 22, False),
    "a list": ("gpu1,10.0.0.1", "10.0.0.1", 22, True),
    "letters' case": ("GPU1", "gpu1", 22, True),
    "a pattern": ("*.lab.example", "gpu1.lab.example", 22, True),
    "a pattern with an exception": ("*.lab.example,!gpu1.lab.example", "gpu1.lab.example", 22, False),
    "a port": ("[gpu1]:2222", "gpu1", 2222, True),
    "another port": ("[gpu1]:2222", "gpu1", 2223, False),
    "a name without a port counts for any": ("gpu1", "gpu1", 2222, True),
    "brackets are no set": ("[gpu1]:2222", "g", 2222, False),
    "IPv6 with a port": ("[fe80::1]:2222", "fe80::1", 2222, True),
}


@pytest.mark.parametrize(("names", "host", "port", "found"), LINES.values(), ids=LINES.keys())
def test_a_line_means_the_hosts_that_it_names(tmp_path: Path, names: str, host: str, port: int, found: bool) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"# comment\n\nnonsense\n{names} {KEY} a comment\n")
    keys = known_hosts.lookup([tmp_path / "missing", path], host, port)
    assert [(key.line, key.key) for key in keys] == ([(4, KEY)] if found else [])
    listed = subprocess.run(["ssh-keygen", "-F", known_hosts.names(host, port)[0], "-f", str(path)], check=False)
    if port == 22:
        assert (listed.returncode == 0) == found


def test_markers_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"@revoked gpu1 {KEY}\n@cert-authority *.lab {KEY}\ngpu1 {KEY}\n")
    assert [key.marker for key in known_hosts.lookup([path], "gpu1", 22)] == ["revoked", ""]
    assert [key.marker for key in known_hosts.lookup([path], "gpu1.lab", 22)] == ["cert-authority"]


def test_a_broken_hash_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"|1|???|??? {KEY}\n|1|nothing {KEY}\ngpu1 {KEY}\n")
    assert [key.line for key in known_hosts.lookup([path], "gpu1", 22)] == [3]


@pytest.mark.parametrize("port", [22, 2222])
def test_hashed_names_are_written_as_openssh_reads_them(tmp_path: Path, port: int) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"other {KEY}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    known_hosts.append(path, "gpu1", port, KEY)
    assert "gpu1" not in path.read_text()
    assert [key.line for key in known_hosts.lookup([path], "gpu1", port)] == [2]
    name = known_hosts.names("gpu1", port)[0]
    subprocess.run(["ssh-keygen", "-F", name, "-f", str(path)], check=True, capture_output=True)


def test_a_fingerprint_is_what_ssh_keygen_prints(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    shown = subprocess.run(
        ["ssh-keygen", "-lf", str(tmp_path / "key.pub")], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    assert known_hosts.fingerprint((tmp_path / "key.pub").read_text()) == shown


def test_the_remedy_removes_the_key(tmp_path: Path) -> None:
    path = tmp_path / "known hosts"
    known_hosts.append(path, "gpu1", 2222, KEY)
    remedy = known_hosts.remedy(known_hosts.lookup([path], "gpu1", 2222), "gpu1", 2222)
    subprocess.run(["sh", "-c", remedy], check=True, capture_output=True)
    assert known_hosts.lookup([path], "gpu1", 2222) == []
