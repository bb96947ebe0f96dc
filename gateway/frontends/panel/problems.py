"""Errors as RFC 9457 problem details, with a correlation id that is also in the log."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from html import escape

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from ...core.errors import GatewayError, ModelFailed, NotAllowed, NotFound, Refused, StoreError, StoreFull
from ...core.ports.models import Unfit
from ...flow.correlation import current
from ...flow.rules.book import RuleProblems
from .plain_page import plain_page

_log = logging.getLogger(__name__)
_TITLES = {
    400: "The request is not understood",
    401: "Sign in first",
    403: "Not allowed",
    404: "There is no such thing",
    405: "This method does not exist here",
    409: "It cannot be done as asked",
    410: "It is gone",
    413: "Too large",
    422: "It is not as the API describes it",
    429: "Too many requests",
    500: "The gateway failed",
    503: "Not now",
}


class ProblemAt(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where: `if.of[0].value`."""

    path: str
    reason: str


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    correlation: str
    key: str = ""
    """The key or parameter that is wrong, where there is one."""
    reason: str = ""
    """Why a model is not taken: corrupt, unsigned, schema, slow, drifting or unsafe."""
    problems: tuple[ProblemAt, ...] = ()
    """Of a rule: everything that is wrong with it."""


class Problem(GatewayError):
    """An answer other than success; `detail` tells the caller what to do."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        key: str = "",
        reason: str = "",
        headers: Mapping[str, str] | None = None,
        problems: tuple[ProblemAt, ...] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.key = key
        self.reason = reason
        self.headers = dict(headers or {})
        self.problems = problems


def unauthorised(detail: str) -> Problem:
    """401 that says how to authenticate."""
    # Bearer, not Basic: a browser would answer Basic with a password box of its own.
    return Problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="gateway"'})


def too_many(wait_s: float, what: str, why: str = "") -> Problem:
    """429 with the time to wait; without a `why`, it is the address that asked too often."""
    wait = max(1, math.ceil(wait_s))
    said = f"{why}; wait {wait} s." if why else f"Too many {what} from your address; wait {wait} s."
    return Problem(429, said, headers={"Retry-After": str(wait)})


def wrong_method(*allowed: str) -> Problem:
    """405 with what the path takes."""
    names = ", ".join(sorted(allowed))
    return Problem(405, f"This path takes {names}.", headers={"Allow": names})


def problem_of(error: Exception) -> Problem:
    """What to tell the caller about an error raised below the panel."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Unfit):
        return Problem(409, str(error), reason=error.fault)
    if isinstance(error, ModelFailed):
        return Problem(409, str(error))
    if isinstance(error, RuleProblems):
        found = tuple(ProblemAt(one.path, one.reason) for one in error.problems)
        return Problem(409, str(error), key=found[0].path, problems=found)
    if isinstance(error, Refused):
        kinds = {NotAllowed: 403, NotFound: 404}
        # 422 says that the request is not as the API's description has it; this was, and still cannot be done.
        return Problem(next((status for kind, status in kinds.items() if isinstance(error, kind)), 409), str(error))
    if isinstance(error, StoreFull):
        return Problem(503, f"The disk is full: {error}. Free some space and try again.", headers={"Retry-After": "30"})
    if isinstance(error, StoreError):
        return Problem(503, f"It could not be stored: {error}. Try again.", headers={"Retry-After": "5"})
    if isinstance(error, web.HTTPException):
        return _of_http(error)
    return Problem(500, "Something went wrong inside the gateway; its log has the rest under this correlation id.")


def _of_http(error: web.HTTPException) -> Problem:
    if error.status == 404:
        return Problem(404, "Nothing answers at this path.")
    if isinstance(error, web.HTTPMethodNotAllowed):
        return wrong_method(*error.allowed_methods)
    return Problem(error.status, error.text or error.reason)


def problem_response(problem: Problem, instance: str) -> web.Response:
    """The problem as a response."""
    title = _TITLES.get(problem.status, "Refused")
    kind = "urn:edge-gateway:" + title.lower().replace(" ", "-")
    document = ProblemDocument(
        kind,
        title,
        problem.status,
        problem.detail,
        instance,
        current(),
        problem.key,
        problem.reason,
        problem.problems,
    )
    return web.Response(
        body=msgspec.json.encode(document),
        status=problem.status,
        content_type="application/problem+json",
        headers=problem.headers,
    )


@web.middleware
async def report(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every error into a problem document; into a page on the one path that people open from elsewhere."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        problem = problem_of(error)
    except GatewayError as error:
        problem = problem_of(error)
    except Exception as error:  # noqa: BLE001 - per-request isolation: one bad request must not touch the next
        problem = problem_of(error)
        _log.exception("%s %s failed", request.method, request.path, extra={"correlation": current()})
    if request.path == "/sign-in":
        return _page_of(problem)
    return problem_response(problem, request.path)


def _page_of(problem: Problem) -> web.Response:
    """For a person who followed a link."""
    page = plain_page(_TITLES.get(problem.status, "Refused"), [escape(problem.detail)], problem.status)
    page.headers.update(problem.headers or {})
    return page
