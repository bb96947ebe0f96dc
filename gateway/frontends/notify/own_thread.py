"""Libraries that block, in a thread of their own each time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")


async def in_own_thread(work: Callable[[], _Found], name: str) -> _Found:
    """What `work` returns or raises.

    Not in the loop's pool: that one has few threads, and documents are written in them. A daemon, for the process may
    end while a mail server is still thinking; then nobody hears what came of it.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Found] = loop.create_future()

    def settle(tell: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if done.done() else tell())

    def run() -> None:
        try:
            found = work()
        except Exception as error:  # noqa: BLE001 - handed to whoever waits, as it is
            caught = error
            settle(lambda: done.set_exception(caught))
        else:
            settle(lambda: done.set_result(found))

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done
