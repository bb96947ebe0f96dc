"""Who is told what: levels and channels as people have set them up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from ...core.alerts.alert import Alert
from ...core.errors import GatewayError
from ...core.ports.channel import Channel
from ...core.rules.actions import Level

_log = logging.getLogger(__name__)
_PATIENCE_S = 5.0
CHANNEL_PART = "part/channel-"
"""Keys of alerts about a channel begin with it."""


class Route(Protocol):
    """A channel as it is set up; `ChannelShown` fulfils it."""

    @property
    def name(self) -> str:
        """As people named it."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """What it is told."""

    @property
    def escalation(self) -> bool:
        """It is told only what nobody has acknowledged elsewhere."""

    @property
    def enabled(self) -> bool:
        """Whether it is told anything."""


class Routing:
    """`routes`: every channel there is; `channel`: the one that is in use under a name."""

    def __init__(
        self, routes: Callable[[], Sequence[Route]], channel: Callable[[str], Channel | None] = lambda name: None
    ) -> None:
        self._routes = routes
        self._channel = channel
        self._targets: dict[str, tuple[str, ...]] = {}
        self._silent: set[str] = set()
        """Those of which was told that they do not answer."""

    async def refresh(self) -> None:
        """Ask every channel to whom it goes; one that does not answer goes to those it went to."""
        names = [route.name for route in self._routes() if route.enabled]
        for name in names:
            channel = self._channel(name)
            if channel is None:
                continue
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    self._targets[name] = await channel.targets()
                self._silent.discard(name)
            except (TimeoutError, GatewayError) as error:
                if name not in self._silent:
                    _log.warning("whom %s reaches is not known just now: %s", name, str(error) or "no answer")
                self._silent.add(name)
        self._targets = {name: targets for name, targets in self._targets.items() if name in names}

    def lanes(self, alert: Alert, *, escalating: bool = False) -> tuple[str, ...]:
        """Where it goes; `escalating`: also to channels that hear only of what nobody acknowledges."""
        return tuple(
            f"{route.name}/{target}"
            for route in self._routes()
            if alert.level in route.levels
            and (escalating or not route.escalation)
            # What says that a channel fails cannot come by it.
            and alert.key != f"{CHANNEL_PART}{route.name}"
            for target in self._targets.get(route.name, ())
        )

    def still(self, lanes: Sequence[str]) -> tuple[str, ...]:
        """Those of these that lead to somebody."""
        there = {f"{name}/{target}" for name, targets in self._targets.items() for target in targets}
        return tuple(lane for lane in lanes if lane in there)
