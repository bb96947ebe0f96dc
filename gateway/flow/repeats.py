"""Readings without any name or time of their own that are sent again.

Such a reading is named and dated by its arrival, so whatever comes again must be known for what it is, or it would be
measured a second time: a message whose acknowledgement was lost (MQTT marks it, with the same packet id), and a
retained value that a node or a bridge says once more after it has connected again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from ..core import topics
from ..core.messages import Message
from ..core.ports.store import ReadingTaken, Retained

_MOST_PACKETS = 64
_MOST_TOPICS = 64
_Key = TypeVar("_Key", int, str)


class Sent(msgspec.Struct, frozen=True, gc=False):
    """One of these messages."""

    topic: str
    payload: bytes
    reading: ReadingTaken | None
    """What it has become; None: a reading of an earlier run, on the disk since."""


class _Device:
    __slots__ = ("packets", "retained", "said")

    def __init__(self) -> None:
        self.packets: dict[int, Sent] = {}
        self.retained: dict[str, Sent] = {}
        self.said: set[str] = set()
        """Topics whose retained value was said since it connected."""


class Repeats:
    """The last of these messages of each device, in bounded memory."""

    def __init__(self) -> None:
        self._devices: dict[str, _Device] = {}

    def restore(self, retained: Iterable[Retained]) -> None:
        """What the broker keeps from before the gateway started: its bare values are no news."""
        for message in retained:
            topic = topics.parse(message.topic)
            if topic is not None and topic.what in ("telemetry", "sensor"):
                known = self._devices.setdefault(topic.device, _Device())
                _put(known.retained, message.topic, Sent(message.topic, message.payload, None), _MOST_TOPICS)

    def find(self, device: str, message: Message) -> Sent | None:
        """What this message has been when it was sent before."""
        known = self._devices.get(device)
        if known is None:
            return None
        sent = known.packets.get(message.packet_id) if message.dup else None
        if sent is None and message.retain and message.topic not in known.said:
            sent = known.retained.get(message.topic)
        if sent is None or (sent.topic, sent.payload) != (message.topic, message.payload):
            return None
        self._note(known, message)
        return sent

    def keep(self, device: str, message: Message, reading: ReadingTaken) -> None:
        """Remember what the message has become."""
        known = self._devices.get(device)
        if known is None:
            known = self._devices[device] = _Device()
        sent = Sent(message.topic, message.payload, reading)
        if message.packet_id:
            _put(known.packets, message.packet_id, sent, _MOST_PACKETS)
        if message.retain:
            _put(known.retained, message.topic, sent, _MOST_TOPICS)
            self._note(known, message)

    def connected(self, device: str) -> None:
        """It is here again: retained values it says now may be old ones."""
        known = self._devices.get(device)
        if known is not None:
            known.said.clear()

    def forget(self, device: str) -> None:
        """The device is gone."""
        self._devices.pop(device, None)

    @staticmethod
    def _note(known: _Device, message: Message) -> None:
        if message.retain and len(known.said) < _MOST_TOPICS:
            known.said.add(message.topic)


def _put(kept: dict[_Key, Sent], key: _Key, sent: Sent, most: int) -> None:
    kept.pop(key, None)
    kept[key] = sent
    if len(kept) > most:
        del kept[next(iter(kept))]
