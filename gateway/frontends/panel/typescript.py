"""The API's description as TypeScript: its types, and a function for each operation, over the page's `request()`.

`python -m gateway.frontends.panel.typescript` writes web/src/api/generated.ts, which is checked in; a test compares.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from .access import Access
from .doors import table
from .feed import Feed
from .openapi import document
from .parts import PanelSettings, Parts
from .routes import Route

GENERATED = Path(__file__).resolve().parent / "web/src/api/generated.ts"
_HEAD = """\
// Made from the API's description by `python -m gateway.frontends.panel.typescript`; do not edit.

import { request } from "./client";

type Query = Record<string, string | number | boolean | undefined>;

function search(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}
"""
_NAMES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_Json = Mapping[str, Any]


def client(described: _Json) -> str:
    """The whole file."""
    types = [_declared(name, schema) for name, schema in described["components"]["schemas"].items()]
    operations = [
        _operation(path, method, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if operation["security"] != [{"device": []}]
    ]
    return "\n".join([_HEAD, *types, "export const api = {", *operations, "};", ""])


def _declared(name: str, schema: _Json) -> str:
    comment = _comment(schema, "")
    if "properties" not in schema:
        return f"{comment}export type {name} = {_type(schema)};\n"
    return f"{comment}export interface {name} {{\n{''.join(_fields(schema, '  '))}}}\n"


def _fields(schema: _Json, indent: str) -> Iterator[str]:
    required = schema.get("required", [])
    for name, inner in schema["properties"].items():
        mark = "" if name in required else "?"
        shown = name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)
        yield f"{_comment(inner, indent)}{indent}{shown}{mark}: {_type(inner)};\n"


def _comment(schema: _Json, indent: str) -> str:
    text = " ".join(str(schema.get("description", "")).split()).replace("*/", "* /")
    return f"{indent}/** {text} */\n" if text else ""


def _type(schema: _Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(choice) for choice in schema["anyOf"]))
    kind = schema.get("type")
    if schema.get("format") == "binary":
        return "Blob"
    if kind == "array":
        return _array(schema)
    if kind == "object":
        return _object(schema)
    return _NAMES.get(str(kind), "unknown")


def _array(schema: _Json) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(_type(item) for item in schema['prefixItems'])}]"
    inner = _type(schema.get("items", {}))
    return f"({inner})[]" if " " in inner else f"{inner}[]"


def _object(schema: _Json) -> str:
    if "properties" in schema:
        return "{ " + " ".join(field.strip() for field in _fields({**schema}, "")) + " }"
    inner = schema.get("additionalProperties")
    return f"Record<string, {_type(inner) if isinstance(inner, dict) else 'unknown'}>"


def _operation(path: str, method: str, operation: _Json) -> str:
    parameters = operation.get("parameters", [])
    takes = [f"{one['name']}: string" for one in parameters if one["in"] == "path"]
    options = ["signal"]
    if "requestBody" in operation:
        (content,) = operation["requestBody"]["content"].values()
        takes.append(
            f"body: {_type(content['schema'])}" + ("" if operation["requestBody"].get("required", True) else " = {}")
        )
        options.insert(0, "body")
    query = [one for one in parameters if one["in"] == "query"]
    if query:
        fields = "; ".join(f"{one['name']}{'' if one['required'] else '?'}: {_type(one['schema'])}" for one in query)
        is_optional = not any(one["required"] for one in query)
        takes.append(f"query: {{ {fields} }}" + (" = {}" if is_optional else ""))
    takes.append("signal?: AbortSignal")
    where = re.sub(r"{(\w+)}", r"${encodeURIComponent(\1)}", path.removeprefix("/")) + (
        "${search(query)}" if query else ""
    )
    quoted = f"`{where}`" if "$" in where else json.dumps(where)
    answer = _answer(operation["responses"])
    return (
        f"  /** {operation['summary']}. */\n"
        f"  {operation['operationId']}({', '.join(takes)}): Promise<{answer}> {{\n"
        f"    return request<{answer}>({json.dumps(method.upper())}, {quoted}, {{ {', '.join(options)} }});\n"
        "  },"
    )


def _answer(responses: _Json) -> str:
    kinds = [
        _type(response["content"]["application/json"]["schema"])
        for status, response in responses.items()
        if status.startswith("2") and "application/json" in response.get("content", {})
    ]
    return " | ".join(dict.fromkeys(kinds)) or "void"


class _Nothing:
    """In the place of parts that nobody asks while the table is made."""

    def __getattr__(self, name: str) -> _Nothing:
        return self

    def __call__(self, *arguments: object, **named: object) -> _Nothing:
        return self

    def __iter__(self) -> Iterator[object]:
        return iter(())


def routes() -> list[Route]:
    """The panel's table without a gateway behind it."""
    nothing = _Nothing()
    return table(
        cast("Parts", nothing), PanelSettings(data=Path(), version=""), cast("Feed", nothing), lambda: "", Access()
    )


def generated() -> str:
    """The file as it should be."""
    return client(document(routes(), ""))


if __name__ == "__main__":
    GENERATED.write_text(generated())
    sys.stderr.write(f"{GENERATED.name} is written\n")
