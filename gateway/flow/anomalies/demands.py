"""What a signal must reach to open an episode where it comes from, after all that people have said."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection

from msgspec.structs import replace

from ...core.anomaly.needs import base_need, machine_need, series_need
from ...core.insight import Nature
from .folds import Folds, Place, flag_key, machine_key, place_of, series_key
from .incident import Heard

BESIDE_A_BASELINE = 0.1
"""What a series needs more where a machine's baseline judges it, too."""
WINDOW_MOVED = 0.1
"""What a series needs more while what a window did still shows."""
ROWS, ROWS_REACHED = 10, 5
"""A baseline's episode opens when so many of the last rows reach its need: a single one is nothing."""
_NEVER = 1.1


class Demands:
    """Asked of each signal. `same` (place, time): ids of episodes there that would go on: they are no further ones."""

    def __init__(
        self,
        interval_s: int,
        series_at: Callable[[Place], int],
        watched: Callable[[str], bool],
        same: Callable[[Place, int], Collection[str]],
    ) -> None:
        self.folds = Folds()
        self._interval_s = interval_s
        self._series_at = series_at
        self._watched = watched
        self._same = same
        self._rows: dict[str, deque[bool]] = {}
        self._unsettled: dict[Place, int] = {}

    def of_series(self, asset: str, device: str, metric: str, now_ms: int) -> float:
        """The score from which a series opens an episode."""
        place = place_of(asset, device)
        base = base_need(self._series_at(place), self._interval_s)
        normal, right = self.folds.verdicts(series_key(device, metric))
        need = series_need(base, normal, right, self._recent(place, now_ms))
        more = BESIDE_A_BASELINE if asset and self._watched(asset) else 0.0
        return need + more + (WINDOW_MOVED if now_ms < self._unsettled.get(place, 0) else 0.0)

    def put_to(self, heard: Heard) -> Heard:
        """With the need that holds for it; a series' signal has it already."""
        signal = heard.signal
        if heard.baseline:
            normal, right = self.folds.verdicts(machine_key(heard.asset))
            recent = self._recent(place_of(heard.asset, signal.device), signal.time_ms)
            need = machine_need(signal.need, normal, right, recent)
        elif signal.nature is Nature.SENSOR:
            normal, _ = self.folds.verdicts(flag_key(signal.device, signal.metric))
            need = _NEVER if normal else signal.need
        else:
            return heard
        return replace(heard, signal=replace(signal, need=need))

    def met(self, heard: Heard) -> bool:
        """Whether it may open an episode: at once, or, of a baseline, when it came often enough."""
        reached = heard.signal.strength >= 1.0
        if not heard.baseline:
            return reached
        rows = self._rows.setdefault(heard.asset, deque(maxlen=ROWS))
        rows.append(reached)
        return reached and sum(rows) >= ROWS_REACHED

    def unsettle(self, place: Place, until_ms: int) -> None:
        """A window moved there."""
        self._unsettled[place] = until_ms

    def begin_anew(self, asset: str) -> None:
        """What a machine did until now says nothing of what comes."""
        self._rows.pop(asset, None)

    def re_date(self) -> None:
        """The clock was set."""
        self._unsettled.clear()

    def _recent(self, place: Place, now_ms: int) -> int:
        return self.folds.recent(place, now_ms, self._same(place, now_ms))
