"""What the gateway says of rules, and how it looks on the terminal."""

from __future__ import annotations

import msgspec

from . import rule_shown, table
from .remote import Fault

_RULES = ("ID", "MODE", "STATE", "LAST FIRED", "24 H", "RULE")
_TIMERS = ("ID", "NAME", "RULE", "DUE (UTC)", "STATE", "")


class Rule(msgspec.Struct, kw_only=True):
    """A rule, as far as this shows it."""

    id: str
    name: str
    text: str = ""
    mode: str
    version: int = 1
    priority: int = 50
    last_fired: str | None = None
    firings_24h: int = 0
    state: str = ""
    reason: str = ""
    simulated: bool = False
    rule: dict[str, object] = {}


class RuleList(msgspec.Struct):
    """The answer to GET /api/rules."""

    rules: list[Rule]


class Clash(msgspec.Struct):
    """Another rule that wants something else, or a cycle of rules."""

    text: str
    certain: bool = True


class Checked(msgspec.Struct, kw_only=True):
    """The answer to POST /api/rules/check."""

    text: str = ""
    problems: list[Fault] = []
    warnings: list[Fault] = []
    conflicts: list[Clash] = []
    loops: list[Clash] = []


class Leaf(msgspec.Struct, kw_only=True):
    """One comparison of a rule as it stands now."""

    path: str
    text: str = ""
    truth: str
    age_s: float | None = None


class Why(msgspec.Struct, kw_only=True):
    """The answer to GET /api/rules/{rule}/why."""

    state: str = ""
    reason: str = ""
    holds: bool = False
    causes: list[Leaf] = []
    waits_until: str | None = None
    cooldown_until: str | None = None
    next: str | None = None
    simulated: bool = False


class Act(msgspec.Struct, kw_only=True):
    """One action of a firing and what became of it."""

    text: str = ""
    outcome: str = ""
    detail: str = ""
    command_status: str | None = None


class Firing(msgspec.Struct, kw_only=True):
    """A firing, as far as this shows it."""

    id: str
    rule: str
    part: str = "then"
    mode: str = ""
    time: str
    why: str = ""
    outcome: str = ""
    acts: list[Act] = []
    simulated: bool = False


class FiringList(msgspec.Struct):
    """The answer to GET /api/firings."""

    firings: list[Firing]


class Timer(msgspec.Struct, kw_only=True):
    """A timer, as far as this shows it."""

    id: str
    name: str
    rule: str = ""
    due: str
    state: str
    detail: str = ""
    shadow: bool = False
    simulated: bool = False


class TimerList(msgspec.Struct):
    """The answer to GET /api/timers."""

    timers: list[Timer]


class Replayed(msgspec.Struct, kw_only=True):
    """The answer to GET /api/rules/replay."""

    live: int
    replayed: int
    same: bool
    differences: list[str] = []
    not_comparable: str = ""


class Imported(msgspec.Struct):
    """The answer to POST /api/rules/import."""

    rules: int = 0
    scenes: int = 0


def rules(found: list[Rule]) -> None:
    """One line each."""
    table.show(_RULES, map(_row, found))


def one(rule: Rule) -> None:
    """In words, how it stands, and as JSON."""
    print(f"{rule.name}  ({rule.id}, {rule.mode}, version {rule.version}){_mark(rule.simulated)}")
    print(rule.text)
    print(_standing(rule))
    print(msgspec.json.format(msgspec.json.encode(rule.rule), indent=2).decode())


def checked(found: Checked) -> None:
    """The rule in words on standard output; what is wrong with it beside it."""
    if found.text:
        print(found.text)
    for warning in found.warnings:
        print(f"warning: {warning.path}: {warning.reason}")
    for clash in found.conflicts:
        print(f"conflict: {clash.text}")
    for loop in found.loops:
        print(f"{'loop' if loop.certain else 'possible loop'}: {loop.text}")
    rule_shown.complain([(fault.path, fault.reason) for fault in found.problems])


def why(rule: str, found: Why) -> None:
    """Each comparison with its value, then what holds it back."""
    print(f"{rule}: {found.state}{f': {found.reason}' if found.reason else ''}{_mark(found.simulated)}")
    for leaf in found.causes:
        print(f"  {leaf.truth:8} {leaf.path}: {leaf.text}")
    for words, when in (
        ("waits until", found.waits_until),
        ("cooldown until", found.cooldown_until),
        ("next moment", found.next),
    ):
        if when:
            print(f"  {words} {_clock(when)}")


def firings(found: list[Firing]) -> None:
    """Each with why and what was done."""
    if not found:
        print("Nothing fired.")
    for firing in found:
        part = "" if firing.part == "then" else f" {firing.part}"
        print(f"{_clock(firing.time)}  {firing.rule}{part}: {firing.outcome}{_mark(firing.simulated)}  ({firing.why})")
        for act in firing.acts:
            said = ", ".join(text for text in (act.outcome, act.command_status, act.detail) if text)
            print(f"    {act.text}: {said}")


def timers(found: list[Timer]) -> None:
    """One line each."""
    if not found:
        print("No timers.")
        return
    table.show(
        _TIMERS,
        (
            (
                timer.id,
                timer.name,
                timer.rule or "-",
                _clock(timer.due),
                f"{timer.state}{' (shadow)' if timer.shadow else ''}",
                f"{timer.detail}{_mark(timer.simulated)}".strip(),
            )
            for timer in found
        ),
    )


def replayed(found: Replayed) -> None:
    """Whether it is the same, and what is not."""
    print(f"{'the same' if found.same else 'DIFFERENT'}: {found.live} firings live, {found.replayed} replayed")
    for difference in found.differences:
        print(f"  {difference}")
    if found.not_comparable:
        print(f"not comparable: {found.not_comparable}")


def _row(rule: Rule) -> tuple[str, ...]:
    return (
        rule.id,
        rule.mode,
        _standing(rule),
        "never" if rule.last_fired is None else _clock(rule.last_fired),
        str(rule.firings_24h),
        f"{rule.text}{_mark(rule.simulated)}",
    )


def _standing(rule: Rule) -> str:
    return f"{rule.state} ({rule.reason})" if rule.reason else rule.state


def _mark(simulated: bool) -> str:
    return "  SIMULATED" if simulated else ""


def _clock(text: str) -> str:
    return text[:19].replace("T", " ")
