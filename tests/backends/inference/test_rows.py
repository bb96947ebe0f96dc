"""Models of rows: tried before they count, loaded as they were signed, and honest when they have no answer."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from gateway.backends.inference import trial
from gateway.backends.inference.loading import Loading
from gateway.backends.inference.rows import RowModel
from gateway.backends.inference.shelf import Shelf
from gateway.core.anomaly.views import FEATURES
from gateway.core.errors import ModelFailed, NotFound
from gateway.core.ports.models import Unfit

from . import row_toy, toy

_ZEROS = (0.0,) * len(FEATURES)


def test_same_row_same_answer(tmp_path: Path) -> None:
    model = RowModel.open(row_toy.make(tmp_path / "toy", version=3))
    assert (model.label, model.width) == ("anomaly@3", len(FEATURES))
    assert model.runtime.startswith("onnxruntime ")
    assert model.ask(_ZEROS) == model.ask(_ZEROS) == (0.5,)
    assert model.ask([1.0] * len(FEATURES))[0] > 0.5
    with pytest.raises(ModelFailed, match=f"takes {len(FEATURES)} numbers, not 3"):
        model.ask((1.0, 2.0, 3.0))


def test_what_is_no_number_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(ModelFailed, match="gave no number"):
        RowModel.open(row_toy.make(tmp_path / "toy", bad=True)).ask(_ZEROS)


def test_a_good_one_passes_and_its_speed_is_known(tmp_path: Path) -> None:
    examined = trial.examine(row_toy.make(tmp_path / "toy", version=3), toy.SIGNERS)
    assert (examined.name, examined.version, examined.signer) == ("anomaly", 3, "house")
    assert examined.p99_ms > 0


def test_each_that_is_wrong_is_refused_for_what_is_wrong(tmp_path: Path) -> None:
    def refused(name: str, **wrong: object) -> str:
        folder = row_toy.make(tmp_path / name, **wrong)  # type: ignore[arg-type]
        with pytest.raises(Unfit) as refusal:
            trial.examine(folder, toy.SIGNERS)
        return str(refusal.value)

    assert "whatever the row is" in refused("constant", constant=True)
    assert refused("constant2", constant=True).startswith("drifting: ")
    assert "golden.json, case 1: y is" in refused("off", off=0.2)
    assert refused("bad", bad=True).startswith(("drifting: ", "corrupt: "))
    assert refused("none", cases=0) == "corrupt: golden.json holds no cases"
    (name, _, centre, scale), *others = FEATURES
    assert "[°F]" in refused("unit", columns=((name, "°F", centre, scale), *others))
    assert refused("short", columns=FEATURES[1:]).startswith("schema: ")


async def test_one_is_taken_in_loaded_and_dropped(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for file in row_toy.make(tmp_path / "toy", version=3).iterdir():
            packed.write(file, file.name)
    loader = Loading(Shelf(tmp_path / "shelf", tmp_path / "bundled"))
    loader.trust(toy.SIGNERS)
    fact = await loader.take_in(archive.getvalue(), toy.SIGNERS, "anomaly")
    assert (fact.name, fact.version, fact.figures) == ("anomaly", 3, {"nab": 60.0})
    model = await loader.rows("anomaly", 3)
    assert model.ask(_ZEROS) == (0.5,)
    with pytest.raises(Unfit, match="this is a model called anomaly, not window"):
        await loader.take_in(archive.getvalue(), toy.SIGNERS, "window")
    loader.drop("anomaly", 3)
    with pytest.raises(NotFound):
        await loader.rows("anomaly", 3)
