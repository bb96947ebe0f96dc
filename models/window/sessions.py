"""Sessions from outside: one line of JSON a moment, as PROTOCOL's "Evaluation from outside" has them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path

from gateway.core.errors import Refused
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import running_mean

_INPUTS = {
    "temperature": "temperature_c",
    "humidity": "humidity_pct",
    "sound_level": "sound_db",
    "outdoor_temperature": "outdoor_temperature_c",
    "outdoor_humidity": "outdoor_humidity_pct",
    "rain": "rain_mm_h",
    "co2": "co2_ppm",
    "wind": "wind_m_s",
}
_LONG_GAP_DAYS = 20


@dataclass(frozen=True)
class Row:
    """A moment, what the owner set (None: he was silent), and what he would have set (None: nobody says)."""

    moment: Moment
    wanted: float | None
    truth: float | None

    @property
    def right(self) -> float | None:
        """What a prediction is scored against."""
        return self.wanted if self.truth is None else self.truth


@dataclass
class Session:
    """An owner's rows in order, those without a temperature left out and counted."""

    owner: str
    rows: list[Row] = field(default_factory=list)
    blind: int = 0


def read_sessions(path: Path, zone: tzinfo | None = None) -> list[Session]:
    """By owner, in the order of their first line. Raises Refused with the number of a bad line."""
    sessions: dict[str, Session] = {}
    means: dict[str, _DailyMean] = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                known = json.loads(line)
                if not isinstance(known, dict):
                    raise Refused("it is no object")
                owner = str(known.get("owner", ""))
                session = sessions.setdefault(owner, Session(owner))
                row = _row(known, means.setdefault(owner, _DailyMean()), zone)
            except (ValueError, Refused) as error:
                raise Refused(f"line {number}: {error}") from error
            if row.moment.temperature_c is None:
                session.blind += 1
            else:
                session.rows.append(row)
    return list(sessions.values())


class _DailyMean:
    """The running mean outside, from what the session itself says of the outside."""

    def __init__(self) -> None:
        self._mean: float | None = None
        self._day: date | None = None
        self._total, self._count = 0.0, 0

    def take(self, day: date, outdoor_c: float | None) -> float | None:
        """The mean of the days before; on the first, of what was seen so far."""
        if self._day is not None and day != self._day and self._count:
            today = self._total / self._count
            gap = abs((day - self._day).days)
            # Days nobody measured count as the last one that was.
            for _ in range(min(gap, _LONG_GAP_DAYS)):
                self._mean = running_mean(self._mean, today)
            self._total, self._count = 0.0, 0
        self._day = day
        if outdoor_c is not None:
            self._total, self._count = self._total + outdoor_c, self._count + 1
        if self._mean is None and self._count:
            return self._total / self._count
        return self._mean


def _row(known: dict[str, object], mean: _DailyMean, zone: tzinfo | None) -> Row:
    text = known.get("time")
    if not isinstance(text, str):
        raise Refused("time is missing")
    time = datetime.fromisoformat(text)
    if zone is not None:
        time = time.replace(tzinfo=zone) if time.tzinfo is None else time.astimezone(zone)
    values: dict[str, float] = {
        name: value for key, name in _INPUTS.items() if (value := _number(known, key)) is not None
    }
    moment = Moment(
        time_ms=round(time.timestamp() * 1000) if time.tzinfo is not None else 0,
        hour=time.hour + time.minute / 60.0 + time.second / 3600.0,
        day=time.timetuple().tm_yday,
        outdoor_mean_c=mean.take(time.date(), values.get("outdoor_temperature_c")),
        **values,  # type: ignore[arg-type]  # none of the names is `character`
    )
    return Row(moment, _percent(known, "wanted"), _percent(known, "truth"))


def _percent(known: dict[str, object], key: str) -> float | None:
    value = _number(known, key)
    if value is not None and not 0.0 <= value <= 100.0:
        raise Refused(f"{key} is not between 0 and 100")
    return value


def _number(known: dict[str, object], key: str) -> float | None:
    value = known.get(key)
    if value is None:
        return None
    if not isinstance(value, bool | int | float) or not abs(float(value)) < 1e6:
        raise Refused(f"{key} is not a number")
    return float(value)
