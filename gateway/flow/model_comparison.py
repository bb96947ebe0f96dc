"""A candidate beside the version in use, over what this house has seen: does it want something quite different?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..core.errors import ModelFailed
from ..core.ports.decisions import DecisionArchive
from ..core.ports.models import Thinker, Unfit
from ..core.window.moment import Moment
from .sample_moments import sample_moments

_SEEN = 200
_ENOUGH = 20
_INVENTED = 1000
_MEAN_PP = 25.0
_FAR_PP = 40.0
_FAR_SHARE = 0.10
_AT_ONCE = 4

Scenes = Sequence[tuple[str, Moment]]


async def compare(candidate: Thinker, incumbent: Thinker, archive: DecisionArchive) -> None:
    """Raises Unfit(drifting), ModelFailed when the candidate has no answer. Both have the same lessons."""
    scenes, where = await _scenes(archive)
    apart: list[float] = []
    for number, (device, moment) in enumerate(scenes):
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)  # readings and decisions go on meanwhile
        try:
            known = incumbent.think(device, moment).position_pct
        except ModelFailed:
            continue  # then there is nothing to compare with
        apart.append(abs(candidate.think(device, moment).position_pct - known))
    if not apart:
        return
    mean, far = sum(apart) / len(apart), sum(pp > _FAR_PP for pp in apart) / len(apart)
    if mean > _MEAN_PP or far > _FAR_SHARE:
        raise Unfit(
            "drifting",
            f"over {len(apart)} moments {where} it is {mean:.0f} percent points off {incumbent.label} in the mean, and "
            f"more than {_FAR_PP:.0f} in {100 * far:.0f} % of them",
        )


async def _scenes(archive: DecisionArchive) -> tuple[Scenes, str]:
    known = await archive.decisions(limit=_SEEN)
    seen = [(one.device, one.moment) for one in known if one.moment.temperature_c is not None]
    if len(seen) >= _ENOUGH:
        return seen, "of this house"
    return [("", moment) for moment in sample_moments(_INVENTED)], "of an invented year"
