"""What messages say: plain text without any mark-up, so that no name can make one. Pure.

    ⚠ Fern: soil_moisture is 15.2, threshold min 20.0
    Fern's soil is drier than it should be, since 14:02.
    SIMULATED · late: it happened on 3 March at 14:02, 3 h 5 min ago · perhaps a repetition

The first line and the second are made when something is due, the third when it is sent.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec.structs import replace

from ..delivery import Parcel
from ..judging.words import spoken
from .alert import Alert, AlertKind
from .policy import AGAIN, BOTH, OVER

MOST_UNITS = 3500
"""UTF-16 units of a message."""
LATE_MS = 300_000
MOST_LINES = 20
"""Of one message in place of many."""
_TITLE_CHARS = 300
_SYMBOLS = {"info": "ℹ", "warning": "⚠", "alarm": "⛔"}
_LIKE_LETTERS = "ℹ\ufe0f\u200d"
"""Parts of symbols that Unicode does not count among them."""
_OVER_SYMBOL, _AGAIN_SYMBOL = "✅", "🔁"
_SENTENCES = frozenset({AlertKind.OFFLINE, AlertKind.RISK})
"""Their text goes on from the title: `Pump is offline`, not `Pump: …`."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_BREACHES = {
    ("soil_moisture", "min"): "{}'s soil is drier than it should be",
    ("soil_moisture", "max"): "{}'s soil is wetter than it should be",
    ("temperature", "min"): "{} is colder than it should be",
    ("temperature", "max"): "{} is warmer than it should be",
    ("humidity", "min"): "{} has drier air than it should have",
    ("humidity", "max"): "{} has damper air than it should have",
    ("light_level", "min"): "{} has less light than it should have",
    ("light_level", "max"): "{} has more light than it should have",
}


def parcel_of(alert: Alert, part: str, lane: str, now_ms: int, zone: tzinfo) -> Parcel:
    """One part of an alert for one lane, as it is said now."""
    title = headline(alert, part)
    said = f"{alert.id}-{part}"
    buttons: tuple[tuple[str, str], ...] = (("Noted", f"a:{said}"),)
    if part not in (OVER, BOTH):
        buttons = (("Acknowledge", f"a:{said}"), ("Mute 1 h", f"m:{said}"))
    return Parcel(
        id=f"{said}@{lane}",
        lane=lane,
        alert=alert.id,
        part=part,
        level=alert.level,
        made_ms=now_ms,
        happened_ms=_happened_ms(alert, part, now_ms),
        title=title,
        text="\n".join(line for line in (title, _second(alert, part, now_ms, zone)) if line),
        simulated=alert.simulated,
        kind=alert.kind,
        buttons=buttons,
    )


def headline(alert: Alert, part: str) -> str:
    """The first line."""
    if part == OVER:
        text = f"{_OVER_SYMBOL} {_joined(alert, alert.over_text or 'it is over')}. {_lasted(alert)}"
    else:
        symbol = _SYMBOLS[alert.level] if part != BOTH else _OVER_SYMBOL
        symbol = _AGAIN_SYMBOL if part.startswith(AGAIN) else symbol
        text = f"{symbol} {_joined(alert, alert.text)}{'.' if _is_sentence(alert) else ''}"
    return " ".join(text.split())[:_TITLE_CHARS]


def message(parcels: Sequence[Parcel], now_ms: int, zone: tzinfo, *, repeat: bool = False, bare: bool = False) -> str:
    """What is sent: one parcel, or many as a line each, with what is known only now; at most MOST_UNITS.

    `bare`: without symbols.
    """
    first = parcels[0]
    text = first.text
    if len(parcels) > 1:
        lines = [parcel.text.split("\n", 1)[0] for parcel in parcels[:MOST_LINES]]
        more = len(parcels) - len(lines)
        text = "\n".join([*lines, *([f"… and {more} more"] if more else [])])
    late_ms = min(parcel.happened_ms for parcel in parcels)
    said = [
        "SIMULATED" if any(parcel.simulated for parcel in parcels) else "",
        f"late: it happened {moment(late_ms, zone)}, {lasting(now_ms - late_ms)} ago"
        if now_ms - late_ms >= LATE_MS
        else "",
        "perhaps a repetition" if repeat else "",
    ]
    last = " · ".join(one for one in said if one)
    text = f"{cut(text, MOST_UNITS - len(last) - 1)}\n{last}" if last else cut(text, MOST_UNITS)
    return plain(text) if bare else text


