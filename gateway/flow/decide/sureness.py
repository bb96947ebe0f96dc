"""How sure a model may be of a moment of which something is not known."""

from __future__ import annotations

from ...core.errors import ModelFailed
from ...core.ports.models import Thinker, Thought
from ...core.window.moment import Moment
from ...core.window.typical import typical


def sure(thinker: Thinker, device: str, moment: Moment, thought: Thought) -> float:
    """No surer than it would be if what is missing were as it typically is; `thought` is its answer to the moment.

    Same moment, same lessons: the same number, bit for bit.
    """
    try:
        return min([thought.confidence, *(thinker.think(device, one).confidence for one in typical(moment))])
    except ModelFailed:
        return thought.confidence  # it has answered what it was asked; that it cannot imagine is no failure
