"""The home as one part of the gateway: what stands where, what is asked of devices, and how they should be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from .backends.store.store import Store
from .core.messages import Reading
from .core.ports.documents import Documents
from .core.ports.intake import Taken
from .core.ports.post import Post
from .core.ports.store import Retained
from .flow.assignments import Assignments
from .flow.bus import Bus
from .flow.chronicle import Chronicle
from .flow.commands import Commands
from .flow.dispatch import CommandSettings
from .flow.home import Home
from .flow.learning import Learning
from .flow.plants import Plants
from .flow.registry import Registry
from .flow.shadows import Shadows
from .flow.timekeeper import TimeKeeper
from .flow.trail import Trail
from .flow.values import Values
from .flow.watch import Watch
from .frontends.panel.parts import HomeParts

_EVENTS_RECALLED = 2000


class Household:
    """Made once devices and the event log are there.

    `load` comes before messages are taken in, `attach` before the broker listens.
    """

    def __init__(
        self,
        documents: Documents,
        store: Store,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        keeper: TimeKeeper,
        registry: Registry,
        settings: CommandSettings,
    ) -> None:
        self._store = store
        self._bus = bus
        self._chronicle = chronicle
        self._clock = clock
        self._registry = registry
        self.home = Home(documents, bus, trail, clock, registry.devices)
        self.assignments = Assignments(documents, bus, trail, clock, self.home, chronicle)
        self.commands = Commands(store, store, bus, trail, chronicle, clock, registry, keeper, settings)
        self.shadows = Shadows(store, store, bus, trail, chronicle, clock, registry)
        self.learning = Learning(bus, registry, clock, chronicle)
        self.plants = Plants(self.home, self.assignments, bus, chronicle)

    async def load(self, latest: Mapping[str, Reading]) -> None:
        """What is known from earlier runs; `latest` as the store has it."""
        self.home.load()
        self.assignments.load()
        await self.commands.load()
        await self.shadows.load()
        self.plants.restore(await self._store.happened(_EVENTS_RECALLED, "plant."))
        self.learning.recall(latest)

    async def close(self) -> None:
        """Keep what was learnt."""
        await self.learning.close()

    @property
    def hearers(self) -> Mapping[str, Callable[[str, bytes, int], Taken]]:
        """Who understands what nodes say, by the topic's last part."""
        return {"command/ack": self.commands.acked, "shadow/reported": self.shadows.reported}

    def attach(self, post: Post, retained: Callable[[], Mapping[str, Retained]]) -> None:
        """How nodes are spoken to; `retained`: what the broker keeps for them."""
        self.commands.attach(post)
        self.shadows.attach(post, retained)

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on by itself; the gateway is nothing without it."""
        return [self.commands.run(), self.shadows.run()]

    def parts(self, watch: Watch) -> HomeParts:
        """As the panel is given it."""
        values = Values(self.home, self.assignments, self._registry, watch, self._clock)
        return HomeParts(self.commands, self.shadows, self.home, self.assignments, values, self.plants)
