"""From when on what a device measured is an asset's: not what it measured elsewhere, nor other hardware."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.core.home import Assignment
from gateway.insight import HomePlaces


def places(spans: list[Assignment], *swapped_ms: int) -> HomePlaces:
    assignments: Any = SimpleNamespace(
        current=lambda device: None, devices_at=lambda asset: [], of_device=lambda device: spans
    )
    device = SimpleNamespace(swaps=[SimpleNamespace(time_ms=one) for one in swapped_ms])
    registry: Any = SimpleNamespace(
        simulated=lambda device: False,
        hardware=lambda device: "",
        known=lambda name: name == "node",
        device=lambda name: device,
    )
    return HomePlaces(cast(Any, None), assignments, registry)


@pytest.mark.parametrize(
    ("spans", "swapped_ms", "since_ms"),
    [
        ([], (), 0),
        ([Assignment("node", "pump", 100)], (), 0),
        ([Assignment("node", "room", 100, 200), Assignment("node", "pump", 300)], (), 200),
        ([Assignment("node", "pump", 100, 200), Assignment("node", "pump", 300)], (), 0),
        ([Assignment("node", "room", 100, 200), Assignment("node", "pump", 200)], (150, 400), 400),
    ],
)
def test_what_was_measured_elsewhere_or_by_other_hardware_does_not_count(
    spans: list[Assignment], swapped_ms: tuple[int, ...], since_ms: int
) -> None:
    assert places(spans, *swapped_ms).since("node", "pump") == since_ms


def test_of_a_device_that_is_gone_only_its_assignments_are_known() -> None:
    assert places([Assignment("gone", "room", 100, 200)], 900).since("gone", "pump") == 200
