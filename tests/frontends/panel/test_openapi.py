"""The description of the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.core.access import Scope
from gateway.frontends.panel.openapi import document
from gateway.frontends.panel.routes import Who

from .house import House
from .test_route_table import whole_table


@pytest.fixture
def described(tmp_path: Path) -> dict[str, Any]:
    return document(whole_table(House(tmp_path)), "1.2.3")


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        here = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return here.union(*(references(inner) for inner in node.values()))
    return set().union(*(references(inner) for inner in node)) if isinstance(node, list) else set()


def test_everything_it_refers_to_is_there(described: dict[str, Any]) -> None:
    for reference in references(described):
        node: Any = described
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_it_says_who_may_call_what(described: dict[str, Any], tmp_path: Path) -> None:
    routes = [route for route in whole_table(House(tmp_path)) if route.api and route.operation is not None]
    for route in routes:
        path = route.path.replace(":.+", "")
        operation = {**described["paths"], **described["x-websockets"]}[path][route.method.lower()]
        schemes = {name for choice in operation["security"] for name in choice}
        people = {"bearer", "session"} if route.who not in (Who.OPEN, Who.DEVICE) else set()
        device = {"device"} if route.own or route.who is Who.DEVICE else set()
        assert schemes == people | device
        assert operation.get("x-scope", "") == (route.who.value if people else "")


def test_parameters_are_in_the_path_or_the_query_and_never_null(described: dict[str, Any]) -> None:
    assert "/trace/{correlation}" in described["paths"]
    for path, methods in described["paths"].items():
        for operation in methods.values():
            parameters = operation.get("parameters", [])
            in_path = {one["name"] for one in parameters if one["in"] == "path"}
            assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            assert all("null" not in json.dumps(one["schema"]) for one in parameters)


def test_no_text_has_the_source_files_indentation(described: dict[str, Any]) -> None:
    assert "\\n   " not in json.dumps(described)


def test_what_is_deprecated_says_so(described: dict[str, Any]) -> None:
    assert described["paths"]["/tokens"]["delete"]["deprecated"] is True
    assert "deprecated" not in described["paths"]["/tokens"]["post"]


def test_two_types_of_one_name_are_an_error(tmp_path: Path) -> None:
    routes = whole_table(House(tmp_path))
    with pytest.raises(TypeError, match="is there twice"):
        document([*routes, *routes], "1")


async def test_both_names_of_the_api_serve_it_and_a_known_one_is_not_sent_again(house: House) -> None:
    reader = await house.token(Scope.READ)
    assert (await house.call("GET", "/api/openapi.json"))[0] == 401
    for prefix in ("/api", "/api/v1"):
        async with house.http.get(f"{house.url}{prefix}/openapi.json", headers=reader) as answer:
            assert answer.status == 200
            assert (await answer.json())["openapi"].startswith("3.1")
            tag = answer.headers["ETag"]
        async with house.http.get(
            f"{house.url}{prefix}/openapi.json", headers={**reader, "If-None-Match": tag}
        ) as answer:
            assert (answer.status, await answer.read()) == (304, b"")


async def test_the_answer_of_a_deprecated_route_says_what_to_use(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    async with house.http.delete(f"{house.url}/api/tokens?kind=api&id=none", headers=admin) as answer:
        assert answer.status == 404
        assert answer.headers["Deprecation"].startswith("@1")
        assert 'rel="deprecation"' in answer.headers["Link"]
    async with house.http.get(f"{house.url}/api/tokens", headers=admin) as answer:
        assert "Deprecation" not in answer.headers
