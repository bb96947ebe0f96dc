"""The JSON schemas of the types that routes take and give."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import msgspec.inspect

from .problems import ProblemDocument
from .routes import Route
from .typed import NoBody, members

REF = "#/components/schemas/{name}"
Json = dict[str, Any]


class Schemas:
    """The schema of every type the routes name."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._types = [ProblemDocument, *(kind for route in routes for kind in _kinds(route))]
        schemas, components = msgspec.json.schema_components(self._types, ref_template=REF)
        clashing = [name for name in components if "." in name]
        if clashing:
            raise TypeError(f"two types of the API share a name: {', '.join(clashing)}")
        self.components = {name: cleaned(components[name]) for name in sorted(components)}
        for name in _always_whole(routes):
            _require_all(self.components[name])
        self._schemas: list[Json] = [cleaned(schema) for schema in schemas]

    def of(self, kind: Any) -> Json:
        """Where the schema of `kind` is, or itself when it is a small one."""
        if kind not in self._types:
            return {"anyOf": [self.of(member) for member in members(kind)]}
        return self._schemas[self._types.index(kind)]


def _kinds(route: Route) -> Iterable[Any]:
    operation = route.operation
    if operation is not None:
        for kind in operation.answers.values():
            if kind is not None and is_json(operation.media):
                yield from members(kind)
        if operation.body is not NoBody and is_json(operation.takes):
            yield operation.body


def _always_whole(routes: Sequence[Route]) -> set[str]:
    """The names of the types that are only ever answered, and with every key."""
    asked = [route.operation.body for route in routes if route.operation is not None]
    told = [kind for route in routes for kind in _kinds(route)]
    taken = _structs(asked)
    found = _structs([kind for kind in told if kind not in asked]) - taken
    return {kind.__name__ for kind in found if not kind.__struct_config__.omit_defaults}


def _structs(kinds: Iterable[Any]) -> set[type[msgspec.Struct]]:
    found: set[type[msgspec.Struct]] = set()
    waiting: list[object] = list(msgspec.inspect.multi_type_info(list(kinds)))
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple | list):
            waiting += node
        elif isinstance(node, msgspec.inspect.StructType):
            if node.cls not in found:
                found.add(node.cls)
                waiting += [field.type for field in node.fields]
        elif isinstance(node, msgspec.inspect.Type):
            waiting += [getattr(node, name) for name in node.__struct_fields__]
    return found


def _require_all(schema: Json) -> None:
    """A key with a default may be left out of what is asked, but is always there in what is answered."""
    required = schema.get("required", [])
    schema["required"] = [
        name for name, inner in schema["properties"].items() if name in required or "default" in inner
    ]
    for inner in schema["properties"].values():
        inner.pop("default", None)


def is_json(media: str) -> bool:
    """Whether a media type is a kind of JSON."""
    return media.endswith("json")


def cleaned(schema: Any) -> Any:
    """Docstrings as prose: without the indentation and line ends of the source."""
    if isinstance(schema, dict):
        said = {key: cleaned(value) for key, value in schema.items()}
        text = said.get("description")
        if isinstance(text, str):
            said["description"] = prose(text)
        return said
    return [cleaned(part) for part in schema] if isinstance(schema, list) else schema


def prose(text: str) -> str:
    """A docstring as paragraphs."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
