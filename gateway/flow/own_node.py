"""The gateway as a device of itself: the window, the relay and the microphone at its own pins.

It is registered, commanded, overridden and decided about like any node, and what it says takes the way of every
message; only that no MQTT lies between. It has credentials that nobody knows, so nobody else can be it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

import msgspec

from ..core import capabilities, topics
from ..core.capabilities import Capabilities
from ..core.commands import REMEMBERED, Command
from ..core.decisions import read_answer
from ..core.errors import GatewayError, Refused, StoreError
from ..core.messages import ClientConnected, ClientDisconnected, ClientSubscribed, DeviceChanged, Message
from ..core.payload import parse_object
from ..core.ports.intake import Intake, Taken
from ..core.ports.pins import Pins
from ..core.ports.post import Post
from ..core.ports.store import Receipt, Writer
from ..core.window.limits import node_limits
from .bus import Bus
from .own_device import OwnSettings, own_capabilities, own_mac, said_before
from .own_motor import Move, OwnMotor
from .registration import Registration
from .registry import Registry

_log = logging.getLogger(__name__)
_BEAT_S = 60
_HERE = "this machine"


def _nothing(error: StoreError | None) -> None:
    """Nobody waits for it."""


class OwnNode:
    """`enrol` before the broker listens, `begin` once it does; `run` until cancelled."""

    def __init__(
        self,
        registry: Registry,
        intake: Intake,
        writer: Writer,
        bus: Bus,
        clock: Callable[[], int],
        pins: Pins,
        settings: OwnSettings,
        position_pct: Callable[[str], float | None] = lambda device: None,
        commanded: Callable[[str], Iterable[Command]] = lambda device: (),
    ) -> None:
        self.id = ""
        """Its device id; empty before `enrol`, and when an operator does not want it."""
        self._registry = registry
        self._intake = intake
        self._writer = writer
        self._bus = bus
        self._clock = clock
        self._pins = pins
        self._settings = settings
        self._known_position = position_pct
        self._commanded_before = commanded
        self._motor = OwnMotor(pins.servo, self._at, self._ended)
        self._limits: tuple[float, float] = (0.0, 100.0)
        self._said: dict[str, tuple[str, str]] = {}
        self._connected = False
        bus.on(DeviceChanged, self._device_changed)

    async def enrol(self) -> None:
        """Be a device, if that was not done in an earlier run. Raises StoreError."""
        settings, mac = self._settings, own_mac(self._settings.server)
        if not settings.anything:
            return
        said = own_capabilities(settings)
        known = next((device for device in self._registry.devices() if device.mac == mac), None)
        if known is not None and known.revoked:
            _log.warning("an operator has revoked %s: what is at this machine's pins is left alone", known.id)
            return
        if known is None or known.capabilities != said or known.firmware != settings.firmware:
            token = await self._registry.enrolment.create(uses=1, mac=mac)
            await self._registry.register(Registration(mac, settings.firmware, token, said))
            known = next(device for device in self._registry.devices() if device.mac == mac)
        self.id = known.id
        self._said = said_before(self._commanded_before(known.id))
        self._motor.position_pct = self._known_position(known.id)

    def post(self, outer: Post) -> Post:
        """The way to all nodes, itself among them."""
        return _OwnPost(outer, self)

    def begin(self) -> None:
        """It is connected from now on. What it holds is said first, so that it is told what is wanted of it."""
        if not self.id:
            return
        self._report(0, {})
        self._connected = True
        self._bus.publish(ClientConnected(self.id, self.id, _HERE))
        self._bus.publish(ClientSubscribed(self.id, self.id, (f"devices/{self.id}/#", topics.window_control(self.id))))

    async def run(self) -> None:
        """Move, and say every minute that it is there, until cancelled."""
        if not self.id:
            await asyncio.Event().wait()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._motor.run())
            both.create_task(self._beat())

    def close(self) -> None:
        """It is gone."""
        if self._connected:
            self._connected = False
            self._bus.publish(ClientDisconnected(self.id, self.id, "the gateway stops"))

    def hear_sound(self, pcm: bytes) -> None:
        """Two seconds of its microphone: signed 16 bit little endian, mono, 16 kHz."""
        if self._connected:
            self._say("audio", pcm)

    # What it is told

    def told(self, topic: str, payload: bytes) -> bool:
        """Whether it was there to hear it. It acts in a later turn of the loop, as any node would."""
        acts = {
            topics.command(self.id): self._commanded,
            topics.window_control(self.id): self._controlled,
            topics.shadow_desired(self.id): self._wanted,
        }.get(topic)
        if not self._connected:
            return False
        if acts is not None and payload:
            asyncio.get_running_loop().call_soon(self._act, acts, payload)
        return True

    def _act(self, acts: Callable[[bytes], None], payload: bytes) -> None:
        try:
            acts(payload)
        except GatewayError as error:
            _log.warning("this machine's own device was told what it cannot read: %s", error)

    def _commanded(self, payload: bytes) -> None:
        order = parse_object(payload)
        order_id, verb, args = str(order.get("id")), str(order.get("verb")), order.get("args")
        if order_id in self._said:
            self._ack(order_id, *self._said[order_id])
        elif order.get("ttl_ms") == 0:
            self._ack(order_id, "failed", "it came too late")
        else:
            self._do(order_id, verb, args if isinstance(args, dict) else {})

    def _do(self, order_id: str, verb: str, args: Mapping[str, object]) -> None:
        try:
            capabilities.check_command(self._abilities(), verb, args)
        except Refused as error:
            self._ack(order_id, "failed", str(error))
            return
        position = args.get("position")
        if verb == "set_position" and isinstance(position, int | float):
            self._begin(order_id, lambda: self._go(float(position), order_id))
        elif verb in ("turn_on", "turn_off"):
            self._begin(order_id, lambda: self._switch(verb == "turn_on", order_id))
        else:
            self._ack(order_id, "failed", f"this machine does not {verb} by itself")

    def _begin(self, order_id: str, do: Callable[[], None]) -> None:
        """That it is taken on is on the disk before anything is done: after a restart it is not done once more."""

        def kept(error: StoreError | None) -> None:
            if error is None:
                do()
            else:
                self._said.pop(order_id, None)  # it comes again, and nothing was done yet

        self._ack(order_id, "accepted", kept=kept)

    def _switch(self, on: bool, order_id: str) -> None:
        self._pins.relay(on)
        self._ack(order_id, "done")

    def _controlled(self, payload: bytes) -> None:
        answer = read_answer(payload)
        if self._settings.servo:
            self._go(answer.position, answer.decision)

    def _wanted(self, payload: bytes) -> None:
        desired = parse_object(payload)
        version, state = desired.get("version"), desired.get("state")
        if not isinstance(version, int) or not isinstance(state, dict):
            return
        self._limits = node_limits({}, state)
        self._report(version, {"limits": state["limits"]} if "limits" in state else {})

    def _go(self, position: float, order_id: str) -> None:
        low, high = self._limits
        self._motor.go(Move(min(high, max(low, position)), order_id))

    def _abilities(self) -> Capabilities:
        return capabilities.read(own_capabilities(self._settings))

    # What it says

    def _ended(self, order_id: str, arrived: bool) -> None:
        if order_id:
            self._ack(order_id, *(("done", "") if arrived else ("failed", "a newer order came")))

    def _ack(
        self, order_id: str, status: str, detail: str = "", kept: Callable[[StoreError | None], None] = _nothing
    ) -> None:
        """`kept` is told when that is on the disk, or cannot be."""
        self._said[order_id] = status, detail
        if len(self._said) > REMEMBERED:
            del self._said[next(iter(self._said))]
        self._say("command/ack", msgspec.json.encode({"id": order_id, "status": status, "detail": detail}), kept)

    def _at(self, position: float) -> None:
        self._say("telemetry", msgspec.json.encode({"position": round(position, 1)}))

    def _report(self, version: int, state: dict[str, object]) -> None:
        self._say("shadow/reported", msgspec.json.encode({"version": version, "state": state}))

    async def _beat(self) -> None:
        while True:
            if self._connected:
                self._say("heartbeat", msgspec.json.encode({"firmware": self._settings.firmware}))
                if self._motor.position_pct is not None:
                    self._at(self._motor.position_pct)
            await asyncio.sleep(_BEAT_S)

    def _say(self, what: str, payload: bytes, kept: Callable[[StoreError | None], None] = _nothing) -> None:
        taken = self._intake.take(Message(self.id, f"devices/{self.id}/{what}", payload, 0, False))
        if taken.changes:
            self._writer.submit(taken.changes, _Committed(self._intake, taken, kept))
        else:
            self._intake.committed(taken)
            kept(None)

    def _device_changed(self, event: DeviceChanged) -> None:
        """Deleted or revoked, it is silent until the gateway starts again."""
        if event.device != self.id or not self._connected:
            return
        if event.status is None or self._registry.principal(self.id) is None:
            self._connected = False
            self._bus.publish(ClientDisconnected(self.id, self.id, "an operator does not want it"))


class _Committed:
    """What it said is on the disk, or lost: it says the same again soon."""

    def __init__(self, intake: Intake, taken: Taken, kept: Callable[[StoreError | None], None]) -> None:
        self._intake = intake
        self._taken = taken
        self._kept = kept

    def settled(self, error: StoreError | None) -> None:
        """As Receipt."""
        if error is None:
            self._intake.committed(self._taken)
        self._kept(error)


class _OwnPost:
    """A Post that knows one node more."""

    def __init__(self, outer: Post, own: OwnNode) -> None:
        self._outer = outer
        self._own = own

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        """As Post; others who listen are told as well."""
        there = self._outer.hand(device, topic, payload)
        return self._own.told(topic, payload) if device and device == self._own.id else there

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, retain: bool = False, receipt: Receipt | None = None
    ) -> None:
        """As Post."""
        self._outer.publish(topic, payload, qos, retain, receipt)
        if self._own.id and topic == topics.shadow_desired(self._own.id):
            self._own.told(topic, payload)
