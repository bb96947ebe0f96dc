"""Which devices there are, how one becomes known, and whether credentials are good.

Every change goes to the documents first, then to memory, then to the bus, one at a time. A device's password is
random, given out once and kept as a keyed fingerprint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from ..core.access import Principal
from ..core.errors import Conflict, NotAllowed, NotFound
from ..core.messages import AccessRevoked, ClockSet, DeviceChanged, DeviceStatus
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from .bus import Bus
from .claims import RETRY_AFTER_S, Claims, State
from .devices import Device, Devices
from .enrolment import Enrolment
from .identity import given_name, may_be_mistaken, normal_mac
from .pairing import Pairing
from .registration import Credentials, Pending, Registration, check, described, renewed


class Registry:
    """The devices. With `Accounts` it fulfils core/ports/gatekeeper.Gatekeeper."""

    def __init__(
        self,
        documents: Documents,
        secrets: Secrets,
        bus: Bus,
        trail: Auditor,
        clock: Callable[[], int],
        enrolment: Enrolment | None = None,
    ) -> None:
        self.pairing = Pairing(trail, clock)
        self.enrolment = enrolment or Enrolment(documents, secrets, trail, clock)
        self._documents = documents
        self._secrets = secrets
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._claims = Claims(documents, secrets)
        self._changing = asyncio.Lock()
        self._devices = Devices(documents, secrets)
        bus.on(DeviceChanged, self._devices.remember_status)
        for handler in (self.pairing.clock_set, self._claims.clock_set, self.enrolment.clock_set):
            bus.on(ClockSet, handler)

    def load(self) -> None:
        """Read devices, claims and enrolment tokens; an unreadable device is left out, loudly."""
        self._devices.load()
        self._claims.load()
        self.enrolment.load()

    def devices(self) -> list[Device]:
        """Every device, oldest first."""
        return self._devices.all()

    def device(self, device_id: str) -> Device:
        """One device. Raises NotFound."""
        return self._devices.get(device_id)

    def known(self, device_id: str) -> bool:
        """Whether there is such a device, in whatever state."""
        return self._devices.find(device_id) is not None

    def simulated(self, device_id: str) -> bool:
        """Whether everything this device says must be marked SIMULATED; False for an unknown one."""
        found = self._devices.find(device_id)
        return found is not None and found.simulated

    def pending(self) -> list[str]:
        """The ids of the devices that wait for an operator; also known ones that ask for new credentials."""
        now = self._clock()
        return [device.id for device in self.devices() if self._claims.pending(device.id, now)]

    def authenticate(self, user: str, password: bytes) -> Principal | None:
        """The device these credentials belong to; None when they are wrong or revoked."""
        return self._devices.authenticate(user, password)

    def principal(self, user: str) -> Principal | None:
        """The device with this MQTT user name as things are now; None when it is unknown or revoked."""
        return self._devices.principal(user)

    async def register(self, request: Registration) -> Credentials | Pending:
        """Credentials for an enrolment token, or a claim in an open pairing window.

        Raises NotAllowed with neither, Refused when the request makes no sense or too many wait.
        """
        mac = normal_mac(request.mac_address)
        check(request)
        async with self._changing:
            await self._prune()
            if request.token and await self.enrolment.spend(request.token, mac):
                return await self._admit(self._described(request, mac))
            if not self.pairing.is_open:
                self._trail.note("device.refused", mac, "pairing is closed and there is no valid token")
                raise NotAllowed("Pairing is closed, and there is no valid enrolment token.")
            return await self._wait(self._described(request, mac))

    async def collect(self, claim: str) -> Credentials | Pending:
        """What has become of a claim: its credentials once, or Pending.

        Raises NotAllowed when it was denied; NotFound when it is unknown, expired or was collected.
        """
        async with self._changing:
            found = self._claims.find(claim, self._clock())
            if found is None:
                raise NotFound("There is no such claim; it may have expired. Register again.")
            key, known = found
            device = self._devices.find(known.device)
            if known.state is State.DENIED or device is None:
                raise NotAllowed("An operator has refused this device.")
            if known.state is State.PENDING or device.approved_ms is None or device.revoked:
                return Pending(claim, RETRY_AFTER_S)
            # The new password works before the claim is gone: a crash in between lets the node ask once more.
            given = await self._give(renewed(device, known.firmware, known.capabilities))
            await self._claims.close(key)
            return given

    async def approve(self, device_id: str) -> Device:
        """Let a waiting device have its credentials. Raises NotFound; Conflict when a revoked one has not asked."""
        async with self._changing:
            device = self.device(device_id)
            now = self._clock()
            if self._claims.pending(device_id, now) is None:
                if device.revoked or device.approved_ms is None:
                    raise Conflict("This device has not asked to join: open pairing, or give it an enrolment token.")
                return device
            # The device first: an approved claim of a device that is not approved could not be collected.
            approved = msgspec.structs.replace(device, approved_ms=now, revoked=False)
            await self._devices.update(approved)
            await self._claims.approve(device_id, now)
        self._trail.note("device.approved", device_id)
        self._bus.publish(DeviceChanged(device_id, self._devices.status(approved)))
        return approved

    async def revoke(self, device_id: str) -> Device:
        """End the device's access at once, also while it waits; only an operator lets it back. Raises NotFound."""
        async with self._changing:
            device = msgspec.structs.replace(self.device(device_id), revoked=True)
            await self._claims.deny(device_id)
            await self._devices.put(device, None)
            self._bus.publish(AccessRevoked(device_id))
        self._trail.note("device.revoked", device_id)
        self._bus.publish(DeviceChanged(device_id, DeviceStatus.OFFLINE))
        return device

    async def delete(self, device_id: str) -> None:
        """Forget the device and its credentials; erasing its readings is the caller's. Raises NotFound."""
        async with self._changing:
            self.device(device_id)
            await self._claims.deny(device_id)
            await self._devices.drop(device_id)
            self._bus.publish(AccessRevoked(device_id))
        self._trail.note("device.deleted", device_id)
        self._bus.publish(DeviceChanged(device_id, None))

    async def amend(
        self, device_id: str, *, name: str | None = None, asset: str | msgspec.UnsetType | None = msgspec.UNSET
    ) -> Device:
        """Change what people say of a device; what is not given stays. Raises NotFound and Refused."""
        async with self._changing:
            before = device = self.device(device_id)
            if name is not None:
                device = msgspec.structs.replace(device, name=given_name(name))
            if asset is not msgspec.UNSET:
                device = msgspec.structs.replace(device, asset=asset)
            if device == before:
                return device
            await self._devices.update(device)
        self._trail.note("device.amended", device_id, f"name {device.name}, asset {device.asset or 'none'}")
        self._bus.publish(DeviceChanged(device_id, self._devices.status(device)))
        return device

    async def _admit(self, device: Device) -> Credentials:
        """Consent was given in advance: approved, with credentials, in one step."""
        self._trail.note("device.registered", device.id, f"{device.mac}, with an enrolment token")
        return await self._give(msgspec.structs.replace(device, approved_ms=self._clock(), revoked=False))

    async def _wait(self, device: Device) -> Pending:
        self._claims.check_room(device.id)
        known = self.known(device.id)
        if not known:
            await self._devices.put(device, None)
        secret = await self._claims.open(device.id, device.firmware, device.capabilities, self._clock())
        self._trail.note("device.registered", device.id, f"{device.mac}, waits for approval")
        self._bus.publish(
            DeviceChanged(device.id, self._devices.status(device) if known else DeviceStatus.PROVISIONING)
        )
        return Pending(secret, RETRY_AFTER_S)

    async def _give(self, device: Device) -> Credentials:
        """New credentials for `device`; older ones end here, and with them the connections that use them."""
        replacing = self._devices.has_credentials(device.id)
        password = self._secrets.token()
        await self._devices.put(device, self._secrets.fingerprint(password))
        if replacing:
            self._bus.publish(AccessRevoked(device.id))
        self._trail.note("device.credentials", device.id, "replaced" if replacing else "given")
        self._bus.publish(DeviceChanged(device.id, DeviceStatus.PROVISIONING))
        return Credentials(device.id, device.id, password)

    async def _prune(self) -> None:
        """Forget expired claims, and the devices that never got further."""
        for device_id in await self._claims.prune(self._clock()):
            device = self._devices.find(device_id)
            if device is not None and device.approved_ms is None and not device.revoked:
                await self._devices.drop(device_id)
                self._bus.publish(DeviceChanged(device_id, None))

    def _described(self, request: Registration, mac: str) -> Device:
        return described(request, mac, self._devices.with_mac(mac), self._taken, self._clock())

    def _taken(self, device_id: str) -> bool:
        accounts = self._documents.all("services")
        known = self._devices.find(device_id) is not None
        return known or any(may_be_mistaken(account, device_id) for account in accounts)
