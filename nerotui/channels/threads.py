"""Blocking calls that may hang, on threads that hold nothing else up: not other hosts, not the program's end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Runs a function on a daemon thread of its own and waits for its result.

    Unlike `asyncio.to_thread` there is no pool to fill up with name look-ups that hang, and none to wait for at exit.
    When the waiting is cancelled the thread goes on by itself and its result is dropped.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = function(*args)
        except BaseException as caught:
            error = caught
        if not loop.is_closed():
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:  # the loop was closed in between; nobody waits any more
                return

    threading.Thread(target=run, name=f"nerotui {function.__name__}", daemon=True).start()
    return await done
