"""What every route says of itself."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.frontends.panel.names import PATH, SAMPLE
from gateway.frontends.panel.register import RegisterBody
from gateway.frontends.panel.routes import Route, Who
from gateway.frontends.panel.typed import Asked, NoBody, NoQuery, members, op

from .house import House
from .test_route_table import whole_table

OPEN_TO_MORE = {RegisterBody}
"""Bodies whose later keys an older gateway ignores."""


@pytest.fixture
def routes(tmp_path: Path) -> list[Route]:
    return [route for route in whole_table(House(tmp_path)) if route.api and route.method != "*"]


def test_every_route_of_the_api_says_what_it_takes_and_gives(routes: list[Route]) -> None:
    assert [f"{route.method} {route.path}" for route in routes if route.operation is None] == []
    for route in routes:
        assert route.operation is not None
        assert route.operation.summary[0].isupper()
        assert not route.operation.summary.endswith(".")
        assert route.operation.answers


def test_no_query_and_no_body_takes_keys_it_does_not_know(routes: list[Route]) -> None:
    for route in routes:
        assert route.operation is not None
        assert route.operation.query.__struct_config__.forbid_unknown_fields, f"{route.method} {route.path}"
        for kind in _structs(route.operation.body):
            strict = kind.__struct_config__.forbid_unknown_fields
            assert strict != (kind in OPEN_TO_MORE), f"{route.method} {route.path}: {kind.__name__}"


def test_every_parameter_has_a_type_and_a_sample_of_it() -> None:
    assert PATH.keys() == SAMPLE.keys()
    for name, kind in PATH.items():
        assert msgspec.convert(SAMPLE[name], kind) == SAMPLE[name]


def test_only_a_devices_id_is_called_id(routes: list[Route]) -> None:
    for route in routes:
        if route.own or route.who is Who.DEVICE:
            assert route.path.startswith("/devices/{id}")


class _Untyped:
    async def silent(self, asked):  # type: ignore[no-untyped-def]
        return asked

    async def other(self, asked: int) -> None:
        raise NotImplementedError

    async def fine(self, asked: Asked[NoQuery, NoBody]) -> None:
        raise NotImplementedError


def test_a_handler_that_does_not_say_its_types_is_refused() -> None:
    with pytest.raises(TypeError, match="must say"):
        op("GET", "/x", Who.READ, _Untyped().silent, "X")
    with pytest.raises(TypeError, match="must take"):
        op("GET", "/x", Who.READ, _Untyped().other, "X")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="color is not in names"):
        op("GET", "/x/{color}", Who.READ, _Untyped().fine, "X")


def _structs(body: Any) -> Iterator[type[msgspec.Struct]]:
    for kind in members(body):
        if kind is not NoBody and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield kind
        else:
            assert kind in (NoBody, bytes) or typing.get_origin(kind) is dict
