from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

import pytest

from gateway.backends.inference.disabled import DisabledLoader
from gateway.core.decisions import Decision, Outcome
from gateway.core.errors import Conflict, ModelFailed, NotFound, Refused, StoreError
from gateway.core.ports.decisions import kept
from gateway.core.ports.documents import Document
from gateway.core.ports.models import Lesson, Unfit
from gateway.core.window.teacher import teach
from tests.fakes import START_MS, MemoryDocuments
from tests.flow.models_site import FakeStand, FakeThinker, ModelSite, moment


def lesson(number: int, wanted: float) -> Lesson:
    return Lesson(f"l{number}", moment(20.0 + number), wanted)


async def promoted(site: ModelSite, version: int = 2) -> ModelSite:
    await site.care.install(f"window@{version}".encode(), "anna")
    await site.care.promote("window", "anna")
    return site


async def saved(site: ModelSite) -> None:
    """Let `run` write down what is waiting."""
    running = asyncio.create_task(site.care.run())
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_before_anything_is_loaded_the_teacher_decides() -> None:
    site = ModelSite()
    await site.care.load()
    assert site.stand.made == []
    assert site.thinks() == ("teacher", teach(moment()))
    await site.care.ready()
    assert site.thinks() == ("window@1", 48.0)


async def test_without_a_temperature_it_is_refused_and_no_models_fault() -> None:
    site = await ModelSite().started()
    with pytest.raises(Refused):
        site.care.think("win", moment(None))
    assert site.said("model.failed") == []


async def test_a_new_version_runs_in_shadow_and_decides_nothing() -> None:
    site = ModelSite()
    site.stand.positions[2] = lambda at: 58.0
    await site.started()
    await site.care.install(b"window@2", "anna")
    opined = site.care.think("win", moment())
    assert (opined.model, opined.position_pct) == ("window@1", 48.0)
    assert opined.shadow is not None
    assert (opined.shadow.model, opined.shadow.position_pct, opined.shadow.error) == ("window@2", 58.0, "")
    state = site.care.state("window")
    assert (state.active, state.shadow, state.compared, state.mean_difference_pp) == (1, 2, 1, 10.0)
    assert site.audited("model.install") == [("anna", "window@2, signed by house")]
    assert "window" in site.changed


async def test_a_shadow_that_fails_is_told_beside_the_decision() -> None:
    site = await ModelSite().started()
    await site.care.install(b"window@2", "anna")
    site.stand.made[-1].fails_at = 1
    opined = site.care.think("win", moment())
    assert opined.model == "window@1"
    assert opined.shadow is not None
    assert opined.shadow.error == "window@2 fell over"


async def test_a_refused_model_is_told_audited_and_changes_nothing() -> None:
    site = await ModelSite().started()
    with pytest.raises(Unfit, match="corrupt"):
        await site.care.install(b"rubbish", "anna")
    with pytest.raises(Unfit, match="schema"):
        await site.care.install(b"audio@2", "anna", "window")
    assert site.care.state("window").shadow is None
    assert len(site.said("model.refused")) == 2
    assert [who for who, _ in site.audited("model.install")] == ["anna", "anna"]


async def test_a_model_that_wants_something_quite_different_is_drifting_and_not_kept() -> None:
    site = ModelSite()
    site.stand.positions[2] = lambda at: 100.0
    await site.started()
    with pytest.raises(Unfit, match=r"^drifting: over 1000 moments of an invented year it is \d+ percent points off"):
        await site.care.install(b"window@2", "anna")
    assert [fact.version for fact in site.stand.versions("window")] == [1]
    assert site.care.state("window").shadow is None


