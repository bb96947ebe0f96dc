"""A request to join, what the device says of itself in it, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..core.errors import Refused
from ..core.topics import DEVICE_ID
from .devices import Device
from .identity import RESERVED, assign_id, given_name

_MOST_CAPABILITY_BYTES = 8192
_FIRMWARE_CHARS = 64


class Registration(msgspec.Struct, frozen=True):
    """A request to join. `capabilities` may hold `"simulated": true`, a `name`, a `kind` and a wished `id`."""

    mac_address: str
    firmware_version: str
    token: str | None = None
    capabilities: dict[str, object] = {}
    last_password: str | bytes | None = None
    """The password it had before: proof that it is the hardware an operator has put in another device's place."""

    def __repr__(self) -> str:
        return f"Registration(mac_address={self.mac_address!r})"


class Credentials(msgspec.Struct, frozen=True):
    """What a device signs in with from now on; said once."""

    device_id: str
    mqtt_username: str
    mqtt_password: str

    def __repr__(self) -> str:
        return f"Credentials(device_id={self.device_id!r})"


class Pending(msgspec.Struct, frozen=True):
    """An operator has to approve; ask again with `claim`."""

    claim: str
    retry_after_s: int


def check(request: Registration) -> None:
    """Refuse what makes no sense before anything is spent or kept."""
    firmware = request.firmware_version
    if not firmware.strip() or len(firmware) > _FIRMWARE_CHARS or not firmware.isprintable():
        raise Refused(f"firmware_version has 1 to {_FIRMWARE_CHARS} readable characters.")
    try:
        size = len(msgspec.json.encode(request.capabilities))
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused("capabilities must be JSON.") from error
    if size > _MOST_CAPABILITY_BYTES:
        raise Refused(f"capabilities are limited to {_MOST_CAPABILITY_BYTES} bytes.")
    _word(request.capabilities, "name")
    _word(request.capabilities, "kind")


def described(
    request: Registration, mac: str, known: Device | None, taken: Callable[[str], bool], now_ms: int
) -> Device:
    """The device this request speaks of: `known` with what it says now, or a new one with an id that is not `taken`."""
    said = request.capabilities
    simulated = said.get("simulated") is True
    if known is None:
        device_id = _wished(said, taken) or assign_id(_word(said, "kind") or _word(said, "name"), mac, taken)
        name = _word(said, "name") or f"{(_word(said, 'kind') or 'node').capitalize()} {device_id[-6:]}"
        return Device(device_id, name, mac, request.firmware_version, said, simulated, now_ms, approved_ms=None)
    return renewed(known, request.firmware_version, said)


def renewed(device: Device, firmware: str, said: dict[str, object]) -> Device:
    """A known device with what it says now."""
    # Once simulated, always simulated: its history must not lose the mark.
    simulated = device.simulated or said.get("simulated") is True
    return msgspec.structs.replace(device, firmware=firmware, capabilities=said, simulated=simulated)


def _wished(said: dict[str, object], taken: Callable[[str], bool]) -> str:
    """The id a new device asks for in its capabilities, when it is one and is free; else empty."""
    wish = said.get("id")
    if not isinstance(wish, str) or not DEVICE_ID.fullmatch(wish) or wish in RESERVED:
        return ""
    return "" if taken(wish) else wish


def _word(said: dict[str, object], key: str) -> str:
    """A short text among the capabilities; empty when there is none."""
    text = said.get(key)
    if not isinstance(text, str) or not text.strip():
        return ""
    return given_name(text)
