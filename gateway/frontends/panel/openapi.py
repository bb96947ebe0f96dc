"""The API's description, made from the routes themselves: OpenAPI 3.1 at /api/openapi.json."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from .names import PATH
from .problems import ProblemDocument
from .routes import Caller, Route, Who
from .schemas import REF, Json, Schemas, cleaned, is_json, prose
from .typed import NoBody, Operation, path_parameters, raw

_PARAMETER = re.compile(r"{(\w+):[^}]*}")
_ABOUT = (
    "Everything below /api also answers below /api/v1, which stays as it is. Times are UTC, as RFC 3339 text and as "
    "milliseconds. Errors are RFC 9457 problem documents. Every answer carries X-Correlation-ID: what a request caused "
    "is found under it at /api/trace. Whatever comes from a simulated device says `simulated`."
)
_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A program's token with scope read, operate or admin",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": "__Host-gateway", "description": "A signed-in browser"},
    "device": {"type": "http", "scheme": "basic", "description": "A device's MQTT user name and password"},
}
REFUSALS = {
    400: "The body is not JSON, or none came.",
    401: "The credentials are missing or wrong.",
    403: "The credentials are not enough for this.",
    404: "There is no such thing.",
    408: "The body did not arrive in time.",
    409: "It is well-formed, and contradicts what already is or what is possible.",
    410: "It is gone.",
    413: "The body is too large.",
    422: "A parameter or the body is not as described here; `key` names what.",
    426: "This is a WebSocket.",
    429: "Too many requests; wait as long as Retry-After says.",
    503: "It could not be stored, or too much is waiting; try again.",
}
_WAIT = frozenset({429, 503})


def described(routes: Iterable[Route]) -> list[Route]:
    """The routes that belong into the description."""
    return [route for route in routes if route.api and route.operation is not None]


def document(routes: Iterable[Route], version: str) -> Json:
    """The whole description. Raises TypeError when two types share a name, or two routes one path and method."""
    shown = described(routes)
    schemas = Schemas(shown)
    paths: dict[str, Json] = {}
    sockets: dict[str, Json] = {}
    for route in shown:
        methods = (sockets if _is_socket(route) else paths).setdefault(_PARAMETER.sub(r"{\1}", route.path), {})
        if route.method.lower() in methods:
            raise TypeError(f"{route.method} {route.path} is there twice")
        methods[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Edge gateway", "version": version, "description": _ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "/api"}, {"url": "/api/v1", "description": "The same, and it stays"}],
        "paths": paths,
        "x-websockets": sockets,  # OpenAPI has no words for them: what stands in `paths` is plain HTTP
        "components": {
            "schemas": schemas.components,
            "securitySchemes": _SECURITY,
            "headers": _HEADERS,
            "responses": {str(status): _refusal(status, text) for status, text in REFUSALS.items()},
        },
    }


_HEADERS: Json = {
    "X-Correlation-ID": {
        "description": "The id under which everything this caused is found",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}},
}


def _is_socket(route: Route) -> bool:
    return route.operation is not None and HTTPStatus.SWITCHING_PROTOCOLS in route.operation.answers


def _operation(route: Route, schemas: Schemas) -> Json:
    operation = route.operation
    assert operation is not None
    said: Json = {
        "operationId": _identity(route),
        "summary": operation.summary,
        "tags": [route.path.split("/")[1]],
        "security": _security(route),
        "responses": _responses(route, operation, schemas),
    }
    if operation.description:
        said["description"] = prose(operation.description)
    if route.who in (Who.READ, Who.OPERATE, Who.ADMIN):
        said["x-scope"] = route.who.value
    if operation.deprecated is not None:
        said["deprecated"] = True
    parameters = [*_path_parameters(route.path), *_query_parameters(operation.query)]
    if parameters:
        said["parameters"] = parameters
    if operation.body is not NoBody:
        takes = schemas.of(operation.body) if is_json(operation.takes) else {"type": "string", "format": "binary"}
        said["requestBody"] = {"required": not operation.empty, "content": {operation.takes: {"schema": takes}}}
    return said


def _identity(route: Route) -> str:
    """`getDevicesIdHistory` for GET /devices/{id}/history."""
    words = re.findall(r"[A-Za-z0-9]+", _PARAMETER.sub(r"{\1}", route.path))
    return route.method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.who is Who.OPEN:
        return []
    if route.who is Who.DEVICE:
        return [{"device": []}]
    people: list[dict[str, list[str]]] = [{"bearer": []}, {"session": []}]
    return [*people, {"device": []}] if route.own else people


def _path_parameters(path: str) -> list[Json]:
    return [
        _parameter(name, "path", cleaned(msgspec.json.schema(PATH[name])), is_required=True)
        for name in path_parameters(path)
    ]


def _query_parameters(query: type) -> list[Json]:
    (found,), components = msgspec.json.schema_components([query], ref_template=REF)
    struct = components.pop(found["$ref"].rpartition("/")[2])
    required = struct.get("required", [])
    return [
        _parameter(name, "query", _of_text(cleaned(schema), components), is_required=name in required)
        for name, schema in struct["properties"].items()
    ]


def _of_text(schema: Json, components: Json) -> Json:
    """A parameter's own schema: what is referred to stands in it, and there is no null in a query."""
    if "$ref" in schema:
        inner = cleaned(components[schema["$ref"].rpartition("/")[2]])
        return {**{key: inner[key] for key in inner if key != "title"}, **_default(schema)}
    choices = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    if len(choices) == 1:
        return {**_of_text(choices[0], components), **_default(schema)}
    return {**{key: value for key, value in schema.items() if key != "default"}, **_default(schema)}