async def test_drift_is_measured_over_what_this_house_has_seen() -> None:
    site = await ModelSite().started()
    # Everywhere the same as the one in use, but for the moments this house has: there it is far off.
    site.stand.positions[2] = lambda at: 2.0 * (at.temperature_c or 0.0) if at.hour != 3.0 else 99.0
    for number in range(30):
        decision = Decision(
            id=f"{number:016x}", device="win", time_ms=START_MS, cause="", moment=moment(22.0, hour=3.0), position=0,
            raw_pct=0.0, confidence=0.5, model="window@1", why="", outcome=Outcome.SENT,
        )  # fmt: skip
        site.writer.submit([kept(decision)])
    with pytest.raises(Unfit, match="over 30 moments of this house"):
        await site.care.install(b"window@2", "anna")


async def test_a_promoted_version_decides_and_is_watched_by_the_one_before() -> None:
    site = await promoted(await ModelSite().started())
    assert site.thinks()[0] == "window@2"
    state = site.care.state("window")
    assert (state.active, state.previous, state.shadow, state.probation) == (2, 1, None, 199)
    assert (await site.restarted()).care.state("window").probation == 200


async def test_after_a_restart_the_guard_still_watches_and_the_shadow_is_still_asked() -> None:
    site = await promoted(await ModelSite().started())
    await site.care.install(b"window@3", "anna")
    again = await site.restarted()
    opined = again.care.think("win", moment())
    assert opined.model == "window@2"
    assert opined.shadow is not None
    assert opined.shadow.model == "window@3"
    again.stand.made[-3].fails_at = 1  # active, guard and shadow are loaded in this order
    assert again.thinks()[0] == "window@1"


async def test_a_version_that_comes_through_its_probation_is_watched_no_longer() -> None:
    site = await promoted(await ModelSite().started())
    guard = site.stand.made[0]
    for _ in range(200):
        assert site.thinks()[0] == "window@2"
    asked = guard.calls
    site.thinks()
    assert guard.calls == asked
    await saved(site)
    assert site.documents.collections["models"]["window"]["probation"] == 0


async def test_an_error_on_probation_rolls_back_within_that_decision() -> None:
    site = await promoted(await ModelSite().started())
    site.stand.made[-1].fails_at = site.stand.made[-1].calls + 5
    for _ in range(4):
        assert site.thinks()[0] == "window@2"
    started = time.perf_counter()
    assert site.thinks() == ("window@1", 48.0)
    assert time.perf_counter() - started < 2.0
    state = site.care.state("window")
    assert (state.active, state.previous, state.rolled_back) == (1, None, "window@2: window@2 fell over")
    assert site.said("model.rolled_back") == ["window@2 to window@1: window@2 fell over"]
    assert site.care.rollbacks["window"] == 1
    assert "fell over" in site.care.complaint()
    await saved(site)
    assert (await site.restarted()).thinks()[0] == "window@1"


async def test_a_version_that_becomes_slow_is_rolled_back_at_its_third_slow_answer() -> None:
    site = await promoted(await ModelSite().started())
    site.thinks()
    site.stand.made[-1].took_s = 0.05
    assert [site.thinks()[0] for _ in range(3)] == ["window@2", "window@2", "window@1"]
    assert "took longer" in site.care.state("window").rolled_back


@pytest.mark.parametrize(("apart", "decisions"), [(60.0, 3), (30.0, 20)])
async def test_a_version_that_diverges_is_rolled_back(apart: float, decisions: int) -> None:
    site = await promoted(await ModelSite().started())
    site.stand.made[-1].position = lambda at: 20.0 + apart
    at = moment(10.0)  # the one before says 20 %
    assert [site.thinks(at)[0] for _ in range(decisions)] == ["window@2"] * (decisions - 1) + ["window@1"]
    assert "percent points off" in site.care.state("window").rolled_back


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -1.0, 100.5])
async def test_what_is_no_position_is_an_error(nonsense: float) -> None:
    site = await promoted(await ModelSite().started())
    site.stand.made[-1].position = lambda at: nonsense
    assert site.thinks()[0] == "window@1"


