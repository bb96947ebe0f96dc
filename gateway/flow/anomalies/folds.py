"""What a place or a series needs for an episode, folded from what people say of its episodes now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from ...core.insight import Episode, Nature, Verdict

RECENT_MS = 7 * 86_400_000
"""What was told within this time, and nobody called right, asks for more."""

Place = tuple[str, str]
"""An asset and nothing; or nothing and a device that is at none."""
Key = tuple[str, str, str]


def place_of(asset: str, device: str) -> Place:
    """Where an incident is one episode."""
    return (asset, "") if asset else ("", device)


def series_key(device: str, metric: str) -> Key:
    """Whose need a word on an episode of a series moves."""
    return "series", device, metric


def flag_key(device: str, metric: str) -> Key:
    """Whose need a word on an episode of a flagged series moves."""
    return "flag", device, metric


def machine_key(asset: str) -> Key:
    """Whose need a word on an episode of a machine's baseline moves."""
    return "baseline", asset, ""


def key_of(episode: Episode) -> Key:
    """Whose need a word on it moves."""
    if episode.signals and not episode.signals[0].device:
        return machine_key(episode.asset)
    named = flag_key if episode.nature is Nature.SENSOR else series_key
    return named(episode.device, episode.metric)


class Folds:
    """Every episode that counts: with somebody's word, or young. The last one of an id counts."""

    def __init__(self) -> None:
        self._known: dict[str, Episode] = {}
        self._judged: defaultdict[Key, set[str]] = defaultdict(set)
        self._young: defaultdict[Place, set[str]] = defaultdict(set)

    def put(self, episode: Episode) -> None:
        """Said anew it replaces what it was."""
        self._out(episode.id)
        self._known[episode.id] = episode
        if episode.verdict:
            self._judged[key_of(episode)].add(episode.id)
        if episode.nature is not Nature.SENSOR and episode.verdict is not Verdict.RIGHT:
            self._young[place_of(episode.asset, episode.device)].add(episode.id)

    def find(self, episode_id: str) -> Episode | None:
        """As it was put last; None: it does not count any more."""
        return self._known.get(episode_id)

    def verdicts(self, key: Key) -> tuple[int, int]:
        """How many episodes were called normal, and how many right."""
        said = [self._known[one].verdict for one in self._judged.get(key, ())]
        return said.count(Verdict.NORMAL), said.count(Verdict.RIGHT)

    def recent(self, place: Place, now_ms: int, but: Collection[str] = ()) -> int:
        """Episodes there within a week that nobody called right, without those of these ids."""
        young = self._young.get(place, ())
        return sum(one not in but and now_ms - self._known[one].opened_ms < RECENT_MS for one in young)

    def told(self, place: Place, nature: Nature, series: tuple[str, str], time_ms: int, interval_ms: int) -> bool:
        """Whether an episode that is over was told there of this series in the interval that began then."""
        return any(
            one.closed_ms is not None
            and one.opened_ms < time_ms + interval_ms
            and time_ms <= one.closed_ms
            and one.nature is nature
            and place_of(one.asset, one.device) == place
            and any((signal.device, signal.metric) == series for signal in one.signals)
            for one in self._known.values()
        )

    def tidy(self, now_ms: int) -> None:
        """Forget what no longer counts."""
        for episode in list(self._known.values()):
            if not episode.verdict and not episode.is_open and now_ms - episode.opened_ms >= RECENT_MS:
                self._out(episode.id)

    def forget(self, device: str) -> None:
        """Its episodes are gone."""
        for episode in [known for known in self._known.values() if known.device == device]:
            self._out(episode.id)

    def all(self) -> Iterable[Episode]:
        """Those that count."""
        return self._known.values()

    def _out(self, episode_id: str) -> None:
        known = self._known.pop(episode_id, None)
        if known is not None:
            self._judged[key_of(known)].discard(episode_id)
            self._young[place_of(known.asset, known.device)].discard(episode_id)
