from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.backends.inference import trial
from gateway.core.ports.models import Unfit

from . import bad_models, toy

KINDS = [(fault, maker) for fault, makers in bad_models.REFUSED.items() for maker in makers]


def test_a_good_model_passes_and_its_speed_is_known(tmp_path: Path) -> None:
    folder = toy.make(tmp_path / "toy", version=3)
    examined = trial.examine(folder, toy.SIGNERS)
    assert (examined.name, examined.version, examined.signer) == ("window", 3, "house")
    assert examined.sha256 == toy.sha256(folder)
    assert examined.p99_ms > 0


@pytest.mark.parametrize(("fault", "maker"), KINDS, ids=[maker.__name__ for _, maker in KINDS])
def test_a_model_that_is_wrong_is_refused_for_what_is_wrong(
    tmp_path: Path, fault: str, maker: bad_models.Maker
) -> None:
    folder = maker(tmp_path / "bad")
    with pytest.raises(Unfit) as refused:
        trial.examine(folder, toy.SIGNERS)
    assert refused.value.fault == fault
    assert str(refused.value).startswith(f"{fault}: ")


def test_a_refusal_says_which_file_which_key_and_which_column(tmp_path: Path) -> None:
    def said(maker: bad_models.Maker) -> str:
        with pytest.raises(Unfit) as refused:
            trial.examine(maker(tmp_path / maker.__name__), toy.SIGNERS)
        return str(refused.value)

    assert said(bad_models.flipped_byte) == "corrupt: model.onnx does not have the sha256 its manifest says"
    assert "gateway models trust" in said(bad_models.of_a_stranger)
    assert "column 1 of the input x is temperature [°F]" in said(bad_models.with_another_unit)
    assert "operation Loop" in said(bad_models.with_a_loop) or "graphs inside" in said(bad_models.with_a_loop)


async def test_a_process_of_its_own_comes_to_the_same_verdicts(tmp_path: Path) -> None:
    examined = await trial.tried(toy.make(tmp_path / "good"), toy.SIGNERS)
    assert (examined.name, examined.version) == ("window", 2)
    with pytest.raises(Unfit, match=r"^drifting: .*3 apart|^drifting: golden") as refused:
        await trial.tried(bad_models.with_other_golden_answers(tmp_path / "bad"), toy.SIGNERS)
    assert refused.value.fault == "drifting"


async def test_a_folder_may_be_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.make(tmp_path / "good")
    monkeypatch.chdir(tmp_path)
    assert (await trial.tried(Path("good"), toy.SIGNERS)).version == 2


async def test_a_trial_without_end_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match=r"did not come to an end within 0 s") as refused:
        await trial.tried(toy.make(tmp_path / "good"), toy.SIGNERS, timeout_s=0.05)
    assert refused.value.fault == "slow"


async def test_a_process_that_dies_is_the_models_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\nkill -SEGV $$\n")
    dying.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dying))
    with pytest.raises(Unfit, match=r"^unsafe: it brought its trial down \(signal 11\)"):
        await trial.tried(toy.make(tmp_path / "good"), toy.SIGNERS)
