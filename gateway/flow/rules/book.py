"""The rules of the house: documents with a version and a mode."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...core.errors import Refused
from ...core.rules.check import Problem
from ...core.rules.conflicts import Conflict as RuleConflict
from ...core.rules.loops import Loop
from ...core.rules.rule import KeptRule, Mode, Rule
from ...core.scenes import SceneDraft

MOST_RULES = 10_000


class RuleProblems(Refused):
    """A rule that cannot be; the text is the first problem's."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{problems[0].path}: {problems[0].reason}")
        self.problems = tuple(problems)


class CheckReport(msgspec.Struct, frozen=True):
    """What is known of a rule before it is kept."""

    text: str
    """The rule in words."""
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    conflicts: tuple[RuleConflict, ...]
    loops: tuple[Loop, ...]
    series: tuple[tuple[str, str, str], ...]
    """(path of the leaf, device, metric) of everything it looks at now."""


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule in a file of rules; scenes likewise by id."""

    id: str
    rule: Rule


class RuleFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What export gives and import takes."""

    format: int = 1
    rules: tuple[Carried, ...] = ()
    scenes: dict[str, SceneDraft] = {}


class Rules:
    """Every rule: changed here, evaluated by `Live`."""

    def list(self) -> list[KeptRule]:
        """By name."""
        raise NotImplementedError

    def get(self, rule: str) -> KeptRule:
        """Raises NotFound."""
        raise NotImplementedError

    async def put(
        self, rule: Rule, who: str, rule_id: str = "", *, new: bool = False, version: int = 0, admin: bool = True
    ) -> KeptRule:
        """Keep a rule: a new one in mode off, a changed one in shadow where it did more. `version` not 0: only while it
        is that one. Raises RuleProblems, NotFound, Conflict, NotAllowed, StoreError.
        """
        raise NotImplementedError

    async def delete(self, rule: str, who: str, timers: str = "") -> None:
        """`timers` `finish` or `cancel`: what becomes of the armed ones. Raises NotFound, Conflict that names them."""
        raise NotImplementedError

    async def enable(self, rule: str, mode: Mode, who: str, *, despite: bool = False, admin: bool = True) -> KeptRule:
        """off, shadow or live. Raises Conflict with the conflicts in words unless `despite`, NotFound, RuleProblems."""
        raise NotImplementedError

    def check(self, rule: Rule, rule_id: str = "", *, admin: bool = True) -> CheckReport:
        """What would be said of it; nothing is kept."""
        raise NotImplementedError

    def export(self) -> RuleFile:
        """All rules and scenes."""
        raise NotImplementedError

    async def bring_in(self, file: RuleFile, who: str, mode: Mode = Mode.OFF) -> int:
        """All or nothing; how many rules. Raises RuleProblems whose paths begin with `rules[3].`, StoreError."""
        raise NotImplementedError
