"""What decides by itself: how often, how long it took, what people wanted instead, which models are behind it."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.metrics import MetricTable, histogram
from ..flow.devices import Device
from ..flow.model_care import ModelState
from ..frontends.panel.parts import AutomationParts

_BUFFERS = ("heard", "level_only", "unreadable", "dropped")


def table(parts: AutomationParts, devices: list[Device]) -> MetricTable:
    """All of it; `devices` are those that are listed one by one."""
    decide, overrides, states = parts.decide, parts.overrides, parts.care.states()
    decisions = [
        ({"outcome": outcome.value, "model": model}, float(count)) for (outcome, model), count in decide.totals.items()
    ]
    begun = [({"source": source}, float(overrides.begun.get(source, 0))) for source in ("api", "command", "hand")]
    lessons = [
        ({"device": device.id, "simulated": str(device.simulated).lower()}, float(len(overrides.lessons(device.id))))
        for device in devices
        if decide.is_window(device.id)
    ]
    rollbacks = [({"name": state.name}, float(parts.care.rollbacks.get(state.name, 0))) for state in states]
    buffers = [({"result": result}, float(parts.sounds.totals[result])) for result in _BUFFERS]
    return {
        "gateway_decisions_total": ("counter", "Decisions about windows by what became of them", decisions),
        "gateway_decision_seconds": histogram(
            "Time from a change to the control's way to the node", decide.seconds.snapshot()
        ),
        "gateway_overrides_total": ("counter", "How often people wanted something else, by where it was seen", begun),
        "gateway_lessons": ("gauge", "What a window has learnt of people and still counts", lessons),
        "gateway_model_info": ("gauge", "Versions of models and what they are used for; always 1", _versions(states)),
        "gateway_model_rollbacks_total": ("counter", "Models that were rolled back by themselves", rollbacks),
        "gateway_audio_buffers_total": ("counter", "Buffers of nodes' sound by what became of them", buffers),
    }


def _versions(states: list[ModelState]) -> Iterator[tuple[dict[str, str], float]]:
    for state in states:
        for fact in state.versions:
            named = {state.active: "active", state.shadow: "shadow", state.previous: "previous"}
            used = named.get(fact.version, "kept")
            yield {"name": state.name, "version": str(fact.version), "state": used}, 1.0
