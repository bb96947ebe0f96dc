"""The gateway on mDNS: `_edge-gateway._tcp` for nodes, `_https._tcp` for people. A leaf; needs no other part."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

_log = logging.getLogger(__name__)

_NODES = "_edge-gateway._tcp.local."
_PEOPLE = "_https._tcp.local."
_LOOK_AGAIN_S = 60.0


class AnnounceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is said. A port that is None is not announced."""

    name: str
    """How the gateway is shown in lists; a number is added when another one has the name."""
    host: str
    """The machine's name, without `.local`."""
    mqtt_port: int | None
    https_port: int | None
    properties: Mapping[str, str] = {}
    """TXT records; public, so no secrets."""
    interfaces: tuple[str, ...] = ()
    """The machine's own addresses to speak from; empty: all interfaces."""


class Announcement:
    """Announces the gateway, and again whenever the machine's addresses change."""

    def __init__(
        self,
        settings: AnnounceSettings,
        addresses: Callable[[], Sequence[str]] | None = None,
        look_again_s: float = _LOOK_AGAIN_S,
    ) -> None:
        self.names: list[str] = []
        """The full names announced now, which may carry a number; empty while there is nothing announced."""
        self._settings = settings
        self._addresses = addresses or machine_addresses
        self._look_again_s = look_again_s
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Until `close`. Raises OSError when the network refuses; whoever supervises starts it again."""
        while not self._closing.is_set():
            addresses = list(self._addresses())
            if not addresses:
                await self._pause()
                continue
            await self._announce(addresses)

    async def close(self) -> None:
        """Say goodbye; `run` returns."""
        self._closing.set()

    async def _announce(self, addresses: list[str]) -> None:
        from zeroconf import InterfaceChoice, IPVersion
        from zeroconf.asyncio import AsyncZeroconf

        version = IPVersion.All if any(":" in address for address in addresses) else IPVersion.V4Only
        chosen = list(self._settings.interfaces)
        zeroconf = AsyncZeroconf(chosen or InterfaceChoice.All, ip_version=None if chosen else version)
        try:
            self.names = [await _register(zeroconf, info) for info in self._services(addresses)]
            _log.info("announced as %s", ", ".join(self.names))
            while not self._closing.is_set() and list(self._addresses()) == addresses:
                await self._pause()
        finally:
            self.names = []
            await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), self._look_again_s)
        except TimeoutError:
            return

    def _services(self, addresses: list[str]) -> list[ServiceInfo]:
        from zeroconf import ServiceInfo

        said = self._settings
        # A dot would begin another DNS label, and a label holds 63 bytes; room is left for a number.
        label = said.name.replace(".", " ").encode()[:56].decode(errors="ignore").strip() or "Edge Gateway"
        return [
            ServiceInfo(
                kind,
                f"{label}.{kind}",
                port=port,
                server=f"{said.host.split('.')[0]}.local.",
                properties=dict(said.properties),
                parsed_addresses=addresses,
            )
            for kind, port in ((_NODES, said.mqtt_port), (_PEOPLE, said.https_port))
            if port is not None
        ]


class DisabledAnnouncement:
    """Announces nothing: the twin for a gateway on loopback, or one that is told to be quiet."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Until `close`."""
        await self._closing.wait()

    async def close(self) -> None:
        """`run` returns."""
        self._closing.set()


def machine_addresses() -> list[str]:
    """The addresses of this machine that others can reach: no loopback, no link-local; IPv4 first."""
    import ifaddr

    found = [
        ip_address(known.ip if isinstance(known.ip, str) else known.ip[0])
        for adapter in ifaddr.get_adapters()
        for known in adapter.ips
    ]
    usable = {address for address in found if not (address.is_loopback or address.is_link_local)}
    return [str(address) for address in sorted(usable, key=lambda address: (address.version, int(address)))]


async def _register(zeroconf: AsyncZeroconf, info: ServiceInfo) -> str:
    """Register under a free name, and return it. Raises OSError when no name can be had."""
    from zeroconf import Error

    try:
        await (await zeroconf.async_register_service(info, allow_name_change=True))
    except Error as error:
        raise OSError(f"mDNS refused {info.name}: {error!r}") from error
    return info.name
