"""Messages through the broker and onto the disk."""

from __future__ import annotations

from ..backends.broker.broker import GatewayBroker
from ..backends.store.store import Store
from ..core.metrics import MetricTable, counter, gauge, histogram

_COUNTED = {
    "accepted": ("connections_accepted", "MQTT connections accepted"),
    "refused": ("connections_refused", "MQTT connections refused"),
    "stalled": ("connections_stalled", "MQTT connections cut because the client took nothing"),
    "timed_out": ("connections_timed_out", "MQTT connections closed for silence"),
    "taken_over": ("connections_taken_over", "MQTT connections replaced by a newer one of the same client"),
    "malformed": ("connections_malformed", "MQTT connections closed for breaking the protocol"),
    "messages_in": ("messages_received", "Messages taken from clients"),
    "messages_out": ("messages_sent", "Messages handed to the sessions of clients"),
    "dropped": ("messages_dropped", "Messages dropped because a client's queue was full"),
    "unstored": ("messages_unstored", "Messages not acknowledged because they could not be stored"),
    "denied": ("requests_denied", "Publishes, subscriptions and wills refused by access control"),
}


def of_broker(broker: GatewayBroker) -> MetricTable:
    """Connections and messages."""
    exchange, admission = broker.exchange, broker.admission
    counted = exchange.counters.snapshot()
    counted["messages_out"] += sum(session.serial + session.sent for session in admission.sessions.values())
    rows = {f"gateway_mqtt_{name}_total": counter(text, counted[key]) for key, (name, text) in _COUNTED.items()}
    return rows | {
        "gateway_mqtt_connections": gauge("Open MQTT connections", len(admission.connections)),
        "gateway_mqtt_sessions": gauge("MQTT sessions, also of clients that are away", len(admission.sessions)),
        "gateway_mqtt_retained_messages": gauge("Retained messages", len(exchange.router.retained)),
        "gateway_mqtt_acknowledge_duration_seconds": histogram(
            "Time from a message's arrival until it is on the disk", exchange.durable_s.snapshot()
        ),
    }


def of_store(store: Store) -> MetricTable:
    """What was committed, and what waits for it."""
    kept = store.snapshot()
    return {
        "gateway_store_healthy": gauge("Whether what is submitted gets stored", kept.healthy),
        "gateway_store_readings_total": counter("Reading sets committed since the start", kept.readings),
        "gateway_store_duplicate_readings_total": counter(
            "Reading sets that were there already, and ignored", kept.duplicates
        ),
        "gateway_store_commits_total": counter("Commits since the start", kept.commits),
        "gateway_store_commit_duration_seconds": histogram("Time a commit takes until it is durable", kept.commit_s),
        "gateway_store_waiting_changes": gauge("Changes that wait for their commit", kept.waiting),
        "gateway_store_unsettled_changes": gauge("Changes that only the journal has yet", kept.unsettled),
        "gateway_store_size_bytes": gauge("Size of the database on the disk", kept.disk_bytes),
    }
