"""What a moment would typically be where something of it is not known: so that not knowing makes nobody surer. Pure.

A model measures how far a moment is from those it was trained on by what is known of it. What nobody measures cannot
be odd: a hot room would be an ordinary one as soon as the sensor in the frost outside is gone.
"""

from __future__ import annotations

from msgspec.structs import replace

from .moment import Moment
from .teacher import UNKNOWN_WARMER_K, limit_db

HUMIDITY_PCT = 50.0
OUTDOOR_HUMIDITY_PCT = 70.0
BELOW_LIMIT_DB = 10.0
"""A quiet room is so far below what disturbs."""
COLDER_K = (UNKNOWN_WARMER_K, 20.0)
"""From a mild day to a winter's, seen from a heated room. Whatever lies between is less unusual than one of these."""
AROUND_MEAN_K = (-5.0, 5.0)
"""How far a day strays from the mean of the days before."""


def typical(moment: Moment) -> tuple[Moment, ...]:
    """The moment with what is missing filled in, in each way that counts; none where all of it is known.

    CO2, rain and wind, which many homes never know, count as they do in the teacher. It has a temperature.
    """
    if moment.temperature_c is None:
        return ()
    filled = replace(
        moment,
        humidity_pct=HUMIDITY_PCT if moment.humidity_pct is None else moment.humidity_pct,
        sound_db=_quiet_db(moment) if moment.sound_db is None else moment.sound_db,
    )
    if moment.outdoor_temperature_c is not None:
        known = _outside(filled, moment.outdoor_temperature_c)
        return () if known == moment else (known,)
    if moment.outdoor_mean_c is None:
        outside = [moment.temperature_c - colder_k for colder_k in COLDER_K]
    else:
        outside = [moment.outdoor_mean_c + apart_k for apart_k in AROUND_MEAN_K]
    return tuple(_outside(filled, outside_c) for outside_c in outside)


def _outside(moment: Moment, outside_c: float) -> Moment:
    damp_pct, mean_c = moment.outdoor_humidity_pct, moment.outdoor_mean_c
    return replace(
        moment,
        outdoor_temperature_c=outside_c,
        outdoor_humidity_pct=OUTDOOR_HUMIDITY_PCT if damp_pct is None else damp_pct,
        outdoor_mean_c=outside_c if mean_c is None else mean_c,
    )


def _quiet_db(moment: Moment) -> float:
    return limit_db(moment.hour, moment.character) - BELOW_LIMIT_DB
