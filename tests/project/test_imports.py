"""The front door stays light: what a plain command loads."""

import subprocess
import sys

import pytest

HEAVY = ("textual", "plotext", "asyncssh", "psutil", "pynvml")

CASES = {
    "the package": "import nerotui",
    "the errors": "import nerotui; nerotui.NerotuiError",
    "channels": "import nerotui.channels",
    "the fleet": "import nerotui.fleet",
    "the command line": "import nerotui.__main__, nerotui.cli",
    "configuration": "import nerotui.config",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_importing_loads_nothing_heavy(code: str) -> None:
    script = f"import sys; {code}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["run", "--help"], ["ls", "--help"]], ids=" ".join)
def test_plain_commands_load_nothing_heavy(argv: list[str]) -> None:
    script = (
        "import sys\nfrom nerotui.__main__ import main\n"
        f"sys.argv = ['nerotui', *{argv!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('loaded:', *[m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded:"


def test_public_names_are_real() -> None:
    import nerotui

    assert all(getattr(nerotui, name) is not None for name in nerotui.__all__)
    assert sorted(set(nerotui.__all__)) == sorted(nerotui.__all__)
