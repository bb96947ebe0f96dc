from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.backends.inference import package
from gateway.core.ports.models import Unfit

from . import bad_models, toy

WHOLE = {"manifest.toml": b"a", "model.onnx": b"b", "golden.json": b"c"}


def refusal(packed: bytes, into: Path) -> str:
    with pytest.raises(Unfit) as refused:
        package.unpack(packed, into)
    assert refused.value.fault == "corrupt"
    assert list(into.iterdir()) == []
    return str(refused.value)


def test_what_was_packed_comes_out_again_and_packs_to_the_same_bytes(tmp_path: Path) -> None:
    folder = toy.make(tmp_path / "toy")
    packed = package.pack(folder)
    into = tmp_path / "out"
    into.mkdir()
    package.unpack(packed, into)
    assert {file.name: file.read_bytes() for file in into.iterdir()} == {
        file.name: file.read_bytes() for file in folder.iterdir()
    }
    assert package.pack(into) == packed


def test_a_zip_that_points_elsewhere_is_not_unpacked(tmp_path: Path) -> None:
    into = tmp_path / "out"
    into.mkdir()
    for name in ("..__..__passwd", "__etc__passwd", "sub__model.onnx", "train.py"):
        assert "folders" in refusal(bad_models.zip_of(**WHOLE, **{name: b"x"}), into)


def test_a_zip_bomb_is_stopped_at_what_a_model_may_have(tmp_path: Path) -> None:
    bomb = bad_models.zip_of(**(WHOLE | {"model.onnx": bytes(200 << 20)}))
    assert len(bomb) < 1 << 20
    assert "more than 16 MiB" in refusal(bomb, tmp_path)


def test_a_zip_without_a_manifest_or_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "manifest.toml is missing" in refusal(
        bad_models.zip_of(**{"model.onnx": b"b", "golden.json": b"c"}), tmp_path
    )
    assert "not a zip" in refusal(b"hello", tmp_path)
    assert "more than 8 MiB" in refusal(bytes(9 << 20), tmp_path)


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_zip_is_never_anything_but_corrupt(rubbish: bytes, at: int, value: int) -> None:
    packed = bytearray(bad_models.zip_of(**WHOLE))
    packed[at % len(packed)] = value
    for candidate in (bytes(packed), rubbish, bytes(packed) + rubbish):
        assert fault_of(candidate) in ("", "corrupt")


def fault_of(packed: bytes) -> str:
    try:
        found = package.contents(packed)
    except Unfit as error:
        return error.fault
    return "" if set(found) <= set(package.FILES) else "something else was unpacked"
