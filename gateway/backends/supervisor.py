"""What the gateway tells systemd about itself (the sd_notify protocol): ready, well, stopping, and why it is not.

`WATCHDOG=1` says that the gateway is really well, not only that its process exists: it comes from the event loop, and
only after the store has answered. When either hangs, systemd misses it, kills the gateway and starts it again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

_UNWATCHED_PERIOD_S = 20.0
_SIGNS_OF_LIFE = 3  # per watchdog time: one may come late
_EXTEND_EVERY_S = 10.0
_EXTEND_BY_S = 60
_LONGEST_START_S = 3600.0
_WORKING_S = 0.02  # of processor time between two looks; a process that only waits uses far less

_log = logging.getLogger(__name__)


class Supervisor(Protocol):
    """Who watches over the process."""

    present: bool
    """Whether there is one; it restarts the gateway, so the exit code should say whether that can help."""

    def starting(self, what: str) -> None:
        """A start that may take long begins; ends with `ready` or `failed`."""

    def ready(self, status: str) -> None:
        """Nodes and people are answered from now on."""

    def stopping(self) -> None:
        """The end was asked for and has begun."""

    def failed(self, why: str) -> None:
        """The gateway cannot run; what a person should read in its status."""

    async def watch(self, well: Callable[[], Awaitable[None]], status: Callable[[], str]) -> None:
        """Until cancelled: give signs of life for as long as `well` comes back, and keep the status up to date."""


class DisabledSupervisor:
    """The twin for a gateway that nobody supervises."""

    present = False

    def starting(self, what: str) -> None:
        """Nobody to tell."""

    def ready(self, status: str) -> None:
        """Nobody to tell."""

    def stopping(self) -> None:
        """Nobody to tell."""

    def failed(self, why: str) -> None:
        """Nobody to tell."""

    async def watch(self, well: Callable[[], Awaitable[None]], status: Callable[[], str]) -> None:
        """Nobody watches."""
        await asyncio.Event().wait()


class Systemd:
    """systemd, by its notification socket."""

    present = True

    def __init__(self, address: str, watchdog_s: float | None) -> None:
        """`address` is a path, or a name in the abstract namespace with `@` in front."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._period_s = watchdog_s / _SIGNS_OF_LIFE if watchdog_s else _UNWATCHED_PERIOD_S
        self._started = threading.Event()

    def starting(self, what: str) -> None:
        """Say so, and ask for more time for as long as the process works at it."""
        self._tell(f"STATUS={what}")
        threading.Thread(target=self._ask_for_time, name="start-extender", daemon=True).start()

    def ready(self, status: str) -> None:
        """`systemctl start` comes back."""
        self._started.set()
        self._tell("READY=1", f"STATUS={_line(status)}")

    def stopping(self) -> None:
        """The watchdog no longer counts."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def failed(self, why: str) -> None:
        """Leaves the reason in `systemctl status`."""
        self._started.set()
        self._tell(f"STATUS={_line(why)}")

    async def watch(self, well: Callable[[], Awaitable[None]], status: Callable[[], str]) -> None:
        """Until cancelled. `well` hanging is what keeps the sign of life away; what it raises ends the watch."""
        while True:
            self._tell("WATCHDOG=1", f"STATUS={_line(status())}")
            await asyncio.sleep(self._period_s)
            await self._answer(well)

    async def _answer(self, well: Callable[[], Awaitable[None]]) -> None:
        asked = asyncio.ensure_future(well())
        try:
            while not (await asyncio.wait({asked}, timeout=self._period_s))[0]:
                _log.error(
                    "the store has not answered for %.0f s; without an answer systemd restarts us", self._period_s
                )
        finally:
            asked.cancel()
        asked.result()

    def _ask_for_time(self) -> None:
        """In a thread of its own: what takes long at a start blocks the event loop."""
        ends = time.monotonic() + _LONGEST_START_S
        used = time.process_time()
        while not self._started.wait(_EXTEND_EVERY_S) and time.monotonic() < ends:
            before, used = used, time.process_time()
            if used - before > _WORKING_S:
                self._tell(f"EXTEND_TIMEOUT_USEC={_EXTEND_BY_S * 1_000_000}")

    def _tell(self, *lines: str) -> None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
                opened.setblocking(False)
                opened.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            _log.warning("systemd could not be told %s: %s", lines[0], error)


def supervisor(environ: Mapping[str, str]) -> Supervisor:
    """systemd when it started this very process and wants to hear of it; else the disabled twin."""
    address = environ.get("NOTIFY_SOCKET", "")
    return Systemd(address, _watchdog_s(environ)) if address[:1] in ("/", "@") else DisabledSupervisor()


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """How long systemd waits for a sign of life; None: for ever, or it waits for another process."""
    meant_for = environ.get("WATCHDOG_PID", "")
    if meant_for and meant_for != str(os.getpid()):
        return None
    wanted = environ.get("WATCHDOG_USEC", "")
    return int(wanted) / 1_000_000 if wanted.isdecimal() and int(wanted) else None


def _line(text: str) -> str:
    return "; ".join(part.strip() for part in text.splitlines() if part.strip()).replace(":; ", ": ")
