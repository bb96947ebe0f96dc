"""What the panel is given: the parts it asks and its own settings.

No aiohttp here: the composition root imports this early.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from ...core.metrics import MetricTable
from ...core.ports.alerts import AlertArchive
from ...core.ports.assistant import Assistant
from ...core.ports.gatekeeper import Auditor
from ...core.ports.intake import Intake
from ...core.ports.logs import LogLevels
from ...core.ports.machine import Machine
from ...core.ports.people import TelegramPeople
from ...core.ports.rules import RuleArchive
from ...core.ports.store import History, Writer
from ...core.rules.words import Names
from ...flow.accounts import Accounts
from ...flow.alerts.book import AlertBook
from ...flow.anomalies.baselines import Baselines
from ...flow.anomalies.episodes import Episodes
from ...flow.anomalies.places import Places
from ...flow.anomalies.snapshot import AnomalySnapshot
from ...flow.assignments import Assignments
from ...flow.bus import Bus
from ...flow.chat.chat import Chat
from ...flow.commands import Commands
from ...flow.decide.arbiter import Arbiter
from ...flow.decide.decide import Decide
from ...flow.decide.overrides import Overrides
from ...flow.decide.replay import Replay
from ...flow.enrolment import Enrolment
from ...flow.ghosts import Ghosts
from ...flow.health.health import Health
from ...flow.home import Home
from ...flow.judge import Judge
from ...flow.model_care import ModelCare
from ...flow.outbox.channel_book import ChannelBook
from ...flow.outbox.outbox import Outbox
from ...flow.plants import Plants
from ...flow.recordings import Recordings
from ...flow.registry import Registry
from ...flow.rules.backtest import Backtest
from ...flow.rules.book import Rules
from ...flow.rules.live import Live
from ...flow.rules.replay import Replay as RuleReplay
from ...flow.rules.scenes import SceneBook
from ...flow.shadows import Shadows
from ...flow.sounds import Sounds
from ...flow.thresholds import Thresholds
from ...flow.timers.timers import Timers
from ...flow.values import Values
from ...flow.verdicts import Verdicts
from ...flow.watch import Watch


class PartHealth(msgspec.Struct, frozen=True):
    """How one part of the gateway is. `detail` is for everybody to read: no names, no secrets."""

    ok: bool
    detail: str = ""


class Doubts(msgspec.Struct, frozen=True):
    """Who knows which series cannot be believed."""

    judge: Judge
    verdicts: Verdicts
    thresholds: Thresholds
    ghosts: Ghosts


class HomeParts(msgspec.Struct, frozen=True):
    """The home: what is asked of devices, how they should be, what stands where and how it is."""

    commands: Commands
    shadows: Shadows
    home: Home
    assignments: Assignments
    values: Values
    plants: Plants


class InsightParts(msgspec.Struct, frozen=True, kw_only=True):
    """What notices that something is not as usual, and how worn machines are."""

    episodes: Episodes
    baselines: Baselines
    health: Health
    places: Places
    snapshot: Callable[[], AnomalySnapshot]
    machines: Callable[[], Sequence[str]] = tuple
    """The ids of every asset that can be commissioned."""
    commissioning_hours: int = 168
    """When nobody says otherwise."""


class RuleParts(msgspec.Struct, frozen=True, kw_only=True):
    """Rules, timers and scenes."""

    rules: Rules
    scenes: SceneBook
    live: Live
    timers: Timers
    backtest: Backtest
    replay: RuleReplay
    arbiter: Arbiter
    archive: RuleArchive
    names: Names


class AutomationParts(msgspec.Struct, frozen=True, kw_only=True):
    """What decides by itself: windows, the models behind it, sound."""

    decide: Decide
    overrides: Overrides
    care: ModelCare
    sounds: Sounds
    recordings: Recordings
    replay: Replay
    insight: InsightParts | None = None
    """None: nothing of it is there."""
    rules: RuleParts | None = None
    """None: nothing of it is there."""


class OutwardParts(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks with people."""

    chat: Chat
    alerts: AlertBook
    outbox: Outbox
    channels: ChannelBook
    archive: AlertArchive
    assistant: Assistant
    people: TelegramPeople
    hook: Callable[[Mapping[str, str], bytes], Awaitable[int]] | None = None
    """What Telegram calls (headers by small-letter names, body) with the status to answer; None: it does not."""
    telegram_updates: Callable[[], Mapping[str, int]] = dict
    """What became of Telegram's updates since the start, by outcome."""
    assistant_requests: Callable[[], Mapping[str, int]] = dict
    """What became of questions to the language model since the start, by outcome."""


class Parts(msgspec.Struct, frozen=True):
    """The parts of the gateway the panel works with."""

    registry: Registry
    enrolment: Enrolment
    accounts: Accounts
    trail: Auditor
    intake: Intake
    watch: Watch
    writer: Writer
    history: History
    bus: Bus
    now_ms: Callable[[], int]
    health: Callable[[], Mapping[str, PartHealth]]
    metrics: Callable[[], MetricTable]
    machine: Callable[[], Machine]
    levels: LogLevels
    doubts: Doubts
    home: HomeParts
    automation: AutomationParts
    outward: OutwardParts | None = None
    """None: nothing of it is there."""
    clock_known: Callable[[], bool] = lambda: True
    """Whether the gateway knows the time; until then all times are provisional."""
    holder: Callable[[int], str] = lambda port: "another program"
    """Who listens on a port, in words."""
    missing: Callable[[str], int] = lambda device: 0
    """How many readings of a device never came, by its sequence numbers."""


class PanelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the panel listens and what it tells about the gateway."""

    data: Path
    """The data folder; `gateway.sock` is made in it."""
    version: str
    hosts: tuple[str, ...] = ("::", "0.0.0.0")  # noqa: S104 - a gateway serves its LAN; the composition root decides
    """Addresses to listen on. When all are loopback, plain HTTP is the whole panel."""
    https_port: int | None = 8443
    """None: no HTTPS. 0: any free port."""
    http_port: int | None = 8080
    certificate: Path | None = None
    key: Path | None = None
    ca_pem: str = ""
    mqtt_host: str = ""
    """What nodes are told to connect to; empty: the name by which they reached the panel."""
    mqtt_port: int = 8883
    mqtt_tls: bool = True
    demo: bool = False
    pages: Path = Path(__file__).parent / "static"
    """The built page."""
    live_stall_s: float = 10.0
    """A browser that takes nothing for so long is cut."""
    connections: int = 256
    """Open connections per port; one more is closed at once."""
    requests_per_s: float = 60.0
    """What one address may ask for in the long run."""
    burst: int = 600
    """And at once."""
