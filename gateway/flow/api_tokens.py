"""API tokens: programs over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from ..core.access import Kind, Principal, Scope
from ..core.errors import NotFound, Refused
from ..core.messages import AccessRevoked
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from .bus import Bus
from .collection import Fingerprint, read_all
from .identity import given_name

_COLLECTION = "api_tokens"
_MOST = 100


class ApiToken(msgspec.Struct, frozen=True):
    """A program's access to the HTTP API; not its secret."""

    id: str
    name: str
    scope: Scope
    created_ms: int
    per_hour: int = 0
    """How many requests it may make in an hour; 0: no limit of its own."""


class _Document(msgspec.Struct, frozen=True):
    name: str
    scope: Scope
    created_ms: int
    fingerprint: Fingerprint
    per_hour: int = 0


class ApiTokens:
    """Each with its scope; the secret is random, kept as a keyed fingerprint and found in one step."""

    def __init__(
        self, documents: Documents, secrets: Secrets, bus: Bus, trail: Auditor, clock: Callable[[], int]
    ) -> None:
        self._documents = documents
        self._secrets = secrets
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._changing = asyncio.Lock()
        self._tokens: dict[str, _Document] = {}
        self._bearers: dict[str, Principal] = {}

    def load(self) -> None:
        """Read what the documents hold."""
        self._tokens = read_all(self._documents, _COLLECTION, _Document)
        self._bearers = {token.fingerprint: _bearer(key, token) for key, token in self._tokens.items()}

    async def create(self, scope: Scope, name: str = "", per_hour: int = 0) -> tuple[str, str]:
        """A new API token as (id, secret); the secret is shown this once. Raises Refused when there are too many.

        `per_hour` 0: it may ask as often as everybody.
        """
        shown = given_name(name) if name.strip() else ""
        async with self._changing:
            if len(self._tokens) >= _MOST:
                raise Refused("There are too many API tokens; delete some first.")
            secret = self._secrets.token()
            fingerprint = self._secrets.fingerprint(secret)
            token_id = f"api-{fingerprint[:12]}"
            token = _Document(shown, scope, self._clock(), fingerprint, per_hour)
            await self._documents.put(_COLLECTION, token_id, msgspec.to_builtins(token))
            self._tokens[token_id] = token
            self._bearers[fingerprint] = _bearer(token_id, token)
        quota = f", {per_hour} requests an hour" if per_hour else ""
        self._trail.note("token.created", token_id, f"{shown or 'no name'}, scope {scope}{quota}")
        return token_id, secret

    def all(self) -> list[ApiToken]:
        """Every API token, oldest first."""
        tokens = [
            ApiToken(key, token.name, token.scope, token.created_ms, token.per_hour)
            for key, token in self._tokens.items()
        ]
        return sorted(tokens, key=lambda token: token.created_ms)

    async def delete(self, token_id: str) -> None:
        """End a token at once. Raises NotFound."""
        async with self._changing:
            token = self._tokens.get(token_id)
            if token is None:
                raise NotFound(f"There is no API token {token_id}.")
            await self._documents.delete(_COLLECTION, token_id)
            del self._tokens[token_id]
            self._bearers.pop(token.fingerprint, None)
        self._trail.note("token.deleted", token_id, token.name)
        self._bus.publish(AccessRevoked(token_id))

    def per_hour(self, token_id: str) -> int:
        """How many requests this token may make in an hour; 0: no limit of its own."""
        token = self._tokens.get(token_id)
        return token.per_hour if token else 0

    def bearer(self, secret: str) -> Principal | None:
        """The program this API token belongs to; None when there is no such token."""
        # The keyed fingerprint is what is searched for: how long that takes says nothing about any secret.
        return self._bearers.get(self._secrets.fingerprint(secret))


def _bearer(token_id: str, token: _Document) -> Principal:
    return Principal(Kind.SERVICE, token_id, token.scope)
