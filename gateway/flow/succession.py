"""Other hardware in a device's place: who may take it, by which proof, and how that is announced.

The registry serialises the changes. Hardware gets its new name by a token that is good for this one place, by the
password it had before, or by the claim it waits with; an operator's approval helps where it has none of these.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from msgspec.structs import replace

from ..core.errors import Conflict, NotAllowed, Refused
from ..core.messages import AccessRevoked, DeviceChanged, DeviceStatus, DeviceSwapped
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.secrets import Secrets
from . import swap
from .bus import Bus
from .claims import Claim, Claims, State
from .devices import Consent, Device, Devices
from .registration import Registration
from .swap import Swapped


class Succession:
    """Gives a device's place away and knows who takes it."""

    def __init__(
        self,
        documents: Documents,
        devices: Devices,
        claims: Claims,
        secrets: Secrets,
        bus: Bus,
        trail: Auditor,
        clock: Callable[[], int],
    ) -> None:
        self._documents = documents
        self._devices = devices
        self._claims = claims
        self._secrets = secrets
        self._bus = bus
        self._trail = trail
        self._clock = clock

    async def begin(
        self, device: Device, newcomer: Device | None, who: str, minutes: float, newest_ms: int | None
    ) -> Swapped:
        """Take the device from its hardware and give it to `newcomer`, or to whoever shows a token. One write.

        Raises Refused for `minutes`, Conflict when the newcomer cannot be it.
        """
        if not 0 < minutes <= swap.LONGEST_MINUTES:
            raise Refused(f"New hardware may take up to {swap.LONGEST_MINUTES} minutes to come.")
        now_ms = self._clock()
        until_ms = now_ms + round(minutes * 60_000)
        if newcomer is None:
            token = self._secrets.token()
            proof = self._secrets.fingerprint(token)
            consent = Consent(until_ms, token=proof, given_ms=now_ms, by=who, newest_ms=newest_ms)
            after = swap.vacated(device, consent, now_ms)
            await self._hand_over(device, after, None)
            self._note(who, device, "whoever shows its token")
            return Swapped(after, token, until_ms)
        swap.check(device, newcomer, self._asset_of(newcomer.id))
        said = self._warnings(device, newcomer)
        held = self._devices.credential(newcomer.id)
        consent = Consent(until_ms, newcomer.mac, None, held, given_ms=now_ms, by=who, newest_ms=newest_ms)
        after = replace(swap.taken_over(device, newcomer, who, newest_ms, now_ms), consent=consent)
        await self._hand_over(device, after, newcomer)
        self._note(who, device, f"{newcomer.mac}, known as {newcomer.id}")
        return Swapped(after, None, until_ms, said)

    def heir(self, request: Registration, mac: str) -> Device | None:
        """The device whose place this hardware was given, with the proof for it in the request."""
        now_ms = self._clock()
        if request.token:
            promised = self._devices.promised(self._secrets.fingerprint(request.token))
            consent = None if promised is None else promised.consent
            # Once somebody has come with it, it is only good for the same hardware, whose answer may have been lost.
            if swap.stands(consent, now_ms) and consent is not None and (not consent.taken or consent.mac == mac):
                return promised
        known = self._devices.with_mac(mac)
        if known is None or known.consent is None or request.last_password is None:
            return None
        proof = known.consent.credential
        if proof is not None and swap.stands(known.consent, now_ms):
            if hmac.compare_digest(self._secrets.fingerprint(request.last_password), proof):
                return known
            self._trail.note("device.refused", mac, f"it did not prove that it is the new hardware of {known.id}")
        return None

    def expected(self, mac: str) -> bool:
        """Whether this hardware was given a place, but cannot prove that it is meant; an operator may still agree."""
        known = self._devices.with_mac(mac)
        consent = None if known is None else known.consent
        if consent is None or consent.taken or consent.mac != mac:
            return False
        return swap.stands(consent, self._clock())

    def inheriting(self, claim: Claim) -> Device | None:
        """The device whose place the hardware was given that waits with this claim for one that is gone."""
        owner = self._devices.owner(claim.device)
        if owner is None or claim.state is State.DENIED:
            return None
        consent = owner.consent
        if consent is not None and consent.token is None and not consent.taken and swap.stands(consent, self._clock()):
            meant = bool(owner.swaps) and owner.swaps[-1].former == claim.device and consent.mac == owner.mac
            # One that had a password proves itself with that: who waits under its name may be somebody else.
            if meant and (claim.state is State.APPROVED or consent.credential is None):
                return owner
        self._trail.note("device.refused", claim.device, f"its claim is not good for the place of {owner.id}")
        return None

    async def arrived(self, device: Device, mac: str) -> tuple[Device, Device | None]:
        """The device with the hardware that has proved itself, and the device which that was until now.

        Claims of the hardware it had lead nowhere any more. Raises NotAllowed when the other cannot take a place.
        """
        now_ms, consent, known = self._clock(), device.consent, self._devices.with_mac(mac)
        if consent is None:
            raise NotAllowed("Nobody agreed to that.")
        by, newest_ms = consent.by, consent.newest_ms
        device = replace(device, consent=replace(consent, mac=mac, taken=True))
        if known is not None and known.id == device.id:
            return device, None
        if known is None:
            await self._claims.deny(device.id)
            return swap.with_hardware(device, mac, "", by, now_ms), None
        try:
            swap.check(device, known, self._asset_of(known.id))
        except Conflict as error:
            self._trail.note("device.refused", mac, str(error))
            raise NotAllowed(str(error)) from error
        await self._claims.deny(device.id)
        return swap.taken_over(device, known, by, newest_ms, now_ms), known

    def tell(self, before: Device, after: Device, newcomer: Device | None) -> None:
        """Announce that other hardware is there, if so."""
        if before.mac == after.mac:
            return
        former = "" if newcomer is None else newcomer.id
        if former:
            self._bus.publish(AccessRevoked(former))
        self._bus.publish(DeviceSwapped(after.id, before.mac, after.mac, after.swaps[-1].time_ms, former))
        if former:
            self._bus.publish(DeviceChanged(former, None))

    async def _hand_over(self, before: Device, after: Device, newcomer: Device | None) -> None:
        # First what the old hardware asked for: a crash in between must not leave it a way back.
        await self._claims.deny(before.id)
        await self._devices.change([(after, None)], [] if newcomer is None else [newcomer.id])
        self._bus.publish(AccessRevoked(before.id))
        self.tell(before, after, newcomer)
        self._bus.publish(DeviceChanged(before.id, DeviceStatus.PROVISIONING))

    def _note(self, who: str, device: Device, whom: str) -> None:
        self._trail.note("device.swapped", who, f"{device.id}: {device.mac} gives way to {whom}")

    def _warnings(self, device: Device, newcomer: Device) -> tuple[str, ...]:
        said = swap.warnings(device, newcomer)
        if self._devices.has_credentials(newcomer.id) or self._claims.leads_on(newcomer.id, self._clock()):
            return said
        return (*said, "It holds nothing that proves who it is: approve it when it registers again.")

    def _asset_of(self, device_id: str) -> str | None:
        """What a device stands for now. Assignments are kept by others; this is asked a few times a year."""
        spans = self._documents.all("assignments").get(device_id, {}).get("spans", ())
        return next((str(span["asset"]) for span in spans if span.get("to_ms") is None), None)
