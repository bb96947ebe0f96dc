"""The values that travel through the gateway: what nodes say, and what happened because of it.

Times are UTC milliseconds (`_ms`) unless a name says otherwise. Events are frozen and dispatched by type.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from .commands import Command, Step
from .decisions import Decision, Override
from .insight import Baseline, Episode
from .shadow import Shadow, Sync
from .sound_features import SoundFeatures
from .window.moment import Character


class Message(msgspec.Struct, frozen=True, gc=False):
    """One PUBLISH the broker accepted, before anyone has read its payload."""

    client: str
    """MQTT client id; a device's id."""
    topic: str
    payload: bytes
    qos: int
    retain: bool
    packet_id: int = 0
    """0 at QoS 0, and where it did not come by MQTT."""
    dup: bool = False
    """Its client says that it may have sent it before, under the same packet id."""
    arrived_ms: int | None = None
    """When it came, if not now."""


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One reading set as its node sent it, not yet dated by the gateway.

    Either `timestamp_ms` (the node has a clock), or `boot`, `seq` and `uptime_ms` (it has none), or both, or
    neither (dated by arrival).
    """

    values: dict[str, float]
    timestamp_ms: int | None = None
    boot: str | None = None
    seq: int | None = None
    uptime_ms: int | None = None


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One stored reading set of one device."""

    device: str
    time_ms: int
    values: dict[str, float]
    simulated: bool = False
    boot: str = ""
    seq: int = 0
    late: bool = False
    """Older than what is already known of this device: repairs history, never fires anything."""
    quality: dict[str, int] = {}
    """Bits of `quality.Quality` of the metrics that have any; such a value never actuates, unless it is TIME alone."""

    @property
    def correlation(self) -> str:
        """What this reading is called wherever something happened because of it."""
        return f"{self.device}/{self.boot or '-'}/{self.seq}"


class Vitals(msgspec.Struct, frozen=True):
    """What a node says of itself in a heartbeat; None: not said."""

    uptime_ms: int | None = None
    boot: str | None = None
    free_heap_bytes: int | None = None
    rssi_dbm: float | None = None
    firmware: str | None = None
    self_test: str | None = None
    """`ok`, or what failed."""


class DeviceStatus(StrEnum):
    """Where a device is in its life (document 002)."""

    PROVISIONING = "provisioning"
    ONLINE = "online"
    OFFLINE = "offline"
    ERROR = "error"


class ReadingStored(msgspec.Struct, frozen=True, gc=False):
    """A reading is on the disk; its node may forget it."""

    reading: Reading
    arrived_ms: int
    """When it came, by the gateway's clock."""


class MessageQuarantined(msgspec.Struct, frozen=True):
    """An allowed but unreadable message was set aside."""

    device: str
    topic: str
    reason: str
    time_ms: int
    correlation: str = ""


class Heartbeat(msgspec.Struct, frozen=True):
    """A device said that it is alive."""

    device: str
    vitals: Vitals
    time_ms: int
    """When it arrived."""


class StatusSaid(msgspec.Struct, frozen=True):
    """A device, or its last will, said that it is online or offline."""

    device: str
    online: bool
    time_ms: int


class NodeSaid(msgspec.Struct, frozen=True, gc=False):
    """Anything else a device published under its own id; only size and shape were checked.

    `what` is the topic's part after the id: `audio`, `log`, `shadow/reported`, `command/ack` or `ota/state`.
    """

    device: str
    what: str
    payload: bytes
    time_ms: int


class DeviceChanged(msgspec.Struct, frozen=True):
    """Something about a device's registry entry or presence changed; ask the registry for the rest."""

    device: str
    status: DeviceStatus | None
    """None: the device was deleted."""


class AccessRevoked(msgspec.Struct, frozen=True):
    """These credentials are no longer valid (revoked, deleted, replaced); live connections under them must end."""

    name: str
    """MQTT user name: a device id or a service account's name."""


class ClientConnected(msgspec.Struct, frozen=True):
    """An MQTT client was accepted. `name` is the principal's: for a device equal to `client`."""

    client: str
    name: str
    address: str


class ClientDisconnected(msgspec.Struct, frozen=True):
    """An MQTT connection ended; `reason` is in words."""

    client: str
    name: str
    reason: str


class Audited(msgspec.Struct, frozen=True, array_like=True, tag=17):
    """Something a person may want to look up later: who did or tried what.

    `kind` is dotted: `mqtt.denied.publish`, `mqtt.refused.credentials`, `device.approved`, `session.created`, …
    """

    time_ms: int
    kind: str
    who: str
    detail: str = ""
    correlation: str = ""


