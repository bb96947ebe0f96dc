"""The rules of the house: documents with a version and a mode."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from ...core.errors import Conflict, NotAllowed, NotFound, Refused
from ...core.ports.documents import Document, Documents
from ...core.ports.gatekeeper import Auditor
from ...core.rules import check as checks
from ...core.rules.check import Known, Problem
from ...core.rules.conflicts import Conflict as RuleConflict
from ...core.rules.conflicts import conflicts
from ...core.rules.loops import Loop, loops
from ...core.rules.news import RuleChanged
from ...core.rules.rule import SAFETY, KeptRule, Mode, Rule
from ...core.rules.words import Names, sentence
from ...core.scenes import SceneDraft
from ...core.timers import Timer
from ..bus import Bus
from ..collection import read_all
from .ids import free_id, is_id
from .resolve import Resolve
from .scenes import SceneBook

MOST_RULES = 10_000
RESERVED = frozenset({"backtest", "check", "export", "import", "parse", "replay"})
"""Words that stand in the place of a rule's id in addresses of the API."""
_COLLECTION = "rules"
_A_TURN = 50
"""Of a file so many are looked at, or begin, before others have their turn."""


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


class Clocks(Protocol):
    """Whose timers run; `Timers` fulfils it."""

    def armed(self, rule: str = "") -> list[Timer]:
        """By when they are due, the next first."""

    async def cancel(self, timer: str, who: str) -> Timer:
        """Durable when this returns. Raises NotFound, Conflict when it has ended, StoreError."""


