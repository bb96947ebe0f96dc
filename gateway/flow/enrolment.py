"""One-time enrolment tokens: an operator's consent given in advance.

Only their fingerprints are kept. A use is counted on the disk before anything is given for it, so that a crash
can lose a use but never hand one out twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec

from ..core.errors import NotFound, Refused
from ..core.messages import ClockSet
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from .identity import normal_mac
from .later import Later

_log = logging.getLogger(__name__)

_COLLECTION = "enrolment"
_MOST_USES = 10_000
_MOST_MINUTES = 30 * 24 * 60
_MOST_TOKENS = 100


class EnrolmentToken(msgspec.Struct, frozen=True):
    """What is known of a token; not the token itself."""

    id: str
    uses: int
    uses_left: int
    created_ms: int
    expires_ms: int
    mac: str | None = None


class Enrolment:
    """Makes and spends enrolment tokens."""

    def __init__(self, documents: Documents, secrets: Secrets, trail: Auditor, clock: Callable[[], int]) -> None:
        self._documents = documents
        self._secrets = secrets
        self._trail = trail
        self._clock = clock
        self._changing = asyncio.Lock()
        self._tokens: dict[str, EnrolmentToken] = {}
        self._later = Later()

    def load(self) -> None:
        """Read what the documents hold; an unreadable one is left out, loudly."""
        for fingerprint, document in self._documents.all(_COLLECTION).items():
            try:
                self._tokens[fingerprint] = msgspec.convert(document, EnrolmentToken)
            except msgspec.ValidationError as error:
                _log.error("an enrolment token is unreadable and not valid any more: %s", error)

    def list(self) -> list[EnrolmentToken]:
        """The tokens that can still be spent, oldest first."""
        now = self._clock()
        return sorted((token for token in self._tokens.values() if token.expires_ms > now), key=lambda t: t.created_ms)

    async def create(self, *, uses: int = 1, minutes: float = 10, mac: str | None = None) -> str:
        """A new token, shown this once. Raises Refused when a number makes no sense or there are too many."""
        if not 1 <= uses <= _MOST_USES:
            raise Refused(f"An enrolment token has 1 to {_MOST_USES} uses.")
        if not 0 < minutes <= _MOST_MINUTES:
            raise Refused(f"An enrolment token lasts up to {_MOST_MINUTES} minutes.")
        bound = None if mac is None else normal_mac(mac)
        secret = self._secrets.token()
        fingerprint = self._secrets.fingerprint(secret)
        now = self._clock()
        token = EnrolmentToken(fingerprint[:12], uses, uses, now, now + round(minutes * 60_000), bound)
        async with self._changing:
            await self._forget_expired(now)
            if len(self._tokens) >= _MOST_TOKENS:
                raise Refused("There are too many enrolment tokens; delete some first.")
            await self._put(fingerprint, token)
        self._trail.note("enrolment.created", token.id, f"{uses} uses, {minutes:g} minutes")
        return secret

    async def spend(self, token: str, mac: str) -> bool:
        """Use `token` once for the device `mac`; False, without a reason, when it is not good for that."""
        fingerprint = self._secrets.fingerprint(token)
        async with self._changing:
            known = self._tokens.get(fingerprint)
            if known is None or known.expires_ms <= self._clock() or known.mac not in (None, mac):
                return False
            if known.uses_left > 1:
                await self._put(fingerprint, msgspec.structs.replace(known, uses_left=known.uses_left - 1))
            else:
                await self._drop(fingerprint)
        return True

    async def delete(self, token_id: str) -> None:
        """Make a token worthless. Raises NotFound."""
        async with self._changing:
            for fingerprint, token in self._tokens.items():
                if token.id == token_id:
                    await self._drop(fingerprint)
                    self._trail.note("enrolment.deleted", token_id)
                    return
        raise NotFound(f"There is no enrolment token {token_id}.")

    def clock_set(self, event: ClockSet) -> None:
        """A token made in this run keeps its time; one from an earlier run is as old as it is."""
        moved = {
            fingerprint: msgspec.structs.replace(
                token, created_ms=token.created_ms + event.shift_ms, expires_ms=token.expires_ms + event.shift_ms
            )
            for fingerprint, token in self._tokens.items()
            if token.created_ms >= event.since_ms
        }
        self._tokens |= moved
        if moved:
            self._later.do(self._keep(moved), "enrolment tokens may expire early: the clock was set")

    async def _keep(self, moved: dict[str, EnrolmentToken]) -> None:
        async with self._changing:
            for fingerprint, token in moved.items():
                if self._tokens.get(fingerprint) == token:
                    await self._put(fingerprint, token)

    async def _forget_expired(self, now: int) -> None:
        for fingerprint in [known for known, token in self._tokens.items() if token.expires_ms <= now]:
            await self._drop(fingerprint)

    async def _put(self, fingerprint: str, token: EnrolmentToken) -> None:
        await self._documents.put(_COLLECTION, fingerprint, msgspec.to_builtins(token))
        self._tokens[fingerprint] = token

    async def _drop(self, fingerprint: str) -> None:
        await self._documents.delete(_COLLECTION, fingerprint)
        del self._tokens[fingerprint]
