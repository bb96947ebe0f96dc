"""What must survive a power cut, as small changes, and who makes them durable.

A change is a value; `Writer.submit` takes several that belong together and commits them all or none. Receipts are
settled on the event loop after the commit, in the order of submission.

Changes are written to a journal as arrays that begin with their tag: tags are never used anew, fields are only added
at the end and with a default, so that an upgraded gateway reads what an older one left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Protocol

import msgspec

from ..errors import StoreError
from ..messages import Audited, Happened, Reading
from .alerts import AlertKept, DeliveryKept, MarkKept, SaidKept
from .decisions import DecisionKept, DecisionMoved, OverrideKept
from .insight import BaselineKept, EpisodeKept, HealthKept
from .orders import CommandKept, CommandStep, DesiredKept, ReportedKept
from .rules import FiringKept, RuleRemembered, RuleTaped, TimerKept

Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]

OWN_CLOCK = 1
"""Flag of a stored reading: `at_ms` is UTC; without it `at_ms` counts from its boot's anchor."""


class ReadingTaken(msgspec.Struct, frozen=True, array_like=True, tag=1, gc=False):
    """One reading set. Idempotent by (device, boot, seq); `seq` None: the store numbers it by arrival."""

    device: str
    boot: str
    seq: Int64 | None
    at_ms: Int64
    values: dict[str, float]
    flags: int = OWN_CLOCK
    quality: dict[str, int] = {}
    """Bits of `quality.Quality` of the metrics that have any."""


