"""All metrics in one table.

Names say the unit (seconds, bytes), what counts up ends in `_total`, and times are instants, not ages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ..backends.broker.broker import GatewayBroker
from ..backends.store.store import Store
from ..core.metrics import MetricTable, counter, gauge, histogram
from ..core.ports.machine import Machine
from ..flow.bus import Bus
from ..flow.registry import Registry
from ..flow.tally import Tally
from ..flow.watch import Watch
from ..frontends.panel.parts import AutomationParts, OutwardParts, PartHealth
from . import alerts, automation, devices, insight, machine, process, rules, traffic
from .lag import LoopLag


class Sources(msgspec.Struct, frozen=True):
    """Who is asked."""

    store: Store
    broker: GatewayBroker
    registry: Registry
    watch: Watch
    tally: Tally
    bus: Bus
    lag: LoopLag
    process: process.Process
    machine: Callable[[], Machine]
    health: Callable[[], Mapping[str, PartHealth]]
    certificate_not_after_ms: Callable[[], int]
    clock_known: Callable[[], bool]
    missing: Callable[[str], int]
    """Numbered readings of a device that have not come."""
    automation: AutomationParts
    outward: OutwardParts | None = None
    """None: nothing speaks with people."""


def table(sources: Sources) -> MetricTable:
    """Every metric of the gateway but the panel's own."""
    known, noticed, ruled = sources.registry.devices(), sources.automation.insight, sources.automation.rules
    return {
        **process.table(sources.process),
        **traffic.of_broker(sources.broker),
        **traffic.of_store(sources.store),
        **devices.table(known, sources.watch, sources.tally, sources.missing),
        **machine.table(sources.machine()),
        **_inner(sources),
        **automation.table(sources.automation, known[: devices.MOST_LISTED]),
        **({} if noticed is None else insight.table(noticed)),
        **({} if ruled is None else rules.table(ruled)),
        **({} if sources.outward is None else alerts.table(sources.outward)),
    }


def _inner(sources: Sources) -> MetricTable:
    health = [({"part": part}, float(told.ok)) for part, told in sources.health().items()]
    events = [({"kind": kind}, float(count)) for kind, count in sources.tally.events.items()]
    bus, not_after_s = sources.bus, sources.certificate_not_after_ms() / 1000
    return {
        "gateway_part_healthy": ("gauge", "Whether a part of the gateway is well", health),
        "gateway_events_total": ("counter", "Entries of the event log by kind since the start", events),
        "gateway_handler_failures_total": counter("Mistakes of a part in handling an event", bus.failures),
        "gateway_stream_dropped_events_total": counter("Events dropped for readers that are too slow", bus.dropped),
        "gateway_event_loop_lag_seconds": histogram(
            "How much later than asked the loop comes back", sources.lag.seconds
        ),
        "gateway_clock_synchronized": gauge("Whether the gateway knows what time it is", sources.clock_known()),
        "gateway_certificate_expiry_timestamp_seconds": gauge("When the server certificate ends", not_after_s),
    }
