"""What each part is handed of the settings: a part sees its own and no more."""

from __future__ import annotations

import hashlib
import socket
import ssl
from pathlib import Path

from . import __version__
from .backends.announce import Announcement, AnnounceSettings, DisabledAnnouncement
from .backends.broker.broker import GatewayBroker
from .backends.broker.settings import BrokerSettings
from .backends.certificates import ServerCertificate
from .backends.machine.guard import MachineSettings
from .backends.machine.wear import WearSettings
from .backends.store.settings import StoreSettings
from .config.home_settings import Commands as CommandOptions
from .config.settings import Settings
from .flow.dispatch import CommandSettings
from .frontends.panel.parts import PanelSettings
from .frontends.panel.server import Panel
from .lan import LOOPBACK, supported


def for_store(settings: Settings) -> StoreSettings:
    """What the store is handed."""
    store = settings.store
    return StoreSettings(
        delay_s=store.gentle_s if store.durability == "gentle" else 0.0,
        quarantine_rows=store.quarantine_rows,
        audit_rows=store.audit_rows,
        raw_days=store.raw_days,
        minute_days=store.minute_days,
        max_bytes=store.max_mb * 1024 * 1024,
        command_rows=settings.commands.kept,
        decision_rows=settings.window.decisions_kept,
        episode_rows=settings.anomaly.episodes_kept,
        firing_rows=settings.rules.firings_kept,
        alert_rows=settings.alerts.kept,
    )


def for_commands(commands: CommandOptions) -> CommandSettings:
    """What the book of commands is handed."""
    return CommandSettings(expire_s=commands.expire_s)


def for_broker(settings: Settings) -> BrokerSettings:
    """What the broker is handed."""
    mqtt = settings.mqtt
    return BrokerSettings(
        max_packet_bytes=mqtt.max_packet_bytes + 512,
        max_connections=mqtt.max_connections,
        connect_timeout_s=mqtt.connect_timeout_s,
        messages_per_s=mqtt.messages_per_s,
        message_burst=mqtt.message_burst,
        queue_messages=mqtt.queue_messages,
        queue_bytes=mqtt.queue_bytes,
        stall_s=mqtt.stall_s,
        external_decisions=settings.inference.mode == "external",
    )


def for_machine(settings: Settings) -> MachineSettings:
    """What the watch over the machine is handed."""
    card = settings.card
    return MachineSettings(
        timezone=settings.site.timezone,
        warn_free_mb=card.warn_free_mb,
        wear=WearSettings(endurance_tb=card.endurance_tb, budget_mb_per_day=card.budget_mb_per_day),
    )


def for_panel(
    settings: Settings, data: Path, certificate: ServerCertificate, ca_pem: str, broker: GatewayBroker, demo: bool
) -> PanelSettings:
    """What the panel is handed. The broker listens already."""
    lan = "lan-0" in broker.listeners_config
    return PanelSettings(
        data=data,
        version=__version__,
        hosts=tuple(supported(settings.panel.bind)),
        https_port=settings.panel.https_port,
        http_port=settings.panel.http_port,
        certificate=certificate.cert_path,
        key=certificate.key_path,
        ca_pem=ca_pem,
        mqtt_port=broker.port("lan-0") if lan else settings.mqtt.tls_port,
        demo=demo,
        requests_per_s=settings.api.requests_per_s,
        burst=settings.api.burst,
    )


def announcement(
    settings: Settings, broker: GatewayBroker, panel: Panel, demo: bool
) -> Announcement | DisabledAnnouncement:
    """What is announced on the network; nothing on loopback and in a demo."""
    if demo or not settings.announce.mdns or all(address in LOOPBACK for address in settings.mqtt.bind):
        return DisabledAnnouncement()
    host = settings.announce.hostname or socket.gethostname()
    mqtt_port = broker.port("lan-0") if "lan-0" in broker.listeners_config else None
    return Announcement(
        AnnounceSettings(name=settings.site.name, host=host, mqtt_port=mqtt_port, https_port=panel.https_port)
    )


def url(settings: Settings, panel: Panel) -> str:
    """The panel's address for a person on this machine, without a slash at the end. The panel listens."""
    if all(address in LOOPBACK for address in settings.panel.bind):
        return f"http://127.0.0.1:{panel.http_port}"
    host = settings.announce.hostname or socket.gethostname().split(".")[0]
    return f"https://{host}.local:{panel.https_port}"


def fingerprint(pem: str) -> str:
    """SHA-256 of a certificate, as phones and browsers show it."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.strip())).digest().hex(":").upper()
