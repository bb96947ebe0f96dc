"""The owner: first-run code, password, one-time codes, sessions.

What a person chooses is kept as argon2id and checked off the loop, a few at a time, because each check takes 19 MiB.
Codes live in memory only.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from ..core.errors import NotAllowed, Refused
from ..core.messages import ClockSet
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from .collection import read_all
from .sessions import Sessions

OWNER = "owner"
_COLLECTION = "owner"
_MOST_CODES = 16
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_MOST_WAITING = 8
_PASSWORD_CHARS = (8, 512)
_Result = TypeVar("_Result")


class _Document(msgspec.Struct, frozen=True):
    password: str
    changed_ms: int


class Owner:
    """The one person who may do everything."""

    def __init__(
        self, documents: Documents, secrets: Secrets, trail: Auditor, clock: Callable[[], int], session_days: int
    ) -> None:
        self._documents = documents
        self._secrets = secrets
        self._trail = trail
        self._clock = clock
        self._sessions = Sessions(documents, secrets, clock, session_days)
        self._changing = asyncio.Lock()
        self._checking = asyncio.Lock()
        self._waiting = 0
        self._codes: dict[str, int] = {}
        self._password = ""
        self._first_run_code = ""

    def load(self) -> None:
        """Read what the documents hold."""
        self._sessions.load()
        owner = read_all(self._documents, _COLLECTION, _Document).get(OWNER)
        self._password = owner.password if owner else ""

    @property
    def first_run(self) -> bool:
        """Whether no password is set yet."""
        return not self._password

    def first_run_code(self) -> str:
        """The code that lets its reader set the first password; the same until then. Raises NotAllowed afterwards."""
        if not self.first_run:
            raise NotAllowed("A password is set already.")
        if not self._first_run_code:
            digits = bytes.fromhex(self._secrets.fingerprint(self._secrets.token()))[:12]
            letters = "".join(_CODE_LETTERS[digit % len(_CODE_LETTERS)] for digit in digits)
            self._first_run_code = "-".join(letters[at : at + 4] for at in (0, 4, 8))
        return self._first_run_code

    async def set_password(self, code: str, password: str) -> None:
        """Set the owner's first password. Raises NotAllowed for a wrong code, Refused for a poor password."""
        _check_password(password)
        async with self._changing:
            # Made here when it never was: nobody knows it then, and an empty one must not match.
            if not self.first_run or not self._same(_code(code), _code(self.first_run_code())):
                self._trail.note("session.refused", OWNER, "wrong first-run code")
                raise NotAllowed("This code is not valid.")
            hashed = await self._slowly(self._secrets.hash_password, password)
            document = _Document(hashed, self._clock())
            await self._documents.put(_COLLECTION, OWNER, msgspec.to_builtins(document))
            self._password = hashed
            self._first_run_code = ""
        self._trail.note("owner.password", OWNER, "set for the first time")

    async def sign_in(self, password: str) -> str:
        """A new session's secret. Raises NotAllowed when the password is wrong, Refused when too many try at once."""
        hashed = self._password
        fits = len(password) <= _PASSWORD_CHARS[1]
        if not hashed or not fits or not await self._slowly(self._secrets.verify_password, password, hashed):
            self._trail.note("session.refused", OWNER, "wrong password")
            raise NotAllowed("The password is wrong.")
        return await self._new_session("with the password")

    def one_time_code(self, minutes: float = 10) -> str:
        """A code that signs in once within `minutes`; of many, the oldest is forgotten."""
        now = self._clock()
        self._codes = {known: until for known, until in self._codes.items() if until > now}
        while len(self._codes) >= _MOST_CODES:
            self._codes.pop(next(iter(self._codes)))
        code = self._secrets.token()
        self._codes[self._secrets.fingerprint(code)] = now + round(minutes * 60_000)
        return code

    async def sign_in_with_code(self, code: str) -> str:
        """A new session's secret for a one-time code. Raises NotAllowed when it is unknown, used or too old."""
        if self._codes.pop(self._secrets.fingerprint(code), 0) <= self._clock():
            self._trail.note("session.refused", OWNER, "wrong one-time code")
            raise NotAllowed("This code is not valid; it may have been used or be too old.")
        return await self._new_session("with a one-time code")

    def session(self, secret: str) -> bool:
        """Whether this session is valid now."""
        return self._sessions.valid(secret)

    async def sign_out(self, secret: str) -> None:
        """End this session if there is one."""
        if await self._sessions.end(secret):
            self._trail.note("session.ended", OWNER)

    def clock_set(self, event: ClockSet) -> None:
        """Nobody is signed out, and no code ends, because the clock was set."""
        self._sessions.clock_set(event)
        self._codes = {code: event.moved(until_ms) for code, until_ms in self._codes.items()}

    async def _new_session(self, how: str) -> str:
        secret = await self._sessions.begin()
        self._trail.note("session.created", OWNER, how)
        return secret

    def _same(self, given: str, wanted: str) -> bool:
        return hmac.compare_digest(self._secrets.fingerprint(given), self._secrets.fingerprint(wanted))

    async def _slowly(self, work: Callable[..., _Result], *arguments: str) -> _Result:
        """Run argon2 in a thread, one at a time; Refused when too many wait for it."""
        if self._waiting >= _MOST_WAITING:
            raise Refused("Too many sign-ins at once; try again in a moment.")
        self._waiting += 1
        try:
            async with self._checking:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1


def _code(typed: str) -> str:
    """A first-run code as people type it: case, spaces and dashes do not matter."""
    return re.sub(r"[^A-Z0-9]", "", typed.upper())


def _check_password(password: str) -> None:
    least, most = _PASSWORD_CHARS
    if not least <= len(password) <= most:
        raise Refused(f"A password has {least} to {most} characters.")
