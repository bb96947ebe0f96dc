import itertools

from gateway.simulator.world.noise import chance, drift, normal


def test_chance_is_evenly_spread() -> None:
    values = [chance(1, "x", index) for index in range(4000)]
    assert 0.0 <= min(values) < 0.01
    assert 0.99 < max(values) < 1.0
    assert 0.47 < sum(values) / len(values) < 0.53


def test_normal_has_mean_zero_and_deviation_one() -> None:
    values = [normal(1, "x", index) for index in range(4000)]
    mean = sum(values) / len(values)
    deviation = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
    assert abs(mean) < 0.06
    assert 0.94 < deviation < 1.06


def test_drift_never_jumps_and_stays_in_its_bounds() -> None:
    values = [drift(1, "x", time_ms, 60_000) for time_ms in range(0, 3_600_000, 1000)]
    assert all(-1.0 <= value <= 1.0 for value in values)
    assert max(abs(after - before) for before, after in itertools.pairwise(values)) < 0.06


def test_the_numbers_are_fixed_for_ever() -> None:
    assert chance(1, "x", 2) == 0.8952943467041337
