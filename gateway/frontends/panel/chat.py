"""Plain sentences: asked, ordered, confirmed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Annotated

import msgspec
from aiohttp import web

from ...core.access import Scope
from ...core.language.intent import Condition, Intent, Kind, Schedule
from ...flow.chat.said import Proposal, Reply, RuleProposal, Said, Way
from .parts import OutwardParts, Parts
from .problems import Problem
from .rehearsals import backtest_shown
from .routes import Caller, Route, Who
from .rule_shown import BacktestShown, RuleCheckShown
from .rule_view import RuleView
from .security import session_cookie
from .times import to_text
from .typed import Asked, NoQuery, op

_ID = "[a-z0-9-]"


class ChatBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/chat."""

    text: Annotated[str, msgspec.Meta(max_length=300)] = ""
    """What is said; empty: `choice` says it all."""
    choice: Annotated[str, msgspec.Meta(pattern=f"^((yes|no):{_ID}{{1,64}}|pick:{_ID}{{1,64}}:[0-9]{{1,2}})?$")] = ""
    """An answer to a proposal by its id: `yes:…`, `no:…`, `pick:…:2`."""
    talk: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{0,40}$")] = ""
    """Who has several conversations names each."""
    id: Annotated[str, msgspec.Meta(pattern=f"^({_ID}{{4,40}})?$")] = ""
    """Said again with the same id, when the answer was lost, it does nothing twice."""


class ProposalShown(msgspec.Struct, frozen=True):
    """What waits for a yes, or for one of the `choices`."""

    id: str
    text: str
    choices: tuple[str, ...]
    until: str
    until_ms: int


class ActedShown(msgspec.Struct, frozen=True):
    """Something that was set going: what becomes of it comes over the live channel `chat`."""

    command: str
    device: str
    verb: str
    status: str
    timer: str


class SpokenSeries(msgspec.Struct, frozen=True):
    """What an answer speaks of, to be drawn."""

    device: str
    metric: str


class RuleReadBack(msgspec.Struct, frozen=True):
    """A rule as it was understood, what is known of it, and when it would have fired in the last days."""

    text: str
    check: RuleCheckShown
    backtest: BacktestShown | None


class ChatShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Answer to POST /api/chat: what the sentence was taken for, and what is said to it."""

    id: str
    """Of the sentence."""
    kind: Kind
    action: str = ""
    device: str = ""
    place: str = ""
    parameter: str = ""
    value: float | str | None = None
    condition: Condition | None = None
    schedule: Schedule | None = None
    reply: str
    intent: Intent
    """All of it."""
    proposal: ProposalShown | None
    acted: list[ActedShown]
    rule: RuleReadBack | None
    series: list[SpokenSeries]
    simulated: bool


class ChatResource:
    """POST /api/chat"""

    def __init__(self, parts: Parts, outward: OutwardParts) -> None:
        rules = parts.automation.rules
        self._chat = outward.chat
        self._now_ms: Callable[[], int] = parts.now_ms
        self._rules = None if rules is None else RuleView(parts, rules)

    def routes(self) -> list[Route]:
        """What is served."""
        return [op("POST", "/chat", Who.READ, self._say, "Say something to the house")]

    async def _say(self, asked: Asked[NoQuery, ChatBody]) -> ChatShown:
        """Whoever may only read is answered; what moves something needs scope operate, and says so."""
        body, caller = asked.body, asked.caller
        if not body.text.strip() and not body.choice:
            raise Problem(409, "text: say something, or choose.", key="text")
        said = Said(
            id=body.id or f"say-{secrets.token_hex(8)}",
            text=body.text,
            who=caller.name,
            scope=caller.scope or Scope.READ,
            way=_way_of(asked.request),
            talk="/".join(filter(None, (talk_of(asked.request, caller), body.talk))),
            at_ms=self._now_ms(),
            choice=body.choice,
        )
        return self._shown(said.id, await self._chat.say(said))

    def _shown(self, identity: str, reply: Reply) -> ChatShown:
        intent = reply.intent
        return ChatShown(
            id=identity,
            kind=reply.kind,
            action=intent.action,
            device=intent.device,
            place=intent.place,
            parameter=intent.parameter,
            value=intent.value,
            condition=intent.condition,
            schedule=intent.schedule,
            reply=reply.text,
            intent=intent,
            proposal=None if reply.proposal is None else _proposal(reply.proposal),
            acted=[ActedShown(one.command, one.device, one.verb, one.status, one.timer) for one in reply.acted],
            rule=None if reply.rule is None else self._rule(reply.rule),
            series=[SpokenSeries(device, metric) for device, metric in reply.series],
            simulated=reply.simulated,
        )

    def _rule(self, proposed: RuleProposal) -> RuleReadBack:
        assert self._rules is not None, "there are no rules, and one was proposed"
        backtest = None if proposed.backtest is None else backtest_shown(proposed.backtest, self._rules)
        return RuleReadBack(proposed.text, self._rules.check(proposed.check), backtest)


def talk_of(request: web.Request, caller: Caller) -> str:
    """Whose conversation a request belongs to: a browser's session, a token, this machine."""
    way = _way_of(request)
    if way == "page":
        return f"page/{hashlib.sha256(_session(request).encode()).hexdigest()[:16]}"
    return f"token/{caller.name}" if way == "api" else "local"


def _way_of(request: web.Request) -> Way:
    if request.headers.get("Authorization"):
        return "api"
    return "page" if _session(request) else "cli"


def _session(request: web.Request) -> str:
    return request.cookies.get(session_cookie(request), "")


def _proposal(proposal: Proposal) -> ProposalShown:
    until_ms = proposal.until_ms
    return ProposalShown(proposal.id, proposal.text, proposal.choices, to_text(until_ms), until_ms)
