"""What was said and what is answered. Pure values."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...core.access import Scope
from ...core.language.intent import Intent, Kind
from ...core.metrics import Distribution
from ..rules.book import CheckReport
from ..rules.report import BacktestReport

Way = Literal["page", "api", "cli", "telegram"]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence, or a button that was pressed."""

    id: str
    """Everything it causes is named by it; said again it does nothing twice."""
    text: str
    who: str
    scope: Scope
    way: Way
    talk: str
    """Whose conversation: a session, a token, a user in a chat."""
    at_ms: int
    choice: str = ""
    """`yes:<proposal>`, `no:<proposal>` or `pick:<proposal>:<n>`; empty: `text` counts."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a person's yes."""

    id: str
    text: str
    choices: tuple[str, ...] = ()
    """Names to pick from; empty: yes or no."""
    until_ms: int
    intent: Intent


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was set going."""

    command: str = ""
    device: str = ""
    verb: str = ""
    status: str = ""
    timer: str = ""


class RuleProposal(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it was read back."""

    text: str
    """In the gateway's words, made from the rule."""
    check: CheckReport
    backtest: BacktestReport | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    kind: Kind
    text: str
    intent: Intent
    proposal: Proposal | None = None
    acted: tuple[Acted, ...] = ()
    rule: RuleProposal | None = None
    series: tuple[tuple[str, str], ...] = ()
    """(device, metric) of what it speaks of: for a picture."""
    simulated: bool = False


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order, on the bus; for the conversation that gave it."""

    talk: str
    said: str
    """The id of the sentence."""
    text: str
    done: bool
    """False: it failed, or the device is away."""


class ChatSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What was said since the start, for metrics."""

    sentences: dict[str, int]
    """By the kind of what was answered."""
    seconds: Distribution
    """How long it took to find out what each meant."""
