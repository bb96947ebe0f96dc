"""A route says who may call it; nothing is reachable that is not in the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec
from aiohttp import web

from ...core.access import Scope

if TYPE_CHECKING:
    from .typed import Operation


def _always() -> bool:
    return True


class Caller(msgspec.Struct, frozen=True):
    """Who is asking. No scope and no device: nobody in particular."""

    name: str = ""
    scope: Scope | None = None
    device: str | None = None
    """The id of a device that asks for itself."""
    still_valid: Callable[[], bool] = _always
    """Whether these credentials still count; for connections that stay open."""
    per_hour: int = 0
    """How often it may ask in an hour; 0: as often as everybody."""


NOBODY = Caller()
Handler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


class Who(StrEnum):
    """Who may call a route."""

    OPEN = "open"
    DEVICE = "device"
    """Only the device whose id is in the path."""
    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"


class Limited(StrEnum):
    """What a caller without credentials may try only so often."""

    SIGN_IN = "sign-in"
    REGISTER = "register"


class Route(msgspec.Struct, frozen=True):
    """One method of one path. Under `api` it answers below /api and /api/v1, else at the path itself."""

    method: str
    path: str
    who: Who
    handler: Handler
    own: bool = False
    """The device whose id is in the path may call it too."""
    limited: Limited | None = None
    """Failures are counted per client address; too many and the address has to wait."""
    api: bool = True
    operation: Operation | None = None
    """What it takes and gives; None only for what is not in the API's description."""
    silent: bool = False
    """That it was called is not written into the trail; what it causes is, by who does it."""
    last_credentials: bool = False
    """Basic credentials that are good nowhere else are for the handler to judge: those of a replaced device."""

    def __post_init__(self) -> None:
        # "*" only says that a path takes nothing else.
        if self.api and self.operation is None and self.method != "*":
            raise TypeError(f"{self.method} {self.path} does not say what it takes and gives")

    def paths(self) -> tuple[str, ...]:
        """Where it answers."""
        return (f"/api{self.path}", f"/api/v1{self.path}") if self.api else (self.path,)

    def admits(self, caller: Caller, device: str | None) -> bool:
        """Whether `caller` may use this route; `device` is the id in its path, if there is one."""
        if self.who is Who.OPEN:
            return True
        if caller.device is not None:
            return (self.own or self.who is Who.DEVICE) and caller.device == device
        if self.who is Who.DEVICE or caller.scope is None:
            return False
        return caller.scope.includes(Scope(self.who.value))


class Resource(Protocol):
    """What serves routes."""

    def routes(self) -> list[Route]:
        """What is served."""
