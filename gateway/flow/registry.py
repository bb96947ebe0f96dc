"""Which devices there are, what operators do with them, and whether credentials are good.

Every change goes to the documents first, then to memory, then to the bus, one at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from ..core.access import Principal
from ..core.capabilities import Capabilities
from ..core.errors import Conflict
from ..core.messages import AccessRevoked, ClockSet, DeviceChanged, DeviceStatus
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from . import swap
from .admission import Admission
from .bus import Bus
from .claims import Claims
from .devices import Device, Devices
from .enrolment import Enrolment
from .identity import given_name, normal_mac
from .later import Later
from .latest import MOST_METRICS
from .pairing import Pairing
from .registration import Credentials, Pending, Registration, check
from .succession import Succession
from .swap import Swapped


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
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._claims = Claims(documents, secrets)
        self._changing = asyncio.Lock()
        self._devices = Devices(documents, secrets)
        self._succession = Succession(documents, self._devices, self._claims, secrets, bus, trail, clock)
        self._admission = Admission(
            documents,
            secrets,
            bus,
            trail,
            clock,
            self._devices,
            self._claims,
            self._succession,
            self.pairing,
            self.enrolment,
        )
        self._later = Later()
        bus.on(DeviceChanged, self._devices.remember_status)
        for handler in (self.pairing.clock_set, self._claims.clock_set, self.enrolment.clock_set, self._clock_set):
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
        found = self._devices.find(device_id) or self._devices.owner(device_id)
        return found is not None and found.simulated

    def abilities(self, device_id: str) -> Capabilities:
        """What a device declared, what its kind has and what it has sent; kept ready. Raises NotFound."""
        return self._devices.abilities(device_id)

    def hardware(self, device_id: str) -> str:
        """The MAC address of the node that is this device now; empty for an unknown one."""
        found = self._devices.find(device_id)
        return "" if found is None else found.mac

    def former(self, device_id: str) -> bool:
        """Whether readings stored under this id belong to another device now."""
        return self._devices.find(device_id) is None and self._devices.owner(device_id) is not None

    def series_of(self, device_id: str, from_ms: int, to_ms: int) -> list[tuple[str, int, int]]:
        """Under which ids a device's readings of this time lie, and which part of it; itself last."""
        found = self._devices.find(device_id)
        return [(device_id, from_ms, to_ms)] if found is None else swap.series(found, from_ms, to_ms)

    def pending(self) -> list[str]:
        """The ids of the devices that wait for an operator; also known ones that ask for new credentials."""
        waiting = self._claims.waiting(self._clock())
        return [device.id for device in self.devices() if device.id in waiting] if waiting else []

    def waits(self, device_id: str) -> bool:
        """Whether this one does."""
        return self._claims.pending(device_id, self._clock()) is not None

    def authenticate(self, user: str, password: bytes) -> Principal | None:
        """The device these credentials belong to; None when they are wrong or revoked."""
        principal = self._devices.authenticate(user, password)
        if principal is not None and self._devices.unsettled(user):
            self._later.do(self._settle(user), f"the new hardware of {user} could still register again")
        return principal

    def principal(self, user: str) -> Principal | None:
        """The device with this MQTT user name as things are now; None when it is unknown or revoked."""
        return self._devices.principal(user)

    async def register(self, request: Registration) -> Credentials | Pending:
        """Credentials for an enrolment token or for hardware that was given a device's place; else a claim.

        Raises NotAllowed when neither is there and pairing is closed, Refused when the request makes no sense or too
        many wait.
        """
        mac = normal_mac(request.mac_address)
        check(request)
        async with self._changing:
            return await self._admission.register(request, mac)

    async def collect(self, claim: str) -> Credentials | Pending:
        """What has become of a claim: its credentials once, or Pending.

        Raises NotAllowed when it was denied; NotFound when it is unknown, expired or was collected.
        """
        async with self._changing:
            return await self._admission.collect(claim)

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
            device = msgspec.structs.replace(swap.settled(self.device(device_id)), revoked=True)
            await self._claims.deny(device_id)
            await self._devices.put(device, None)
            self._bus.publish(AccessRevoked(device_id))
        self._trail.note("device.revoked", device_id)
        self._bus.publish(DeviceChanged(device_id, DeviceStatus.OFFLINE))
        return device

    async def delete(self, device_id: str) -> None:
        """Forget the device and its credentials; erasing its readings is the caller's. Raises NotFound.

        The ids its hardware had before are announced as deleted, too: what lies under them was this device's.
        """
        async with self._changing:
            device = self.device(device_id)
            await self._claims.deny(device_id)
            await self._devices.drop(device_id)
            self._bus.publish(AccessRevoked(device_id))
        self._trail.note("device.deleted", device_id)
        for gone in (device_id, *(former.device for former in device.formers)):
            self._bus.publish(DeviceChanged(gone, None))

    async def amend(self, device_id: str, *, name: str | None = None) -> Device:
        """Change what people say of a device; what is not given stays. Raises NotFound and Refused."""
        async with self._changing:
            before = device = self.device(device_id)
            if name is not None:
                device = msgspec.structs.replace(device, name=given_name(name))
            if device == before:
                return device
            await self._devices.update(device)
        self._trail.note("device.amended", device_id, f"name {device.name}")
        self._bus.publish(DeviceChanged(device_id, self._devices.status(device)))
        return device

    async def swap(
        self, device_id: str, replacement: str | None, who: str, minutes: float = 60, newest_ms: int | None = None
    ) -> Swapped:
        """Give the device's place to other hardware: the known device `replacement`, which is gone as such, or whoever
        registers with the token in the answer. The credentials there were are worthless from now on.

        `newest_ms`: when the old hardware measured for the last time; what the replacement has measured since then is
        the device's. Raises NotFound, Refused (`minutes`), and Conflict when the replacement cannot be it.
        """
        async with self._changing:
            device = self.device(device_id)
            newcomer = None if replacement is None else self.device(replacement)
            return await self._succession.begin(device, newcomer, who, minutes, newest_ms)

    async def learn(self, sent: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
        """Note which metrics devices have sent, and when first; in one write. The new ones by device.

        Raises StoreError.
        """
        learnt: dict[str, list[str]] = {}
        changed: list[Device] = []
        async with self._changing:
            for device_id, metrics in sent.items():
                device = self._devices.find(device_id)
                if device is None:
                    continue
                room = MOST_METRICS - len(device.learnt)
                if new := [metric for metric in metrics if metric not in device.learnt][:room]:
                    learnt[device_id] = new
                    known = {**device.learnt, **{metric: metrics[metric] for metric in new}}
                    changed.append(msgspec.structs.replace(device, learnt=known))
            await self._update(changed)
        for device in changed:
            self._bus.publish(DeviceChanged(device.id, self._devices.status(device)))
        return learnt

    def _clock_set(self, event: ClockSet) -> None:
        """What was noted in this run moves with the clock, at once in memory and then in the documents."""
        moved = [after for device in self._devices.all() if (after := swap.clock_set(device, event)) != device]
        for device in moved:
            self._devices.remember(device)
        if moved:
            self._later.do(self._keep(moved), "swaps and what was learnt of devices keep a wrong time on the disk")

    async def _keep(self, moved: list[Device]) -> None:
        async with self._changing:
            await self._update([device for device in moved if self._devices.find(device.id) == device])

    async def _update(self, changed: list[Device]) -> None:
        """Keep them with the credentials they have, in one write."""
        if changed:
            await self._devices.change([(device, self._devices.credential(device.id)) for device in changed])

    async def _settle(self, device_id: str) -> None:
        """It has signed in: the proof for which it was given its credentials is good for nothing any more."""
        async with self._changing:
            device = self._devices.find(device_id)
            if device is not None and device.consent is not None and device.consent.taken:
                await self._devices.update(swap.settled(device))
