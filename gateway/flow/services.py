"""Service accounts: programs over MQTT."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Callable

import msgspec

from ..core.access import Kind, Principal, Scope
from ..core.errors import Conflict, NotFound, Refused
from ..core.messages import AccessRevoked
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from .bus import Bus
from .collection import Fingerprint, read_all
from .devices import ids_of
from .identity import may_be_mistaken

_COLLECTION = "services"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_RESERVED = ("api-", "gateway")
_NO_FINGERPRINT = "-" * 64


class Service(msgspec.Struct, frozen=True):
    """A program's MQTT account; not its password."""

    name: str
    scope: Scope
    created_ms: int


class _Document(msgspec.Struct, frozen=True):
    scope: Scope
    created_ms: int
    fingerprint: Fingerprint


class Services:
    """Each with its scope; the password is random and kept as a keyed fingerprint."""

    def __init__(
        self, documents: Documents, secrets: Secrets, bus: Bus, trail: Auditor, clock: Callable[[], int]
    ) -> None:
        self._documents = documents
        self._secrets = secrets
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._changing = asyncio.Lock()
        self._services: dict[str, _Document] = {}

    def load(self) -> None:
        """Read what the documents hold."""
        self._services = read_all(self._documents, _COLLECTION, _Document)

    async def create(self, name: str, scope: Scope) -> str:
        """A new MQTT account's password, shown this once.

        Raises Refused for a name or scope that cannot be; Conflict when its client ids could be another's.
        """
        if _NAME.fullmatch(name) is None or name.startswith(_RESERVED):
            raise Refused(
                "A service account's name has 1 to 40 letters, digits, `.`, `_` or `-`; `api-` and `gateway` are taken."
            )
        if scope is Scope.ADMIN:
            raise Refused("A service account has the scope read or operate.")
        async with self._changing:
            self._check_free(name)
            password = self._secrets.token()
            service = _Document(scope, self._clock(), self._secrets.fingerprint(password))
            await self._documents.put(_COLLECTION, name, msgspec.to_builtins(service))
            self._services[name] = service
        self._trail.note("service.created", name, f"scope {scope}")
        return password

    def _check_free(self, name: str) -> None:
        if name in self._services:
            raise Conflict(f"There is a service account {name}; delete it first for a new password.")
        for other in self._services:
            if may_be_mistaken(name, other) or may_be_mistaken(other, name):
                raise Conflict(f"{name} and the account {other} could use the same client ids; choose another name.")
        for device, document in self._documents.all("devices").items():
            for held in ids_of(device, document):
                if may_be_mistaken(name, held):
                    raise Conflict(f"{name} could use the client id of the device {held}; choose another name.")

    def all(self) -> list[Service]:
        """Every MQTT account by name."""
        return [Service(name, known.scope, known.created_ms) for name, known in sorted(self._services.items())]

    async def delete(self, name: str) -> None:
        """End an MQTT account and its connections at once. Raises NotFound."""
        async with self._changing:
            if name not in self._services:
                raise NotFound(f"There is no service account {name}.")
            await self._documents.delete(_COLLECTION, name)
            del self._services[name]
            self._bus.publish(AccessRevoked(name))
        self._trail.note("service.deleted", name)

    def authenticate(self, user: str, password: bytes) -> Principal | None:
        """The service account these credentials belong to; None when they are wrong."""
        known = self._services.get(user)
        # Unknown names take the same way as wrong passwords, so that time tells nothing.
        stored = known.fingerprint if known else _NO_FINGERPRINT
        right = hmac.compare_digest(self._secrets.fingerprint(password), stored)
        return self.principal(user) if known and right else None

    def principal(self, user: str) -> Principal | None:
        """The service account with this MQTT user name as things are now; None when there is none."""
        known = self._services.get(user)
        return Principal(Kind.SERVICE, user, known.scope) if known else None
