"""Who has an actuator now: the one place where that is asked. The order of wills is `core/rules/ranks.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from typing import Protocol

from msgspec.structs import replace

from ...core.commands import Command
from ...core.decisions import Override
from ...core.messages import ClockSet, DeviceChanged
from ...core.rules.actuators import POSITION
from ...core.rules.ranks import RULE, Award, Claim, Rank, award, holder, strongest
from ...core.window.limits import Limited
from ..bus import Bus
from .person_holds import PersonHolds, re_dated


class Wills(Protocol):
    """Whose will holds a window; Overrides fulfils it."""

    def held(self, device: str) -> Override | None:
        """The will that holds automatic decisions off now."""

    def persons(self) -> list[Override]:
        """The people's wills that hold now, also those that a rule has gone before."""

    def held_by(self, who: str) -> list[str]:
        """The windows that this one holds now."""

    def let_go(self, device: str, who: str) -> None:
        """The rule of this name holds the window no more."""

    def digest(self, device: str) -> str:
        """What the device's active lessons are called, together."""


class Arbiter:
    """Standing claims by actuator. Fulfils `mind.Holds`; made after the overrides and before who decides.

    `cut` says what the weather and the node allow of a window's position. People are not cut: they are warned.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        overrides: Wills,
        people: PersonHolds,
        cut: Callable[[str, float], Limited],
        zone: tzinfo = UTC,
    ) -> None:
        self._clock = clock
        self._overrides = overrides
        self._people = people
        self._cut = cut
        self._zone = zone
        self._claims: dict[tuple[str, str], Claim] = {}
        """By (actuator, who)."""
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)

    def recall(self, commands: Iterable[Command]) -> None:
        """What people ordered in earlier runs and still holds; after commands and overrides were loaded."""
        self._people.recall(commands)

    def ask(self, claim: Claim) -> Award:
        """Whether it may. One that is allowed and has an end is remembered until then, or until it is released."""
        answer = award(claim, self._of(claim.actuator), self._clock(), self._zone)
        if not answer.allowed:
            return answer
        self.stand(claim)
        device, _, channel = claim.actuator.partition("/")
        target = claim.target
        if channel != POSITION or isinstance(target, str | bool) or target is None:
            return answer
        if claim.rank is Rank.PERSON:
            return replace(answer, position=target)
        limited = self._cut(device, target)
        return replace(answer, position=limited.position_pct, cuts=limited.cuts)

    def stand(self, claim: Claim) -> None:
        """It holds, without being asked: what a rule has claimed in an earlier run."""
        if claim.stands(self._clock()):
            self._claims[claim.actuator, claim.who] = claim

    def release(self, who: str, actuator: str = "") -> None:
        """It claims nothing any more (of this actuator). A window that a rule has held decides again."""
        ended = [key for key in self._claims if key[1] == who and actuator in ("", key[0])]
        for key in ended:
            del self._claims[key]
        if not who.startswith(RULE):
            for claim in self._people.standing():
                if claim.who == who and actuator in ("", claim.actuator):
                    self._people.release(claim.actuator)
            return
        held = {f"{device}/{POSITION}" for device in self._overrides.held_by(who)}
        for name in {actuator} if actuator else {key[0] for key in ended} | held:
            device, _, channel = name.partition("/")
            if channel == POSITION:
                self._overrides.let_go(device, who)

    def over(self, command: str, actuator: str) -> None:
        """What a person wanted for a time, by commands whose ids begin so, is over."""
        self._people.over(command, actuator)

    def standing(self, device: str = "") -> list[Claim]:
        """What is claimed now, the oldest first."""
        now_ms = self._clock()
        self._claims = {key: claim for key, claim in self._claims.items() if claim.stands(now_ms)}
        known = [*self._claims.values(), *self._people.standing(), *map(_of_person, self._overrides.persons())]
        found = [claim for claim in known if device in ("", claim.actuator.partition("/")[0])]
        return sorted(found, key=lambda claim: claim.time_ms)

    # What deciding asks

    def held(self, device: str) -> Override | None:
        """Who holds automatic decisions about a window off: also a rule whose command is not on the disk yet."""
        known = self._overrides.held(device)
        if known is not None:
            return known
        claim = strongest(self._of(f"{device}/{POSITION}"))
        return None if claim is None else _as_override(device, claim)

    def holder(self, device: str) -> str:
        """The same in words: `rule bath-air (60) until 14:20`; empty: nobody."""
        known = self._overrides.held(device)
        claims = self._of(f"{device}/{POSITION}")
        if known is not None:
            rank = Rank.RULE if known.who.startswith(RULE) else Rank.PERSON
            claims = [claim for claim in claims if claim.who == known.who] or [
                Claim(f"{device}/{POSITION}", rank, 0, known.who, known.time_ms, known.until_ms)
            ]
        claim = strongest(claims)
        return "" if claim is None else holder(claim, self._zone)

    def digest(self, device: str) -> str:
        """What the device's active lessons are called, together."""
        return self._overrides.digest(device)

    # Parts of it

    def _of(self, actuator: str) -> list[Claim]:
        return [claim for claim in self.standing(actuator.partition("/")[0]) if claim.actuator == actuator]

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self._claims = {key: re_dated(claim, event) for key, claim in self._claims.items()}

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._claims = {
                key: claim for key, claim in self._claims.items() if key[0].partition("/")[0] != event.device
            }


def _of_person(override: Override) -> Claim:
    actuator = f"{override.device}/{POSITION}"
    return Claim(actuator, Rank.PERSON, 0, override.who, override.time_ms, override.until_ms, override.position)


def _as_override(device: str, claim: Claim) -> Override:
    position = claim.target if isinstance(claim.target, float | int) else 0.0
    until_ms = claim.time_ms if claim.until_ms is None else claim.until_ms
    return Override(
        id=f"c-{claim.who}",
        device=device,
        time_ms=claim.time_ms,
        until_ms=until_ms,
        position=float(position),
        who=claim.who,
        source="command",
    )
