"""What Prometheus is told of alerts, messages and sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gateway.core.metrics import Histogram, MetricTable
from gateway.flow.chat.said import ChatSnapshot
from gateway.flow.outbox.outbox import ChannelCounts
from gateway.frontends.panel.metrics import exposition
from gateway.frontends.panel.parts import OutwardParts
from gateway.metrics import alerts
from tests.fakes import START_MS
from tests.frontends.panel.house import House
from tests.frontends.panel.outward import alert


def shown(parts: OutwardParts) -> MetricTable:
    """Each metric's samples as a list, to be looked at more than once."""
    return {name: (kind, text, list(samples)) for name, (kind, text, samples) in alerts.table(parts).items()}


def by(table: MetricTable, name: str, label: str) -> dict[str, Any]:
    return {labels[label]: value for labels, value in table[name][2]}


async def test_what_has_not_happened_is_told_as_none(tmp_path: Path) -> None:
    table = shown(House(tmp_path).outward.parts())
    assert by(table, "gateway_alerts_open", "level") == {"info": 0.0, "warning": 0.0, "alarm": 0.0}
    assert set(by(table, "gateway_alerts_total", "kind").values()) == {0.0}
    assert set(by(table, "gateway_alerts_total", "kind")) == {
        "breach", "offline", "anomaly", "risk", "battery", "part", "notice",
    }  # fmt: skip
    assert set(by(table, "gateway_sentences_total", "kind")) == {
        "query", "command", "rule", "explain", "question", "none",
    }  # fmt: skip
    assert table["gateway_outbox_waiting"][2] == []


async def test_alerts_messages_and_sentences_are_counted(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.outward.alerts.keep(alert())
    house.outward.outbox.counts = {
        "ntfy": ChannelCounts(waiting=2, oldest_ms=START_MS, delivered=7, failed=1, unsure=1, repeated=3),
        "mail": ChannelCounts(),
    }
    seconds = Histogram((0.005, 0.01))
    seconds.observe(0.004)
    house.outward.chat.told = ChatSnapshot(sentences={"query": 4, "none": 1}, seconds=seconds.snapshot())
    parts = replace(
        house.outward.parts(),
        telegram_updates=lambda: {"handled": 5, "stranger": 2},
        assistant_requests=lambda: {"proposed": 1},
    )
    lines = exposition(shown(parts)).splitlines()
    assert {
        'gateway_alerts_open{level="warning"} 1.0',
        'gateway_alerts_total{kind="breach"} 1.0',
        'gateway_outbox_waiting{channel="ntfy"} 2.0',
        'gateway_outbox_waiting{channel="mail"} 0.0',
        'gateway_outbox_unsure{channel="ntfy"} 1.0',
        f'gateway_outbox_oldest_timestamp_seconds{{channel="ntfy"}} {START_MS / 1000}',
        'gateway_outbox_total{channel="ntfy",state="delivered"} 7.0',
        'gateway_outbox_total{channel="ntfy",state="repeated"} 3.0',
        'gateway_sentences_total{kind="query"} 4.0',
        'gateway_sentence_seconds_bucket{le="0.005"} 1',
        "gateway_sentence_seconds_count 1",
        'gateway_telegram_updates_total{outcome="stranger"} 2.0',
        'gateway_assistant_requests_total{outcome="proposed"} 1.0',
    } <= set(lines)
    assert not [line for line in lines if 'oldest_timestamp_seconds{channel="mail"' in line]
