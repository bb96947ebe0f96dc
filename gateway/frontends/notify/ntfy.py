"""A topic of ntfy."""

from __future__ import annotations

import msgspec

from ...core.channels import NtfyWay
from ...core.delivery import Parcel
from ...core.ports.channel import Rate
from ...core.ports.outside import Outside
from ...core.rules.actions import Level
from .answers import Blind, first_line, identity, posted, shortened

_PRIORITIES: dict[Level, int] = {"info": 3, "warning": 4, "alarm": 5}
_MOST_BYTES = 4000
"""What is longer than 4096 bytes becomes an attachment."""


class NtfyChannel(Blind):
    """One target: the topic. In the JSON form, for a header could not hold a title with umlauts."""

    def __init__(self, name: str, way: NtfyWay, outside: Outside) -> None:
        self.name = name
        self.rate = Rate(each_s=1.0, target_per_min=12)  # ntfy.sh refills one request each 5 s
        self._url = way.url.rstrip("/") + "/"
        self._topic = way.topic
        self._headers = {"Authorization": f"Bearer {way.token}"} if way.token else {}
        self._outside = outside

    async def targets(self) -> tuple[str, ...]:
        """Channel: the one there is."""
        return (self._topic,)

    async def deliver(self, parcel: Parcel, text: str, *, repeat: bool, bare: bool = False) -> str:
        """Channel: the first line is the title, an alarm is loud on the phone."""
        title, rest = first_line(text)
        message: dict[str, object] = {"topic": self._topic, "message": _fitting(rest or title)}
        if not bare:
            message["priority"] = _PRIORITIES[parcel.level]
            if rest:
                message["title"] = shortened(title, 250)
        elif rest:
            message["message"] = _fitting(f"{title}\n{rest}")
        answer = await posted(self._outside, self._url, msgspec.json.encode(message), dict(self._headers))
        return identity(answer.body)


def _fitting(text: str) -> str:
    encoded = text.encode()
    return text if len(encoded) <= _MOST_BYTES else encoded[: _MOST_BYTES - 3].decode(errors="ignore") + "…"
