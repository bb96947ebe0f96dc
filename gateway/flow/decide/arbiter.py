"""Who has an actuator now: the one place where that is asked."""

from __future__ import annotations

from ...core.decisions import Override
from ...core.rules.ranks import Award, Claim


class Arbiter:
    """Standing claims by actuator. Fulfils `mind.Holds`."""

    def ask(self, claim: Claim) -> Award:
        """Whether it may. One that is allowed and has an end, or none but stands, is remembered until then."""
        raise NotImplementedError

    def release(self, who: str, actuator: str = "") -> None:
        """It claims nothing any more (of this actuator)."""
        raise NotImplementedError

    def standing(self, device: str = "") -> list[Claim]:
        """What is claimed now."""
        raise NotImplementedError

    def held(self, device: str) -> Override | None:
        """Who holds automatic decisions about a window off."""
        raise NotImplementedError
