"""amqtt's authentication and topic plugins, asked without a task per question.

Most plugins answer at once, and then so does this. One that really waits gets a task of its own: the asking
connection is blocked, `NotYet` unwinds the packet, and the same question is answered from memory when it is
handled again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BasePlugin, BaseTopicPlugin
from amqtt.session import Session as AmqttSession

from ...core import access
from ...core.ports.gatekeeper import Gatekeeper

if TYPE_CHECKING:
    from .connection import Connection

_log = logging.getLogger(__name__)
_MAX_ANSWERS = 4_096
PASSWORD = "gateway.password"  # noqa: S105 - a name
"""The attribute under which a plugin finds the password as bytes, during authentication only."""


REFUSAL = "gateway.refusal"
"""The attribute in which a plugin may say why it refused."""


class NotYet(Exception):
    """The answer takes time; the connection is blocked until it is there. Control flow, never an error."""


class _State:
    """What plugins look at in amqtt's state machine, without the machine: it costs 20 KB a session."""

    def __init__(self) -> None:
        self.state = "new"

    def is_connected(self) -> bool:
        return self.state == "connected"


class Identity(AmqttSession):  # type: ignore[misc] # amqtt is untyped to us
    """A client as amqtt's plugins see it."""

    def _init_states(self) -> None:
        self.transitions = _State()

    @classmethod
    def of(cls, client: str, user: str) -> Identity:
        """A client that is not connected."""
        identity = cls()
        identity.client_id = client
        identity.username = user or None
        return identity

    def connected(self, yes: bool) -> None:
        """Whether there is a live connection."""
        self.transitions.state = "connected" if yes else "disconnected"


class Rights:
    """Asks the plugins. Answers of waiting plugins are kept until `forget`."""

    def __init__(self, auth: list[Any], topic: list[Any]) -> None:
        self._auth = auth
        self._topic = topic
        self._answers: dict[tuple[str, str, Action, int], bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def forget(self) -> None:
        """Rights may have changed."""
        self._answers.clear()

    def authenticate(self, connection: Connection, identity: Identity, answer: Callable[[bool], None]) -> None:
        """Call `answer` once, at once when the plugins do not wait. All that judge must agree, and one must judge."""
        verdict: bool | None = None
        for index, plugin in enumerate(self._auth):
            done, said = _step(plugin.authenticate(session=identity))
            if not done:
                self._later(connection, self._authenticate(identity, verdict, self._auth[index:]), answer)
                return
            if said is not None:
                verdict = bool(said) and verdict is not False
        answer(bool(verdict))

    async def _authenticate(self, identity: Identity, verdict: bool | None, plugins: list[Any]) -> bool:
        for plugin in plugins:
            said = await plugin.authenticate(session=identity)
            if said is not None:
                verdict = bool(said) and verdict is not False
        return bool(verdict)

    def allowed(self, connection: Connection | None, identity: Identity, topic: str, action: Action) -> bool:
        """Whether every topic plugin allows it. Raises NotYet when one has to wait."""
        for index, plugin in enumerate(self._topic):
            judge = getattr(plugin, "judge", None)
            if judge is not None:
                said: bool | None = judge(identity, topic, action)
            else:
                said = self._ask(connection, identity, topic, action, index)
            if said is False:
                return False
        return True

    def _ask(
        self, connection: Connection | None, identity: Identity, topic: str, action: Action, index: int
    ) -> bool | None:
        key = (identity.client_id, topic, action, index)
        if key in self._answers:
            return self._answers[key]
        plugin = self._topic[index]
        done, said = _step(plugin.topic_filtering(session=identity, topic=topic, action=action))
        if done:
            return said

        def keep(answer: bool) -> None:
            if len(self._answers) >= _MAX_ANSWERS:
                self._answers.clear()
            self._answers[key] = answer

        async def ask() -> bool:
            return await plugin.topic_filtering(session=identity, topic=topic, action=action) is not False

        self._later(connection, ask(), keep)
        raise NotYet

    def _later(
        self, connection: Connection | None, question: Coroutine[Any, Any, bool], answer: Callable[[bool], None]
    ) -> None:
        reason = object()
        if connection is not None:
            connection.block(reason)

        async def run() -> None:
            try:
                said = await question
            except Exception:  # noqa: BLE001 - a plugin's mistake refuses one client, loudly
                _log.exception("a broker plugin failed")
                said = False
            if connection is None:
                answer(said)
            elif not connection.closed:
                answer(said)
                connection.unblock(reason)

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _step(question: Coroutine[Any, Any, bool | None]) -> tuple[bool, bool | None]:
    """(True, answer) when it does not wait; otherwise it is abandoned here and asked again in a task."""
    try:
        question.send(None)
    except StopIteration as finished:
        return True, finished.value
    except Exception:  # noqa: BLE001 - it may need a task around it; there its error is handled
        return False, None
    question.close()
    return False, None


class _AsksRegistry(BasePlugin[BaseContext]):  # type: ignore[misc]
    """What both plugins are given."""

    @dataclass
    class Config:
        """`gatekeeper` is the registry; `external`: services decide about windows."""

        gatekeeper: Any = None
        external: bool = False

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._gatekeeper: Gatekeeper = self._get_config_option("gatekeeper")
        self._external: bool = self._get_config_option("external")


class RegistryAuth(_AsksRegistry, BaseAuthPlugin):  # type: ignore[misc]
    """Credentials come from the registry; the client id must belong to them."""

    async def authenticate(self, *, session: AmqttSession) -> bool | None:
        """amqtt's form."""
        if session.username is None or session.password is None:
            return False
        who = self._gatekeeper.authenticate(session.username, session.attributes[PASSWORD])
        if who is not None and not access.may_connect(who, session.client_id):
            session.attributes[REFUSAL] = f"client id {session.client_id} does not belong to {who.name}"
            return False
        return who is not None


class RegistryAcl(_AsksRegistry, BaseTopicPlugin):  # type: ignore[misc]
    """Who may publish, subscribe to and receive what, by the registry as it is now."""

    def judge(self, identity: Identity, topic: str, action: Action) -> bool:
        """The answer, at once."""
        who = self._gatekeeper.principal(identity.username or "")
        if who is None:
            return False
        if action == Action.PUBLISH:
            return access.may_publish(who, topic, self._external)
        if action == Action.SUBSCRIBE:
            return access.may_subscribe(who, topic)
        return access.may_receive(who, topic)

    async def topic_filtering(
        self, *, session: Identity | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        """amqtt's form of `judge`."""
        if session is None or topic is None or action is None:
            return None
        return self.judge(session, topic, action)
