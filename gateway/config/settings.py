"""Every option of the gateway: its default, what is allowed and what it means. The example file is made from this.

A unit is in the option's name (`_s`, `_minutes`, `_bytes`, …). No secret is ever an option; a Sentry's DSN can only
write there.
"""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .automation_settings import Anomaly, Audio, Inference, Microphone, Pins, Rules, Window
from .home_settings import Api, Commands, Gateway
from .outward_settings import Alerts, Assistant, Language, Telegram


class Allowed(msgspec.Struct, frozen=True):
    """A rule no bound can say: in words, and as a check of a value that already has the right type."""

    words: str
    holds: Callable[[str], bool]


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return name == "UTC"
    return True


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_host_name(text: str) -> bool:
    return text == "" or re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text) is not None


def _is_part_level(text: str) -> bool:
    return re.fullmatch(r"gateway(\.[a-z_]+)*=(debug|info|warning|error)", text) is not None


def _is_dsn(text: str) -> bool:
    return text == "" or re.fullmatch(r"https?://[^@/\s]+@[^/\s]+/(\S*/)?\d+", text) is not None


Port = Annotated[int, Meta(ge=0, le=65535)]
Addresses = Annotated[
    tuple[Annotated[str, Allowed("IP addresses of this machine", _is_address)], ...], Meta(min_length=1)
]
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - opened only after the gateway has attacked itself in vain


class Site(msgspec.Struct, frozen=True):
    """The place this gateway looks after."""

    name: Annotated[str, Meta(min_length=1, max_length=60, description="What people call it.")] = "Home"
    timezone: Annotated[
        str,
        Meta(description="Rules, days and quiet hours follow this zone, through daylight-saving changes."),
        Allowed('an IANA zone such as "Europe/Berlin"', _is_zone),
    ] = "UTC"
    latitude: (
        Annotated[float, Meta(ge=-90, le=90, description="Degrees north, for sunrise and sunset.", examples=[52.52])]
        | None
    ) = None
    longitude: (
        Annotated[float, Meta(ge=-180, le=180, description="Degrees east; goes with latitude.", examples=[13.405])]
        | None
    ) = None


class Mqtt(msgspec.Struct, frozen=True):
    """The MQTT broker that nodes and programs connect to."""

    mode: Annotated[
        Literal["own"], Meta(description="Whose broker: the gateway's own. Others are not supported yet.")
    ] = "own"
    bind: Annotated[Addresses, Meta(description="Where TLS connections are taken: all of IPv4 and all of IPv6.")] = (
        EVERY_ADDRESS
    )
    tls_port: Annotated[Port, Meta(description="MQTT over TLS. 0 takes any free port.")] = 8883
    local_port: Annotated[Port, Meta(description="Plain MQTT for programs here, on loopback only. 0: any free.")] = 1883
    websocket: Annotated[bool, Meta(description="Also take MQTT over secure WebSocket, for browsers.")] = False
    websocket_port: Annotated[Port, Meta(description="Its port; used only when websocket is true. 0: any free.")] = 8884
    max_connections: Annotated[int, Meta(ge=1, le=100_000, description="More than this are refused at once.")] = 500
    max_packet_bytes: Annotated[
        int, Meta(ge=1024, le=268_435_455, description="A longer packet closes its connection.")
    ] = 262_144
    connect_timeout_s: Annotated[
        float, Meta(ge=1, le=300, description="A connection that has not said who it is by then is closed.")
    ] = 10.0
    messages_per_s: Annotated[
        float, Meta(ge=0, description="What one client may publish over time before it is slowed. 0: no limit.")
    ] = 200.0
    message_burst: Annotated[
        int, Meta(ge=1, description="What it may publish at once, as after an outage, before that limit counts.")
    ] = 2_000
    queue_messages: Annotated[
        int, Meta(ge=1, description="Messages kept for one client that is away; more are dropped and counted.")
    ] = 10_000
    queue_bytes: Annotated[int, Meta(ge=65_536, description="The same in bytes; whichever is reached first.")] = (
        16_777_216
    )
    stall_s: Annotated[
        float, Meta(ge=1, le=3600, description="A connected client that takes nothing for so long is cut.")
    ] = 10.0