class Happened(msgspec.Struct, frozen=True, array_like=True, tag=18):
    """Something that happened to a device or to the gateway itself, with its reason in words; kept in the event log.

    `kind` is dotted: `device.online`, `device.offline`, `device.flapping`, `series.flagged`, `series.cleared`,
    `clock.set`, `store.full`, `store.works`, …
    """

    time_ms: int
    kind: str
    reason: str
    device: str = ""
    metric: str = ""
    correlation: str = ""
    """The reading, message or request that caused it; empty when time alone did."""
    simulated: bool = False
    asset: str = ""
    """The plant, room or machine it is about, by its id."""


class SeriesJudged(msgspec.Struct, frozen=True):
    """What is wrong with a series has changed."""

    device: str
    metric: str
    quality: int
    """Bits of `quality.Quality` that hold now; 0: it is well again."""
    time_ms: int
    correlation: str = ""
    """The reading that showed it; empty when silence did."""


class TrafficSeen(msgspec.Struct, frozen=True, gc=False):
    """One PUBLISH passed the broker; published on the bus only while somebody watches the traffic."""

    time_ms: int
    client: str
    topic: str
    size: int
    """Payload in bytes."""
    qos: int
    retain: bool
    preview: str
    """The start of the payload as text, fit to print; binary is told as such."""


class ClockSet(msgspec.Struct, frozen=True):
    """The gateway's own clock was set. Whoever remembers times of this run moves them by `shift_ms`."""

    before_ms: int
    """What time it was just before, by the clock as it was."""
    after_ms: int
    since_ms: int
    """When this run of the gateway began, by the clock as it was: what was noted before comes from another run."""
    redates: bool
    """Readings dated by the gateway move, too; not after a small correction."""
    learnt: bool
    """The time was provisional before; readings marked `Quality.TIME` because of that are sure now."""
    reason: str

    @property
    def shift_ms(self) -> int:
        """How far it moved."""
        return self.after_ms - self.before_ms

    def moved(self, time_ms: int) -> int:
        """A moment of this run by the clock as it is now; one of an earlier run stays."""
        return time_ms + self.shift_ms if time_ms >= self.since_ms else time_ms


class CommandMoved(msgspec.Struct, frozen=True):
    """Something happened to a command, and it is on the disk."""

    command: Command
    step: Step
    simulated: bool


class ShadowMoved(msgspec.Struct, frozen=True):
    """Either side of a shadow has changed, and it is on the disk."""

    shadow: Shadow
    sync: Sync
    simulated: bool


class PlacesChanged(msgspec.Struct, frozen=True):
    """A zone or an asset was made, changed or, `gone`, deleted."""

    what: Literal["zone", "asset"]
    id: str
    gone: bool = False


class AssignmentChanged(msgspec.Struct, frozen=True):
    """A device measures another asset from now on; None: none."""

    device: str
    asset: str | None
    before: str | None


class DeviceSwapped(msgspec.Struct, frozen=True):
    """Other hardware has taken a device's place; `former` is the id under which it was known before, if any."""

    device: str
    before_mac: str
    after_mac: str
    time_ms: int
    former: str = ""


class MetricsLearnt(msgspec.Struct, frozen=True):
    """A device sent metrics that it had not sent before."""

    device: str
    metrics: frozenset[str]


class PlantBreached(msgspec.Struct, frozen=True):
    """A plant's value went outside its threshold; `text` is document 002's."""

    plant: str
    device: str
    metric: str
    text: str
    value: float
    direction: str
    threshold: float
    time_ms: int
    correlation: str
    simulated: bool


class PlantRecovered(msgspec.Struct, frozen=True):
    """A breach is over, and why."""

    plant: str
    device: str
    metric: str
    reason: str
    time_ms: int
    correlation: str
    simulated: bool


class ClientSubscribed(msgspec.Struct, frozen=True):
    """A client was granted subscriptions, and has been told so."""

    client: str
    name: str
    filters: tuple[str, ...]


class Decided(msgspec.Struct, frozen=True):
    """A decision was made, or its outcome has moved."""

    decision: Decision


class Overridden(msgspec.Struct, frozen=True):
    """A person's will about a window began, was learnt, ended or was forgotten."""

    override: Override


class SoundHeard(msgspec.Struct, frozen=True):
    """A buffer of a node's sound was listened to."""

    device: str
    time_ms: int
    level_db: float
    character: Character
    features: SoundFeatures | None
    """None: no audio model is in use; the level is all there is."""


class ModelsChanged(msgspec.Struct, frozen=True):
    """Which version of this model is in use, in its shadow or on the shelf has changed."""

    name: str


class EpisodeMoved(msgspec.Struct, frozen=True):
    """An episode was opened, has grown, was closed, or somebody has judged it."""

    episode: Episode


class BaselineMoved(msgspec.Struct, frozen=True):
    """A commissioning began, or came to its end."""

    baseline: Baseline


class HealthMoved(msgspec.Struct, frozen=True):
    """There is another day of a machine's health."""

    asset: str
