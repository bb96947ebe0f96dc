"""The model behind the series: loaded when first asked, shadowed, promoted, watched, rolled back in one ask."""

from __future__ import annotations

import pytest

from gateway.core.errors import ModelFailed
from gateway.core.ports.models import Unfit
from gateway.flow.model_care import ModelCare
from gateway.flow.model_rows import RowSeat

from .models_site import FakeStand, ModelSite

ROW = (0.1, 0.2)


async def site() -> tuple[ModelSite, FakeStand]:
    stand = FakeStand(("window", 1), ("audio", 1), ("anomaly", 1), ("remaining_life", 1))
    return await ModelSite(stand).started(), stand


def answer(seat: RowSeat) -> float | None:
    found = seat.ask(ROW)
    return None if found is None else round(found[0], 6)


async def moved(care: ModelCare) -> None:
    """What happened by itself is written down."""
    keeper = care._keeper
    if keeper.anomaly.given_up:
        await keeper._replace_failing_rows()
    await keeper._write_down()


async def test_nothing_is_loaded_before_somebody_asks() -> None:
    models, stand = await site()
    assert stand.rows_made == []
    seat = await models.care.rows()
    assert (len(stand.rows_made), answer(seat)) == (1, 0.31)
    assert await models.care.rows() is seat
    assert len(stand.rows_made) == 1


async def test_without_a_model_nothing_is_answered_and_nothing_is_complained_of() -> None:
    models = await ModelSite(FakeStand(("window", 1))).started()
    seat = await models.care.rows()
    assert seat.ask(ROW) is None
    assert models.care.complaint() == ""


async def test_one_that_cannot_be_loaded_is_complained_of() -> None:
    models, stand = await site()
    stand.broken["anomaly", 1] = "torn"
    assert (await models.care.rows()).ask(ROW) is None
    said = "no anomaly model works, the formula judges: anomaly@1 cannot be used: corrupt: torn"
    assert models.care.complaint() == said
    assert models.said("model.failed") == ["anomaly@1: corrupt: torn"]


async def test_a_new_one_runs_in_shadow_is_promoted_and_taken_back() -> None:
    models, stand = await site()
    seat = await models.care.rows()
    await models.care.install(b"anomaly@3", "anna")
    assert models.said("model.installed") == ["anomaly@3, signed by house; it runs in shadow"]
    assert [answer(seat) for _ in range(4)] == [0.31] * 4
    state = models.care.state("anomaly")
    assert (state.active, state.shadow, state.compared, round(state.mean_difference_pp, 6)) == (1, 3, 4, 2.0)
    state = await models.care.promote("anomaly", "anna")
    assert (state.active, state.previous, state.shadow, state.probation) == (3, 1, None, 200)
    assert answer(seat) == 0.33
    assert models.care.state("anomaly").probation == 199
    before = stand.rows_made[0]
    state = await models.care.rollback("anomaly", "ben")
    assert (state.active, answer(seat)) == (1, round(before.ask(ROW)[0], 6))


async def test_a_new_one_that_fails_is_rolled_back_within_the_very_ask() -> None:
    models, stand = await site()
    seat = await models.care.rows()
    await models.care.install(b"anomaly@2", "anna")
    await models.care.promote("anomaly", "anna")
    assert answer(seat) == 0.32
    next(one for one in reversed(stand.rows_made) if one.version == 2).broken = True
    active = seat.active
    assert active is not None
    active.broken = True  # type: ignore[attr-defined]
    assert answer(seat) == 0.31
    await moved(models.care)
    assert models.care.state("anomaly").active == 1
    assert "anomaly@2 fell over" in models.care.state("anomaly").rolled_back
    assert models.said("model.rolled_back") == ["anomaly@2 to anomaly@1: anomaly@2 fell over"]
    again = await models.restarted()
    assert answer(await again.care.rows()) == 0.31


