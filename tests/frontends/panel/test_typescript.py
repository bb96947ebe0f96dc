"""The page's client of the API."""

from __future__ import annotations

from gateway.frontends.panel.typescript import GENERATED, client, generated

READING = {"security": [{"bearer": []}], "summary": "Some", "responses": {}}


def described(**paths: object) -> dict[str, object]:
    schemas = {
        "Level": {"enum": ["low", "high"]},
        "Thing": {
            "description": "A thing.",
            "properties": {
                "name": {"type": "string"},
                "levels": {
                    "type": "array",
                    "items": {"anyOf": [{"$ref": "#/components/schemas/Level"}, {"type": "null"}]},
                },
                "by": {"type": "object", "additionalProperties": {"type": "number"}},
                "any": {},
            },
            "required": ["name"],
        },
    }
    return {"components": {"schemas": schemas}, "paths": paths}


def test_the_file_of_the_page_is_up_to_date() -> None:
    assert GENERATED.read_text() == generated(), "run python -m gateway.frontends.panel.typescript"


def test_types_are_told_as_they_are() -> None:
    text = client(described())
    assert 'export type Level = "low" | "high";' in text
    assert "/** A thing. */\nexport interface Thing {\n" in text
    assert "  name: string;\n  levels?: (Level | null)[];\n  by?: Record<string, number>;\n  any?: unknown;\n" in text


def test_an_operation_takes_its_path_body_and_query() -> None:
    thing = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    operation = {
        **READING,
        "operationId": "putThingsThing",
        "parameters": [
            {"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "step", "in": "query", "required": False, "schema": {"type": "integer"}},
        ],
        "requestBody": {"content": thing},
        "responses": {"200": {"content": thing}, "404": {"content": thing}},
    }
    text = client(described(**{"/things/{thing}": {"put": operation}}))
    assert "putThingsThing(thing: string, body: Thing, query: { step?: number } = {}, signal?: AbortSignal)" in text
    assert 'request<Thing>("PUT", `things/${encodeURIComponent(thing)}${search(query)}`, { body, signal });' in text


def test_what_only_devices_may_do_is_not_the_pages() -> None:
    operation = {**READING, "operationId": "postIt", "security": [{"device": []}]}
    assert "postIt" not in client(described(**{"/it": {"post": operation}}))
