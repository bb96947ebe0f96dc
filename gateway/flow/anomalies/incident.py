"""One incident as it grows: which signals it has, which of them leads, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from ...core.insight import MOST_SIGNALS, Episode, Nature, Signal

HOLD = 0.8
"""Part of its need above which a signal keeps an episode open."""
OVER_MS = 30 * 60_000
"""An episode is over when nothing kept it open for so long, or for three points of a series that speaks seldom."""
SENSOR_OVER_MS = 10 * 60_000
"""Likewise when its flags have fallen: ten spikes are one incident."""
SEEN_APART_MS = 3_600_000
"""So far may what is written of its last sight be behind."""
SAVE_APART_MS = 10 * 60_000
TELLING_MS = 10 * 60_000
"""A machine's episode looks for its reason for so long; after that only one of more channels replaces it."""
_PEAK = 0.1
"""A peak that is higher by this is worth writing down."""


class Heard(msgspec.Struct, frozen=True):
    """A signal with where it comes from."""

    asset: str
    """Empty: its device is at none."""
    signal: Signal
    lasting: float = 0.0
    """The score of what still goes on, where it is told apart from what is new."""
    correlation: str = ""
    model: str = ""
    simulated: bool = False
    baseline: bool = False
    """Of a machine's baseline; else of one series or its flags."""
    every_ms: int = 0
    """How far apart its points are, where that is known."""
    consequence: bool = False
    """A flag that a machine raises, too, when it really changes."""

    @property
    def series(self) -> tuple[str, str]:
        """Whose it is: one signal each is kept in an episode."""
        return ("", "") if self.baseline else (self.signal.device, self.signal.metric)

    @property
    def kept(self) -> Signal:
        """As it is in an episode."""
        device, metric = self.series
        return replace(self.signal, device=device, metric=metric)


class Incident(msgspec.Struct):
    """An open episode."""

    episode: Episode
    saved: Episode
    """As it was last written down."""
    saved_ms: int
    """When that was, by the readings' time."""
    heard_ms: int
    """When anything of its place was last heard, by the gateway's clock."""
    every_ms: int = 0
    """How far apart the points of its slowest series are."""
    waits: bool = False
    """It comes from an earlier run, and nothing of its place was heard since."""
    since_ms: int = 0
    """When that was over, by the readings' time: what kept it open meanwhile nobody knows."""

    @property
    def nature(self) -> Nature:
        """What it is about."""
        return self.episode.nature

    def has(self, series: tuple[str, str]) -> bool:
        """Whether this series is in it."""
        return any((signal.device, signal.metric) == series for signal in self.episode.signals)

    @property
    def together(self) -> bool:
        """Whether several channels of a machine have moved: that is no sensor's fault."""
        return any(signal.others for signal in self.episode.signals)

    def leads(self, device: str, metric: str) -> bool:
        """Whether it is told of this series; of a baseline, of its strongest channel."""
        return (self.episode.device, self.episode.metric) == (device, metric)

    def over_ms(self, interval_ms: int) -> int:
        """For how long nothing may keep it open."""
        return SENSOR_OVER_MS if self.nature is Nature.SENSOR else max(OVER_MS, 3 * max(interval_ms, self.every_ms))

    def is_over(self, time_ms: int, interval_ms: int) -> bool:
        """Whether nothing has kept it open for long enough when it is so late at its place."""
        if self.waits:
            self.waits, self.since_ms = False, time_ms
        return time_ms - max(self.episode.seen_ms, self.since_ms) >= self.over_ms(interval_ms)

    def see(self, heard: Heard) -> None:
        """Take in a signal; one that reaches its need belongs to it, a weaker one keeps it open at most."""
        signal, episode = heard.signal, self.episode
        self.every_ms = max(self.every_ms, heard.every_ms)
        if max(signal.score, heard.lasting) >= HOLD * signal.need:
            episode = replace(episode, seen_ms=max(episode.seen_ms, signal.time_ms))
        if signal.strength >= 1.0:
            episode = joined(episode, heard)
        self.episode = episode

    def worth_saving(self, time_ms: int) -> bool:
        """Whether it has grown since it was written down, and not just then."""
        now, saved = self.episode, self.saved
        grown = _told(now) != _told(saved) or now.score >= saved.score + _PEAK
        grown = grown or now.seen_ms - saved.seen_ms >= SEEN_APART_MS
        return grown and time_ms - self.saved_ms >= SAVE_APART_MS


def _told(episode: Episode) -> tuple[Nature, str, str, int]:
    """What a change of is worth writing down."""
    return episode.nature, episode.device, episode.metric, len(episode.signals)


def opened(heard: Heard, episode_id: str) -> Episode:
    """The episode that a signal opens."""
    signal = heard.signal
    return Episode(
        id=episode_id,
        asset=heard.asset,
        device=signal.device,
        metric=signal.metric,
        nature=signal.nature,
        opened_ms=signal.time_ms,
        seen_ms=signal.time_ms,
        score=signal.score,
        need=signal.need,
        reason=signal.text,
        signals=(heard.kept,),
        model=heard.model,
        correlation=heard.correlation,
        simulated=heard.simulated,
    )


def joined(episode: Episode, heard: Heard) -> Episode:
    """With this signal; the strongest of its nature leads and gives the reason."""
    mine, now = heard.series, heard.kept
    signals = {(one.device, one.metric): one for one in episode.signals}
    before = signals.get(mine)
    if before is not None and not _better(now, before, episode):
        now = replace(before, score=max(before.score, now.score))
    signals[mine] = now
    after = _led(episode, signals.values())
    lead, signal = after.signals[0], heard.signal
    if lead is not now or now.text != signal.text:
        return after
    told = signal.device, signal.metric, heard.model, heard.simulated
    return replace(after, device=told[0], metric=told[1], model=told[2], simulated=told[3])


def merged(into: Episode, other: Episode) -> Episode:
    """The older one with the signals of the younger."""
    signals = {(one.device, one.metric): one for one in (*other.signals, *into.signals)}
    return _led(replace(into, seen_ms=max(into.seen_ms, other.seen_ms)), signals.values())


def turned(episode: Episode, nature: Nature) -> Episode:
    """About something else than it seemed."""
    return _led(replace(episode, nature=nature), episode.signals)


def _better(now: Signal, before: Signal, episode: Episode) -> bool:
    """Whether it gives the better reason of the two, which are of the same series or baseline."""
    if now.device or _rank(now, episode.nature)[0] != _rank(before, episode.nature)[0]:
        return _rank(now, episode.nature) > _rank(before, episode.nature)
    # What a machine began with says what is wrong with it; later rows say what it does because of that.
    young = now.time_ms - episode.opened_ms <= TELLING_MS and now.strength > before.strength
    return now.others > before.others or (young and now.others == before.others)


def _led(episode: Episode, signals: Iterable[Signal]) -> Episode:
    """By the strongest signal of its nature; a baseline's is told of the channel that leads it, as before."""
    ranked = sorted(signals, key=lambda one: _rank(one, episode.nature), reverse=True)[:MOST_SIGNALS]
    lead = ranked[0]
    device, metric = (lead.device, lead.metric) if lead.device else (episode.device, episode.metric)
    told = lead.score, lead.need, lead.text
    return replace(
        episode,
        signals=tuple(ranked),
        device=device,
        metric=metric,
        score=told[0],
        need=told[1],
        reason=told[2],
    )


def _rank(signal: Signal, nature: Nature) -> tuple[bool, float]:
    return (signal.nature is Nature.SENSOR) == (nature is Nature.SENSOR), signal.strength