async def test_a_rollback_brings_the_old_one_back_to_the_last_bit() -> None:
    source = random.Random(3)
    moments = [moment(source.uniform(15.0, 30.0), source.uniform(0.0, 24.0)) for _ in range(200)]
    site = await ModelSite().started()
    site.care.learnt("win", [lesson(1, 30.0), lesson(2, 70.0)])
    before = [site.thinks(at) for at in moments]
    await promoted(site)
    site.care.learnt("win", [lesson(1, 30.0), lesson(2, 70.0), lesson(3, 10.0)])
    site.care.learnt("win", [lesson(1, 30.0), lesson(2, 70.0)])
    await site.care.rollback("window", "anna")
    assert [site.thinks(at) for at in moments] == before
    again = await site.restarted()
    again.care.learnt("win", [lesson(1, 30.0), lesson(2, 70.0)])
    assert [again.thinks(at) for at in moments] == before
    assert site.audited("model.rollback") == [("anna", "window@1 is in use again, by anna")]


async def test_what_was_taught_before_a_version_came_is_taught_to_it() -> None:
    site = ModelSite()
    await site.care.load()
    site.care.learnt("win", [lesson(1, 30.0)])
    await site.care.ready()
    await site.care.install(b"window@2", "anna")
    assert [thinker.taught["win"] for thinker in site.stand.made] == [(lesson(1, 30.0),)] * 2
    opined = site.care.think("win", moment())
    assert (opined.position_pct, opined.learnt_pp) == (39.0, 9.0)
    site.care.learnt("win", [])
    assert site.care.think("win", moment()).learnt_pp == 0.0


async def test_a_version_that_keeps_failing_without_a_guard_gives_way_to_the_gateways_own() -> None:
    stand = FakeStand(("window", 1))
    stand.put("window", 2)
    site = await ModelSite(stand).started()
    await site.care.promote("window", "anna", 2)
    for _ in range(201):
        site.thinks()
    site.stand.made[-1].fails_at = 1
    assert [site.thinks()[0] for _ in range(3)] == ["teacher"] * 3
    await saved(site)
    assert site.thinks()[0] == "window@1"
    assert site.documents.collections["models"]["window"]["active"] == 1
    assert len(site.said("model.failed")) == 3


async def test_the_only_version_stays_when_it_fails_and_the_teacher_stands_in() -> None:
    site = await ModelSite().started()
    thinker = site.stand.made[0]
    thinker.fails_at = 1
    for _ in range(5):
        assert site.thinks()[0] == "teacher"
        await saved(site)
    thinker.fails_at = 0
    assert site.thinks()[0] == "window@1"


async def test_a_version_that_cannot_be_loaded_any_more_gives_way_at_the_start() -> None:
    site = await promoted(await ModelSite().started())
    site.stand.broken["window", 2] = "model.onnx does not have the sha256 its manifest says"
    again = await site.restarted()
    assert again.thinks()[0] == "window@1"
    assert "sha256" in again.said("model.failed")[0]
    why = "window@2 cannot be used: corrupt: model.onnx does not have the sha256 its manifest says"
    assert again.said("model.rolled_back") == [f"window@2 to window@1: {why}"]
    assert again.care.complaint() == f"rolled back: {why}"


async def test_with_no_version_at_all_the_teacher_decides_and_health_says_so() -> None:
    site = await ModelSite(FakeStand()).started()
    assert site.thinks()[0] == "teacher"
    assert site.care.complaint() == (
        "no window model can be used, the plain rule decides: none came with this gateway, and none was installed"
    )


async def test_a_machine_without_the_library_decides_by_the_teacher_and_health_says_what_to_install() -> None:
    site = ModelSite(DisabledLoader("onnxruntime"))
    await site.started()
    assert site.thinks() == ("teacher", teach(moment()))
    assert "pip install onnxruntime" in site.care.complaint()
    with pytest.raises(ModelFailed, match="onnxruntime is not installed"):
        await site.care.install(b"window@2", "anna")


