"""The owner's sessions in browsers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec

from ..core.errors import StoreError
from ..core.messages import ClockSet
from ..core.ports.documents import Documents
from ..core.ports.secrets import Secrets
from .collection import read_all
from .later import Later

_log = logging.getLogger(__name__)

_COLLECTION = "sessions"
_MOST = 32


class _Session(msgspec.Struct, frozen=True):
    created_ms: int
    expires_ms: int


class Sessions:
    """Durable and bounded; a session's secret is random and kept as a keyed fingerprint."""

    def __init__(self, documents: Documents, secrets: Secrets, clock: Callable[[], int], days: int) -> None:
        self._documents = documents
        self._secrets = secrets
        self._clock = clock
        self._lasts_ms = days * 24 * 60 * 60_000
        self._changing = asyncio.Lock()
        self._sessions: dict[str, _Session] = {}
        self._later = Later()

    def load(self) -> None:
        """Read what the documents hold."""
        self._sessions = read_all(self._documents, _COLLECTION, _Session)

    def valid(self, secret: str) -> bool:
        """Whether this session is valid now."""
        known = self._sessions.get(self._secrets.fingerprint(secret))
        return known is not None and known.expires_ms > self._clock()

    async def begin(self) -> str:
        """A new session's secret; of too many, the oldest ends."""
        now = self._clock()
        async with self._changing:
            for fingerprint in [key for key, known in self._sessions.items() if known.expires_ms <= now]:
                await self._end(fingerprint)
            while len(self._sessions) >= _MOST:
                await self._end(min(self._sessions, key=lambda key: self._sessions[key].created_ms))
            secret = self._secrets.token()
            fingerprint = self._secrets.fingerprint(secret)
            self._sessions[fingerprint] = session = _Session(now, now + self._lasts_ms)
            await self._keep_new(fingerprint, session)
        return secret

    async def _keep_new(self, fingerprint: str, session: _Session) -> None:
        try:
            await self._documents.put(_COLLECTION, fingerprint, msgspec.to_builtins(session))
        except StoreError as error:
            # A full disk is the very time to be let in and see what is wrong.
            _log.warning("a session ends with this run, it could not be kept: %s", error)

    async def end(self, secret: str) -> bool:
        """End this session; False when there is none."""
        async with self._changing:
            fingerprint = self._secrets.fingerprint(secret)
            if fingerprint not in self._sessions:
                return False
            await self._end(fingerprint)
        return True

    def clock_set(self, event: ClockSet) -> None:
        """Nobody is signed out because the clock was set: what was valid stays so for as long as it would have been.

        When it was set back, what an earlier run gave out keeps its time: then only this run's clock was wrong.
        """
        since_ms = event.since_ms if event.shift_ms < 0 else 0
        moved = {
            key: _Session(known.created_ms + event.shift_ms, known.expires_ms + event.shift_ms)
            for key, known in self._sessions.items()
            if known.created_ms >= since_ms and known.expires_ms > event.before_ms
        }
        self._sessions |= moved
        if moved:
            self._later.do(self._keep(moved), "sessions may end early: the clock was set")

    async def _end(self, fingerprint: str) -> None:
        await self._documents.delete(_COLLECTION, fingerprint)
        self._sessions.pop(fingerprint, None)

    async def _keep(self, sessions: dict[str, _Session]) -> None:
        async with self._changing:
            for fingerprint, session in sessions.items():
                if self._sessions.get(fingerprint) == session:
                    await self._documents.put(_COLLECTION, fingerprint, msgspec.to_builtins(session))
