from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.frontends.panel import doors
from gateway.frontends.panel.problems import ProblemDocument
from gateway.frontends.panel.routes import Route
from gateway.frontends.panel.typed import members

from .house import House, living

_PARAMETER = re.compile(r"{(\w+)(:(?:[^{}]|{[^}]*})*)?}")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def _answers_are_as_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever any test asks a panel, the answer has the type that the table declares for its status."""
    tables: list[list[Route]] = []
    made, call = doors.table, House.call

    def table(*arguments: Any) -> list[Route]:
        tables.append(made(*arguments))
        return tables[-1]

    async def checked(house: House, method: str, path: str, **more: Any) -> tuple[int, Any]:
        status, body = await call(house, method, path, **more)
        if tables and path.startswith("/api/") and method != "HEAD":
            _check(tables[-1], method, path, status, body)
        return status, body

    monkeypatch.setattr(doors, "table", table)
    monkeypatch.setattr(House, "call", checked)


def _check(routes: list[Route], method: str, path: str, status: int, body: Any) -> None:
    if status >= 400:
        msgspec.convert(body, ProblemDocument)
        return
    operation = next(route.operation for route in routes if route.method == method and _is_at(route, path))
    assert operation is not None
    assert status in operation.answers, f"{method} {path} answered {status}, which is not described"
    kind = operation.answers[status]
    if kind is None:
        assert body == b""
        return
    refusals = []
    for member in members(kind):
        try:
            msgspec.convert(body, member)
        except msgspec.ValidationError as error:
            refusals.append(str(error))
        else:
            return
    pytest.fail(f"{method} {path} answered {status} with something else than described: {refusals}")


def _is_at(route: Route, path: str) -> bool:
    pattern = _PARAMETER.sub(lambda found: ".+" if found[2] else "[^/]+", route.path)
    return route.api and re.fullmatch(f"/api(/v1)?{pattern}", path.partition("?")[0]) is not None
