"""The devices there are, with their credentials, in documents and in memory."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Collection, Sequence
from typing import Annotated

import msgspec

from ..core import capabilities
from ..core.access import Kind, Principal
from ..core.capabilities import Capabilities
from ..core.errors import NotFound
from ..core.messages import DeviceChanged, DeviceStatus
from ..core.ports.documents import Document, Documents
from ..core.ports.secrets import Secrets
from ..core.topics import DEVICE_ID
from .collection import Fingerprint

_log = logging.getLogger(__name__)

_COLLECTION = "devices"
_NO_CREDENTIAL = "-" * 64


class Former(msgspec.Struct, frozen=True):
    """Readings stored under another id that belong to this device: of the hardware that has taken its place."""

    device: str
    from_ms: int
    to_ms: int


class Swap(msgspec.Struct, frozen=True):
    """Other hardware has taken the device's place."""

    time_ms: int
    before_mac: str
    after_mac: str
    former: str = ""
    """The id under which the new hardware was known; empty: under none."""
    by: str = ""
    """Who asked for it."""
    breaks: bool = True
    """What it measures cannot be compared with what was measured before: other sensors, not calibrated to the old."""


class Consent(msgspec.Struct, frozen=True):
    """New hardware may become this device until then: the first to show `token`, or the hardware with `mac`.

    That proves itself with the password it had, or, when it had none (`credential` None), with the secret of the claim
    it waits with. The MAC address alone is never enough.
    """

    until_ms: int
    mac: str | None = None
    token: Fingerprint | None = None
    credential: Fingerprint | None = None
    given_ms: int = 0
    by: str = ""
    """Who gave it."""
    newest_ms: int | None = None
    """When the old hardware measured for the last time."""
    taken: bool = False
    """Hardware has come (`mac`) and was answered; until it has signed in, the answer may have been lost."""


class Device(msgspec.Struct, frozen=True):
    """What is known of a device besides its readings. `approved_ms` None: it waits for an operator."""

    id: str
    name: str
    mac: str
    firmware: str
    capabilities: dict[str, object]
    simulated: bool
    created_ms: int
    approved_ms: int | None
    revoked: bool = False
    swaps: tuple[Swap, ...] = ()
    """Oldest first."""
    formers: tuple[Former, ...] = ()
    consent: Consent | None = None
    learnt: dict[str, int] = {}
    """Metrics that it sends, and when it did so for the first time (UTC ms)."""


class _Stored(Device, frozen=True):
    """A device's document; a person may have edited it."""

    id: Annotated[str, msgspec.Meta(pattern=f"^{DEVICE_ID.pattern}$")]
    credential: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None


def ids_of(device_id: str, document: Document) -> list[str]:
    """The ids that a device's document holds: its own, and those under which older readings of it lie."""
    formers = document.get("formers")
    held = [one.get("device") for one in formers if isinstance(one, dict)] if isinstance(formers, list | tuple) else []
    return [device_id, *(former for former in held if isinstance(former, str))]


