"""Patterns find logs at any depth, without end nowhere, and cheaply when looked at again."""

import os
import time
from pathlib import Path

import pytest

from nerotui.agent.foreign.globs import Globs


def found(folder: Path, *patterns: str, limit: int = 4000, most: int = 500) -> list[str]:
    look = Globs([str(folder / pattern) for pattern in patterns], str(folder / ".nerotui"), limit, most)
    return sorted(os.path.relpath(path, folder) for path in look.look(time.time()).paths)


def make(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("loss 1\n")


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("exp/**/log.txt", ["exp/a/b/log.txt", "exp/a/log.txt", "exp/log.txt"]),
        ("exp/*/log.txt", ["exp/a/log.txt"]),
        ("exp/a/log.txt", ["exp/a/log.txt"]),
        ("exp/[ab]/*.txt", ["exp/a/log.txt", "exp/a/other.txt"]),
        ("**/b/*", ["exp/a/b/log.txt"]),
        ("exp/.hidden/log.txt", ["exp/.hidden/log.txt"]),
        ("nothing/**/log.txt", []),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, paths: list[str]) -> None:
    make(tmp_path, "exp/log.txt", "exp/a/log.txt", "exp/a/other.txt", "exp/a/b/log.txt", "exp/.hidden/log.txt")
    assert found(tmp_path, pattern) == paths


def test_the_home_may_be_written_as_a_tilde() -> None:
    make(Path.home(), "exp/a/log.txt")
    for pattern in ("~/exp/**/log.txt", "exp/*/log.txt"):
        assert Globs([pattern], "/nowhere").look(time.time()).paths == [str(Path.home() / "exp/a/log.txt")]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    make(tmp_path, "scratch/a/log.txt")
    (tmp_path / "exp").mkdir()
    (tmp_path / "exp/there").symlink_to(tmp_path / "scratch")
    (tmp_path / "scratch/back").symlink_to(tmp_path / "exp")
    (tmp_path / "scratch/self").symlink_to(tmp_path / "scratch")
    assert found(tmp_path, "exp/**/log.txt") == ["exp/there/a/log.txt"]


def test_too_many_folders_are_cut_and_said(tmp_path: Path) -> None:
    for number in range(50):
        make(tmp_path, f"exp/{number:02}/deep/log.txt")
    look = Globs([str(tmp_path / "exp/**/log.txt")], "/nowhere", 30).look(time.time())
    assert len(look.paths) < 50
    assert "only 30 folders" in look.notes[0]


def test_of_too_many_logs_the_newest_are_followed(tmp_path: Path) -> None:
    make(tmp_path, *(f"exp/{number}/log.txt" for number in range(9)))
    for number in range(9):
        os.utime(tmp_path / f"exp/{number}/log.txt", (1000 + number, 1000 + number))
    look = Globs([str(tmp_path / "exp/*/log.txt")], "/nowhere", most=3).look(time.time())
    assert [Path(path).parent.name for path in look.paths] == ["8", "7", "6"]
    assert "9 logs match" in look.notes[0]


def test_a_second_look_sees_what_is_new_and_nerotui_s_own_folder_never(tmp_path: Path) -> None:
    make(tmp_path, "exp/a/log.txt", ".nerotui/runs/log.txt", "exp/root/log.txt")
    look = Globs([str(tmp_path / "exp/**/log.txt")], str(tmp_path / "exp/root"))
    assert len(look.look(time.time()).paths) == 1
    make(tmp_path, "exp/a/b/log.txt")
    assert len(look.look(time.time()).paths) == 2
    (tmp_path / "exp/a/log.txt").unlink()
    assert [Path(path).parent.name for path in look.look(time.time() + 60).paths] == ["b"]
