"""What the network can reach: the broker's listeners, the certificate they show, and the self-attack before them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from .backends.announce import machine_addresses
from .backends.broker.attack import Decoys, Target, Verdict, attack
from .backends.broker.broker import GatewayBroker
from .backends.broker.settings import Listener
from .backends.broker.transport import client_tls
from .backends.certificates import Certificates, ServerCertificate
from .backends.ports import holder
from .config.settings import Mqtt, Settings
from .core.errors import ConfigError

_log = logging.getLogger(__name__)
LOOPBACK = ("127.0.0.1", "::1")
_PROBE = "self-attack"
_LOOK_AGAIN_S = 3_600.0


class Listeners:
    """Opens the broker's addresses, those of the LAN only after the gateway has attacked itself in vain."""

    def __init__(self, broker: GatewayBroker, mqtt: Mqtt, certificate: ServerCertificate, ca_pem: str) -> None:
        self._broker = broker
        self._mqtt = mqtt
        self._certificate = certificate
        self._ca_pem = ca_pem

    async def open_local(self) -> None:
        """Plain MQTT on loopback."""
        port = self._mqtt.local_port
        for name, address in zip(("local", "local-6"), supported(LOOPBACK), strict=False):
            await self._open(name, address, port, "mqtt.local_port", tls=False)
            port = self._broker.port("local")

    async def open_lan(self) -> None:
        """MQTT over TLS, and over WebSocket if it is wanted."""
        port = self._mqtt.tls_port
        for index, address in enumerate(supported(self._mqtt.bind)):
            await self._open(f"lan-{index}", address, port, "mqtt.tls_port")
            port = port or self._broker.port("lan-0")
        if self._mqtt.websocket:
            for index, address in enumerate(supported(self._mqtt.bind)):
                await self._open(f"ws-{index}", address, self._mqtt.websocket_port, "mqtt.websocket_port", kind="ws")

    async def attack_self(self, decoys: Decoys) -> list[Verdict]:
        """The attacks that succeeded, over a listener like those of the LAN; logged."""
        await self._open(_PROBE, LOOPBACK[0], 0, "", tls=True)
        try:
            target = Target(
                LOOPBACK[0],
                self._broker.port(_PROBE),
                client_tls(self._ca_pem),
                lambda name: self._broker.admission.expel(name, "revoked"),
            )
            verdicts = await attack(target, decoys)
        finally:
            await self._broker.close_listener(_PROBE)
        breaches = [verdict for verdict in verdicts if verdict.breach]
        if breaches:
            _log.critical("the LAN stays closed: %d attacks of the gateway on itself succeeded", len(breaches))
        else:
            _log.info("self-attack: %d attacks repelled", len(verdicts))
        return breaches

    async def _open(
        self, name: str, address: str, port: int, option: str, *, tls: bool = True, kind: str = "tcp"
    ) -> None:
        host = f"[{address}]" if ":" in address else address
        secured = (str(self._certificate.cert_path), str(self._certificate.key_path)) if tls else (None, None)
        try:
            await self._broker.open_listener(name, Listener(f"{host}:{port}", kind, *secured))
        except OSError as error:
            raise ConfigError(
                f"{address} port {port} cannot be opened: {holder(port)} has it; stop that, or set {option}"
            ) from error


def supported(addresses: tuple[str, ...]) -> list[str]:
    """The addresses without IPv6 where the machine has none."""
    return [address for address in addresses if ":" not in address or _has_ipv6()]


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def names(settings: Settings) -> tuple[list[str], list[str]]:
    """(host names, addresses) the server certificate is for."""
    host = settings.announce.hostname or socket.gethostname().split(".")[0].lower()
    return [f"{host}.local", host, "gateway.local", "localhost"], [*LOOPBACK, *machine_addresses()]


class Renewal:
    """Keeps the server certificate valid for as long as the gateway runs. A leaf."""

    def __init__(
        self,
        certificates: Certificates,
        settings: Settings,
        shown: ServerCertificate,
        renewed: Callable[[], None],
    ) -> None:
        self._certificates = certificates
        self._settings = settings
        self._renewed = renewed
        self._soon = asyncio.Event()
        self.shown = shown
        """The certificate in use."""

    def look_soon(self) -> None:
        """The clock was set: what had long to go may be over."""
        self._soon.set()

    def complaint(self, now_ms: int) -> str:
        """What is wrong with the certificate in use; empty: nothing."""
        if now_ms < self.shown.not_after_ms:
            return ""
        ended = datetime.fromtimestamp(self.shown.not_after_ms / 1000, UTC)
        return f"it ended on {ended:%Y-%m-%d} and was not renewed: no node can connect"

    async def run(self) -> None:
        """Every hour: renew what ends soon, or what a new address of this machine asks for."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    await self._soon.wait()
            self._soon.clear()
            current = await asyncio.to_thread(self._ensure)
            if current.fingerprint != self.shown.fingerprint:
                _log.info("the server certificate was renewed")
                self._renewed()
                self.shown = current

    def _ensure(self) -> ServerCertificate:
        return self._certificates.ensure(*names(self._settings))
