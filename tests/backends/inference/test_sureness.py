"""How sure the bundled window model is of rooms as they are, with and without what measures them."""

from __future__ import annotations

import random
import statistics

import pytest
from msgspec.structs import replace

from gateway.backends.inference.bundled import bundled_models
from gateway.backends.inference.window import WindowModel
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import vapour_g_m3

OUTSIDE: dict[str, None] = dict.fromkeys(("outdoor_temperature_c", "outdoor_humidity_pct"))
LACKS: dict[str, dict[str, None]] = {
    "outside": OUTSIDE,
    "outside, ever": OUTSIDE | {"outdoor_mean_c": None},
    "humidity": {"humidity_pct": None},
    "humidity outside": {"outdoor_humidity_pct": None},
    "sound": {"sound_db": None},
    "the days before": {"outdoor_mean_c": None},
    "all of it": OUTSIDE | dict.fromkeys(("outdoor_mean_c", "humidity_pct", "sound_db")),
}


def rooms(count: int) -> list[Moment]:
    """Heated and warm rooms, somewhat damper than the air outside, of which all is known."""
    source = random.Random(4)
    made: list[Moment] = []
    for _ in range(count):
        inside = source.uniform(17.0, 30.0)
        outside, damp = inside - source.uniform(-1.0, 20.0), source.uniform(40.0, 90.0)
        water = vapour_g_m3(outside, damp) + source.uniform(0.0, 4.0)
        moment = Moment(
            time_ms=0,
            hour=source.uniform(0.0, 24.0),
            day=source.randrange(1, 366),
            temperature_c=inside,
            humidity_pct=min(75.0, max(20.0, 100.0 * water / vapour_g_m3(inside, 100.0))),
            sound_db=source.uniform(30.0, 55.0),
            outdoor_temperature_c=outside,
            outdoor_humidity_pct=damp,
            outdoor_mean_c=outside + source.uniform(-5.0, 5.0),
            rain_mm_h=0.0,
            wind_m_s=2.0,
        )
        made.append(moment)
    return made


@pytest.fixture(scope="module")
def model() -> WindowModel:
    return WindowModel.open(bundled_models() / "window")


def sureness(model: WindowModel, moment: Moment) -> float:
    return model.think("w1", moment).sure


@pytest.mark.parametrize("lack", LACKS)
def test_who_knows_less_is_not_surer_in_the_mean(model: WindowModel, lack: str) -> None:
    moments = rooms(200)
    known = statistics.fmean(sureness(model, moment) for moment in moments)
    unknown = statistics.fmean(sureness(model, replace(moment, **LACKS[lack])) for moment in moments)
    assert unknown <= known


@pytest.mark.parametrize("inside", [28.0, 29.0, 30.0])
def test_a_hot_room_in_winter_is_no_ordinary_one_when_the_sensor_outside_is_gone(
    model: WindowModel, inside: float
) -> None:
    moment = replace(rooms(1)[0], hour=14.0, day=325, temperature_c=inside, humidity_pct=50.0)
    moment = replace(moment, outdoor_temperature_c=inside - 19.5, outdoor_humidity_pct=70.0, outdoor_mean_c=8.0)
    unknown = replace(moment, **LACKS["outside, ever"])
    assert sureness(model, unknown) <= sureness(model, moment) + 0.02
    alone = model.think("w1", unknown).confidence
    assert alone > model.think("w1", moment).confidence + 0.02, "else this shows nothing"
