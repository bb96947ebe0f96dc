"""How commands reach their nodes: handed over when these are there, again while they are silent, until too old."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..core import topics
from ..core.commands import Command, CommandStatus, message
from ..core.messages import ClientConnected, ClientDisconnected, ClientSubscribed
from ..core.mqtt.filters import matches
from ..core.ports.post import Post
from .bus import Bus
from .correlation import correlated
from .dispatch import Dispatch
from .order_book import OrderBook
from .order_words import why_expired
from .step_writer import StepWriter


class OrderPost:
    """Sends what is open in `book`, as `dispatch` decides. Listens to the bus by itself."""

    def __init__(
        self, dispatch: Dispatch, book: OrderBook, steps: StepWriter, bus: Bus, clock: Callable[[], int]
    ) -> None:
        self._dispatch = dispatch
        self._book = book
        self._steps = steps
        self._clock = clock
        self._post: Post | None = None
        self._missed: set[str] = set()
        """Recalled, and never since could they have been sent."""
        bus.on(ClientConnected, self._connected)
        bus.on(ClientDisconnected, self._disconnected)
        bus.on(ClientSubscribed, self._subscribed)

    def attach(self, post: Post) -> None:
        """By whom commands are handed over."""
        self._post = post

    def recall(self, command: Command) -> None:
        """One of an earlier run."""
        self._missed.add(command.id)

    def look(self) -> None:
        """Send what is due, end what is too old."""
        now_ms = self._clock()
        for command in self._book.opened():
            if now_ms >= command.expires_ms:
                off = command.id in self._missed
                why = why_expired(command, self._dispatch.sends(command.id), off)
                self._steps.write(command, CommandStatus.EXPIRED, why)
            else:
                self._send(command, now_ms)

    def next_ms(self, now_ms: int) -> int | None:
        """When to look again; None: nobody knows of anything."""
        return self._dispatch.next_ms(self._book.opened(), now_ms)

    def send(self, command: Command) -> None:
        """Hand it over, if its node is there."""
        self._send(command, self._clock())

    def forget(self, command_ids: Iterable[str]) -> None:
        """They are gone."""
        self._dispatch.forget(command_ids)
        self._missed.difference_update(command_ids)

    def _send(self, command: Command, now_ms: int) -> None:
        if self._dispatch.ready(command, now_ms):
            self._missed.discard(command.id)
        if self._post is None or self._steps.ending(command.id) or not self._dispatch.due(command, now_ms):
            return
        with correlated(command.correlation):
            reached = self._post.hand(command.device, topics.command(command.device), message(command, now_ms))
            self._dispatch.tried(command, reached, now_ms)
            if reached and command.status is CommandStatus.QUEUED:
                self._steps.write(command, CommandStatus.SENT)

    def _send_all(self, device: str) -> None:
        now_ms = self._clock()
        for command in self._book.open_of(device):
            self._send(command, now_ms)

    def _connected(self, event: ClientConnected) -> None:
        if event.client == event.name:
            self._dispatch.connected(event.name)
            self._send_all(event.name)

    def _disconnected(self, event: ClientDisconnected) -> None:
        if event.client == event.name:
            self._dispatch.disconnected(event.name)

    def _subscribed(self, event: ClientSubscribed) -> None:
        topic = topics.command(event.name)
        if event.client == event.name and any(matches(wanted, topic) for wanted in event.filters):
            self._dispatch.subscribed(self._book.open_of(event.name))
            self._send_all(event.name)
