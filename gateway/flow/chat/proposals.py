"""What waits for a person's yes: made, read back, found again by its button."""

from __future__ import annotations

import hashlib

from ...core.language.intent import Intent
from .said import Proposal, Reply, RuleProposal, Said

PROPOSAL_MS = 5 * 60_000
TOO_LATE = "That is too long ago: nothing was done. Say it again if you still want it."
OTHERS = "That belongs to another conversation, or is over. Nothing was done."


def numbered(said_id: str) -> str:
    """16 hex digits that stand for a sentence: what it causes is named by them."""
    return hashlib.sha256(said_id.encode()).hexdigest()[:16]


def proposed(said: Said, intent: Intent, text: str, now_ms: int, rule: RuleProposal | None = None) -> Reply:
    """Read back, with yes and no."""
    proposal = Proposal(id=numbered(said.id), text=text, until_ms=now_ms + PROPOSAL_MS, intent=intent)
    return Reply(kind=intent.kind, text=text, intent=intent, proposal=proposal, rule=rule)


def picked(choice: str) -> tuple[str, str, int]:
    """(yes, no or pick; the proposal's id; which, from 0) of a button."""
    what, _, rest = choice.partition(":")
    proposal, _, number = rest.partition(":")
    return what, proposal, int(number) if number.isdigit() else 0
