"""How what people and devices name is spelled: one type each, wherever such a name is taken in. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

_PLACE = "^[a-z0-9][a-z0-9-]{0,39}$"
_SNAKE = "^[a-z][a-z0-9_]{0,39}$"
_LETTERS = (
    "[A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0391-\u03a1\u03a3-\u03c9\u0410-\u044f\u05d0-\u05ea"
    "\u0621-\u063a\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3]"
)
"""Latin, Greek, Cyrillic, Hebrew, Arabic, Japanese, Chinese, Korean; JSON schema knows no classes of letters."""

DeviceId = Annotated[str, Meta(pattern="^[a-z0-9-]{3,40}$", description="The id a device was given")]
PlaceId = Annotated[str, Meta(pattern=_PLACE, description="The id of a zone or an asset")]
MetricName = Annotated[str, Meta(pattern=_SNAKE, description="What is measured, such as temperature")]
Verb = Annotated[str, Meta(pattern=_SNAKE, description="What a device is to do, such as set_position")]
CommandId = Annotated[
    str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="The id of a command, given by who asks or made")
]
GivenName = Annotated[
    str, Meta(pattern=_LETTERS, min_length=1, max_length=80, description="A name people give; it has a letter or digit")
]
TimeOfDay = Annotated[
    str,
    Meta(
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="A time of the wall clock where the site is",
        examples=["22:00"],
    ),
]
DeviceOrNone = Annotated[str, Meta(pattern="^([a-z0-9-]{3,40})?$", description="The id of a device; empty: none")]
PlaceOrNone = Annotated[
    str, Meta(pattern="^([a-z0-9][a-z0-9-]{0,39})?$", description="The id of a zone or an asset; empty: none")
]
SnakeOrNone = Annotated[
    str, Meta(pattern="^([a-z][a-z0-9_]{0,39})?$", description="A metric or a verb; empty: whichever")
]
TimeOrNone = Annotated[
    str, Meta(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9])?$", description="A time of the wall clock; empty: none")
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of `date.weekday()`."""
