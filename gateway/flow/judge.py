"""The quality gate in the flow: every reading is judged before it is stored, and silence is noticed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

from ..core.judging.device import CLEAN, DeviceGate
from ..core.judging.words import lasting, reasons
from ..core.messages import ClockSet, DeviceChanged, DeviceSwapped
from ..core.ports.gate_memory import GateMemory
from ..core.quality import Quality
from .bus import Bus
from .thresholds import Threshold, Thresholds
from .verdicts import Verdicts

_log = logging.getLogger(__name__)

SWEEP_S = 5.0
"""How often silence is looked for."""
SAVE_S = 6 * 3600.0
"""What was learnt is written so often, and at the end: to lose six hours of it is no loss."""


class Judge:
    """Judges the readings of all devices.

    `up_ms` rises steadily and is never set. While `day_known` is False the hour of the day teaches nothing; while
    `storing` is False nodes rightly send the same again, which is no ghost. `hardware` names the node that a device is
    now: what another one has taught is not believed.
    """

    def __init__(
        self,
        bus: Bus,
        verdicts: Verdicts,
        up_ms: Callable[[], int],
        thresholds: Thresholds,
        memory: GateMemory,
        day_known: Callable[[], bool] = lambda: True,
        storing: Callable[[], bool] = lambda: True,
        hardware: Callable[[str], str] = lambda device: "",
    ) -> None:
        self._verdicts = verdicts
        self._up_ms = up_ms
        self._thresholds = thresholds
        self._memory = memory
        self._day_known = day_known
        self._storing = storing
        self._hardware = hardware
        self._gates: dict[str, DeviceGate] = {}
        self._gone: set[str] = set()
        self._told = verdicts.told
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)
        bus.on(DeviceSwapped, lambda event: self.renew(event.device))

    def load(self) -> None:
        """Go on from what an earlier run has learnt."""
        up_ms = self._up_ms()
        for device, kept in self._memory.load().items():
            if not kept.hardware or kept.hardware == self._hardware(device):
                self._gate(device).restore(kept, up_ms)

    def judge(
        self, device: str, values: Mapping[str, float], time_ms: int, now_ms: int, boot: str, seq: int
    ) -> Mapping[str, int]:
        """Bits of `Quality` of the metrics of a reading that have any; tells what has changed by it."""
        gate = self._gates.get(device)
        if gate is None:
            gate = self._gate(device)
        fresh = time_ms >= gate.time_ms
        found = gate.judge(values, time_ms, now_ms, self._up_ms())
        if found or device in self._told:
            found = self._allowed(device, found)
            if fresh:
                why = partial(reasons, values, gate)
                self._verdicts.said(device, values, found, why, f"{device}/{boot or '-'}/{seq}")
        return found

    async def set(self, device: str, metric: str, threshold: Threshold) -> None:
        """The owner's word on one series. Raises Refused, StoreError."""
        await self._thresholds.put(device, metric, threshold)
        gate = self._gates.get(device)
        if gate is not None:
            gate.obey(metric, self._thresholds.rule(device, metric), normal=bool(threshold.normal))
        self._verdicts.drop(device, metric, threshold.normal)

    def renew(self, device: str) -> None:
        """Other hardware has its place, whose series begin anew; what its owner has said of them stays."""
        self._gates.pop(device, None)
        self._verdicts.renew(device)

    def sweep(self) -> None:
        """Notice silence."""
        up_ms = self._up_ms()
        for device, gate in self._gates.items():
            stale = gate.stale(up_ms)
            if not stale:
                continue
            allowed = [m for m in stale if not self._thresholds.get(device, m).normal & Quality.STALE]
            whole = len(allowed) > 1 and len(allowed) == len(gate.metrics)
            usual = f"it usually speaks every {lasting(gate.interval_ms)}"
            words = f"nothing new of any of its {len(allowed)} series; {usual}" if whole else ""
            self._verdicts.silent(device, allowed, partial(reasons, {}, gate), words)

    async def run(self) -> None:
        """Sweep until cancelled, keeping what was learnt now and then."""
        loop = asyncio.get_running_loop()
        due_s = loop.time() + SAVE_S
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep()
            while self._gone:
                await self._thresholds.forget(self._gone.pop())
            if loop.time() >= due_s:
                due_s = loop.time() + SAVE_S
                await self.close()

    async def close(self) -> None:
        """Keep what was learnt; what cannot be written is learnt again."""
        kept = {device: gate.kept(self._hardware(device)) for device, gate in self._gates.items()}
        try:
            await asyncio.to_thread(self._memory.save, kept)
        except OSError as error:
            _log.warning("what series usually do could not be kept: %s", error)

    def _gate(self, device: str) -> DeviceGate:
        gate = self._gates[device] = DeviceGate(partial(self._thresholds.rule, device))
        gate.know_the_day(self._day_known())
        return gate

    def _allowed(self, device: str, found: Mapping[str, int]) -> Mapping[str, int]:
        """Without what its owner calls normal, and without echoes of what could not be stored."""
        never = 0 if self._storing() else int(Quality.GHOST)
        if not found or not (never or self._thresholds.of(device)):
            return found
        left = {m: bits & ~(never | self._thresholds.get(device, m).normal) for m, bits in found.items()}
        return {metric: bits for metric, bits in left.items() if bits} or CLEAN

    def _clock_set(self, event: ClockSet) -> None:
        for gate in self._gates.values():
            gate.know_the_day(self._day_known())

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._gates.pop(event.device, None)
            self._verdicts.forget(event.device)
            self._gone.add(event.device)
