"""How worn every machine's parts are, and how long they may last."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.insight import Component


class Health:
    """Of all machines, from their days."""

    def of(self, asset: str) -> Sequence[Component]:
        """The parts of one machine, the most urgent first; empty: nothing of it is watched."""
        raise NotImplementedError

    def maintenance(self) -> Sequence[Component]:
        """The parts of all machines, soonest end first; those of which too little is known last."""
        raise NotImplementedError
