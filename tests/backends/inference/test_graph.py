from __future__ import annotations

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from gateway.backends.inference import graph
from gateway.core.ports.models import Unfit

from . import toy

WHOLE = toy.graph().SerializeToString()


def refusal(model: bytes) -> str:
    with pytest.raises(Unfit) as refused:
        graph.check(model)
    return str(refused.value)


def test_plain_arithmetic_passes() -> None:
    graph.check(WHOLE)


def test_every_operation_that_is_taken_is_one_of_the_standard() -> None:
    standard = {schema.name.encode() for schema in onnx.defs.get_all_schemas_with_history() if schema.domain == ""}
    assert standard >= graph.OPS
    assert not graph.OPS & {b"Loop", b"If", b"Scan", b"SequenceMap", b"ConstantOfShape", b"Expand", b"Tile", b"Range"}


def test_a_constant_may_not_lie_in_another_file_either() -> None:
    constant = numpy_helper.from_array(toy.weights(), "c")
    constant.data_location = onnx.TensorProto.EXTERNAL
    nodes = [helper.make_node("Constant", [], ["c"], value=constant), helper.make_node("MatMul", ["x", "c"], ["phi"])]
    assert "lie in another file" in refusal(toy.graph(nodes).SerializeToString())


def test_functions_of_its_own_are_not_taken() -> None:
    made = toy.graph()
    made.functions.append(
        helper.make_function("com.example", "F", ["a"], ["b"], [helper.make_node("Identity", ["a"], ["b"])], [])
    )
    assert "functions" in refusal(made.SerializeToString())


def test_a_graph_with_steps_without_end_is_not_taken() -> None:
    nodes = [helper.make_node("Identity", ["x"], [f"n{number}"]) for number in range(3000)]
    assert "3000 steps" in refusal(toy.graph(nodes).SerializeToString())


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.booleans())
def test_a_damaged_file_is_read_to_its_end_or_refused(at: int, value: int, cut: bool) -> None:
    damaged = WHOLE[:at] if cut else WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :]
    assert fault_of(damaged) in ("", "corrupt", "unsafe")


def fault_of(model: bytes) -> str:
    try:
        graph.check(model)
    except Unfit as error:
        return error.fault
    return ""