async def test_who_follows_the_gateways_own_gets_the_new_one_with_an_upgrade() -> None:
    site = await ModelSite().started()
    site.stand.drop("window", 1)
    site.stand.put("window", 4, bundled=True)
    assert (await site.restarted()).thinks()[0] == "window@4"


async def test_who_chose_a_version_keeps_it_over_an_upgrade() -> None:
    site = await promoted(await ModelSite().started())
    site.stand.drop("window", 1)
    site.stand.put("window", 4, bundled=True)
    again = await site.restarted()
    assert again.thinks()[0] == "window@2"
    assert again.care.state("window").previous is None
    assert [fact.version for fact in again.care.state("window").versions] == [2, 4]


async def test_what_cannot_be_written_down_does_not_happen() -> None:
    site = await ModelSite().started()
    await site.care.install(b"window@2", "anna")
    site.documents.fail_after = 0
    with pytest.raises(StoreError):
        await site.care.promote("window", "anna")
    with pytest.raises(StoreError):
        await site.care.install(b"window@3", "anna")
    assert site.thinks()[0] == "window@1"
    assert site.care.state("window").shadow == 2
    assert [fact.version for fact in site.stand.versions("window")] == [1, 2]


async def test_an_automatic_rollback_that_cannot_be_written_is_written_later() -> None:
    site = await promoted(await ModelSite().started())
    site.stand.made[-1].fails_at = 1
    site.documents.fail_after = 0
    assert site.thinks()[0] == "window@1"
    with pytest.raises(StoreError):
        await site.care.run()
    site.documents.fail_after = None
    await saved(site)
    assert site.documents.collections["models"]["window"]["active"] == 1


