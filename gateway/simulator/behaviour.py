"""How a simulated node acts on what it hears: obeys commands, moves its window, applies its configuration, answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from ..core import capabilities, topics
from ..core.errors import Refused
from .configuration import Configuration
from .memory import NodeMemory, OrderBook
from .motor import TICK_S, Motor, Move
from .orders import Ack, Command, Desired, WindowControl, read
from .outbox import Letter, Outbox
from .reluctance import Reluctance

_TICKS_A_READING = round(1.0 / TICK_S)
"""While the window moves it is measured every second."""


class Hands(Protocol):
    """What a node can move."""

    def place(self, position_pct: float) -> None:
        """The motor has moved the window there."""

    def actuate(self, verb: str, args: Mapping[str, object]) -> None:
        """Do it to the machine. Raises Refused when that machine cannot."""

    def restart(self) -> None:
        """Begin a new boot."""

    def hurry(self) -> None:
        """The next reading should not wait for its turn."""


class Behaviour:
    """The node's own logic between what arrives and its outbox. `kind` says which verbs it knows."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Callable[[], int],
        kind: str,
        interval_s: float,
        hands: Hands,
        memory: NodeMemory,
        reluctance: Reluctance,
        *,
        microphone: bool = False,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._known = capabilities.read({"kind": kind})
        self._hands = hands
        self._book = memory.orders
        # Decisions come often and are worth nothing after a restart: they must not push a command out of the book.
        self._decisions = OrderBook()
        self._configuration = Configuration(memory.configuration, interval_s, microphone=microphone)
        self._reluctance = reluctance
        self._ticks = 0
        self.motor = Motor(self._placed, self._moved) if kind == "window" else None
        self.device = ""
        """The id the gateway gave us; empty until then."""

    @property
    def interval_s(self) -> float:
        """Between readings."""
        return self._configuration.interval_s

    @property
    def listens(self) -> bool:
        """Whether it is to send what it hears."""
        return self._configuration.audio

    def become(self, device: str) -> None:
        """The gateway has given us this id; what is not said yet is said under it."""
        self._outbox.readdress(self.device, device)
        self.device = device
        self._configuration.load(device)

    def command(self, _: str, payload: bytes) -> None:
        """`devices/{id}/command`."""
        order = read(payload, Command)
        if order is None or not order.id or self._reluctance.ignores(self.device, order.id):
            return
        earlier = self._book.answer(order.id)
        if earlier is not None:
            self._send(earlier)
            return
        try:
            self._check(order)
        except Refused as error:
            self._answer(Ack(order.id, "failed", str(error)))
            return
        self._answer(Ack(order.id, "accepted"))
        if self._reluctance.slow_s:
            asyncio.get_running_loop().call_later(self._reluctance.slow_s, self._obey, order)
        else:
            self._obey(order)

    def window(self, _: str, payload: bytes) -> None:
        """`window/{id}/control`."""
        control = read(payload, WindowControl)
        if control is None or self.motor is None:
            return
        earlier = self._decisions.answer(control.decision)
        if earlier is not None:
            self._send(earlier)
            return
        try:
            self._configuration.check({"position": control.position})
        except Refused as error:
            self._answer(Ack(control.decision, "failed", str(error)), self._decisions)
            return
        self._answer(Ack(control.decision, "accepted"), self._decisions)
        self.motor.go(Move(control.position, control.decision, decided=True))

    def desired(self, _: str, payload: bytes) -> None:
        """`devices/{id}/shadow/desired`: apply what we know, report what holds now."""
        desired = read(payload, Desired)
        if desired is None:
            return
        if self._configuration.apply(self.device, desired):
            self._hands.hurry()
        self.report()

    def report(self) -> None:
        """Say which configuration holds."""
        reported = msgspec.json.encode(self._configuration.reported())
        self._outbox.put(Letter(topics.shadow_reported(self.device), reported))

    def _check(self, order: Command) -> None:
        """Raises Refused when it must not or cannot be begun."""
        late = order.expires_ms is not None and order.expires_ms <= self._clock()
        if order.ttl_ms is not None:
            late = order.ttl_ms <= 0
        if late:
            raise Refused("it came too late")
        capabilities.check_command(self._known, order.verb, order.args)
        self._configuration.check(order.args)

    def _obey(self, order: Command) -> None:
        if self._reluctance.fails(self.device, order.id):
            self._answer(Ack(order.id, "failed", "it was told to fail now and then"))
            return
        position_pct = order.args.get("position")
        if order.verb == "set_position" and self.motor is not None and isinstance(position_pct, int | float):
            self.motor.go(Move(float(position_pct), order.id))
            return
        try:
            self._do(order)
        except Refused as error:
            self._answer(Ack(order.id, "failed", str(error)))
            return
        self._hands.hurry()

    def _do(self, order: Command) -> None:
        """What is done at once. Raises Refused."""
        if order.verb not in ("identify", "restart"):
            self._hands.actuate(order.verb, order.args)
        self._answer(Ack(order.id, "done"))
        if order.verb == "restart":
            self._hands.restart()

    def _placed(self, position_pct: float) -> None:
        self._hands.place(position_pct)
        self._ticks += 1
        if self._ticks % _TICKS_A_READING == 0:
            self._hands.hurry()

    def _moved(self, move: Move, arrived: bool) -> None:
        ack = Ack(move.order, "done") if arrived else Ack(move.order, "failed", "a newer order came")
        self._answer(ack, self._decisions if move.decided else self._book)
        if arrived:
            self._hands.hurry()

    def _answer(self, ack: Ack, book: OrderBook | None = None) -> None:
        """Noted before it is said; nothing is said about what has no name."""
        if ack.id:
            (self._book if book is None else book).note(ack)
            self._send(ack)

    def _send(self, ack: Ack) -> None:
        self._outbox.put(Letter(topics.command_ack(self.device), msgspec.json.encode(ack)))