class Devices:
    """Every change goes to the documents first, then to memory; whoever makes one sees to it that it is one at a time.

    A device's password is kept as a keyed fingerprint, its `credential`.
    """

    def __init__(self, documents: Documents, secrets: Secrets) -> None:
        self._documents = documents
        self._secrets = secrets
        self._devices: dict[str, Device] = {}
        self._by_mac: dict[str, str] = {}
        self._formers: dict[str, str] = {}
        self._unsettled: set[str] = set()
        self._abilities: dict[str, Capabilities] = {}
        self._credentials: dict[str, str] = {}
        self._principals: dict[str, Principal] = {}
        self._statuses: dict[str, DeviceStatus] = {}

    def load(self) -> None:
        """Read the documents; an unreadable one is left out, loudly."""
        for device_id, document in self._documents.all(_COLLECTION).items():
            try:
                stored = msgspec.convert({**document, "id": device_id}, _Stored)
            except msgspec.ValidationError as error:
                _log.error("the document of device %s is unreadable and left out: %s", device_id, error)
                continue
            self._keep(msgspec.convert(stored, Device, from_attributes=True), stored.credential)

    # Asking

    def all(self) -> list[Device]:
        """Every device, oldest first."""
        return sorted(self._devices.values(), key=lambda device: (device.created_ms, device.id))

    def get(self, device_id: str) -> Device:
        """One device. Raises NotFound."""
        found = self._devices.get(device_id)
        if found is None:
            raise NotFound(f"There is no device {device_id}.")
        return found

    def find(self, device_id: str) -> Device | None:
        """One device, if there is such."""
        return self._devices.get(device_id)

    def with_mac(self, mac: str) -> Device | None:
        """The device with this MAC address, if it is known."""
        return self._devices.get(self._by_mac.get(mac, ""))

    def owner(self, former_id: str) -> Device | None:
        """The device to which readings stored under this id, which is gone, belong."""
        return self._devices.get(self._formers.get(former_id, ""))

    def abilities(self, device_id: str) -> Capabilities:
        """What it declared, what its kind has and what it has shown. Raises NotFound."""
        known = self._abilities.get(device_id)
        if known is None:
            device = self.get(device_id)
            known = self._abilities[device_id] = capabilities.read(device.capabilities, device.learnt)
        return known

    def unsettled(self, device_id: str) -> bool:
        """Whether it was given credentials for a proof that is good until it has used them."""
        return device_id in self._unsettled

    def has_credentials(self, device_id: str) -> bool:
        """Whether it can sign in."""
        return device_id in self._credentials

    def promised(self, token: str) -> Device | None:
        """The device whose place this fingerprint of a token may take, however long ago."""
        for device in self._devices.values():
            promised = device.consent.token if device.consent is not None else None
            if promised is not None and hmac.compare_digest(promised, token):
                return device
        return None

    def credential(self, device_id: str) -> str | None:
        """What is kept of its password; None: it cannot sign in."""
        return self._credentials.get(device_id)

    def authenticate(self, user: str, password: bytes) -> Principal | None:
        """The device these credentials belong to; None when they are wrong or revoked."""
        # Unknown names take the same way as wrong passwords, so that time tells nothing.
        stored = self._credentials.get(user, _NO_CREDENTIAL)
        right = hmac.compare_digest(self._secrets.fingerprint(password), stored)
        return self._principals.get(user) if right else None

    def principal(self, user: str) -> Principal | None:
        """The device with this MQTT user name as things are now; None when it is unknown or revoked."""
        return self._principals.get(user)

    def status(self, device: Device) -> DeviceStatus:
        """Where it is in its life: what presence said last, once it can sign in."""
        if device.revoked:
            return DeviceStatus.OFFLINE
        waiting = device.id not in self._credentials
        return DeviceStatus.PROVISIONING if waiting else self._statuses.get(device.id, DeviceStatus.OFFLINE)

    # Changing

    def remember_status(self, changed: DeviceChanged) -> None:
        """What was announced of a device."""
        if changed.status is None:
            self._statuses.pop(changed.device, None)
        else:
            self._statuses[changed.device] = changed.status

    async def put(self, device: Device, credential: str | None) -> None:
        """Keep a device; without `credential` it cannot sign in."""
        await self._documents.put(_COLLECTION, device.id, _document(device, credential))
        self._keep(device, credential)

    async def update(self, device: Device) -> None:
        """Keep a device with the credentials it has."""
        await self.put(device, self._credentials.get(device.id))

    async def change(self, kept: Sequence[tuple[Device, str | None]], gone: Collection[str] = ()) -> None:
        """Keep several devices, each with its credential, and forget others; all or none."""
        documents = {device.id: _document(device, credential) for device, credential in kept}
        await self._documents.change(_COLLECTION, documents, gone)
        for device_id in gone:
            self._forget(device_id)
        for device, credential in kept:
            self._keep(device, credential)

    def remember(self, device: Device) -> None:
        """A device as it is now, with the credentials it has; the documents hear of it later."""
        self._keep(device, self._credentials.get(device.id))

    async def drop(self, device_id: str) -> None:
        """Forget a device and its credentials."""
        await self._documents.delete(_COLLECTION, device_id)
        self._forget(device_id)

    def _keep(self, device: Device, credential: str | None) -> None:
        self._forget(device.id)
        self._devices[device.id] = device
        self._by_mac[device.mac] = device.id
        self._formers.update((former.device, device.id) for former in device.formers)
        if device.consent is not None and device.consent.taken:
            self._unsettled.add(device.id)
        if credential is not None and device.approved_ms is not None and not device.revoked:
            self._credentials[device.id] = credential
            self._principals[device.id] = Principal(Kind.DEVICE, device.id)

    def _forget(self, device_id: str) -> None:
        known = self._devices.pop(device_id, None)
        if known is None:
            return
        if self._by_mac.get(known.mac) == device_id:
            del self._by_mac[known.mac]
        for former in known.formers:
            self._formers.pop(former.device, None)
        self._unsettled.discard(device_id)
        for told in (self._credentials, self._principals, self._abilities):
            told.pop(device_id, None)


def _document(device: Device, credential: str | None) -> Document:
    document: Document = msgspec.to_builtins(device)
    del document["id"]
    if credential is not None:
        document["credential"] = credential
    return document
