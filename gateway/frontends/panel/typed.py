"""Routes whose handlers say their types: the same line is the parser, the encoder and the API's description."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from .bodies import SMALL, answer, done, read_query, read_typed
from .names import PATH
from .problems import Problem, wrong_method
from .routes import Caller, Handler, Limited, Route, Who

Q = TypeVar("Q")
B = TypeVar("B")
_PARAMETER = re.compile(r"{(\w+)(?::[^}]*)?}")


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Takes no parameters."""


class NoBody(msgspec.Struct, frozen=True):
    """Takes no body."""


class Deprecation(msgspec.Struct, frozen=True):
    """What is going to go: since which day, what to use in its place (a path below /api), the day it ends."""

    since: str
    use: str
    sunset: str | None = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What a route takes and gives, as far as types can say it."""

    summary: str
    description: str = ""
    query: type = NoQuery
    body: Any = NoBody
    answers: Mapping[int, Any]
    """By status; None: without a body."""
    media: str = "application/json"
    """Of the answers."""
    takes: str = "application/json"
    empty: bool = False
    """No body at all is as good as one without keys."""
    errors: tuple[int, ...] = ()
    """Statuses of refusals besides those every route has."""
    deprecated: Deprecation | None = None


class Asked(Generic[Q, B]):
    """One request, read and checked."""

    def __init__(self, request: web.Request, caller: Caller, path: Mapping[str, str], query: Q, body: B) -> None:
        self.request = request
        self.caller = caller
        self.path = path
        self.query = query
        self.body = body
        self._headers: dict[str, str] = {}
        self._last: list[Callable[[web.Response], None]] = []

    def header(self, name: str, value: str) -> None:
        """The answer carries this header."""
        self._headers[name] = value

    def finally_(self, change: Callable[[web.Response], None]) -> None:
        """What is still to be done with the answer, such as setting a cookie."""
        self._last.append(change)

    def finish(self, response: web.Response) -> web.Response:
        """The answer with everything that was asked for."""
        response.headers.update(self._headers)
        for change in self._last:
            change(response)
        return response


def op(
    method: str,
    path: str,
    who: Who,
    does: Callable[[Asked[Any, Any]], Awaitable[Any]],
    summary: str,
    *,
    status: int = 200,
    statuses: Mapping[type, int] | None = None,
    own: bool = False,
    limited: Limited | None = None,
    errors: tuple[int, ...] = (),
    limit: int = SMALL,
    empty: bool = False,
    deprecated: Deprecation | None = None,
) -> Route:
    """A route whose query, body and answer are read off the annotations of `does`; `-> None` is 204.

    `statuses` names those of a union's members that have another status than `status`. Raises TypeError when `does`
    does not say its types or the path has a parameter that names.PATH does not know.
    """
    query, body, given = _types(does)
    by_type = dict(statuses or {})
    operation = Operation(
        summary=summary,
        description=inspect.getdoc(does) or "",
        query=query,
        body=body,
        answers=_answers(given, status, by_type),
        empty=empty,
        errors=errors,
        deprecated=deprecated,
    )
    handler = _handler(does, operation, _parameters(path), limit, lambda value: by_type.get(type(value), status))
    return Route(method, path, who, handler, own=own, limited=limited, operation=operation)


def _handler(
    does: Callable[[Asked[Any, Any]], Awaitable[Any]],
    operation: Operation,
    parameters: list[str],
    limit: int,
    status_of: Callable[[object], int],
) -> Handler:
    """Reads what `does` takes, and answers with what it gives."""
    decoder = None if operation.body is NoBody else msgspec.json.Decoder(operation.body)

    async def handler(request: web.Request, caller: Caller) -> web.StreamResponse:
        path = _path(request, parameters)
        query: Any = read_query(request, operation.query)
        body = NoBody() if decoder is None else await read_typed(request, decoder, limit, empty=operation.empty)
        asked: Asked[Any, Any] = Asked(request, caller, path, query, body)
        value = await does(asked)
        return asked.finish(done() if value is None else answer(value, status_of(value)))

    return handler


def raw(
    method: str,
    path: str,
    who: Who,
    handler: Handler,
    operation: Operation,
    *,
    own: bool = False,
    limited: Limited | None = None,
) -> Route:
    """For streams, sockets and bodies that are not JSON: the types are stated, the handler reads for itself."""
    _parameters(path)
    return Route(method, path, who, handler, own=own, limited=limited, operation=operation)


def only(path: str, *methods: str) -> Route:
    """A path takes nothing else: what would be another method of a route with a parameter there is none of this one."""

    async def refuse(request: web.Request, caller: Caller) -> web.StreamResponse:
        raise wrong_method(*methods)

    return Route("*", path, Who.READ, refuse)


def path_parameters(path: str) -> list[str]:
    """The names of a route path's parameters."""
    return _PARAMETER.findall(path)


def members(kind: Any) -> tuple[Any, ...]:
    """The types of a union; of anything else just itself."""
    return typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)


def _parameters(path: str) -> list[str]:
    names = path_parameters(path)
    unknown = [name for name in names if name not in PATH]
    if unknown:
        raise TypeError(f"{path}: {', '.join(unknown)} is not in names.PATH")
    return names


def _path(request: web.Request, parameters: list[str]) -> Mapping[str, str]:
    """The path's parameters. Raises Problem 404: what cannot be a name names nothing."""
    found = {name: request.match_info[name] for name in parameters}
    for name, text in found.items():
        try:
            msgspec.convert(text, PATH[name])
        except msgspec.ValidationError as error:
            raise Problem(404, f"{name}: there cannot be a {text[:40]!r}.", key=name) from error
    return found


def _types(does: Callable[[Asked[Any, Any]], Awaitable[Any]]) -> tuple[type, Any, Any]:
    """Query, body and answer of a handler. Raises TypeError when they are not said."""
    hints = typing.get_type_hints(does, include_extras=True)
    if "return" not in hints or len(hints) != 2:
        raise TypeError(f"{does.__qualname__} must say what it is asked and what it answers")
    given = hints.pop("return")
    (asked,) = hints.values()
    if typing.get_origin(asked) is not Asked:
        raise TypeError(f"{does.__qualname__} must take Asked[query, body]")
    query, body = typing.get_args(asked)
    return query, body, given


def _answers(given: Any, status: int, statuses: Mapping[type, int]) -> Mapping[int, Any]:
    if given is types.NoneType:
        return {204: None}
    answers: dict[int, Any] = {}
    for kind in members(given):
        at = statuses.get(kind, status)
        answers[at] = kind if at not in answers else typing.Union[answers[at], kind]  # noqa: UP007 - of values
    return answers
