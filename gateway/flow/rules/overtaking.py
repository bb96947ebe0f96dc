"""Readings that rules did not hear at their own time, told apart in the history.

Of a device's readings that came late together, only those that left their band are on the tape. Those between them
were inside it: they count from the moment at which the one before them was taken, not from their own.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from ...core.ports.rules import Columns, SeriesHistory
from ...core.rules.events import Heard
from .merge import Followed, Track
from .tape import Again, Left, Taped

_DAY_MS = 86_400_000


class _Moved(msgspec.Struct):
    """A reading on the tape."""

    number: int
    position_ms: int
    values: Mapping[str, float]
    again: bool


class Elsewhere:
    """Which readings are to be left out of the columns, and what follows on those of the tape."""

    def __init__(self, taped: Sequence[Taped]) -> None:
        self.followed: dict[int, Followed] = {}
        """What is to count after the taped event of this number is taken."""
        self.metrics: dict[str, list[str]] = {}
        """By device, for whoever asks history: which of the readings of one ms it is depends on it."""
        self._gone: dict[str, set[tuple[int, int]]] = defaultdict(set)
        """By device: moment, and which of the readings of that moment."""
        self._left: dict[str, Counter[int]] = defaultdict(Counter)
        self._moved: dict[str, dict[int, list[_Moved]]] = defaultdict(lambda: defaultdict(list))
        for number, (position_ms, event, _) in enumerate(taped):
            if isinstance(event, Heard):
                self._moved[event.device][event.time_ms].append(
                    _Moved(number, position_ms, event.values, isinstance(event, Again))
                )
            elif isinstance(event, Left):
                self._left[event.device].update(event.times_ms)

    async def find(self, history: SeriesHistory, watched: Mapping[str, Mapping[str, int]]) -> None:
        """Look them up. May raise StoreError."""
        self.metrics = {device: sorted(metrics) for device, metrics in watched.items()}
        for device, moved in self._moved.items():
            metrics = self.metrics.get(device, [])
            last_ms = max(max(one.position_ms for one in ones) for ones in moved.values())
            if metrics:
                found = await _columns(history, device, metrics, min(moved), max(last_ms, *moved) + 1)
                self._walk(Track(device, found), metrics)

    def _walk(self, track: Track, metrics: Sequence[str]) -> None:
        moved, gone = self._moved[track.device], self._gone[track.device]
        before: _Moved | None = None
        places = [(place, ordinal) for place, ordinal, left in self._places(track) if not left]
        for number, (place, ordinal) in enumerate(places):
            time_ms = track.times[place]
            alike = [one for one in moved.get(time_ms, ()) if track.has(place, one.values)]
            found = alike[0] if alike else None
            if found is not None and found.again and len(alike) <= _more(track, places, number, found):
                found = None
            if found is not None:
                moved[time_ms].remove(found)
                before = found
                self.followed[found.number] = Followed(track.device, {})
            elif before is None or time_ms > before.position_ms:
                before = None
                continue
            else:
                values = self.followed[before.number].values
                values |= {
                    metric: (value, time_ms) for metric in metrics if (value := track.value(metric, place)) is not None
                }
            gone.add((time_ms, ordinal))

    def _places(self, track: Track) -> list[tuple[int, int, bool]]:
        """Every reading with its number among those of its ms, and whether it came too late: the last ones did."""
        left, times = self._left.get(track.device, Counter[int]()), track.times
        alike = Counter(times) if left else Counter[int]()
        found: list[tuple[int, int, bool]] = []
        ordinal = 0
        for place, time_ms in enumerate(times):
            ordinal = ordinal + 1 if place and times[place - 1] == time_ms else 0
            found.append((place, ordinal, bool(left) and ordinal >= alike[time_ms] - left[time_ms]))
        return found

    def take_out(self, track: Track) -> None:
        """Leave them out of what is fed at its own time."""
        gone = self._gone.get(track.device)
        if gone or self._left.get(track.device):
            track.leave(
                [
                    place
                    for place, ordinal, left in self._places(track)
                    if left or (track.times[place], ordinal) in (gone or ())
                ]
            )


def _more(track: Track, places: Sequence[tuple[int, int]], first: int, moved: _Moved) -> int:
    """How many more readings of the ms of the first place could be this one."""
    time_ms, found, number = track.times[places[first][0]], 0, first + 1
    while number < len(places) and track.times[places[number][0]] == time_ms:
        found += track.has(places[number][0], moved.values)
        number += 1
    return found


async def _columns(history: SeriesHistory, device: str, metrics: Sequence[str], from_ms: int, to_ms: int) -> Columns:
    """A day at a time, so that the reader has time for others."""
    times, bits = array("q"), {metric: array("H") for metric in metrics}
    values = {metric: array("d") for metric in metrics}
    for start_ms in range(from_ms, to_ms, _DAY_MS):
        found = await history.columns(
            device, metrics, start_ms, min(start_ms + _DAY_MS, to_ms), settled=start_ms > from_ms
        )
        times.extend(found.times)
        none = bytes(2 * len(found.times))
        for metric in metrics:
            values[metric].extend(found.values[metric])
            bits[metric].extend(found.bits.get(metric) or array("H", none))
    return Columns(times, values, bits)