class SlowDisk(MemoryDocuments):
    """Something happens while the next document is being written."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None

    async def put(self, collection: str, key: str, document: Document) -> None:
        happens, self.meanwhile = self.meanwhile, None
        await super().put(collection, key, document)
        if happens is not None:
            happens()


async def test_a_rollback_while_something_else_is_written_down_is_not_undone_by_it() -> None:
    disk = SlowDisk()
    site = await promoted(await ModelSite(documents=disk).started())
    site.stand.made[-1].fails_at = 1
    disk.meanwhile = site.thinks
    await site.care.install(b"window@3", "anna")
    state = site.care.state("window")
    assert (state.active, state.shadow, state.rolled_back != "") == (1, 3, True)
    assert disk.collections["models"]["window"]["active"] == 1
    assert site.thinks()[0] == "window@1"


async def test_what_is_promoted_while_the_one_before_falls_is_watched_by_the_one_that_took_over() -> None:
    disk = SlowDisk()
    site = await promoted(await ModelSite(documents=disk).started())
    await site.care.install(b"window@3", "anna")
    site.stand.made[-2].fails_at = 1
    disk.meanwhile = site.thinks
    await site.care.promote("window", "anna")
    assert (site.care.state("window").active, site.care.state("window").previous) == (3, 1)
    assert (await site.restarted()).care.state("window").previous == 1


async def test_a_rollback_while_a_rollback_is_written_down_is_written_down_too() -> None:
    disk = SlowDisk()
    site = await promoted(await ModelSite(documents=disk).started())
    for _ in range(200):
        site.thinks()
    disk.meanwhile = lambda: site.care._keeper.noted("window")
    await saved(site)
    assert disk.collections["models"]["window"]["probation"] == 0
    assert not site.care._keeper._unsaved


async def test_a_moment_to_which_neither_version_has_an_answer_is_no_reason_to_roll_back() -> None:
    site = await promoted(await ModelSite().started())
    for thinker in site.stand.made:
        thinker.fails_at = thinker.calls + 1
    assert site.thinks()[0] == "teacher"
    assert site.care.state("window").active == 2
    for thinker in site.stand.made:
        thinker.fails_at = 0
    assert site.thinks()[0] == "window@2"
    assert site.said("model.rolled_back") == []


async def test_old_versions_make_room_but_never_one_that_is_used() -> None:
    site = await promoted(await ModelSite().started())
    for version in range(3, 9):
        await site.care.install(f"window@{version}".encode(), "anna")
    assert [fact.version for fact in site.stand.versions("window")] == [1, 2, 4, 5, 6, 7, 8]


async def test_nonsense_is_refused_in_words() -> None:
    site = await ModelSite().started()
    with pytest.raises(NotFound, match="no model called 'oracle'"):
        site.care.state("oracle")
    with pytest.raises(Conflict, match="no version of window is in shadow"):
        await site.care.promote("window", "anna")
    with pytest.raises(Conflict, match="in use already"):
        await site.care.promote("window", "anna", 1)
    with pytest.raises(NotFound, match="window@9 is not on the shelf"):
        await site.care.promote("window", "anna", 9)
    with pytest.raises(Conflict, match="no version before window@1"):
        await site.care.rollback("window", "anna")


async def test_one_model_is_tried_at_a_time() -> None:
    site = await ModelSite().started()
    first, second = await asyncio.gather(
        site.care.install(b"window@2", "anna"), site.care.install(b"window@3", "bert"), return_exceptions=True
    )
    assert not isinstance(first, BaseException)
    assert isinstance(second, Conflict)


async def test_verifying_looks_at_each_version_anew() -> None:
    site = await ModelSite().started()
    await site.care.install(b"window@2", "anna")
    site.stand.broken["window", 2] = "head.npz is missing"
    assert [(one.version, one.ok) for one in await site.care.verify("window")] == [(1, True), (2, False)]
    assert (await site.care.verify("window"))[1].text == "corrupt: head.npz is missing"
    assert [one.ok for one in await site.care.verify("audio")] == [True]


async def test_audio_models_are_promoted_and_rolled_back_too() -> None:
    site = await ModelSite().started()
    assert (await site.care.ear()).version == 1
    await site.care.install(b"audio@2", "anna")
    assert (await site.care.ear()).version == 1
    await site.care.promote("audio", "anna")
    assert (await site.care.ear()).version == 2
    assert site.care.state("audio").probation == 0
    site.stand.broken["audio", 2] = "torn"
    assert (await site.care.ear()).version == 1
    assert site.care.state("audio").active == 1
    assert site.thinks()[0] == "window@1"


async def test_signers_are_trusted_and_distrusted_by_name() -> None:
    site = await ModelSite().started()
    key = bytes(range(32))
    await site.care.trust("anna", key, "owner")
    assert site.stand.trusted == {"edge-gateway": bytes(32), "anna": key}
    assert [(one.name, one.who, one.added_ms) for one in site.care.signers()] == [
        ("edge-gateway", "", None),
        ("anna", "owner", START_MS),
    ]
    assert (await site.restarted()).stand.trusted["anna"] == key
    for name, bad, error in (("anna", bytes(range(1, 33)), Conflict), ("Bert!", key, Refused), ("bert", b"", Refused)):
        with pytest.raises(error):
            await site.care.trust(name, bad, "owner")
    with pytest.raises(Refused, match="came with the gateway"):
        await site.care.distrust("edge-gateway", "owner")
    await site.care.distrust("anna", "owner")
    assert site.stand.trusted == {"edge-gateway": bytes(32)}
    with pytest.raises(NotFound):
        await site.care.distrust("anna", "owner")
    assert [kind for kind, _ in site.audited("model.trust")] == ["owner"]


async def test_who_signed_what_is_in_use_is_not_distrusted() -> None:
    site = ModelSite()
    await site.started()
    await site.care.trust("house", bytes(range(32)), "owner")
    await promoted(site)
    with pytest.raises(Conflict, match="window@2 is in use and signed by house"):
        await site.care.distrust("house", "owner")


async def test_closing_lets_every_version_go() -> None:
    site = await promoted(await ModelSite().started())
    await site.care.install(b"window@3", "anna")
    site.care.close()
    assert all(thinker.closed for thinker in site.stand.made)
    assert isinstance(site.stand.made[0], FakeThinker)
