"""Rules: how many there are, what they did, and what looking at them costs; timers."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.metrics import Distribution, MetricTable, counter, gauge, histogram
from ..core.rules.firing import Outcome
from ..core.rules.rule import Mode
from ..core.timers import TimerState
from ..frontends.panel.parts import RuleParts

_Labelled = tuple[dict[str, str], float]


def table(parts: RuleParts) -> MetricTable:
    """All of it, since the start of the gateway."""
    now = parts.live.snapshot()
    total_s, count = now.evaluate_s
    ended = {state.value: parts.timers.ended[state] for state in TimerState if state is not TimerState.ARMED}
    return {
        "gateway_rules": (
            "gauge",
            "Rules by how far they may go",
            _by("mode", now.rules, [str(mode) for mode in Mode]),
        ),
        "gateway_rule_firings_total": (
            "counter",
            "Firings by what became of them",
            _by("outcome", now.firings, list(map(str, Outcome))),
        ),
        "gateway_rule_evaluations_total": counter("Comparisons that were looked at anew", now.evaluations),
        "gateway_rule_evaluate_seconds": histogram(
            "Time of what one reading means to rules, of those that may mean something",
            Distribution((), (count,), total_s),
        ),
        "gateway_rule_series": gauge("Series that rules look at", now.series),
        "gateway_timers_armed": gauge("Timers that are waited for", len(parts.timers.armed())),
        "gateway_timers_total": ("counter", "Timers by how they ended", _by("state", ended, list(ended))),
        "gateway_rule_tape_rows": gauge("Rows kept of what rules heard, for replays", now.tape_rows),
    }


def _by(label: str, counts: Mapping[str, int], names: list[str]) -> list[_Labelled]:
    return [({label: name}, float(counts.get(name, 0))) for name in names]
