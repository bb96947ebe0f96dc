"""What speaks with people: alerts, messages on their way, sentences, Telegram, the assistant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..core.alerts.alert import LEVELS, AlertKind
from ..core.language.intent import Kind
from ..core.metrics import MetricTable, histogram
from ..flow.outbox.outbox import ChannelCounts
from ..frontends.panel.parts import OutwardParts

_SOURCES = tuple(str(kind) for kind in AlertKind)
_KINDS: tuple[Kind, ...] = ("query", "command", "rule", "explain", "question", "none")
_Labelled = tuple[dict[str, str], float]


def table(parts: OutwardParts) -> MetricTable:
    """All of it, since the start of the gateway."""
    alerts, channels, chat = parts.alerts.snapshot(), parts.outbox.snapshot(), parts.chat.snapshot()
    opened = _by("kind", alerts.total, _SOURCES)
    return {
        "gateway_alerts_open": ("gauge", "Alerts that go on, by level", _by("level", alerts.open, LEVELS)),
        "gateway_alerts_total": ("counter", "Alerts opened by where they came from", opened),
        **_outbox(channels),
        "gateway_sentences_total": ("counter", "What people said, by what it was", _by("kind", chat.sentences, _KINDS)),
        "gateway_sentence_seconds": histogram("Time to find out what a sentence means", chat.seconds),
        "gateway_telegram_updates_total": (
            "counter",
            "What came from Telegram, by what became of it",
            _as_they_are("outcome", parts.telegram_updates()),
        ),
        "gateway_assistant_requests_total": (
            "counter",
            "Questions to the language model, by what came of them",
            _as_they_are("outcome", parts.assistant_requests()),
        ),
    }


def _outbox(channels: Mapping[str, ChannelCounts]) -> MetricTable:
    waiting = [({"channel": name}, float(counts.waiting)) for name, counts in channels.items()]
    unsure = [({"channel": name}, float(counts.unsure)) for name, counts in channels.items()]
    oldest = [
        ({"channel": name}, counts.oldest_ms / 1000)
        for name, counts in channels.items()
        if counts.oldest_ms is not None
    ]
    ended = [
        ({"channel": name, "state": state}, float(count))
        for name, counts in channels.items()
        for state, count in (("delivered", counts.delivered), ("failed", counts.failed), ("repeated", counts.repeated))
    ]
    return {
        "gateway_outbox_waiting": ("gauge", "Messages that wait to be told", waiting),
        "gateway_outbox_unsure": ("gauge", "Of those, how many may have arrived already", unsure),
        "gateway_outbox_oldest_timestamp_seconds": ("gauge", "When the oldest message that waits was made", oldest),
        "gateway_outbox_total": ("counter", "Messages by what became of them; repeated: sent once more", ended),
    }


def _by(label: str, counts: Mapping[str, int], names: Iterable[str]) -> list[_Labelled]:
    return [({label: name}, float(counts.get(name, 0))) for name in names]


def _as_they_are(label: str, counts: Mapping[str, int]) -> list[_Labelled]:
    return [({label: name}, float(count)) for name, count in sorted(counts.items())]
