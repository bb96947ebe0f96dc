"""The model follows an owner of a session file: it predicts, is told, learns, and is scored on what comes later."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gateway.core.window.features import features
from gateway.core.window.head import TOLERANCE_PP, Head, Prior, basis, confidence, distance

from .columns import Array
from .figures import Phi
from .sessions import Session

CHECKPOINTS = (0, 2, 4, 8, 12)
"""After so many overrides all later rows are scored; after the last one, too, when there were fewer than 12."""


@dataclass(frozen=True)
class Checkpoint:
    """How a head of so many lessons does on all rows that came later, beside the untaught one on the same rows."""

    lessons: int
    rows: int
    before_pp: float
    after_pp: float
    claimed: Array
    """Confidence, [rows]."""
    held: Array
    """1 where the error was within the tolerance, [rows]."""

    def shown(self) -> dict[str, object]:
        """For people and JSON."""
        return {
            "overrides": self.lessons,
            "rows": self.rows,
            "before": round(self.before_pp, 2),
            "after": round(self.after_pp, 2),
            "claimed": round(float(self.claimed.mean()), 3),
            "actual": round(float(self.held.mean()), 3),
        }


@dataclass
class Followed:
    """One owner."""

    owner: str
    rows: int
    blind: int
    """Rows without a temperature: no decision, not scored."""
    overrides: int
    checkpoints: list[Checkpoint] = field(default_factory=list)

    @property
    def last(self) -> Checkpoint | None:
        """The one with the most overrides that has rows to score."""
        return self.checkpoints[-1] if self.checkpoints else None

    @property
    def worse(self) -> bool:
        """Whether learning cost more than a percent point."""
        return self.last is not None and self.last.after_pp > self.last.before_pp + 1.0

    def shown(self) -> dict[str, object]:
        """For people and JSON."""
        known: dict[str, object] = {"owner": self.owner, "rows": self.rows, "blind": self.blind}
        known |= {"overrides": self.overrides, "worse": self.worse}
        if self.last is not None:
            known |= self.last.shown() | {"overrides": self.overrides}
            known["after_each"] = {str(at.lessons): at.shown() for at in self.checkpoints}
        return known


def follow(phi: Phi, prior: Prior, session: Session) -> Followed:
    """Exactly as live: the same features, basis and head, one lesson for each row with `wanted`."""
    rows = session.rows
    told = [number for number, row in enumerate(rows) if row.wanted is not None]
    found = Followed(session.owner, len(rows), session.blind, len(told))
    if not rows:
        return found
    outputs = phi(np.array([features(row.moment) for row in rows]))
    at = np.array([basis(output, row.moment) for output, row in zip(outputs, rows, strict=True)])
    away = np.array([distance(features(row.moment, clip=False), prior) for row in rows])
    right = np.array([np.nan if row.right is None else row.right for row in rows])
    untaught, head = Head(prior), Head(prior)
    due = sorted({*CHECKPOINTS, min(len(told), CHECKPOINTS[-1])})

    def check(start: int) -> None:
        later = np.nonzero(~np.isnan(right[start:]))[0] + start
        if head.lessons not in due or not len(later):
            return
        position, spread = head.opinions(at[later])
        error = np.abs(position - right[later])
        claimed = [
            confidence(float(s), head.lessons, float(a), prior) for s, a in zip(spread, away[later], strict=True)
        ]
        before = np.abs(untaught.opinions(at[later])[0] - right[later]).mean()
        held = (error <= TOLERANCE_PP).astype(float)
        found.checkpoints.append(
            Checkpoint(head.lessons, len(later), float(before), float(error.mean()), np.array(claimed), held)
        )

    check(0)
    for number in told[: CHECKPOINTS[-1]]:
        head.learn(at[number], float(rows[number].wanted or 0.0))
        check(number + 1)
    return found
