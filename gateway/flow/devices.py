"""The devices there are, with their credentials, in documents and in memory."""

from __future__ import annotations

import hmac
import logging
from typing import Annotated

import msgspec

from ..core.access import Kind, Principal
from ..core.errors import NotFound
from ..core.messages import DeviceChanged, DeviceStatus
from ..core.ports.documents import Documents
from ..core.ports.secrets import Secrets
from ..core.topics import DEVICE_ID

_log = logging.getLogger(__name__)

_COLLECTION = "devices"
_NO_CREDENTIAL = "-" * 64


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
    asset: str | None = None


class _Stored(Device, frozen=True):
    """A device's document; a person may have edited it."""

    id: Annotated[str, msgspec.Meta(pattern=f"^{DEVICE_ID.pattern}$")]
    credential: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None


class Devices:
    """Every change goes to the documents first, then to memory; whoever makes one sees to it that it is one at a time.

    A device's password is kept as a keyed fingerprint, its `credential`.
    """

    def __init__(self, documents: Documents, secrets: Secrets) -> None:
        self._documents = documents
        self._secrets = secrets
        self._devices: dict[str, Device] = {}
        self._by_mac: dict[str, str] = {}
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

    def has_credentials(self, device_id: str) -> bool:
        """Whether it can sign in."""
        return device_id in self._credentials

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
        document: dict[str, object] = msgspec.to_builtins(device)
        del document["id"]
        if credential is not None:
            document["credential"] = credential
        await self._documents.put(_COLLECTION, device.id, document)
        self._keep(device, credential)

    async def update(self, device: Device) -> None:
        """Keep a device with the credentials it has."""
        await self.put(device, self._credentials.get(device.id))

    async def drop(self, device_id: str) -> None:
        """Forget a device and its credentials."""
        await self._documents.delete(_COLLECTION, device_id)
        device = self._devices.pop(device_id)
        self._by_mac.pop(device.mac, None)
        self._shut_out(device_id)

    def _keep(self, device: Device, credential: str | None) -> None:
        self._devices[device.id] = device
        self._by_mac[device.mac] = device.id
        if credential is not None and device.approved_ms is not None and not device.revoked:
            self._credentials[device.id] = credential
            self._principals[device.id] = Principal(Kind.DEVICE, device.id)
        else:
            self._shut_out(device.id)

    def _shut_out(self, device_id: str) -> None:
        self._credentials.pop(device_id, None)
        self._principals.pop(device_id, None)
