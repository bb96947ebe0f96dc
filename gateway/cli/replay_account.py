"""Who `gateway replay` sends as: a device of its own, or one whose password is known."""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec

from ..core.errors import ConfigError
from ..core.units import UNITS
from ..simulator.connection import Address
from ..simulator.enrol import Registration, Request, mac_address
from ..simulator.replay import Account
from ..simulator.tls import pinned_context
from ..simulator.trust import is_loopback, pinned_file
from .remote import Remote

_FIRMWARE = "replay-1"
_PLAIN_PORT, _TLS_PORT = 1883, 8883


class Overrides(msgspec.Struct, frozen=True):
    """What the command line says about the broker; None: what the gateway says."""

    host: str | None = None
    port: int | None = None
    ca: Path | None = None


class _Known(msgspec.Struct):
    id: str
    mac_address: str


class _List(msgspec.Struct):
    devices: list[_Known]


class _Token(msgspec.Struct):
    token: str


def with_password(device: str, password_file: Path, where: Overrides) -> Account:
    """The device itself, with its own password. Raises ConfigError."""
    try:
        password = password_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{password_file}: {error}") from error
    host = where.host or "127.0.0.1"
    tls = None if where.ca is None else pinned_file(where.ca)
    if tls is None and not is_loopback(host):
        raise ConfigError("a password goes to another machine over TLS only: name the gateway's CA with --ca")
    port = where.port or (_PLAIN_PORT if tls is None else _TLS_PORT)
    return Account(device, device, password, Address(host, port), tls)


def registered(device: str, metrics: set[str], remote: Remote, where: Overrides) -> Account:
    """A device that exists for replays: registered now, or given new credentials. Raises ConfigError.

    Its MAC address follows from its id, so a device of flesh and blood is never taken over.
    """
    mac = mac_address("replay", device)
    known = msgspec.json.decode(remote.ask("GET", "/api/devices"), type=_List).devices
    if any(other.id == device and other.mac_address != mac for other in known):
        raise ConfigError(f"{device} is a device of its own: replay as it with --password-file, or under another id")
    wish = {"kind": "enrol", "uses": 1, "minutes": 1, "mac": mac}
    token = msgspec.json.decode(remote.ask("POST", "/api/tokens", wish), type=_Token).token
    units = {metric: UNITS.get(metric, "") for metric in sorted(metrics)}
    capabilities = {"id": device, "name": device, "kind": "replay", "metrics": units}
    answer = remote.ask("POST", "/api/devices/register", Request(mac, _FIRMWARE, capabilities, token))
    given = msgspec.json.decode(answer, type=Registration)
    if given.device_id != device:
        remote.ask("DELETE", f"/api/devices/{given.device_id}")
        raise ConfigError(f"the gateway does not let a device be called {device}; choose another --device")
    return _account(given, where)


def _account(given: Registration, where: Overrides) -> Account:
    address = Address(where.host or given.mqtt.host, where.port or given.mqtt.port)
    tls: ssl.SSLContext | None = None
    if where.ca is not None:
        tls = pinned_file(where.ca)
    elif given.mqtt.tls:
        tls = pinned_context(given.ca_pem)
    return Account(given.device_id, given.mqtt_username, given.mqtt_password, address, tls)
