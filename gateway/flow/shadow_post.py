"""How nodes hear of what is wanted of them: retained, by hand when they connect, and again until they have read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..core import topics
from ..core.messages import ClientConnected, ClientDisconnected
from ..core.ports.post import Post
from ..core.ports.store import Retained
from ..core.shadow import Shadow, Sync, desired_message, sync
from .bus import Bus
from .reminders import Reminders


class ShadowPost:
    """Tells nodes; `shadow`: the one of a device as it is now. Listens to the bus by itself."""

    def __init__(self, bus: Bus, shadow: Callable[[str], Shadow]) -> None:
        self._shadow = shadow
        self._post: Post | None = None
        self._retained: Callable[[], Mapping[str, Retained]] = dict
        self._reminders = Reminders()
        bus.on(ClientConnected, self._connected)
        bus.on(ClientDisconnected, self._disconnected)

    def attach(self, post: Post, retained: Callable[[], Mapping[str, Retained]]) -> None:
        """By whom nodes are told, and what it keeps."""
        self._post, self._retained = post, retained

    def reconcile(self, devices: Iterable[str]) -> None:
        """What is retained becomes what is wanted, of these devices and of whatever else has something retained."""
        kept = {
            topic.split("/")[1]: message.payload
            for topic, message in self._retained().items()
            if topic.startswith("devices/") and topic.endswith("/shadow/desired") and topic.count("/") == 3
        }
        for device in {*kept, *devices}:
            shadow = self._shadow(device)
            wanted = desired_message(shadow) if shadow.desired_version else b""
            if kept.get(device, b"") != wanted:
                self._publish(device, wanted)

    def tell(self, shadow: Shadow) -> None:
        """Something new is wanted."""
        self._publish(shadow.device, desired_message(shadow))
        self._reminders.start(shadow.device)

    def remind(self) -> None:
        """A minute has passed: who still has not read what is wanted is told again, ever more rarely."""
        for device in self._reminders.due():
            self._hand(self._shadow(device))

    def forget(self, device: str) -> None:
        """It is gone: nothing is wanted of it any more."""
        self._reminders.disconnected(device)
        self._publish(device, b"")

    def _publish(self, device: str, payload: bytes) -> None:
        if self._post is not None:
            self._post.publish(topics.shadow_desired(device), payload, 1, True)

    def _hand(self, shadow: Shadow) -> None:
        if sync(shadow) is not Sync.PENDING:
            return
        if self._post is not None:
            self._post.hand(shadow.device, topics.shadow_desired(shadow.device), desired_message(shadow))

    def _connected(self, event: ClientConnected) -> None:
        """A session that subscribes no more gets nothing retained, and its queue may have been full."""
        if event.client == event.name:
            self._reminders.connected(event.name)
            self._hand(self._shadow(event.name))

    def _disconnected(self, event: ClientDisconnected) -> None:
        if event.client == event.name:
            self._reminders.disconnected(event.name)