class BootAnchored(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """The UTC instant of uptime 0 of a node's boot; said again, it re-dates the whole boot.

    A reading without its own clock is from `epoch_ms + at_ms * (1 + drift_ppm / 1e6)`. While `frame` is not empty the
    epoch is provisional: it was told by a gateway that did not know the time yet, and moves with its `FrameDated`.
    """

    device: str
    boot: str
    epoch_ms: int
    frame: str = ""
    drift_ppm: float = 0.0


class FrameDated(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """The gateway learnt the time: boots anchored in this frame move by `shift_ms` and are provisional no more.

    With `into` they stay provisional, in that frame: it is known how the two stand to each other, not to UTC.
    """

    frame: str
    shift_ms: int
    into: str = ""


class DeviceErased(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """Forget every reading, boot and command of a device that was deleted, and its shadow."""

    device: str


class Retained(msgspec.Struct, frozen=True, array_like=True, tag=5):
    """The retained message of a topic; an empty payload clears it."""

    topic: str
    payload: bytes
    qos: int


class SessionOpened(msgspec.Struct, frozen=True, array_like=True, tag=6):
    """A persistent session exists for this client id, owned by `user`."""

    client: str
    user: str


class SessionDropped(msgspec.Struct, frozen=True, array_like=True, tag=7):
    """The session, its subscriptions, its queue and its QoS 2 state are gone."""

    client: str


class Subscribed(msgspec.Struct, frozen=True, array_like=True, tag=8):
    """A persistent session's subscription, new or with another QoS."""

    client: str
    filter: str
    qos: int


class Unsubscribed(msgspec.Struct, frozen=True, array_like=True, tag=9):
    """A persistent session no longer wants this filter."""

    client: str
    filter: str


class Queued(msgspec.Struct, frozen=True, array_like=True, tag=10, gc=False):
    """A QoS 1 or 2 message waits for a persistent session. `serial` rises by one per client for ever."""

    client: str
    serial: int
    topic: str
    payload: bytes
    qos: int
    retain: bool = False


class Released(msgspec.Struct, frozen=True, array_like=True, tag=11, gc=False):
    """QoS 2: the client has the message (PUBREC); only its PUBREL is still owed."""

    client: str
    serial: int


class Delivered(msgspec.Struct, frozen=True, array_like=True, tag=12, gc=False):
    """The client has acknowledged the message for good."""

    client: str
    serial: int


class Received(msgspec.Struct, frozen=True, array_like=True, tag=13, gc=False):
    """Incoming QoS 2: this packet id was taken and its PUBREL is awaited."""

    client: str
    packet_id: int


class Completed(msgspec.Struct, frozen=True, array_like=True, tag=14, gc=False):
    """Incoming QoS 2: the packet id is free again."""

    client: str
    packet_id: int


class Quarantined(msgspec.Struct, frozen=True, array_like=True, tag=15):
    """An allowed but unreadable message, kept with the reason. Bounded: the oldest go first."""

    device: str
    topic: str
    payload: bytes
    reason: str
    time_ms: int
    correlation: str = ""


class QuarantineCleared(msgspec.Struct, frozen=True, array_like=True, tag=16):
    """One quarantined message was replayed or thrown away."""

    id: int


class NotesDated(msgspec.Struct, frozen=True, array_like=True, tag=19):
    """The gateway's clock was wrong: what it wrote down with a time in [from, to] moves.

    Events, audit, quarantine, both sides of shadows, commands (by when they were asked for) and their steps.
    """

    from_ms: int
    to_ms: int
    shift_ms: int


Change = (
    ReadingTaken
    | BootAnchored
    | FrameDated
    | DeviceErased
    | Retained
    | SessionOpened
    | SessionDropped
    | Subscribed
    | Unsubscribed
    | Queued
    | Released
    | Delivered
    | Received
    | Completed
    | Quarantined
    | QuarantineCleared
    | Audited
    | Happened
    | NotesDated
    | CommandKept
    | CommandStep
    | DesiredKept
    | ReportedKept
    | DecisionKept
    | DecisionMoved
    | OverrideKept
    | EpisodeKept
    | BaselineKept
    | HealthKept
    | FiringKept
    | TimerKept
    | RuleRemembered
    | RuleTaped
    | AlertKept
    | DeliveryKept
    | MarkKept
    | SaidKept
)


class Receipt(Protocol):
    """Who wants to know that a submission is on the disk."""

    def settled(self, error: StoreError | None) -> None:
        """Called once on the event loop; `error` None means durable."""


class Writer(Protocol):
    """The one way to the disk."""

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        """Commit these together, as soon as the disk is ready; never blocks. From the event loop only."""

    @property
    def congested(self) -> bool:
        """More is waiting than should be: stop reading from publishers."""

    def when_relieved(self, callback: Callable[[], None]) -> None:
        """Call back once, on the event loop, when it is no longer congested."""


class StoredMessage(msgspec.Struct, frozen=True):
    """One queue entry as found at start."""

    serial: int
    topic: str
    payload: bytes
    qos: int
    retain: bool
    released: bool


class StoredSession(msgspec.Struct, frozen=True):
    """A persistent session as found at start."""

    client: str
    user: str
    subscriptions: dict[str, int]
    queue: list[StoredMessage]
    received: set[int]
    next_serial: int
    """Above every serial this client ever had, also delivered ones."""


class SessionArchive(Protocol):
    """What the broker restores at start."""

    def sessions(self) -> list[StoredSession]:
        """All persistent sessions; read before the writer starts."""

    def retained(self) -> list[Retained]:
        """All retained messages."""


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """The readings of one metric in [time_ms, time_ms + step).

    Impossible values (`quality.IMPOSSIBLE`) are left out of the figures unless there is nothing else.
    """

    time_ms: int
    minimum: float
    maximum: float
    mean: float
    count: int
    """Of the readings behind the figures."""
    quality: int = 0
    """Every bit of `quality.Quality` that any of the readings has, also of those left out."""


class QuarantineEntry(msgspec.Struct, frozen=True):
    """One quarantined message with its id."""

    id: int
    message: Quarantined


class Anchor(msgspec.Struct, frozen=True):
    """What is known of one boot of a device. `last_seq` is the highest stored; `epoch_ms` None: not dated."""

    device: str
    boot: str
    epoch_ms: int | None
    last_seq: int
    frame: str = ""
    drift_ppm: float = 0.0


class History(Protocol):
    """Reading back. All run off the event loop and see what is committed."""

    async def raw(
        self, device: str, metric: str, from_ms: int, to_ms: int, limit: int = 100_000
    ) -> list[tuple[int, float, int]]:
        """(time_ms, value, quality bits) in [from, to), by time and then order of arrival; the newest `limit`."""

    async def buckets(self, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        """The same, condensed to steps aligned to the epoch; empty steps are left out."""

    async def latest(self) -> dict[str, Reading]:
        """Per device its newest reading set by time (`simulated` is not known here)."""

    async def anchors(self) -> list[Anchor]:
        """Every boot known."""

    async def quarantine(self, limit: int = 200, correlation: str = "") -> list[QuarantineEntry]:
        """Newest first."""

    async def quarantined(self, entry_id: int) -> QuarantineEntry | None:
        """One entry; None: there is none of this id (any more)."""

    async def audit(self, limit: int = 200, kind: str = "", who: str = "", correlation: str = "") -> list[Audited]:
        """Newest first; `kind` is a prefix."""

    async def happened(
        self, limit: int = 200, kind: str = "", device: str = "", correlation: str = ""
    ) -> list[Happened]:
        """Newest first; `kind` is a prefix."""

    async def reading(self, device: str, boot: str, seq: int) -> Reading | None:
        """One stored reading set by its name (`simulated` is not known here); None when there is none."""
