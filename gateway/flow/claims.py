"""Registrations that wait for an operator, and who may collect their credentials.

A claim survives a restart. Its secret is kept as a fingerprint; the password it leads to does not exist until it is
collected. The registry serialises the changes.
"""

from __future__ import annotations

import logging
from enum import StrEnum

import msgspec

from ..core.errors import Refused
from ..core.messages import ClockSet
from ..core.ports.documents import Documents
from ..core.ports.secrets import Secrets
from .later import Later

_log = logging.getLogger(__name__)

RETRY_AFTER_S = 5
"""How soon a waiting node should ask again."""

_COLLECTION = "claims"
_MOST_PENDING = 32
_PENDING_MS = 60 * 60_000
_COLLECTABLE_MS = 24 * 60 * 60_000


class State(StrEnum):
    """What the operator has said."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


class Claim(msgspec.Struct, frozen=True):
    """One request to join, and what the device said of itself."""

    device: str
    state: State
    expires_ms: int
    firmware: str
    capabilities: dict[str, object]


class Claims:
    """Keeps claims by the fingerprint of their secret; bounded, durable."""

    def __init__(self, documents: Documents, secrets: Secrets) -> None:
        self._documents = documents
        self._secrets = secrets
        self._claims: dict[str, Claim] = {}
        self._later = Later()

    def load(self) -> None:
        """Read what the documents hold; an unreadable one is left out, loudly."""
        for fingerprint, document in self._documents.all(_COLLECTION).items():
            try:
                self._claims[fingerprint] = msgspec.convert(document, Claim)
            except msgspec.ValidationError as error:
                _log.error("a registration that waited for approval is unreadable and must be repeated: %s", error)

    def check_room(self, device: str) -> None:
        """Raises Refused when one more device cannot wait."""
        waiting = {claim.device for claim in self._claims.values() if claim.state is State.PENDING}
        if device not in waiting and len(waiting) >= _MOST_PENDING:
            raise Refused("Too many devices wait for approval; try again later.")

    async def open(self, device: str, firmware: str, capabilities: dict[str, object], now_ms: int) -> str:
        """A new pending claim's secret. It replaces the device's earlier pending one, never an approved one."""
        await self._drop(self._of(device, State.PENDING))
        secret = self._secrets.token()
        claim = Claim(device, State.PENDING, now_ms + _PENDING_MS, firmware, capabilities)
        await self._put(self._secrets.fingerprint(secret), claim)
        return secret

    def find(self, secret: str, now_ms: int) -> tuple[str, Claim] | None:
        """The claim with this secret and its key; None when unknown, collected or expired."""
        fingerprint = self._secrets.fingerprint(secret)
        claim = self._claims.get(fingerprint)
        return None if claim is None or claim.expires_ms <= now_ms else (fingerprint, claim)

    def pending(self, device: str, now_ms: int) -> Claim | None:
        """The device's claim that waits for approval."""
        return next((self._claims[key] for key in self._of(device, State.PENDING) if not self._past(key, now_ms)), None)

    def waiting(self, now_ms: int) -> set[str]:
        """The devices of all claims that wait for approval."""
        return {
            claim.device
            for claim in self._claims.values()
            if claim.state is State.PENDING and claim.expires_ms > now_ms
        }

    def leads_on(self, device: str, now_ms: int) -> bool:
        """Whether a claim of the device waits or may be collected."""
        keys = [*self._of(device, State.PENDING), *self._of(device, State.APPROVED)]
        return any(not self._past(key, now_ms) for key in keys)

    async def approve(self, device: str, now_ms: int) -> None:
        """The device's pending claim may be collected within a day."""
        for key in self._of(device, State.PENDING):
            await self._approve(key, device, now_ms)

    async def hand_over(self, key: str, device: str, now_ms: int) -> None:
        """A claim leads to the credentials of another device from now on, and may be collected within a day."""
        await self._approve(key, device, now_ms)

    async def deny(self, device: str) -> None:
        """No claim of the device leads to credentials any more."""
        for key in [*self._of(device, State.PENDING), *self._of(device, State.APPROVED)]:
            await self._put(key, msgspec.structs.replace(self._claims[key], state=State.DENIED))

    async def close(self, key: str) -> None:
        """Forget a claim that was collected."""
        await self._drop([key])

    async def prune(self, now_ms: int) -> set[str]:
        """Forget what has expired; the devices whose last open claim that was."""
        expired = [key for key in self._claims if self._past(key, now_ms)]
        devices = {self._claims[key].device for key in expired}
        await self._drop(expired)
        return devices - {claim.device for claim in self._claims.values()}

    def clock_set(self, event: ClockSet) -> None:
        """What was asked for in this run keeps its time; what comes from an earlier one is as old as it is."""
        moved = {}
        for key, claim in self._claims.items():
            asked_ms = claim.expires_ms - (_COLLECTABLE_MS if claim.state is State.APPROVED else _PENDING_MS)
            if asked_ms >= event.since_ms:
                moved[key] = msgspec.structs.replace(claim, expires_ms=claim.expires_ms + event.shift_ms)
        self._claims |= moved
        if moved:
            self._later.do(self._keep(moved), "registrations may expire early: the clock was set")

    async def _keep(self, moved: dict[str, Claim]) -> None:
        for key, claim in moved.items():
            if self._claims.get(key) == claim:
                await self._documents.put(_COLLECTION, key, msgspec.to_builtins(claim))

    def _past(self, key: str, now_ms: int) -> bool:
        return self._claims[key].expires_ms <= now_ms

    def _of(self, device: str, state: State) -> list[str]:
        return [key for key, claim in self._claims.items() if claim.device == device and claim.state is state]

    async def _approve(self, key: str, device: str, now_ms: int) -> None:
        expires_ms = now_ms + _COLLECTABLE_MS
        claim = self._claims[key]
        await self._put(key, msgspec.structs.replace(claim, device=device, state=State.APPROVED, expires_ms=expires_ms))

    async def _put(self, key: str, claim: Claim) -> None:
        await self._documents.put(_COLLECTION, key, msgspec.to_builtins(claim))
        self._claims[key] = claim

    async def _drop(self, keys: list[str]) -> None:
        for key in keys:
            await self._documents.delete(_COLLECTION, key)
            self._claims.pop(key, None)
