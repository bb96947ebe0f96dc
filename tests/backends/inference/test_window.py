from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from gateway.backends.inference.window import WindowModel
from gateway.core.errors import ModelFailed
from gateway.core.ports.models import Lesson, Unfit
from gateway.core.window.head import Array, Head, Opinion
from gateway.flow.sample_moments import sample_moments

from . import toy

MOMENTS = sample_moments(40, seed=11)


@pytest.fixture
def model(tmp_path: Path) -> WindowModel:
    return WindowModel.open(toy.make(tmp_path / "toy"))


def lessons(count: int, seed: int = 21) -> list[Lesson]:
    return [Lesson(f"l{at}", moment, 15.0 * (at % 7)) for at, moment in enumerate(sample_moments(count, seed))]


def thoughts(model: WindowModel, device: str = "win") -> list[tuple[float, float]]:
    return [(one.position_pct, one.confidence) for one in (model.think(device, at) for at in MOMENTS)]


def test_the_same_moment_and_lessons_give_the_same_answer_to_the_last_bit(model: WindowModel, tmp_path: Path) -> None:
    model.learnt("win", lessons(12))
    once = thoughts(model)
    assert thoughts(model) == once
    another = WindowModel.open(toy.make(tmp_path / "again"))
    another.learnt("win", lessons(12))
    assert thoughts(another) == once


def test_learning_one_by_one_is_the_same_as_all_at_once(model: WindowModel) -> None:
    for count in range(1, 13):
        model.learnt("a", lessons(12)[:count])
    model.learnt("b", lessons(12))
    assert thoughts(model, "a") == thoughts(model, "b")


def test_what_is_forgotten_is_as_if_it_had_never_been(model: WindowModel) -> None:
    untaught = thoughts(model)
    taught = lessons(10)
    model.learnt("win", taught)
    assert thoughts(model) != untaught
    model.learnt("win", taught[:4] + taught[5:])
    model.learnt("other", taught[:4] + taught[5:])
    assert thoughts(model) == thoughts(model, "other")
    model.learnt("win", [])
    assert thoughts(model) == untaught


def test_each_device_learns_for_itself(model: WindowModel) -> None:
    untaught = thoughts(model, "other")
    model.learnt("win", lessons(5))
    assert thoughts(model, "other") == untaught


def test_a_lesson_moves_the_position_towards_what_was_wanted(model: WindowModel) -> None:
    at = MOMENTS[0]
    before = model.think("win", at).position_pct
    wanted = 90.0 if before < 50.0 else 10.0
    model.learnt("win", [Lesson("l", at, wanted)])
    after = model.think("win", at).position_pct
    assert abs(after - wanted) < abs(before - wanted)


def test_a_preview_says_what_thinking_says(model: WindowModel) -> None:
    model.learnt("win", lessons(3))
    assert model.preview("win", MOMENTS) == pytest.approx([model.think("win", at).position_pct for at in MOMENTS])
    assert model.preview("win", []) == []


def test_worked_out_beside_it_is_thought_when_it_is_used(model: WindowModel) -> None:
    model.learnt("win", lessons(4))
    before = thoughts(model)
    use = model.fold("win", lessons(9))
    assert thoughts(model) == before
    use()
    model.learnt("other", lessons(9))
    assert thoughts(model) == thoughts(model, "other") != before


@pytest.mark.parametrize(
    "after", [lessons(9)[:-1], [*lessons(9)[:-1], *lessons(1, 5)]], ids=["taken back", "corrected"]
)
def test_the_last_lesson_is_taken_back_or_corrected_without_learning_all_anew(
    model: WindowModel, monkeypatch: pytest.MonkeyPatch, after: list[Lesson]
) -> None:
    model.learnt("other", after)
    model.learnt("win", lessons(9))
    learnt: list[float] = []
    learn = Head.learn

    def counted(head: Head, at: Array, wanted_pct: float) -> None:
        learnt.append(wanted_pct)
        learn(head, at, wanted_pct)

    monkeypatch.setattr(Head, "learn", counted)
    model.learnt("win", after)
    assert learnt == [one.wanted_pct for one in after[8:]]
    assert thoughts(model) == thoughts(model, "other")


def test_a_preview_asks_the_graph_once(model: WindowModel, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    run = model.session.run

    def counted(inputs: Mapping[str, Array]) -> dict[str, Array]:
        asked.append(len(inputs["x"]))
        return run(inputs)

    monkeypatch.setattr(model.session, "run", counted)
    model.preview("win", MOMENTS)
    assert asked == [len(MOMENTS)]


def test_who_thinks_and_who_learns_beside_it_ask_the_untaught_one_after_the_other(
    model: WindowModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    thinking, may_think = threading.Event(), threading.Event()
    thought = Head._thought

    def slow(head: Head, at: Array) -> Opinion:
        asked.append(float(at[-1]))
        thinking.set()
        assert may_think.wait(30)
        return thought(head, at)

    monkeypatch.setattr(Head, "_thought", slow)
    both = [threading.Thread(target=model.think, args=("win", at)) for at in MOMENTS[:2]]
    both[0].start()
    assert thinking.wait(30)
    both[1].start()
    both[1].join(0.2)
    assert len(asked) == 1, "else each may be given what the other asked for"
    may_think.set()
    for thread in both:
        thread.join()
    assert len(asked) == 2


def test_far_outside_of_what_it_knows_it_is_less_sure(model: WindowModel) -> None:
    at = msgspec.structs.replace(MOMENTS[0], temperature_c=22.0)
    odd = msgspec.structs.replace(at, temperature_c=70.0)
    assert model.think("win", odd).distance > 1.0 > model.think("win", at).distance
    assert model.think("win", odd).confidence < model.think("win", at).confidence


def test_without_a_temperature_there_is_no_thought(model: WindowModel) -> None:
    nothing = msgspec.structs.replace(MOMENTS[0], temperature_c=None)
    with pytest.raises(ModelFailed, match="window@2"):
        model.think("win", nothing)
    with pytest.raises(ModelFailed, match="cannot learn"):
        model.learnt("win", [Lesson("l", nothing, 50.0)])


def test_a_folder_that_was_changed_is_not_opened(tmp_path: Path) -> None:
    folder = toy.make(tmp_path / "toy")
    (folder / "head.npz").write_bytes(b"")
    with pytest.raises(Unfit, match="sha256"):
        WindowModel.open(folder)
