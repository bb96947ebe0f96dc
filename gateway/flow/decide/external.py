"""What services answer on `window/{id}/control` when the gateway only asks (`inference.mode = "external"`).

An answer goes the same way as the gateway's own opinion: limits, holds, log, and then to the node. It never reaches a
node by itself.
"""

from __future__ import annotations

import logging
from typing import Protocol

import msgspec

from ...core.decisions import Answer, Decision, read_answer
from ...core.errors import Refused
from ...core.messages import Message
from ...core.ports.gatekeeper import Auditor
from ...core.ports.intake import NOTHING, Taken
from ..bus import Bus
from ..correlation import correlated, of_message

_log = logging.getLogger(__name__)


class Answered(msgspec.Struct, frozen=True):
    """A service has answered, and the broker has taken it."""

    device: str
    answer: Answer
    who: str
    correlation: str


class Asking(Protocol):
    """Who asked; Decide fulfils it."""

    def answered(self, device: str, answer: Answer, who: str) -> Decision:
        """Raises Refused: nothing was asked, it was answered already, or it is too late."""


class Answers:
    """From a message to an answer. Listens to the bus by itself."""

    def __init__(self, decide: Asking, bus: Bus, trail: Auditor) -> None:
        self.taken = 0
        """Answers that were decided on in this run."""
        self.refused = 0
        """Those that were not: late, unreadable, or to nothing that was asked."""
        self._decide = decide
        self._bus = bus
        self._trail = trail
        bus.on(Answered, self._answered)

    def take(self, message: Message) -> Taken:
        """NOTHING for another topic, and for what cannot be read, which the audit trail then says. Never raises."""
        root, _, rest = message.topic.partition("/")
        device, _, what = rest.partition("/")
        if root != "window" or what != "control":
            return NOTHING
        try:
            answer = read_answer(message.payload)
        except Refused as error:
            self._refuse(device, message.client, error)
            return NOTHING
        except Exception:  # noqa: BLE001 - per-message isolation: one bad message must not touch the next
            _log.exception("a message on %s could not be judged", message.topic)
            return NOTHING
        return Taken((), (Answered(device, answer, message.client, of_message()),))

    def _answered(self, event: Answered) -> None:
        with correlated(event.correlation):
            try:
                self._decide.answered(event.device, event.answer, event.who)
                self.taken += 1
            except Refused as error:
                self._refuse(event.device, event.who, error)

    def _refuse(self, device: str, who: str, error: Refused) -> None:
        self.refused += 1
        self._trail.note("external.refused", who, f"{device}: {error}")
