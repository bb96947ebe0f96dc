"""Who gets a message: subscriptions in a tree, routes remembered per topic, retained messages."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ...core.mqtt.filters import matches
from ...core.mqtt.packets import topic_field
from ...core.ports.store import Retained
from .session import Session

_MAX_ROUTES = 10_000


class Route(msgspec.Struct, gc=False):
    """Everything known about publishing to one topic. `targets` is None until somebody asks."""

    topic: str
    field: bytes
    targets: tuple[tuple[Session, int], ...] | None = None


class _Node:
    __slots__ = ("children", "sessions")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.sessions: dict[Session, int] = {}


class Router:
    """Subscriptions and retained messages. `epoch` is a new object whenever cached routes may be wrong."""

    def __init__(self, max_retained: int) -> None:
        self.epoch = object()
        self.retained: dict[str, Retained] = {}
        self._max_retained = max_retained
        self._root = _Node()
        self._routes: dict[str, Route] = {}

    # --- subscriptions ------------------------------------------------------------------------------------

    def subscribe(self, session: Session, topic_filter: str, qos: int) -> None:
        """Add or replace one subscription."""
        node = self._root
        for level in topic_filter.split("/"):
            node = node.children.setdefault(level, _Node())
        node.sessions[session] = qos
        session.subscriptions[topic_filter] = qos
        self.forget(topic_filter)

    def unsubscribe(self, session: Session, topic_filter: str) -> bool:
        """Remove one subscription; False when there was none."""
        if session.subscriptions.pop(topic_filter, None) is None:
            return False
        path = [self._root]
        levels = topic_filter.split("/")
        for level in levels:
            path.append(path[-1].children[level])
        del path[-1].sessions[session]
        for level, parent, node in zip(reversed(levels), reversed(path[:-1]), reversed(path), strict=False):
            if node.sessions or node.children:
                break
            del parent.children[level]
        self.forget(topic_filter)
        return True

    def remove(self, session: Session) -> None:
        """Remove every subscription of a session."""
        for topic_filter in list(session.subscriptions):
            self.unsubscribe(session, topic_filter)

    def forget(self, topic_filter: str = "#") -> None:
        """Routes that `topic_filter` may have changed are worked out anew; the default means all of them."""
        if "+" in topic_filter or "#" in topic_filter:
            self._routes.clear()
            self.epoch = object()
        elif (route := self._routes.get(topic_filter)) is not None:
            # Emptied, not replaced: connections hold this very object.
            route.targets = None

    def route(self, topic: str) -> Route:
        """The remembered route of a topic; its `targets` may still have to be asked for with `subscribers`."""
        route = self._routes.get(topic)
        if route is None:
            if len(self._routes) >= _MAX_ROUTES:
                self.forget()
            route = self._routes[topic] = Route(topic, topic_field(topic))
        return route

    def subscribers(self, topic: str) -> dict[Session, int]:
        """Sessions whose filters match, each with its highest granted QoS (3.3.5)."""
        found: dict[Session, int] = {}
        for node in self._matching(topic):
            for session, qos in node.sessions.items():
                if found.get(session, -1) < qos:
                    found[session] = qos
        return found

    def _matching(self, topic: str) -> Iterator[_Node]:
        levels = topic.split("/")
        wildcard = not topic.startswith("$")
        level_nodes = [self._root]
        for depth, level in enumerate(levels):
            following: list[_Node] = []
            for node in level_nodes:
                if (exact := node.children.get(level)) is not None:
                    following.append(exact)
                if depth or wildcard:
                    if (plus := node.children.get("+")) is not None:
                        following.append(plus)
                    if (rest := node.children.get("#")) is not None:
                        yield rest
            level_nodes = following
        for node in level_nodes:
            yield node
            if (rest := node.children.get("#")) is not None:
                yield rest

    def filters(self) -> dict[str, list[tuple[Session, int]]]:
        """Every subscription by filter; for plugins and diagnosis."""
        found: dict[str, list[tuple[Session, int]]] = {}
        stack = [("", self._root)]
        while stack:
            prefix, node = stack.pop()
            if node.sessions:
                found[prefix[1:]] = list(node.sessions.items())
            stack.extend((f"{prefix}/{level}", child) for level, child in node.children.items())
        return found

    # --- retained messages --------------------------------------------------------------------------------

    def retain(self, topic: str, payload: bytes, qos: int) -> Retained | None:
        """Keep or clear a topic's retained message; None when nothing changes or there is no room."""
        if not payload:
            return Retained(topic, b"", 0) if self.retained.pop(topic, None) is not None else None
        if topic not in self.retained and len(self.retained) >= self._max_retained:
            return None
        kept = self.retained[topic] = Retained(topic, payload, qos)
        return kept

    def retained_for(self, topic_filter: str) -> list[Retained]:
        """What a new subscription is sent at once."""
        if "+" not in topic_filter and "#" not in topic_filter:
            kept = self.retained.get(topic_filter)
            return [kept] if kept is not None else []
        return [kept for topic, kept in self.retained.items() if matches(topic_filter, topic)]