class Rules:
    """Every rule: changed here, evaluated by `Live`. Documents first, then memory, then the bus; one at a time."""

    def __init__(
        self,
        documents: Documents,
        bus: Bus,
        trail: Auditor,
        clock: Callable[[], int],
        known: Known,
        names: Names,
        resolve: Resolve,
        timers: Clocks,
        scenes: SceneBook,
    ) -> None:
        self._documents = documents
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._known = known
        self._names = names
        self._resolve = resolve
        self._timers = timers
        self._scenes = scenes
        self._changing = asyncio.Lock()
        self._rules: dict[str, KeptRule] = {}
        self._unreadable: set[str] = set()

    def load(self) -> None:
        """Read the documents; an unreadable one is left out, loudly, and its id is not given to another."""
        stored = read_all(self._documents, _COLLECTION, KeptRule)
        self._rules = {key: replace(kept, id=key) for key, kept in stored.items() if is_id(key)}
        self._unreadable = self._documents.all(_COLLECTION).keys() - self._rules.keys()

    # Asking

    @property
    def kept(self) -> Mapping[str, KeptRule]:
        """By id."""
        return self._rules

    def list(self) -> list[KeptRule]:
        """By name."""
        return sorted(self._rules.values(), key=lambda kept: (kept.rule.name.casefold(), kept.id))

    def get(self, rule: str) -> KeptRule:
        """Raises NotFound."""
        found = self._rules.get(rule)
        if found is None:
            raise NotFound(f"There is no rule {rule}.")
        return found

    def check(self, rule: Rule, rule_id: str = "", *, admin: bool = True) -> CheckReport:
        """What would be said of it; nothing is kept."""
        found = checks.problems(rule, self._known, admin=admin)
        if found:
            return CheckReport(sentence(rule, self._names), tuple(found), (), (), (), ())
        # Compared as what it would be: live, whatever it is now.
        kept = KeptRule(id=rule_id or self._new_id(rule.name), rule=rule, mode=Mode.LIVE, changed_ms=self._clock())
        others = self._others(kept.id)
        return CheckReport(
            text=sentence(rule, self._names),
            problems=(),
            warnings=tuple(checks.warnings(rule, self._known)),
            conflicts=tuple(conflicts(kept, others, self._known)),
            loops=tuple(loops(kept, others, self._known)),
            series=tuple(
                (leaf.path, one.device, one.metric) for leaf in self._resolve.series(rule) for one in leaf.series
            ),
        )

    def export(self) -> RuleFile:
        """All rules and scenes."""
        carried = tuple(Carried(id=kept.id, rule=kept.rule) for kept in self.list())
        return RuleFile(rules=carried, scenes=self._scenes.drafts())

    # Changing

    async def put(
        self, rule: Rule, who: str, rule_id: str = "", *, new: bool = False, version: int = 0, admin: bool = True
    ) -> KeptRule:
        """Keep a rule: a new one in mode off, a changed one in shadow where it did more. `version` not 0: only while it
        is that one. Raises RuleProblems, NotFound, Conflict, NotAllowed, StoreError.
        """
        async with self._changing:
            before = None if new else self.get(rule_id)
            if before is not None and version not in (0, before.version):
                raise Conflict(f"{rule_id} has version {before.version} by now.")
            _allow(rule, admin)
            if before is not None:
                _allow(before.rule, admin)
            self._pass(rule, admin=admin)
            key = before.id if before is not None else self._free_id(rule_id, rule.name)
            kept = self._kept(key, rule, before, who)
            await self._documents.put(_COLLECTION, key, _document(kept))
            self._took(kept)
        self._trail.note("rule.created" if new else "rule.changed", who, f"{key}, version {kept.version}")
        return kept

    async def delete(self, rule: str, who: str, timers: str = "") -> None:
        """`timers` `finish` or `cancel`: what becomes of the armed ones. Raises NotFound, Conflict that names them."""
        async with self._changing:
            self.get(rule)
            armed = [timer for timer in self._timers.armed(rule) if not timer.shadow]
            if armed and timers not in ("finish", "cancel"):
                names = ", ".join(timer.name for timer in armed)
                raise Conflict(f"{rule} has timers that run: {names}. Let them finish, or cancel them.")
            await self._documents.delete(_COLLECTION, rule)
            del self._rules[rule]
            self._bus.publish(RuleChanged(rule, gone=True))
        self._trail.note("rule.deleted", who, rule)
        for timer in armed if timers == "cancel" else ():
            try:
                await self._timers.cancel(timer.id, who)
            except (NotFound, Conflict):
                continue  # it came to its end meanwhile

    async def enable(self, rule: str, mode: Mode, who: str, *, despite: bool = False, admin: bool = True) -> KeptRule:
        """off, shadow or live. Raises Conflict with the conflicts in words unless `despite`, NotFound, RuleProblems."""
        async with self._changing:
            before = self.get(rule)
            if mode is Mode.TRIPPED:
                raise Refused("A rule is switched off, to shadow or live.")
            _allow(before.rule, admin)
            if mode is not Mode.OFF:
                self._pass(before.rule, admin=admin)
            if mode is Mode.LIVE and not despite:
                self._object(before)
            now_ms = self._clock()
            live_ms = None if mode is not Mode.LIVE else before.live_ms if before.mode is Mode.LIVE else now_ms
            kept = replace(before, mode=mode, by=who, changed_ms=now_ms, live_ms=live_ms)
            await self._documents.put(_COLLECTION, rule, _document(kept))
            self._took(kept)
        self._trail.note("rule.enabled", who, f"{rule}: {mode}" + (", despite objections" if despite else ""))
        return kept

    async def trip(self, rule: str) -> None:
        """It fired too often: it does nothing until it is enabled anew. Raises StoreError; gone rules stay gone."""
        async with self._changing:
            before = self._rules.get(rule)
            if before is None or before.mode not in (Mode.LIVE, Mode.SHADOW):
                return
            kept = replace(before, mode=Mode.TRIPPED, live_ms=None)
            await self._documents.put(_COLLECTION, rule, _document(kept))
            self._took(kept)

    async def bring_in(self, file: RuleFile, who: str, mode: Mode = Mode.OFF) -> int:
        """All or nothing; how many rules. Raises RuleProblems whose paths begin with `rules[3].`, StoreError."""
        if mode not in (Mode.OFF, Mode.SHADOW):
            raise Refused("Rules that are brought in are off or in shadow.")
        async with self._changing:
            await self._check_file(file)
            # Scenes first: no rule ever names one that is not there. Cut off in between they do nothing by themselves.
            await self._scenes.bring_in(file.scenes, who)
            kept = [self._brought(one, who, mode) for one in file.rules]
            await self._documents.change(_COLLECTION, {one.id: _document(one) for one in kept})
            for number, one in enumerate(kept):
                self._took(one)
                if not number % _A_TURN:
                    await asyncio.sleep(0)
        self._trail.note("rules.imported", who, f"{len(kept)} rules, {len(file.scenes)} scenes")
        return len(kept)

    # Parts of it

    def _pass(self, rule: Rule, *, admin: bool) -> None:
        found = checks.problems(rule, self._known, admin=admin)
        if found:
            raise RuleProblems(found)

    def _object(self, kept: KeptRule) -> None:
        """Raises Conflict when it would contradict another live rule that nobody has ranked, or feed itself."""
        said = replace(kept, mode=Mode.LIVE)
        others = [other for other in self._others(kept.id) if other.mode is Mode.LIVE]
        against = [one.text for one in conflicts(said, others, self._known) if not one.wins]
        against += [one.text for one in loops(said, others, self._known) if one.certain]
        if against:
            raise Conflict("; ".join(against))

    def _others(self, rule: str) -> Sequence[KeptRule]:
        return [kept for kept in self._rules.values() if kept.id != rule and kept.mode is not Mode.OFF]

    def _kept(self, key: str, rule: Rule, before: KeptRule | None, who: str) -> KeptRule:
        now_ms = self._clock()
        if before is None:
            return KeptRule(id=key, rule=rule, by=who, changed_ms=now_ms)
        after = replace(before, rule=rule, version=before.version + 1, by=who, changed_ms=now_ms)
        if before.mode is Mode.LIVE and not same_deeds(before.rule, rule):
            after = replace(after, mode=Mode.SHADOW, live_ms=None)
        return after

    def _brought(self, one: Carried, who: str, mode: Mode) -> KeptRule:
        before = self._rules.get(one.id)
        version = 1 if before is None else before.version + 1
        return KeptRule(id=one.id, rule=one.rule, version=version, mode=mode, by=who, changed_ms=self._clock())

    async def _check_file(self, file: RuleFile) -> None:
        known = _With(self._known, file.scenes)
        found: list[Problem] = []
        for number, one in enumerate(file.rules):
            problems = checks.problems(one.rule, known)
            found += [Problem(f"rules[{number}].rule.{problem.path}", problem.reason) for problem in problems]
            if not number % _A_TURN:
                await asyncio.sleep(0)
        ids = [one.id for one in file.rules]
        for number, key in enumerate(ids):
            reason = self._unfit(key) or ("it is there twice" if key in ids[:number] else "")
            if reason:
                found.append(Problem(f"rules[{number}].id", reason))
        if len(self._rules.keys() | set(ids)) > MOST_RULES:
            found.append(Problem("rules", f"there would be more than {MOST_RULES} rules"))
        found += self._scenes.unfit(file.scenes)
        if found:
            raise RuleProblems(found)

    def _free_id(self, wanted: str, name: str) -> str:
        if len(self._rules) >= MOST_RULES:
            raise Conflict(f"There are {MOST_RULES} rules; delete one first.")
        key = wanted or self._new_id(name)
        reason = self._unfit(key)
        if reason:
            raise RuleProblems([Problem("id", reason)])
        if key in self._rules:
            raise Conflict(f"There is a rule {key} already.")
        return key

    def _unfit(self, key: str) -> str:
        if not is_id(key):
            return "an id has up to 40 small letters, digits and dashes"
        if key in RESERVED:
            return f"{key} has a meaning of its own in the API"
        return "a document with this id is there, but unreadable" if key in self._unreadable else ""

    def _new_id(self, name: str) -> str:
        return free_id(name, self._rules.keys() | self._unreadable | RESERVED, "rule")

    def _took(self, kept: KeptRule) -> None:
        self._rules[kept.id] = kept
        self._bus.publish(RuleChanged(kept.id))


class _With:
    """What is known of the house, with scenes that are about to be there. Fulfils Known."""

    def __init__(self, known: Known, scenes: Mapping[str, object]) -> None:
        self.scenes = {**known.scenes, **scenes}
        self.place = known.place
        self.asset, self.zone, self.device = known.asset, known.zone, known.device
        self.devices_at, self.assets_in, self.heard = known.devices_at, known.assets_in, known.heard


def same_deeds(before: Rule, after: Rule) -> bool:
    """Whether only name, description or priority have changed."""
    return replace(after, name=before.name, description=before.description, priority=before.priority) == before


def _allow(rule: Rule, admin: bool) -> None:
    if rule.priority >= SAFETY and not admin:
        raise NotAllowed(f"Only an administrator may have rules of priority {SAFETY} and up: they go before people.")


def _document(kept: KeptRule) -> Document:
    document: Document = msgspec.to_builtins(kept)
    return document
