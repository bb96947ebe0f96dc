"""What becomes of a device when other hardware takes its place. Pure.

Its id, its name, its history and what people say of it stay; MAC address, firmware, capabilities and credentials go.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ..core import capabilities
from ..core.errors import Conflict
from ..core.messages import ClockSet
from .devices import Consent, Device, Former, Swap

LONGEST_MINUTES = 1440
"""How long new hardware may take to come."""


class Swapped(msgspec.Struct, frozen=True):
    """What came of a swap. `token` is said once; None: the new hardware is known and needs none."""

    device: Device
    token: str | None
    until_ms: int
    """Until when the new hardware may come."""
    warnings: tuple[str, ...] = ()
    """What a person should know, in words."""

    def __repr__(self) -> str:
        return f"Swapped(device={self.device.id!r})"


def check(device: Device, newcomer: Device, asset: str | None) -> None:
    """Raises Conflict when `newcomer`, which stands for `asset` now, cannot become `device`."""
    if newcomer.id == device.id:
        raise Conflict("A device cannot take its own place.")
    if newcomer.revoked:
        raise Conflict(f"The access of {newcomer.id} was revoked; it cannot take a place.")
    if newcomer.swaps or newcomer.consent is not None:
        raise Conflict(f"{newcomer.id} has taken over a place itself, and its history cannot be two devices'.")
    if asset is not None:
        raise Conflict(f"{newcomer.id} stands for {asset}; take it away from there first.")


def vacated(device: Device, consent: Consent, now_ms: int) -> Device:
    """The device without hardware; `consent` says who becomes it."""
    return replace(device, approved_ms=device.approved_ms or now_ms, revoked=False, consent=consent)


def taken_over(device: Device, newcomer: Device, by: str, newest_ms: int | None, now_ms: int) -> Device:
    """The device with the hardware of `newcomer`; what that has measured since `newest_ms` is its own."""
    since_ms = min(max(newest_ms or 0, newcomer.created_ms), now_ms)
    former = Former(newcomer.id, since_ms, now_ms)
    simulated = device.simulated or newcomer.simulated  # once simulated, always simulated
    after = with_hardware(device, newcomer.mac, newcomer.id, by, now_ms)
    return replace(
        after,
        firmware=newcomer.firmware,
        capabilities=newcomer.capabilities,
        simulated=simulated,
        approved_ms=device.approved_ms or now_ms,
        revoked=False,
        formers=(*device.formers, former),
        learnt={**newcomer.learnt, **device.learnt},
    )


def with_hardware(device: Device, mac: str, former: str, by: str, now_ms: int) -> Device:
    """The device with other hardware; the same is no swap."""
    if mac == device.mac:
        return device
    return replace(device, mac=mac, swaps=(*device.swaps, Swap(now_ms, device.mac, mac, former, by)))


def stands(consent: Consent | None, now_ms: int) -> bool:
    """Whether it may still be used."""
    return consent is not None and now_ms < consent.until_ms


def settled(device: Device) -> Device:
    """The device when nobody may take its place any more."""
    return replace(device, consent=None)


def series(device: Device, from_ms: int, to_ms: int) -> list[tuple[str, int, int]]:
    """Under which ids its readings lie, when; itself last."""
    formers = [
        (former.device, max(former.from_ms, from_ms), min(former.to_ms, to_ms))
        for former in device.formers
        if max(former.from_ms, from_ms) < min(former.to_ms, to_ms)
    ]
    return [*formers, (device.id, from_ms, to_ms)]


def warnings(device: Device, newcomer: Device) -> tuple[str, ...]:
    """How the hardware differs from what it stands in for, in words."""
    before = capabilities.read(device.capabilities, device.learnt)
    after = capabilities.read(newcomer.capabilities, newcomer.learnt)
    said: list[str] = []
    if before.kind != after.kind and before.kind and after.kind:
        said.append(f"It is a {after.kind}, and was a {before.kind}.")
    if lost := sorted(before.metrics.keys() - after.metrics.keys()):
        measures = "does not measure" if after.metrics else "has yet to show that it measures"
        said.append(f"It {measures} {', '.join(lost)}.")
    if after.verbs is not None and (lost := sorted((before.verbs or {}).keys() - after.verbs.keys())):
        said.append(f"It cannot {', '.join(lost)}.")
    if newcomer.simulated and not device.simulated:
        said.append("It is simulated; from now on the device and all its history are marked so.")
    return tuple(said)


def clock_set(device: Device, event: ClockSet) -> Device:
    """What was noted of a device in this run is at the time it is now; a consent given in it lasts as long."""
    consent = device.consent
    if consent is not None and consent.given_ms >= event.since_ms:
        given_ms, until_ms = consent.given_ms + event.shift_ms, consent.until_ms + event.shift_ms
        consent = replace(consent, given_ms=given_ms, until_ms=until_ms)
    if not event.redates:
        return replace(device, consent=consent)
    moved = event.moved
    if consent is not None and consent.newest_ms is not None:
        consent = replace(consent, newest_ms=moved(consent.newest_ms))
    return replace(
        device,
        consent=consent,
        swaps=tuple(replace(swap, time_ms=moved(swap.time_ms)) for swap in device.swaps),
        formers=tuple(replace(one, from_ms=moved(one.from_ms), to_ms=moved(one.to_ms)) for one in device.formers),
        learnt={metric: moved(first_ms) for metric, first_ms in device.learnt.items()},
    )
