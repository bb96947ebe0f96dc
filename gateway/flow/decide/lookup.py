"""What can be asked about windows and the decisions about them, without anything being decided."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from ...core.decisions import Decision
from ...core.window.limits import Bounds
from ...core.window.moment import Moment
from ...core.window.teacher import comfort_c
from .inputs import Input, Inputs
from .mind import DecideSettings
from .record import Records
from .scenes import Scenes
from .surroundings import Surroundings


class Lookup:
    """See Decide, which fills `_scenes`; `limits` gives the least and most that a window's node allows, in percent."""

    _scenes: Scenes

    def __init__(
        self,
        clock: Callable[[], int],
        inputs: Inputs,
        surroundings: Surroundings,
        records: Records,
        settings: DecideSettings,
        limits: Callable[[str], tuple[float, float]],
    ) -> None:
        self._clock = clock
        self._inputs = inputs
        self._surroundings = surroundings
        self._records = records
        self._settings = settings
        self._limits = limits

    @property
    def mode(self) -> str:
        """`local`, `external` or `off`."""
        return self._settings.mode if self._settings.enabled else "off"

    def newest(self, device: str) -> Decision | None:
        """The last one about a window."""
        known = self._records.of(device)
        return known[0] if known else None

    def find(self, decision_id: str) -> Decision | None:
        """One of the last of its window."""
        return self._records.find(decision_id)

    async def get(self, decision_id: str) -> Decision:
        """One, however old. Raises NotFound, StoreError."""
        return await self._records.get(decision_id)

    async def history(self, device: str = "", limit: int = 50, before: str = "") -> list[Decision]:
        """Newest first, below the decision `before`. Raises StoreError."""
        return await self._records.history(device, limit, before)

    async def caused(self, correlation: str) -> list[Decision]:
        """What a reading or request led to, newest first. Raises StoreError."""
        return await self._records.history(limit=500, correlation=correlation)

    def is_window(self, device: str) -> bool:
        """Whether the gateway decides about it."""
        return self._surroundings.is_window(device)

    def moment(self, device: str) -> Moment | None:
        """What would be decided on now; None: there is no temperature."""
        scene = self._scenes.find(device)
        sound_db = None if scene is None else scene.aggregate.value("sound")
        moment, _ = self._inputs.moment(device, self._clock(), sound_db)
        return None if moment.temperature_c is None else moment

    def inputs(self, device: str) -> list[Input]:
        """What is measured around a window, used or not."""
        return self._inputs.shown(device, self._clock())

    def comfort(self, device: str) -> float | None:
        """What is comfortable now, in °C; None: there is no temperature to compare it with."""
        moment = self.moment(device)
        return None if moment is None else comfort_c(moment.outdoor_mean_c)

    def bounds(self, device: str) -> Bounds:
        """The hard limits of a window, its node's own among them."""
        low, high = self._limits(device)
        return replace(self._settings.bounds, node_min_pct=low, node_max_pct=high)

    def next_s(self, device: str) -> float | None:
        """When it is thought about if nothing changes; None: it never was."""
        return self._scenes.next_s(device)
