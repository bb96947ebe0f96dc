"""Whose models are taken: the gateway's own signer, and those an administrator trusts."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..core.errors import Conflict, NotFound, Refused
from ..core.ports.documents import Documents
from ..core.signers import KEY_BYTES, fingerprint, unbase64

_log = logging.getLogger(__name__)
_COLLECTION = "signers"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")


class Signer(msgspec.Struct, frozen=True):
    """Somebody whose models are taken."""

    name: str
    fingerprint: str
    who: str
    """Who trusted them; empty: they come with the gateway."""
    added_ms: int | None


class Signers:
    """The document `signers`, and the keys that came with the gateway."""

    def __init__(self, documents: Documents, clock: Callable[[], int], own: Mapping[str, bytes]) -> None:
        self._documents = documents
        self._clock = clock
        self._own = dict(own)
        self._added: dict[str, dict[str, Any]] = {}

    def load(self) -> None:
        """Read them; one that cannot be read is left out, loudly."""
        for name, document in self._documents.all(_COLLECTION).items():
            if len(unbase64(str(document.get("key", "")))) == KEY_BYTES:
                self._added[name] = document
            else:
                _log.error("the signer %s is not trusted: its key cannot be read", name)

    def keys(self) -> dict[str, bytes]:
        """The keys by name; the gateway's own cannot be replaced."""
        return {name: unbase64(str(kept["key"])) for name, kept in self._added.items()} | self._own

    def all(self) -> list[Signer]:
        """Everybody, the gateway's own first."""
        own = [Signer(name, fingerprint(key), "", None) for name, key in self._own.items()]
        return own + [
            Signer(name, fingerprint(unbase64(kept["key"])), str(kept.get("who", "")), kept.get("added_ms"))
            for name, kept in sorted(self._added.items())
        ]

    async def trust(self, name: str, key: bytes, who: str) -> None:
        """Take models that this key signed. Raises Refused, Conflict, StoreError."""
        if _NAME.fullmatch(name) is None:
            raise Refused(
                "a signer's name is of a-z, 0-9, '_', '.' and '-', at most 40, and begins with a letter or digit"
            )
        if len(key) != KEY_BYTES:
            raise Refused(f"an Ed25519 key has {KEY_BYTES} bytes, this one {len(key)}")
        known = next((known for known, trusted in self.keys().items() if trusted == key or known == name), None)
        if known is not None:
            raise Conflict(f"{known} is trusted already" + ("" if known != name else "; take it away first"))
        document = {"key": base64.b64encode(key).decode(), "who": who, "added_ms": self._clock()}
        await self._documents.put(_COLLECTION, name, document)
        self._added[name] = document

    async def distrust(self, name: str) -> None:
        """Take none of theirs any more. Raises NotFound, Refused, StoreError."""
        self.known(name)
        await self._documents.delete(_COLLECTION, name)
        del self._added[name]

    def known(self, name: str) -> None:
        """Raises NotFound when nobody is called so, Refused for the gateway's own."""
        if name in self._own:
            raise Refused(f"{name} came with the gateway and stays")
        if name not in self._added:
            raise NotFound(f"there is no signer called {name!r}")
