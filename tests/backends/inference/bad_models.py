"""Models that have to be refused, one for each way in which one can be wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from gateway.backends.inference.manifest import digest
from gateway.core.window import features

from . import toy

Maker = Callable[[Path], Path]


def flipped_byte(folder: Path) -> Path:
    def flip(made: Path) -> None:
        content = bytearray((made / "model.onnx").read_bytes())
        content[len(content) // 2] ^= 1
        (made / "model.onnx").write_bytes(content)

    return toy.make(folder, after=flip)


def missing_file(folder: Path) -> Path:
    return toy.make(folder, after=lambda made: (made / "head.npz").unlink())


def torn_manifest(folder: Path) -> Path:
    def tear(made: Path) -> None:
        said = (made / "manifest.toml").read_bytes()
        (made / "manifest.toml").write_bytes(said[: len(said) // 2])

    return toy.make(folder, after=tear)


def something_behind_the_signature(folder: Path) -> Path:
    def add(made: Path) -> None:
        with (made / "manifest.toml").open("a") as file:
            file.write("\n[figures]\nerror_after_pp = 0.1\n")

    return toy.make(folder, after=add)


def unsigned(folder: Path) -> Path:
    return toy.make(folder, key=None)


def of_a_stranger(folder: Path) -> Path:
    return toy.make(folder, key=toy.STRANGER)


def with_anothers_signature(folder: Path) -> Path:
    other = toy.make(folder.parent / "other", version=7)

    def borrow(made: Path) -> None:
        block = (other / "manifest.toml").read_bytes().partition(b"[signature]")[2]
        said = (made / "manifest.toml").read_bytes().partition(b"[signature]")[0]
        (made / "manifest.toml").write_bytes(said + b"[signature]" + block)

    return toy.make(folder, after=borrow)


def sums_of_a_stranger(folder: Path) -> Path:
    """File and its sum exchanged, and the signature left as it was."""

    def exchange(made: Path) -> None:
        said = (made / "manifest.toml").read_text()
        old = digest((made / "model.onnx").read_bytes())
        (made / "model.onnx").write_bytes(toy.graph(seed=3).SerializeToString())
        new = digest((made / "model.onnx").read_bytes())
        (made / "manifest.toml").write_text(said.replace(old, new))

    return toy.make(folder, after=exchange)


def with_one_input_less(folder: Path) -> Path:
    return _rebuilt(folder, toy.graph(inputs=23).SerializeToString())


def with_another_type(folder: Path) -> Path:
    nodes = [
        helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["f", "i0"], ["phi"]),
    ]
    made = toy.graph(nodes, dtype=TensorProto.DOUBLE, initializers=[toy.weights()])
    return _rebuilt(folder, made.SerializeToString())


def with_another_unit(folder: Path) -> Path:
    return toy.make(folder, manifest=toy.described(2).replace('unit = "°C"', 'unit = "°F"', 1))


def of_an_unknown_name(folder: Path) -> Path:
    return toy.make(folder, manifest=toy.described(2, name='"oracle"'))


def for_another_contract(folder: Path) -> Path:
    return toy.make(folder, manifest=toy.described(2, contract=9))


def with_a_loop(folder: Path) -> Path:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["still"]), helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        helper.make_node("MatMul", ["x", "i0"], ["a"]),
        helper.make_node("Loop", ["", "", "a"], ["phi"], body=body),
    ]
    return _rebuilt(folder, toy.graph(nodes, initializers=[toy.weights()]).SerializeToString())


def with_an_operation_of_its_own(folder: Path) -> Path:
    nodes = [
        helper.make_node("MatMul", ["x", "i0"], ["a"]),
        helper.make_node("FusedThing", ["a"], ["phi"], domain="com.example"),
    ]
    made = toy.graph(nodes, initializers=[toy.weights()], opsets=(("", 17), ("com.example", 1)))
    return _rebuilt(folder, made.SerializeToString())


def with_weights_elsewhere(folder: Path) -> Path:
    made = toy.graph()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../etc/passwd"
    return _rebuilt(folder, made.SerializeToString())


def too_large(folder: Path) -> Path:
    made = toy.graph()
    made.graph.initializer.append(numpy_helper.from_array(np.zeros(1_100_000, np.float32), "ballast"))
    return _rebuilt(folder, made.SerializeToString())


def no_graph_at_all(folder: Path) -> Path:
    return _rebuilt(folder, b"\x07not an onnx file")


def slow(folder: Path) -> Path:
    wide = 700
    into, through = np.ones((24, wide), np.float32), np.eye(wide, dtype=np.float32)
    nodes = [helper.make_node("MatMul", ["x", "i0"], ["h0"])]
    for number in range(0, 200, 2):
        nodes.append(helper.make_node("MatMul", [f"h{number}", "i1"], [f"h{number + 1}"]))
        nodes.append(helper.make_node("Tanh", [f"h{number + 1}"], [f"h{number + 2}"]))
    nodes.append(helper.make_node("MatMul", ["h200", "i2"], ["phi"]))
    made = toy.graph(nodes, initializers=[into, through, np.ones((wide, toy.PHI), np.float32)])
    return toy.make(folder, model=made)


def asking_for_too_much_time(folder: Path) -> Path:
    return toy.make(folder, manifest=toy.described(2, latency_budget_ms=50.0))


def not_a_number(folder: Path) -> Path:
    """The root of what is mostly below 0."""
    nodes = [
        helper.make_node("MatMul", ["x", "i0"], ["a"]),
        helper.make_node("Sqrt", ["a"], ["phi"]),
    ]
    made = toy.graph(nodes, initializers=[-np.abs(toy.weights())])
    return _rebuilt(folder, made.SerializeToString())


def constant(folder: Path) -> Path:
    return toy.make(folder, prior=toy.head(offset_pp=-900.0))


def with_other_golden_answers(folder: Path) -> Path:
    def move(made: Path) -> None:
        (made / "golden.json").write_bytes(toy.answers(made, off_pp=3.0))
        toy.resigned(made)

    return toy.make(folder, after=move)


def with_another_confidence(folder: Path) -> Path:
    def move(made: Path) -> None:
        (made / "golden.json").write_bytes(toy.answers(made, surer=0.05))
        toy.resigned(made)

    return toy.make(folder, after=move)


def without_golden_answers(folder: Path) -> Path:
    return toy.make(folder, golden=b'{"cases": []}')


def with_a_broken_head(folder: Path) -> Path:
    return _rebuilt(folder, toy.graph().SerializeToString(), prior=toy.head(finite=False))


def failing_where_it_is_bone_dry(folder: Path, version: int) -> Path:
    """Passes every trial, and fails in use: below 12 % humidity, as in no trial, it reaches beyond a table."""
    nodes = [
        helper.make_node("MatMul", ["x", "i0"], ["a"]),
        helper.make_node("Tanh", ["a"], ["b"]),
        helper.make_node("Gather", ["x", "i1"], ["humidity"], axis=1),
        helper.make_node("Neg", ["humidity"], ["dry"]),
        helper.make_node("Sub", ["dry", "i2"], ["beyond"]),
        helper.make_node("Relu", ["beyond"], ["from_zero"]),
        helper.make_node("Cast", ["from_zero"], ["row"], to=TensorProto.INT64),
        helper.make_node("Gather", ["i3", "row"], ["nothing"], axis=0),
        helper.make_node("Add", ["b", "nothing"], ["phi"]),
    ]
    humidity = features.NAMES.index("humidity")
    arrays = [toy.weights(), np.array([humidity]), np.float32(1.5), np.zeros(1, np.float32)]
    return toy.make(folder, version, model=toy.graph(nodes, initializers=arrays))


def _rebuilt(folder: Path, model: bytes, prior: bytes | None = None) -> Path:
    """A good model whose graph or head was exchanged before it was signed: its golden answers are those of the good."""

    def exchange(made: Path) -> None:
        (made / "model.onnx").write_bytes(model)
        if prior is not None:
            (made / "head.npz").write_bytes(prior)
        toy.resigned(made)

    return toy.make(folder, after=exchange)


REFUSED: dict[str, tuple[Maker, ...]] = {
    "corrupt": (
        flipped_byte, missing_file, torn_manifest, something_behind_the_signature, no_graph_at_all,
        without_golden_answers, with_a_broken_head,
    ),
    "unsigned": (unsigned, of_a_stranger, with_anothers_signature, sums_of_a_stranger),
    "schema": (with_one_input_less, with_another_type, with_another_unit, of_an_unknown_name, for_another_contract),
    "unsafe": (with_a_loop, with_an_operation_of_its_own, with_weights_elsewhere, too_large),
    "slow": (slow, asking_for_too_much_time),
    "drifting": (not_a_number, constant, with_other_golden_answers, with_another_confidence),
}  # fmt: skip


def zip_of(**files: bytes) -> bytes:
    """A zip with these names: `a/b` is written `a__b`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()