def _default(schema: Json) -> Json:
    default = schema.get("default")
    return {} if default in (None, "") else {"default": default}


def _parameter(name: str, place: str, schema: Json, *, is_required: bool) -> Json:
    description = {"description": schema.pop("description")} if "description" in schema else {}
    return {"name": name, "in": place, "required": is_required, **description, "schema": schema}


def _responses(route: Route, operation: Operation, schemas: Schemas) -> Json:
    correlation = {"X-Correlation-ID": {"$ref": "#/components/headers/X-Correlation-ID"}}
    responses: Json = {}
    for status, kind in operation.answers.items():
        said: Json = {"description": HTTPStatus(status).phrase, "headers": correlation}
        if kind is not None:
            schema = schemas.of(kind) if is_json(operation.media) else {"type": "string"}
            said["content"] = {operation.media: {"schema": schema}}
        responses[str(status)] = said
    for status in sorted(_refusals(route, operation)):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    responses["default"] = {
        "description": "Refused",
        "content": {"application/problem+json": {"schema": schemas.of(ProblemDocument)}},
    }
    return responses


def _refusals(route: Route, operation: Operation) -> set[int]:
    found = {401, 403, 429, 503, *operation.errors}
    if path_parameters(route.path):
        found.add(404)
    if route.method != "GET":
        found.add(409)
    takes_body = operation.body is not NoBody
    if takes_body or msgspec.structs.fields(operation.query):
        found |= {409, 422}
    return found | ({400, 408, 413} if takes_body else set())


def _refusal(status: int, text: str) -> Json:
    headers = {"X-Correlation-ID": {"$ref": "#/components/headers/X-Correlation-ID"}}
    if status in _WAIT:
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    schema = {"$ref": REF.format(name="ProblemDocument")}
    return {"description": text, "headers": headers, "content": {"application/problem+json": {"schema": schema}}}


class OpenApi:
    """GET /api/openapi.json. `routes` gives the whole table, this route in it."""

    def __init__(self, version: str, routes: Callable[[], Sequence[Route]]) -> None:
        self._version = version
        self._routes = routes
        self._made: asyncio.Future[tuple[bytes, str]] | None = None

    def routes(self) -> list[Route]:
        """What is served."""
        operation = Operation(summary="This description", answers={200: dict[str, Any], 304: None})
        return [raw("GET", "/openapi.json", Who.READ, self._get, operation)]

    async def _get(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        if self._made is None:  # off the loop: it takes a tenth of a second on a Pi, and nodes want their answers
            self._made = asyncio.ensure_future(asyncio.to_thread(self._make))
        body, tag = await asyncio.shield(self._made)
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="application/json", headers=headers)

    def _make(self) -> tuple[bytes, str]:
        body = msgspec.json.encode(document(self._routes(), self._version))
        return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