async def test_a_new_one_that_says_something_else_altogether_is_rolled_back() -> None:
    models, _stand = await site()
    seat = await models.care.rows()
    await models.care.install(b"anomaly@2", "anna")
    await models.care.promote("anomaly", "anna")
    active = seat.active
    assert active is not None
    active.answer = lambda row: 0.9  # type: ignore[attr-defined]
    assert [answer(seat) for _ in range(4)] == [0.9, 0.9, 0.31, 0.31]
    assert "percent points off" in models.care.state("anomaly").rolled_back
    assert models.care.rollbacks["anomaly"] == 1


async def test_what_is_watched_long_enough_stays() -> None:
    models, _stand = await site()
    seat = await models.care.rows()
    await models.care.install(b"anomaly@2", "anna")
    await models.care.promote("anomaly", "anna")
    for _ in range(200):
        assert answer(seat) == 0.32
    await moved(models.care)
    assert (models.care.state("anomaly").probation, seat.guard) == (0, None)
    again = await models.restarted()
    assert answer(await again.care.rows()) == 0.32


async def test_on_probation_over_a_restart_the_one_before_still_watches() -> None:
    models, _stand = await site()
    await models.care.rows()
    await models.care.install(b"anomaly@2", "anna")
    await models.care.promote("anomaly", "anna")
    again = await models.restarted()
    seat = await again.care.rows()
    assert seat.guard is not None
    assert (answer(seat), seat.guard.label) == (0.32, "anomaly@1")


async def test_one_without_a_guard_that_goes_on_failing_gives_way_to_the_gateways_own() -> None:
    models, stand = await site()
    await models.care.install(b"anomaly@2", "anna")
    await models.care.promote("anomaly", "anna", 2)
    stand.broken["anomaly", 1] = "it cannot watch now"
    seat = await models.care.rows()
    del stand.broken["anomaly", 1]
    active = seat.active
    assert active is not None
    active.broken = True  # type: ignore[attr-defined]
    assert [answer(seat) for _ in range(3)] == [None] * 3
    assert seat.given_up
    await moved(models.care)
    assert answer(seat) == 0.31
    assert models.care.state("anomaly").rolled_back == "anomaly@2 cannot be used: anomaly@2 fell over"


async def test_the_reference_of_remaining_life_is_only_looked_at() -> None:
    models, stand = await site()
    await models.care.install(b"remaining_life@2", "anna")
    assert models.said("model.installed")[-1].endswith("it waits to be promoted")
    state = await models.care.promote("remaining_life", "anna")
    assert (state.active, state.probation) == (2, 0)
    assert all(one.closed for one in stand.rows_made)
    assert [one.ok for one in await models.care.verify("remaining_life")] == [True, True]
    stand.broken["remaining_life", 1] = "torn"
    with pytest.raises((Unfit, ModelFailed)):
        await models.care.rollback("remaining_life", "anna")
    assert models.care.state("remaining_life").active == 2


async def test_a_candidate_that_cannot_be_loaded_is_not_taken() -> None:
    models, stand = await site()
    await models.care.rows()
    stand.broken["anomaly", 2] = "torn"
    with pytest.raises(Unfit):
        await models.care.install(b"anomaly@2", "anna")
    assert models.care.state("anomaly").shadow is None
    assert [fact.version for fact in models.care.state("anomaly").versions] == [1]


async def test_one_that_is_promoted_before_anybody_has_asked_is_watched_from_the_first_ask() -> None:
    models, _stand = await site()
    await models.care.install(b"anomaly@2", "anna")
    state = await models.care.promote("anomaly", "anna")
    assert state.probation == 200
    seat = await models.care.rows()
    active = seat.active
    assert active is not None
    active.broken = True  # type: ignore[attr-defined]
    assert answer(seat) == 0.31
    assert models.care.state("anomaly").active == 1


async def test_the_only_one_that_goes_on_failing_is_complained_of() -> None:
    models, _stand = await site()
    seat = await models.care.rows()
    active = seat.active
    assert active is not None
    active.broken = True  # type: ignore[attr-defined]
    assert [answer(seat) for _ in range(3)] == [None] * 3
    await moved(models.care)
    assert seat.active is None
    said = "no anomaly model works, the formula judges: anomaly@1 cannot be used: anomaly@1 fell over"
    assert models.care.complaint() == said
