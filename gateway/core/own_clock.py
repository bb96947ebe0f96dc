"""The gateway's own time: the machine's steady clock plus an epoch, which is provisional until something is believed.

A machine without a battery clock wakes up anywhere. Until it is told the time, the gateway goes on from the last time
it knew: not right, but never backwards, and what it dates meanwhile moves as a whole once the time is learnt. Whatever
is set on the wall clock is taken over in one place, `look`, as a `Step`.
"""

from __future__ import annotations

import msgspec

from .ports.clock import BUILT_MS, Remembered, Said, Trust

FOLLOW_MS = 100
"""The wall clock is followed from this far on; less is the time between reading two clocks."""
SET_MS = 2_000
"""A clock that moves so far against the steady one was set by somebody."""
DRIFT_PPM = 100
"""How fast the machine's own clock may wander while nobody sets it."""
BACKWARDS_MS = 600_000
"""A battery clock further behind the last time known is not believed."""
FARTHEST_MS = 400 * 86_400_000
"""A node's word about how long the gateway was away is believed up to here."""


class Step(msgspec.Struct, frozen=True):
    """The gateway's time was moved."""

    before_ms: int
    after_ms: int
    redates: bool
    """What was dated by the gateway's clock in this run moves with it; else only the time from now on."""
    learnt: bool
    """The time was not known before and is now."""
    reason: str
    frame: str
    """What the time was provisional in until now; empty when it was known."""

    @property
    def shift_ms(self) -> int:
        """How far."""
        return self.after_ms - self.before_ms


class OwnClock:
    """Says what to add to the steady clock.

    `known_ms`: the newest time that anything on the disk proves (0: none). `resumed`: epoch and frame of this boot of
    the machine when an earlier process did not know the time, as the store has it; no frame: it learnt it.
    """

    __slots__ = ("_sure_at_ms", "_wall_epoch_ms", "boot", "epoch_ms", "frame", "provisional", "trust")

    def __init__(
        self,
        boot: str,
        said: Said,
        known_ms: int,
        remembered: Remembered | None = None,
        resumed: tuple[int, str] | None = None,
    ) -> None:
        self.boot = boot
        """The name of this boot of the machine."""
        self.frame = boot
        """What the time is provisional in. Another one after each move, so that nothing is moved twice."""
        self._wall_epoch_ms = said.wall_ms - said.monotonic_ms
        self._sure_at_ms = said.monotonic_ms
        self.provisional = not _credible(said, known_ms)
        self.trust = Trust.NONE if self.provisional else said.trust
        same = remembered if remembered is not None and remembered.boot == boot else None
        if same is not None and not same.provisional and said.wall_ms >= BUILT_MS:
            # Whoever set the clock in this boot of the machine, it is set.
            self.provisional, self.trust = False, max(said.trust, Trust.KEPT)
        self.epoch_ms = self._wall_epoch_ms
        if self.provisional:
            self.epoch_ms = max(self._wall_epoch_ms, max(known_ms, BUILT_MS) - said.monotonic_ms)
        if resumed is not None and resumed[1]:
            self._resume(*resumed, same)

    def _resume(self, epoch_ms: int, frame: str, same: Remembered | None) -> None:
        """The process is new but the machine is not: its frame goes on, and `look` sees what was set meanwhile."""
        self.epoch_ms, self.frame, self.provisional, self.trust = epoch_ms, frame, True, Trust.NONE
        if same is not None:
            # That it was learnt may have been written down here and not there: then it is learnt again.
            self._wall_epoch_ms = same.wall_epoch_ms if same.provisional else epoch_ms

    def look(self, said: Said) -> Step | None:
        """What the machine's clocks say now; the step that follows from it, already taken."""
        wall_epoch_ms = said.wall_ms - said.monotonic_ms
        moved_ms, self._wall_epoch_ms = wall_epoch_ms - self._wall_epoch_ms, wall_epoch_ms
        if said.wall_ms < BUILT_MS:
            return None
        if self.provisional:
            return self._learn(said, moved_ms)
        self.trust = max(self.trust, said.trust)
        return self._follow(said)

    def tell(self, said: Said, ahead_ms: int) -> Step | None:
        """A node that kept running while the gateway was away says that it is so much later than we think."""
        if not self.provisional or not SET_MS // 2 <= ahead_ms <= FARTHEST_MS:
            return None
        step = self._move(said, self.epoch_ms + ahead_ms, True, False, "a node that kept running knows how long it was")
        number = int(self.frame.rpartition(".")[2]) if "." in self.frame else 0
        self.frame = f"{self.boot}.{number + 1}"
        return step

    def remember(self, said: Said) -> Remembered:
        """What the next start should know."""
        now_ms = self.epoch_ms + said.monotonic_ms
        return Remembered(self.boot, self._wall_epoch_ms, self.provisional, now_ms)

    def _learn(self, said: Said, moved_ms: int) -> Step | None:
        if _credible(said, self.epoch_ms + said.monotonic_ms):
            reason = _REASONS[said.trust]
        elif abs(moved_ms) >= SET_MS:
            reason = "somebody set the machine's clock"
        else:
            return None
        step = self._move(said, said.wall_ms - said.monotonic_ms, True, True, reason)
        self.provisional, self.trust = False, max(said.trust, Trust.KEPT)
        return step

    def _follow(self, said: Said) -> Step | None:
        wall_epoch_ms = said.wall_ms - said.monotonic_ms
        off_ms = abs(wall_epoch_ms - self.epoch_ms)
        alone_ms = said.monotonic_ms - self._sure_at_ms
        if said.trust is Trust.SYNCHRONISED:
            self._sure_at_ms = said.monotonic_ms
        if off_ms < FOLLOW_MS:
            return None
        # What a crystal wanders in the time it was alone came little by little: at most readings it was not there yet.
        redates = off_ms >= max(SET_MS, alone_ms * DRIFT_PPM // 1_000_000)
        return self._move(said, wall_epoch_ms, redates, False, "the machine's clock was set")

    def _move(self, said: Said, epoch_ms: int, redates: bool, learnt: bool, reason: str) -> Step:
        before_ms, self.epoch_ms = self.epoch_ms + said.monotonic_ms, epoch_ms
        frame = self.frame if self.provisional else ""
        return Step(before_ms, epoch_ms + said.monotonic_ms, redates, learnt, reason, frame)


_REASONS = {
    Trust.KEPT: "the machine's battery clock knows the time",
    Trust.SYNCHRONISED: "the machine's clock was synchronised",
}


def _credible(said: Said, known_ms: int) -> bool:
    """Whether the wall clock is to be believed by someone who knows that it is `known_ms` or later."""
    if said.wall_ms < BUILT_MS or said.trust is Trust.NONE:
        return False
    return said.trust is Trust.SYNCHRONISED or said.wall_ms >= known_ms - BACKWARDS_MS
