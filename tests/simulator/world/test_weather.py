import pytest

from gateway.simulator.world.weather import DAY_MS, HOUR_MS, Climate, sky, solar_hour, sun

JANUARY = 1_768_435_200_000  # 2026-01-15 00:00 UTC
JULY = 1_784_073_600_000  # 2026-07-15 00:00 UTC
HERE = Climate()


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_july_is_warmer_than_january() -> None:
    cold = mean([sky(HERE, 1, JANUARY + hour * HOUR_MS).temperature_c for hour in range(0, 720, 3)])
    warm = mean([sky(HERE, 1, JULY + hour * HOUR_MS).temperature_c for hour in range(0, 720, 3)])
    assert -4.0 < cold < 6.0
    assert 14.0 < warm < 25.0


def test_afternoons_are_warmer_and_drier_than_nights() -> None:
    days = [JULY + day * DAY_MS for day in range(20)]
    night = [sky(HERE, 3, day + 2 * HOUR_MS) for day in days]
    afternoon = [sky(HERE, 3, day + 14 * HOUR_MS) for day in days]
    assert mean([at.temperature_c for at in afternoon]) > mean([at.temperature_c for at in night]) + 2.0
    assert mean([at.humidity_pct for at in afternoon]) < mean([at.humidity_pct for at in night])


def test_nights_are_dark_and_noon_is_bright() -> None:
    assert sky(HERE, 1, JULY).light_lx == 0.0
    assert sky(HERE, 1, JULY + 11 * HOUR_MS).light_lx > 10_000.0


def test_summer_days_are_longer_than_winter_days() -> None:
    def bright_hours(day: int) -> int:
        return sum(sun(HERE, day + hour * HOUR_MS) > 0 for hour in range(24))

    assert bright_hours(JANUARY) < 10 < 14 < bright_hours(JULY)


def test_the_southern_hemisphere_has_its_long_days_in_january() -> None:
    south = Climate(latitude_deg=-35.0)
    assert sum(sun(south, JANUARY + h * HOUR_MS) for h in range(24)) > sum(
        sun(south, JULY + h * HOUR_MS) for h in range(24)
    )


def test_noon_by_the_sun_comes_earlier_in_the_east() -> None:
    assert solar_hour(Climate(longitude_deg=15.0), JULY + 11 * HOUR_MS) == pytest.approx(12.0)


def test_the_weather_is_the_same_whoever_asks_and_another_with_another_seed() -> None:
    moment = JULY + 5 * HOUR_MS
    assert sky(HERE, 7, moment) == sky(HERE, 7, moment)
    assert sky(HERE, 7, moment) != sky(HERE, 8, moment)


def test_everything_stays_within_what_weather_can_be() -> None:
    for hour in range(0, 24 * 365, 7):
        at = sky(HERE, 5, JANUARY + hour * HOUR_MS)
        assert -25.0 < at.temperature_c < 42.0
        assert 20.0 <= at.humidity_pct <= 100.0
        assert 0.0 <= at.light_lx <= 120_000.0
        assert at.wind_m_s >= 0.0
        assert 0.0 <= at.rain_mm_h < 20.0
