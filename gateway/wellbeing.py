"""How the gateway is: its parts in words, a line for systemd, a look over the whole database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from .backends.broker.attack import Verdict
from .backends.machine.guard import MachineGuard
from .backends.store.store import Store
from .core.errors import StoreError
from .core.messages import DeviceStatus
from .flow.chronicle import Chronicle
from .flow.registry import Registry
from .flow.supervise import Leaf
from .flow.watch import Watch
from .frontends.panel.parts import PartHealth

_log = logging.getLogger(__name__)
_LOOK_OVER_AFTER_S = 60.0
_UNSURE = "nobody has told the time since the machine started; what is measured now moves to its place later"


class Wellbeing:
    """Asks the parts how they are. `breaches` and `leaves` are known once the broker and the panel are up."""

    def __init__(
        self, store: Store, guard: MachineGuard, clock_known: Callable[[], bool], registry: Registry, watch: Watch
    ) -> None:
        self.breaches: Sequence[Verdict] = ()
        self.leaves: Sequence[Leaf] = ()
        self.others: Callable[[], Mapping[str, str]] = dict
        """What is wrong with more parts, by name; an empty text: nothing."""
        self.certificate: Callable[[], str] = str
        """What is wrong with the server certificate; empty: nothing."""
        self._store = store
        self._guard = guard
        self._clock_known = clock_known
        self._registry = registry
        self._watch = watch

    def health(self) -> Mapping[str, PartHealth]:
        """Every part by name."""
        said = {
            **self._guard.complaints(),
            "database": self._damage(),
            "clock": self._time(),
            "broker": self._attacks(),
            "certificate": self.certificate(),
            **self.others(),
        }
        said |= {leaf.name: "not running" if leaf.failure else said.get(leaf.name, "") for leaf in self.leaves}
        return {name: PartHealth(not complaint, complaint) for name, complaint in said.items()}

    def troubled(self) -> bool:
        """Whether any part needs a person's attention."""
        return any(not part.ok for part in self.health().values())

    def status(self) -> str:
        """The whole in a line."""
        devices = [device.id for device in self._registry.devices()]
        online = sum(self._watch.status(device) is DeviceStatus.ONLINE for device in devices)
        unwell = [f"{name}: {part.detail}" for name, part in self.health().items() if not part.ok]
        return "; ".join([f"{len(devices)} devices, {online} online", *(unwell or ["all is well"])])

    def _damage(self) -> str:
        return "it is damaged, and is repaired at the next start" if self._store.problems else ""

    def _time(self) -> str:
        return "" if self._clock_known() else _UNSURE

    def _attacks(self) -> str:
        count = len(self.breaches)
        return f"{count} attacks of the gateway on itself succeeded; the LAN is closed" if count else ""


async def look_over(store: Store, chronicle: Chronicle) -> None:
    """The whole database, once, when the gateway has long been answering; what is wrong is repaired at next start."""
    await asyncio.sleep(_LOOK_OVER_AFTER_S)
    try:
        if found := await store.check():
            chronicle.note("store.damaged", f"{len(found)} problems in the database, it is repaired at the next start")
    except StoreError as error:
        _log.warning("the database could not be looked over: %s", error)