class Panel(msgspec.Struct, frozen=True):
    """The web panel and the HTTP API."""

    bind: Annotated[Addresses, Meta(description="Where both ports are opened: all of IPv4 and all of IPv6.")] = (
        EVERY_ADDRESS
    )
    https_port: Annotated[Port, Meta(description="The panel and the API. 0 takes any free port.")] = 8443
    http_port: Annotated[
        Port, Meta(description="Sends browsers to HTTPS, serves the CA certificate and health. 0: any free.")
    ] = 8080
    session_days: Annotated[int, Meta(ge=1, le=365, description="How long a browser stays signed in unused.")] = 30


class Pairing(msgspec.Struct, frozen=True):
    """How new devices come in."""

    window_minutes: Annotated[int, Meta(ge=1, le=1440, description="How long an open pairing window stays open.")] = 10
    token_minutes: Annotated[int, Meta(ge=1, le=10_080, description="How long an enrolment token is valid.")] = 10


class Store(msgspec.Struct, frozen=True):
    """What is kept on disk."""

    durability: Annotated[
        Literal["at once", "gentle"],
        Meta(
            description="A reading is acknowledged once it is on the disk. at once: each as soon as the disk is ready; "
            "gentle: those of some seconds share a write, which wears a card much less."
        ),
    ] = "at once"
    gentle_s: Annotated[
        float, Meta(gt=0, le=60, description="How long gentle may hold an acknowledgement back, at most.")
    ] = 5.0
    quarantine_rows: Annotated[
        int, Meta(ge=0, le=1_000_000, description="Unreadable messages kept to look at and replay; oldest go first.")
    ] = 10_000
    audit_rows: Annotated[
        int, Meta(ge=1_000, le=10_000_000, description="Audit entries (who did or tried what) kept; oldest go first.")
    ] = 100_000
    raw_days: Annotated[
        int, Meta(ge=2, le=36_500, description="Readings are kept for so long; their figures by hour and day for ever.")
    ] = 730
    minute_days: Annotated[
        int, Meta(ge=2, le=36_500, description="Figures by minute are kept for so long, never shorter than readings.")
    ] = 3_650
    max_mb: Annotated[
        int,
        Meta(ge=0, description="A larger database lets its oldest readings go early. 0: no limit but the disk's."),
    ] = 4_096


class Card(msgspec.Struct, frozen=True):
    """The card or disk that the data folder is on."""

    budget_mb_per_day: Annotated[
        float, Meta(ge=0, description="What the gateway may write a day before it warns. 0: any amount.")
    ] = 2_000.0
    endurance_tb: Annotated[
        float,
        Meta(ge=0, description="What its maker says can be written to it (TBW). 0: a cautious guess from its size."),
    ] = 0.0
    warn_free_mb: Annotated[
        float, Meta(ge=0, description="Warn when less is free; on a small disk, when less than a tenth of it is.")
    ] = 500.0


class Time(msgspec.Struct, frozen=True):
    """Where the gateway takes the time from."""

    trust: Annotated[
        Literal["auto", "always"],
        Meta(
            description="When this machine's clock is believed. auto: when something set it or kept it while off; "
            "until then the gateway goes on from the last time it knew, and dates all anew once it knows better."
        ),
    ] = "auto"


class Log(msgspec.Struct, frozen=True):
    """What the gateway says about its own running, on standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least important that is said.")
    ] = "info"
    format: Annotated[
        Literal["auto", "json", "text"], Meta(description="auto: text on a terminal, JSON lines elsewhere.")
    ] = "auto"
    levels: Annotated[
        tuple[
            Annotated[str, Allowed("parts with a level, as gateway.backends.broker=debug", _is_part_level)],
            ...,
        ],
        Meta(description="Parts of the gateway that say more or less than that."),
    ] = ()
    file: Annotated[
        str,
        Meta(
            max_length=4096,
            description="Also write JSON lines to this file. Empty: no; systemd's journal keeps the log already, and "
            "with a file every line is written to the card twice.",
        ),
    ] = ""
    file_bytes: Annotated[int, Meta(ge=100_000, description="At this size the file is begun anew.")] = 5_000_000
    files_kept: Annotated[int, Meta(ge=0, le=100, description="Older files kept beside it.")] = 3


class Sentry(msgspec.Struct, frozen=True):
    """A Sentry that is told of the gateway's own mistakes, never of the house. Off while no address is set."""

    dsn: Annotated[
        str,
        Meta(description="Its address with the key to write there; better in systemd's credential sentry_dsn."),
        Allowed("empty or a DSN such as https://KEY@HOST/PROJECT", _is_dsn),
    ] = ""