def one_for(parcels: Sequence[Parcel]) -> Parcel:
    """The parcel that goes in place of these: the first, with the text of all."""
    first = parcels[0]
    return first if len(parcels) == 1 else replace(first, simulated=any(parcel.simulated for parcel in parcels))


def of_breach(name: str, metric: str, direction: str) -> str:
    """A plant's breach as a person says it."""
    known = _BREACHES.get((metric, direction))
    if known is not None:
        return known.format(name)
    return f"{name}: {spoken(metric)} is {'lower' if direction == 'min' else 'higher'} than it should be"


def moment(time_ms: int, zone: tzinfo) -> str:
    """`on 3 March at 14:02`, on the clock on the wall."""
    wall = _wall(time_ms, zone)
    return f"on {wall.day} {_MONTHS[wall.month - 1]} at {wall:%H:%M}"


def clock_time(time_ms: int, now_ms: int, zone: tzinfo) -> str:
    """`14:02`, of another day `3 March at 14:02`."""
    wall = _wall(time_ms, zone)
    today = wall.date() == _wall(now_ms, zone).date()
    return f"{wall:%H:%M}" if today else moment(time_ms, zone).removeprefix("on ")


def lasting(ms: int) -> str:
    """`40 s`, `48 min`, `3 h 5 min`, `2 days 4 h`."""
    if ms < 60_000:
        return f"{max(ms, 0) // 1000} s"
    minutes = ms // 60_000
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    named = "1 day" if days == 1 else f"{days} days"
    return f"{named} {hours} h" if hours and days < 7 else named


def cut(text: str, units: int) -> str:
    """At most so many UTF-16 units, ended with an ellipsis where something is missing."""
    raw = text.encode("utf-16-le")
    if len(raw) <= 2 * units:
        return text
    return raw[: 2 * (units - 1)].decode("utf-16-le", "ignore") + "…"


def plain(text: str) -> str:
    """Without symbols and pictures."""
    kept = "".join(char for char in text if char == "°" or not _is_picture(char))
    return "\n".join(line.strip() for line in kept.split("\n")).strip()


def _is_picture(char: str) -> bool:
    return char in _LIKE_LETTERS or unicodedata.category(char) in ("So", "Sk", "Cs", "Co", "Cn")


def _joined(alert: Alert, text: str) -> str:
    if not alert.title or alert.kind is AlertKind.NOTICE:
        return text
    return f"{alert.title} {text}" if _is_sentence(alert) else f"{alert.title}: {text}"


def _is_sentence(alert: Alert) -> bool:
    return alert.kind in _SENTENCES and bool(alert.title)


def _second(alert: Alert, part: str, now_ms: int, zone: tzinfo) -> str:
    if part == OVER:
        return ""
    if part == BOTH:
        over = clock_time(alert.opened_ms if alert.over_ms is None else alert.over_ms, now_ms, zone)
        return f"Over since {over}: {alert.over_text or 'all is well again'}. {_lasted(alert)}"
    said: list[str] = []
    if part.startswith(AGAIN):
        told_ms = alert.opened_ms if alert.told_ms is None else alert.told_ms
        said.append(f"Nobody has acknowledged it for {lasting(now_ms - told_ms)}.")
    if alert.human:
        breach = alert.kind is AlertKind.BREACH
        said.append(f"{alert.human}, since {clock_time(alert.opened_ms, now_ms, zone)}." if breach else alert.human)
    if alert.times > 1:
        first_ms = alert.opened_ms if alert.first_ms is None else alert.first_ms
        said.append(f"{alert.times} times since {clock_time(first_ms, now_ms, zone)}.")
    return " ".join(said)


def _lasted(alert: Alert) -> str:
    over_ms = alert.opened_ms if alert.over_ms is None else alert.over_ms
    return f"It lasted {lasting(over_ms - alert.opened_ms)}."


def _happened_ms(alert: Alert, part: str, now_ms: int) -> int:
    if part.startswith(AGAIN):
        return now_ms
    return alert.over_ms if part == OVER and alert.over_ms is not None else alert.opened_ms


def _wall(time_ms: int, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(zone)
