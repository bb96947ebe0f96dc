"""How far a value can be trusted."""

from __future__ import annotations

from enum import IntFlag


class Quality(IntFlag):
    """What is wrong with a value, one bit each; stored with it and shown wherever it is."""

    OUT_OF_RANGE = 1
    """No sensor of this metric can measure this, or it is far outside what this series has ever shown."""
    JUMP = 2
    """Nothing in this place can change so fast."""
    STUCK = 4
    """The same value for longer than a living sensor would give it."""
    DRIFT = 8
    """The series wanders away from what it learnt to be, slowly and one way."""
    GHOST = 16
    """It arrives but is not measured: an old message repeated, or a device that is no longer there."""
    STALE = 32
    """Of a series, not of a value: nothing new for several of its intervals."""
    TIME = 64
    """When it was measured is not sure: the gateway did not know the time yet."""


IMPOSSIBLE = Quality.OUT_OF_RANGE | Quality.JUMP
"""Values with one of these say nothing about the world: figures are made without them."""