class Announce(msgspec.Struct, frozen=True):
    """How others on the network find the gateway."""

    mdns: Annotated[bool, Meta(description="Announce the gateway by mDNS (Bonjour).")] = True
    hostname: Annotated[
        str,
        Meta(description='Its name before ".local", also in its certificate; empty is this machine\'s own name.'),
        Allowed("a host name: a-z, 0-9 and -, up to 63 characters", _is_host_name),
    ] = ""


class Settings(msgspec.Struct, frozen=True):
    """All of it; every part is handed only its own."""

    gateway: Gateway = Gateway()
    site: Site = Site()
    mqtt: Mqtt = Mqtt()
    panel: Panel = Panel()
    api: Api = Api()
    pairing: Pairing = Pairing()
    commands: Commands = Commands()
    window: Window = Window()
    inference: Inference = Inference()
    anomaly: Anomaly = Anomaly()
    rules: Rules = Rules()
    language: Language = Language()
    alerts: Alerts = Alerts()
    telegram: Telegram = Telegram()
    assistant: Assistant = Assistant()
    audio: Audio = Audio()
    microphone: Microphone = Microphone()
    pins: Pins = Pins()
    store: Store = Store()
    card: Card = Card()
    time: Time = Time()
    log: Log = Log()
    announce: Announce = Announce()
    sentry: Sentry = Sentry()


class Contradiction(msgspec.Struct, frozen=True):
    """Options that are fine each but not together; keys as `section.name`."""

    keys: tuple[str, ...]
    message: str


def contradictions(settings: Settings) -> list[Contradiction]:
    """What does not go together."""
    found = [
        Contradiction((first, second), f"{first} and {second} must be different ports, not both {port}")
        for first, second, port in _shared_ports(settings)
    ]
    if (settings.site.latitude is None) != (settings.site.longitude is None):
        found.append(
            Contradiction(("site.latitude", "site.longitude"), "latitude and longitude must be set both or neither")
        )
    if settings.mqtt.queue_bytes < settings.mqtt.max_packet_bytes:
        keys = ("mqtt.queue_bytes", "mqtt.max_packet_bytes")
        found.append(Contradiction(keys, "queue_bytes must be at least max_packet_bytes"))
    found += [
        Contradiction((first, second), f"{first} and {second} must be different pins, not both {pin}")
        for first, second, pin in _shared_pins(settings.pins)
    ]
    return found


def _shared_pins(pins: Pins) -> list[tuple[str, str, int]]:
    numbers = [
        (f"pins.{name}", number)
        for name in ("status_led", "pairing_button", "relay", "servo")
        if (number := getattr(pins, name)) is not None
    ]
    return [
        (first, second, number)
        for index, (first, number) in enumerate(numbers)
        for second, other in numbers[index + 1 :]
        if number == other
    ]


def _shared_ports(settings: Settings) -> list[tuple[str, str, int]]:
    ports = {
        "mqtt.tls_port": settings.mqtt.tls_port,
        "mqtt.local_port": settings.mqtt.local_port,
        "panel.https_port": settings.panel.https_port,
        "panel.http_port": settings.panel.http_port,
    }
    if settings.mqtt.websocket:
        ports["mqtt.websocket_port"] = settings.mqtt.websocket_port
    names = list(ports)
    return [
        (first, second, ports[first])
        for index, first in enumerate(names)
        for second in names[index + 1 :]
        if ports[first] == ports[second] != 0
    ]
