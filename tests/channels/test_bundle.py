"""The bundle: the same everywhere, complete, cached, and never trusted unseen."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import pytest

from nerotui import locations
from nerotui.channels import bundle


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    bundle.bundles.cache_clear()
    yield
    bundle.bundles.cache_clear()


def names(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_the_same_files_make_the_same_bytes() -> None:
    script = "from nerotui.channels.bundle import bundles; print(*[b.sha for b in bundles().values()])"
    first, second = (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout for _ in "ab"
    )
    assert first == second
    assert first.split() == [made.sha for made in bundle.bundles().values()]


def test_each_variant_holds_what_fits() -> None:
    variants = {name: names(made.data) for name, made in bundle.bundles().items()}
    for held in variants.values():
        assert {"nerotui/__init__.py", "nerotui/agent/__main__.py", "nerotui/agent/serve/serve.py", "pynvml.py"} <= set(
            held
        )
        assert not [name for name in held if "__pycache__" in name or "cli" in name or "channels" in name]
    assert not [name for name in variants["any"] if name.startswith("psutil/")]
    if sys.platform == "linux":
        [fitted] = set(variants) - {"any"}
        assert fitted.startswith("linux-")
        assert "psutil/_psutil_linux.abi3.so" in variants[fitted]


def test_the_checksum_is_that_of_the_bytes() -> None:
    for made in bundle.bundles().values():
        assert hashlib.sha256(made.data).hexdigest() == made.sha


def test_the_second_program_reads_the_cache() -> None:
    first = {name: made.sha for name, made in bundle.bundles().items()}
    bundle.bundles.cache_clear()
    cached = bundle.bundles()
    assert {name: made.sha for name, made in cached.items()} == first
    assert cached["any"].data


@pytest.mark.parametrize("damage", [b"", b"not the zip that it was"])
def test_a_damaged_cache_is_made_again(damage: bytes) -> None:
    bundle.bundles()
    bundle.bundles.cache_clear()
    for path in (locations.cache_dir() / "bundles").glob("*.zip"):
        path.write_bytes(damage)
    for made in bundle.bundles().values():
        assert hashlib.sha256(made.data).hexdigest() == made.sha


def test_a_cache_that_cannot_be_written_is_done_without() -> None:
    locations.cache_dir().parent.mkdir(parents=True, exist_ok=True)
    locations.cache_dir().write_text("a file where the folder should be")
    assert bundle.bundles()["any"].data
