"""A boot's short way for what is ordinary ends where the long one does."""

from __future__ import annotations

import random

from gateway.core.boots import DRIFT_MS, Boot


def _unlinked(home: str, known_ms: int, estimate_ms: int) -> None:
    raise AssertionError("nothing was dated in another run")


def test_the_short_way_dates_and_learns_as_the_long_one() -> None:
    """Drift, backlog and an earlier anchor included; where it declines, it has changed nothing."""
    rng, quick, plain, taken = random.Random(7), Boot(), Boot(), 0
    for uptime_ms in range(1_000, 90_000_000, 7_000):
        late_ms = rng.choice((0, 20, 400, 9_000)) if uptime_ms > 40_000 else 5_000
        arrival_ms = 1_700_000_000_000 + round(uptime_ms * 1.00012) + late_ms
        before = repr(quick)
        time_ms = quick.passed(uptime_ms, arrival_ms)
        if time_ms is None:
            assert repr(quick) == before
            quick.arrived(uptime_ms, arrival_ms, "", False, _unlinked)
            time_ms = quick.at(uptime_ms)
        else:
            taken += 1
        plain.arrived(uptime_ms, arrival_ms, "", False, _unlinked)
        assert time_ms == plain.at(uptime_ms)
        assert (quick.epoch_ms, quick.drift_ppm, quick.kept) == (plain.epoch_ms, plain.drift_ppm, plain.kept)
    assert taken > 1_000
    assert quick.drift_ppm * 90_000 / 1e3 > DRIFT_MS  # the counter's error was found on the way


def test_the_short_way_declines_what_is_not_ordinary() -> None:
    """A boot of another clock, or one that nothing was heard of, has to be looked at."""
    assert Boot().passed(1, 1) is None
    for odd in (Boot(1_000, home="frame"), Boot(1_000, exact=True), Boot(1_000, drift_ppm=20.0), Boot(1_000)):
        assert odd.passed(10, 2_000) is None
