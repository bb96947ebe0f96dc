"""A rule's looks at series: one, or several together. Pure."""

from __future__ import annotations

from .cells import Cell
from .comparing import EMPTY, NAMES, Step, Test
from .firing import Cause
from .slots import Slots
from .sources import Together


class Look:
    """A leaf's look at one series."""

    __slots__ = (
        "age_ms",
        "base",
        "cell",
        "coming",
        "coming_truth",
        "figure",
        "from_ms",
        "leaf",
        "slots",
        "stale",
        "to_ms",
        "truth",
    )

    def __init__(self, leaf: SeriesLeaf, cell: Cell, age_ms: int, span: tuple[int | None, int | None]) -> None:
        self.leaf = leaf
        self.cell = cell
        self.age_ms = age_ms
        self.from_ms = -(1 << 62) if span[0] is None else span[0]
        self.to_ms = 1 << 62 if span[1] is None else span[1]
        self.slots: Slots | None = None
        self.figure: float | None = None
        self.truth = -1
        """By the newest reading, whatever its age: this is the latch."""
        self.base: float | None = None
        self.stale = False
        """The rule was told that it is not known; the next reading tells it otherwise."""
        self.coming: float | None = None
        self.coming_truth = -1

    def weigh(self, value: float, time_ms: int) -> tuple[bool, bool]:
        """What a reading would change, remembered until `settle`: whether the rule is to look, and whether this is
        a moment at which it fires.
        """
        gap = time_ms - self.cell.time_ms > self.age_ms
        figure = value if self.slots is None else self.slots.add(value, time_ms)
        self.coming = figure
        leaf = self.leaf
        if leaf.step is not None:
            return self._step(leaf, time_ms, gap=gap)
        if leaf.combined:
            return leaf.weigh(self, time_ms) or gap or self.stale, False
        # A window that knows too little keeps its latch, as a value that is too old does.
        truth = self.coming_truth = self.truth if figure is None else leaf.test.settle(figure, self.truth)
        return truth != self.truth or gap or self.stale or (figure is None) != (self.figure is None), False

    def _step(self, leaf: SeriesLeaf, time_ms: int, *, gap: bool) -> tuple[bool, bool]:
        figure = leaf.together(time_ms, self) if leaf.combined else self.coming
        keeper = leaf.looks[0] if leaf.combined else self
        assert leaf.step is not None
        if figure is None:
            return False, False
        if keeper.base is None or (gap and not leaf.combined):
            keeper.base = figure  # nobody knows what it was in between
            return False, False
        moved = abs(figure - keeper.base) >= leaf.step.by
        if moved:
            keeper.base = figure
        return moved, moved

    def settle(self) -> None:
        """What was weighed is so from now on."""
        self.figure = self.coming
        self.truth = self.coming_truth
        self.stale = False

    def band(self) -> tuple[float, float]:
        """Inside which its newest value may move and nothing flips."""
        leaf = self.leaf
        if self.slots is not None or leaf.combined or self.figure is None:
            return EMPTY
        if leaf.step is not None:
            return EMPTY if self.base is None else (self.base - leaf.step.by, self.base + leaf.step.by)
        return leaf.test.band(self.figure, self.truth)

    def stale_ms(self) -> int:
        """The first moment at which its newest value is not known any more."""
        return self.cell.time_ms + self.age_ms + 1

    def known(self, time_ms: int) -> bool:
        """Whether it has a figure then; one too old is looked at again with the next reading."""
        if self.figure is not None and time_ms < self.stale_ms():
            return True
        if not self.stale:
            self.stale = True
            self.cell.open()
        return False

    def used(self, time_ms: int) -> bool:
        """Whether the leaf looks at it then."""
        return self.from_ms <= time_ms < self.to_ms


class SeriesLeaf:
    """A comparison of one series, or of several together."""

    __slots__ = ("combined", "digest", "looks", "of", "path", "step", "test", "truth")

    def __init__(self, path: str, test: Test, step: Step | None, of: Together, digest: str) -> None:
        self.path = path
        self.test = test
        self.step = step
        self.of = of
        self.digest = digest
        self.looks: list[Look] = []
        self.combined = False
        """Several series are made one figure, which is compared."""
        self.truth = -1
        """Of one figure of several: the latch."""

    def truth_at(self, time_ms: int) -> int:
        """At this moment of the rule, not before the newest reading that it took."""
        if self.step is not None:
            return 0
        if self.combined:
            figure = self.together(time_ms, None)
            if figure is None:
                return -1
            self.truth = self.test.settle(figure, self.truth)
            return self.truth
        looks = self.looks
        if len(looks) == 1:
            look = looks[0]
            return look.truth if look.used(time_ms) and look.known(time_ms) else -1
        truths = [look.truth if look.known(time_ms) else -1 for look in looks if look.used(time_ms)]
        if not truths:
            return -1
        decides = 0 if self.of == "all" else 1
        if decides in truths:
            return decides
        return -1 if -1 in truths else 1 - decides

    def weigh(self, coming: Look, time_ms: int) -> bool:
        """Whether one figure of several flips by what is coming, or one of them has grown too old unnoticed."""
        for look in self.looks:
            if look is not coming and not look.stale and look.figure is not None and time_ms >= look.stale_ms():
                return True
        figure = self.together(time_ms, coming)
        return figure is not None and self.test.settle(figure, self.truth) != self.truth

    def together(self, time_ms: int, coming: Look | None) -> float | None:
        """One figure of those that are known; None: none is."""
        figures = [
            figure
            for look in self.looks
            if look.used(time_ms)
            and (figure := look.coming if look is coming else look.figure) is not None
            and (look is coming or look.known(time_ms))
        ]
        if not figures:
            return None
        if self.of == "min":
            return min(figures)
        return max(figures) if self.of == "max" else sum(figures) / len(figures)

    def cause(self, time_ms: int) -> Cause:
        """What it says, and the series that decides it."""
        truth = self.truth_at(time_ms)
        used = [look for look in self.looks if look.used(time_ms)]
        told = next((look for look in used if not look.known(time_ms)) if truth < 0 else iter(used), None)
        if truth >= 0 and not self.combined:
            told = next((look for look in used if look.truth == truth and look.known(time_ms)), told)
        if told is None:
            return Cause(self.path, NAMES[truth])
        value = self.together(time_ms, None) if self.combined else told.cell.value
        if told.slots is not None and not self.combined:
            value = told.figure
        if told.cell.time_ms == 0:
            return Cause(self.path, NAMES[truth], device=told.cell.device, metric=told.cell.metric)
        return Cause(
            self.path, NAMES[truth], "", value, told.cell.time_ms, device=told.cell.device, metric=told.cell.metric
        )
