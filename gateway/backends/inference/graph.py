"""Reads an ONNX file without running it: only plain arithmetic may be in there, so that it cannot hang or reach out.

A graph that passes computes the same number of steps every time: no loops, no conditions, no functions, no files
beside it. The format is protobuf; the field numbers are those of onnx.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...core.ports.models import Unfit

MOST_BYTES = 4 << 20
_MOST_NODES = 2000
_DOMAINS = frozenset({b"", b"ai.onnx"})
OPS: Final = frozenset(
    b"Abs Add And ArgMax Cast Ceil Clip Concat Constant Conv CumSum DFT DequantizeLinear Div Equal Erf Exp Flatten "
    b"Floor Gather Gemm Greater GreaterOrEqual HannWindow Identity LeakyRelu Less LessOrEqual Log MatMul Max Min Mul "
    b"Neg Not Or Pad Pow QuantizeLinear ReduceMax ReduceMean ReduceMin ReduceSum Relu Reshape Round STFT Shape "
    b"Sigmoid Slice Softmax Softplus Split Sqrt Squeeze Sub Tanh Transpose Unsqueeze Where".split()
)
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MODEL_GRAPH, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 20, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_NODE_OP, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS = 5, 10
_ATTRIBUTE_GRAPHS = (6, 11)
_ATTRIBUTE_SPARSE = (22, 23)
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14


def check(model: bytes) -> None:
    """Raises Unfit: corrupt when it is no ONNX file, unsafe when there is more in it than arithmetic."""
    if len(model) > MOST_BYTES:
        raise Unfit("unsafe", f"the graph has {len(model) >> 10} KiB, more than {MOST_BYTES >> 10} KiB")
    graphs = []
    for number, value in _fields(model):
        if number in (_MODEL_FUNCTIONS, _MODEL_TRAINING):
            raise Unfit("unsafe", "the graph brings functions or training steps of its own")
        if number == _MODEL_GRAPH:
            graphs.append(_bytes(value))
    if len(graphs) != 1:
        raise Unfit("corrupt", "model.onnx holds no graph")
    _check_graph(graphs[0])


def _check_graph(graph: bytes) -> None:
    nodes = 0
    for number, value in _fields(graph):
        if number == _GRAPH_NODE:
            nodes += 1
            _check_node(_bytes(value))
        elif number == _GRAPH_INITIALIZER:
            _check_tensor(_bytes(value))
        elif number == _GRAPH_SPARSE:
            raise Unfit("unsafe", "the graph has sparse weights")
    if not 0 < nodes <= _MOST_NODES:
        raise Unfit("unsafe", f"the graph has {nodes} steps; 1 to {_MOST_NODES} are taken")


def _check_node(node: bytes) -> None:
    op = domain = b""
    for number, value in _fields(node):
        if number == _NODE_OP:
            op = _bytes(value)
        elif number == _NODE_DOMAIN:
            domain = _bytes(value)
        elif number == _NODE_ATTRIBUTE:
            _check_attribute(_bytes(value))
    if domain not in _DOMAINS:
        raise Unfit("unsafe", f"the graph uses {_shown(op)} of {_shown(domain)}, not a standard operation")
    if op not in OPS:
        raise Unfit("unsafe", f"the graph uses the operation {_shown(op)}, which is not plain arithmetic")


def _check_attribute(attribute: bytes) -> None:
    for number, value in _fields(attribute):
        if number in _ATTRIBUTE_GRAPHS:
            raise Unfit("unsafe", "the graph has graphs inside, for a loop or a condition")
        if number in _ATTRIBUTE_SPARSE:
            raise Unfit("unsafe", "the graph has sparse weights")
        if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            _check_tensor(_bytes(value))


def _check_tensor(tensor: bytes) -> None:
    for number, value in _fields(tensor):
        if number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value != 0):
            raise Unfit("unsafe", "the graph's weights lie in another file")


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protobuf message. Raises Unfit(corrupt)."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise _torn()
        if at + length > len(message):
            raise _torn()
        yield tag >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        if at >= len(message):
            raise _torn()
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise _torn()


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    raise _torn()


def _torn() -> Unfit:
    return Unfit("corrupt", "model.onnx is not an ONNX file, or half of one")


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "replace")[:60] or "nothing"
