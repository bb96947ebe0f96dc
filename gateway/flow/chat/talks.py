"""What conversations remember: one for each person and way, for half an hour."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import msgspec

from ...core.language.intent import Candidate, Intent, Talk
from .said import Acted, Proposal, Reply

MOST_TALKS = 256
_TALK_MS = 30 * 60_000
_LAST_MS = 2 * 60_000
"""What `it` is."""
_MOST_DONE = 10


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something a sentence did, for taking it back."""

    said: str
    intent: Intent
    acted: tuple[Acted, ...] = ()
    before: tuple[float | None, ...] = ()
    """Positions before, one for each that was acted on; None: not known."""
    rule: str = ""
    text: str = ""


class Conversation:
    """One of them."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        """Its sentences are answered one after the other."""
        self.seen_ms = 0
        self.proposal: Proposal | None = None
        self.listens = False
        """A plain yes is for the proposal: nothing but questions was said since. A button is for it all the same."""
        self.question = ""
        """The sentence that the last question was about."""
        self.measured = False
        """Where something is measured was asked, not what is to move."""
        self.offered: tuple[Candidate, ...] = ()
        self.done: list[Deed] = []
        self._last: Candidate | None = None
        self._last_ms = 0

    def talk(self, now_ms: int) -> Talk:
        """As the reader is told."""
        last = self._last if now_ms - self._last_ms <= _LAST_MS else None
        waits = self.listens and self.proposal is not None and now_ms < self.proposal.until_ms
        return Talk(last=last, offered=self.offered, pending=waits)

    def after(self, reply: Reply) -> None:
        """What was answered decides what a plain yes is for from now on."""
        if reply.proposal is not None:
            self.proposal, self.listens = reply.proposal, True
        elif reply.acted or reply.kind in ("command", "rule"):
            self.proposal, self.listens = None, False
        elif reply.kind not in ("query", "explain"):
            self.listens = False

    def spoke_of(self, what: Candidate | None, now_ms: int) -> None:
        """`it` is this from now on."""
        if what is not None:
            self._last, self._last_ms = what, now_ms

    def asked(self, text: str, intent: Intent) -> None:
        """A question was put to the person."""
        self.question, self.offered = text, intent.candidates
        self.measured = intent.kind != "question"

    def answered(self) -> None:
        """No question is open."""
        self.question, self.offered = "", ()

    def did(self, deed: Deed) -> None:
        """Remember it for taking it back."""
        self.done = [*self.done, deed][-_MOST_DONE:]


class Talks:
    """All of them; the longest silent is forgotten first."""

    def __init__(self) -> None:
        self._talks: OrderedDict[str, Conversation] = OrderedDict()

    def of(self, talk: str, now_ms: int) -> Conversation:
        """The one of this name; a new one when it was silent for half an hour."""
        found = self._talks.pop(talk, None)
        if found is None or now_ms - found.seen_ms > _TALK_MS:
            found = Conversation()
        found.seen_ms = now_ms
        self._talks[talk] = found
        while len(self._talks) > MOST_TALKS:
            self._talks.popitem(last=False)
        return found

    def forget(self, talk: str) -> None:
        """Nothing of it waits any more."""
        self._talks.pop(talk, None)
