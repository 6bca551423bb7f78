"""The project keeps its own rules: file sizes, first lines, the changelog and the version."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "nerotui").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_holds_one_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, "over 400 lines: probably two ideas"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "the first line of a file says what it is for"


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[{re.escape(version)}\]", changelog, re.M), "CHANGELOG.md has no entry for the version"


def test_the_readme_shows_pictures_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    pictures = re.findall(r"\((screenshots/[^)]+)\)", readme)
    assert pictures
    assert [name for name in pictures if not (ROOT / name).exists()] == []


def test_the_readme_lists_the_keys_as_they_are() -> None:
    from nerotui.tui.actions import key_table

    readme = (ROOT / "README.md").read_text()
    listed = readme.partition("checked by the tests -->")[2].partition("<!-- /keys -->")[0]
    assert listed.strip() == key_table().strip()
