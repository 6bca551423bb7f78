"""The front door: `nerotui` and `python -m nerotui`. The one place where errors become sentences and exit codes."""

import errno
import gc
import os
import sys
from types import TracebackType

#: Read by Textual and curses once, when they are imported: nothing moves by itself, and Esc answers at once.
TERMINAL_DEFAULTS = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0", "ESCDELAY": "25"}

#: Exit codes beyond those of `nerotui.errors`: interrupted by the user.
INTERRUPTED = 130


def main() -> int:
    """Runs the command in `sys.argv` and returns its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from nerotui.agent.wire import VERSION

        print(f"nerotui {VERSION}")
        return 0
    # Loading code allocates a lot and leaves no garbage; looking for cycles meanwhile takes a tenth of the time.
    gc.set_threshold(50_000)
    for name, value in TERMINAL_DEFAULTS.items():
        os.environ.setdefault(name, value)
    _settle_streams()
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return 0  # the reader has seen enough: nerotui ls | head
    finally:
        _leave_nothing_to_flush()
        gc.freeze()  # the interpreter's end need not look through all that was loaded, either


def _leave_nothing_to_flush() -> None:
    """What could not be written cannot be written by the interpreter at its end either."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _settle_streams() -> None:
    """Makes sure that no locale and no closed descriptor keeps a command from saying what it has to say."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - lives as long as the process
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _run(arguments: list[str]) -> int:
    from nerotui.errors import NerotuiError

    try:
        return _dispatch(arguments)
    except NerotuiError as error:
        from nerotui.cli.output import complain

        complain(str(error), error.hint)
        return error.exit_code
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EIO and error.filename is None:
            return INTERRUPTED  # the terminal is gone, and whoever sat at it
        from nerotui.cli.output import complain

        complain(
            f"a fault of nerotui itself, not yours: {type(error).__name__}: {error}",
            f"The details are in {_keep_details(error)}; please report them.",
        )
        return 1


def _dispatch(arguments: list[str]) -> int:
    """Runs the command, whose mistakes in usage are errors here and not click's own way to leave."""
    from nerotui.cli.fast import console_options, once_options

    once = once_options(arguments)
    if once is not None:
        gc.disable()  # it is over before garbage could matter
        from nerotui.cli.commands.once import snapshot

        return snapshot(**once)
    bare = console_options(arguments)
    if bare is not None:
        from nerotui.cli.commands.console import console

        return console(**bare)

    import click

    from nerotui.cli.app import app
    from nerotui.cli.output import complain

    try:
        code = app.main(arguments, prog_name="nerotui", standalone_mode=False)
    except click.Abort:
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        help_wanted.show()
        return help_wanted.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"{context.command_path} --help shows how it is used." if context else ""
        complain(error.format_message(), hint)
        return error.exit_code if error.exit_code != 1 else 2
    return code if isinstance(code, int) else 0


def _keep_details(error: Exception) -> str:
    """Writes the traceback to a file, since a terminal is no place for it, and returns the file's name."""
    import tempfile
    import traceback

    trace: TracebackType | None = error.__traceback__
    with tempfile.NamedTemporaryFile(
        "w", prefix="nerotui-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(" ".join(sys.argv) + "\n\n")
        file.writelines(traceback.format_exception(type(error), error, trace))
    return file.name


if __name__ == "__main__":
    sys.exit(main())
