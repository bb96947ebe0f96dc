"""How a device becomes known and gets its credentials: by a token, by an operator's word, or in another one's place.

The registry serialises the changes. A device's password is random, given out once and kept as a keyed fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..core.errors import NotAllowed, NotFound
from ..core.messages import AccessRevoked, DeviceChanged, DeviceStatus
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from . import swap
from .bus import Bus
from .claims import RETRY_AFTER_S, Claims, State
from .devices import Device, Devices
from .enrolment import Enrolment
from .identity import may_be_mistaken
from .pairing import Pairing
from .registration import Credentials, Pending, Registration, described, renewed
from .succession import Succession


class Admission:
    """Lets devices in."""

    def __init__(
        self,
        documents: Documents,
        secrets: Secrets,
        bus: Bus,
        trail: Auditor,
        clock: Callable[[], int],
        devices: Devices,
        claims: Claims,
        succession: Succession,
        pairing: Pairing,
        enrolment: Enrolment,
    ) -> None:
        self._documents = documents
        self._secrets = secrets
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._devices = devices
        self._claims = claims
        self._succession = succession
        self._pairing = pairing
        self._enrolment = enrolment

    async def register(self, request: Registration, mac: str) -> Credentials | Pending:
        """What a request that makes sense leads to. Raises NotAllowed, and Refused when too many wait."""
        await self._prune()
        heir = self._succession.heir(request, mac)
        if heir is not None:
            return await self._succeed(heir, request, mac)
        if request.token and await self._enrolment.spend(request.token, mac):
            return await self._admit(self._described(request, mac))
        if not (self._pairing.is_open or self._succession.expected(mac)):
            self._trail.note("device.refused", mac, "pairing is closed and there is no valid token")
            raise NotAllowed("Pairing is closed, and there is no valid enrolment token.")
        return await self._wait(self._described(request, mac))

    async def collect(self, claim: str) -> Credentials | Pending:
        """What has become of a claim. Raises NotAllowed when it was denied, NotFound when there is none."""
        found = self._claims.find(claim, self._clock())
        if found is None:
            raise NotFound("There is no such claim; it may have expired. Register again.")
        key, known = found
        device, state = self._devices.find(known.device), known.state
        if device is None and (device := self._succession.inheriting(known)) is not None:
            # The claim first: a crash in between leaves it good for the place its node was given.
            await self._claims.hand_over(key, device.id, self._clock())
            state = State.APPROVED
        if state is State.DENIED or device is None:
            raise NotAllowed("An operator has refused this device.")
        if state is State.PENDING or device.approved_ms is None or device.revoked:
            return Pending(claim, RETRY_AFTER_S)
        # The new password works before the claim is gone: a crash in between lets the node ask once more.
        given = await self._give(swap.settled(renewed(device, known.firmware, known.capabilities)))
        await self._claims.close(key)
        return given

    async def _admit(self, device: Device) -> Credentials:
        """Consent was given in advance: approved, with credentials, in one step."""
        self._trail.note("device.registered", device.id, f"{device.mac}, with an enrolment token")
        return await self._give(msgspec.structs.replace(swap.settled(device), approved_ms=self._clock(), revoked=False))

    async def _wait(self, device: Device) -> Pending:
        self._claims.check_room(device.id)
        known = self._devices.find(device.id) is not None
        if not known:
            await self._devices.put(device, None)
        secret = await self._claims.open(device.id, device.firmware, device.capabilities, self._clock())
        self._trail.note("device.registered", device.id, f"{device.mac}, waits for approval")
        self._bus.publish(
            DeviceChanged(device.id, self._devices.status(device) if known else DeviceStatus.PROVISIONING)
        )
        return Pending(secret, RETRY_AFTER_S)

    async def _give(self, device: Device, newcomer: Device | None = None) -> Credentials:
        """New credentials for `device`; older ones end here, and with them the connections that use them.

        `newcomer`: the device its hardware was until now.
        """
        before = self._devices.find(device.id)
        replacing = self._devices.has_credentials(device.id)
        password = self._secrets.token()
        gone = [] if newcomer is None else [newcomer.id]
        await self._devices.change([(device, self._secrets.fingerprint(password))], gone)
        if replacing:
            self._bus.publish(AccessRevoked(device.id))
        if before is not None:
            self._succession.tell(before, device, newcomer)
        self._trail.note("device.credentials", device.id, "replaced" if replacing else "given")
        self._bus.publish(DeviceChanged(device.id, DeviceStatus.PROVISIONING))
        return Credentials(device.id, device.id, password)

    async def _succeed(self, device: Device, request: Registration, mac: str) -> Credentials:
        """The hardware that was given the device's place is here."""
        after, newcomer = await self._succession.arrived(device, mac)
        self._trail.note("device.registered", device.id, f"{mac}, as the new hardware of this device")
        return await self._give(renewed(after, request.firmware_version, request.capabilities), newcomer)

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
        if self._devices.find(device_id) is not None or self._devices.owner(device_id) is not None:
            return True
        return any(may_be_mistaken(account, device_id) for account in self._documents.all("services"))
