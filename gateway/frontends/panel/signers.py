"""Whose signature on a model counts."""

from __future__ import annotations

import base64
from typing import Annotated

import msgspec

from ...flow.model_signers import Signer
from .names import SignerName
from .parts import AutomationParts
from .routes import Route, Who
from .times import maybe_text
from .typed import Asked, NoBody, NoQuery, op


class SignerShown(msgspec.Struct, frozen=True):
    """A key that counts, and who said so."""

    name: str
    fingerprint: str
    who: str
    added: str | None
    added_ms: int | None
    """null: it came with the gateway, and stays."""


class SignerList(msgspec.Struct, frozen=True):
    """Answer to GET and POST /api/signers."""

    signers: list[SignerShown]


class SignerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/signers: the public Ed25519 key, base64 of its 32 bytes."""

    name: SignerName
    key: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9+/]{43}=$")]


class Signers:
    """The signers resource."""

    def __init__(self, automation: AutomationParts) -> None:
        self._care = automation.care

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/signers", Who.READ, self._list, "Whose signature on a model counts"),
            op("POST", "/signers", Who.ADMIN, self._trust, "Let somebody's signature count", status=201),
            op("DELETE", "/signers/{signer}", Who.ADMIN, self._distrust, "Let a signature count no more"),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> SignerList:
        return self._shown()

    async def _trust(self, asked: Asked[NoQuery, SignerBody]) -> SignerList:
        """Whoever has the other half of this key can have models run here."""
        await self._care.trust(asked.body.name, base64.b64decode(asked.body.key), asked.caller.name)
        return self._shown()

    async def _distrust(self, asked: Asked[NoQuery, NoBody]) -> None:
        """Models that were installed with it are not used after the next start."""
        await self._care.distrust(asked.path["signer"], asked.caller.name)

    def _shown(self) -> SignerList:
        return SignerList([_signer(signer) for signer in self._care.signers()])


def _signer(signer: Signer) -> SignerShown:
    return SignerShown(signer.name, signer.fingerprint, signer.who, maybe_text(signer.added_ms), signer.added_ms)
