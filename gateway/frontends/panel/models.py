"""The models: which versions there are, which one decides, which one is tried beside it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from ...core.ports.models import Fact
from ...flow.model_care import ModelState
from .bodies import answer, read_body
from .names import PATH
from .parts import AutomationParts
from .problems import Problem
from .routes import Caller, Route, Who
from .times import maybe_text
from .typed import Asked, NoBody, NoQuery, Operation, op, raw

LIMIT = 8 * 1024 * 1024
"""Bytes of a packed model."""


class VersionShown(msgspec.Struct, frozen=True):
    """One version on the shelf."""

    version: int
    state: Literal["active", "previous", "shadow", "kept"]
    signer: str
    sha256: str
    """Of its manifest, which names those of its files."""
    bytes: int
    p99_ms: float | None
    """Of one call when it was tried; null: it came with the gateway."""
    made: str
    bundled: bool
    figures: dict[str, float]
    """As its card claims them."""


class ModelShown(msgspec.Struct, frozen=True):
    """A model with its versions."""

    name: str
    active: int | None
    """null: none can be used, and what needs no model decides."""
    previous: int | None
    """What `rollback` brings back."""
    shadow: int | None
    """Asked beside the active one, and moves nothing."""
    since: str | None
    since_ms: int
    """Since when the active one is; 0: always."""
    probation: int
    """So many more decisions the previous one watches over it, and takes over when it fails."""
    trouble: str
    rolled_back: str
    """Why a version was rolled back by itself the last time."""
    compared: int
    """How many decisions the shadow was asked about, …"""
    mean_difference: float
    """… and how far it was off from the active one, in percent points."""
    versions: list[VersionShown]
    card: str
    """Of the active version, as Markdown; only where one model is asked for."""


class ModelList(msgspec.Struct, frozen=True):
    """Answer to GET /api/models."""

    models: list[ModelShown]


class PromoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/models/{model}/promote: the version; without one, the shadow."""

    version: Annotated[int, msgspec.Meta(ge=1, lt=1 << 31)] | UnsetType = UNSET


class CheckShown(msgspec.Struct, frozen=True):
    """Whether one version is what was signed, and still answers as it did."""

    version: int
    ok: bool
    text: str


class VerifyShown(msgspec.Struct, frozen=True):
    """Answer to POST /api/models/{model}/verify."""

    checks: list[CheckShown]


_INSTALL = Operation(
    summary="Take in a new version of a model",
    description=(
        "The body is a model packed as ZIP, as `gateway models` takes it. 201: it was tried in a process of its own "
        "and is asked beside the active one from now on, and moves nothing. 409: it is not taken; `reason` says why: "
        "corrupt, unsigned, schema, slow, drifting or unsafe."
    ),
    body=bytes,
    takes="application/zip",
    answers={201: ModelShown},
)


class Models:
    """The models resource."""

    def __init__(self, automation: AutomationParts) -> None:
        self._care = automation.care

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/models/{model}"
        return [
            op("GET", "/models", Who.READ, self._list, "Every model and its versions"),
            op("GET", path, Who.READ, self._get, "One model, its versions and its card"),
            raw("POST", path + "/install", Who.ADMIN, self._install, _INSTALL),
            op("POST", path + "/promote", Who.ADMIN, self._promote, "Let another version decide", empty=True),
            op("POST", path + "/rollback", Who.ADMIN, self._rollback, "Let the previous version decide again"),
            op("POST", path + "/verify", Who.OPERATE, self._verify, "See whether the files are what was signed"),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> ModelList:
        return ModelList([_shown(state) for state in self._care.states()])

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> ModelShown:
        return _shown(self._care.state(asked.path["model"]), with_card=True)

    async def _install(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        name = _named(request)
        self._care.state(name)
        archive = await read_body(request, LIMIT)
        await self._care.install(archive, caller.name, name)
        return answer(_shown(self._care.state(name)), 201)

    async def _promote(self, asked: Asked[NoQuery, PromoteBody]) -> ModelShown:
        """The version before it watches over it for a while: when it fails, is slow or far off, it is rolled back."""
        version = None if asked.body.version is UNSET else asked.body.version
        return _shown(await self._care.promote(asked.path["model"], asked.caller.name, version))

    async def _rollback(self, asked: Asked[NoQuery, NoBody]) -> ModelShown:
        """It decides exactly as it did, with everything learnt since."""
        return _shown(await self._care.rollback(asked.path["model"], asked.caller.name))

    async def _verify(self, asked: Asked[NoQuery, NoBody]) -> VerifyShown:
        """Files against the manifest, the manifest against its signature, answers against those it came with."""
        found = await self._care.verify(asked.path["model"])
        return VerifyShown([CheckShown(check.version, check.ok, check.text) for check in found])


def _named(request: web.Request) -> str:
    name = request.match_info["model"]
    try:
        return str(msgspec.convert(name, PATH["model"]))
    except msgspec.ValidationError as error:
        raise Problem(404, f"model: there cannot be a {name[:40]!r}.", key="model") from error


def _shown(state: ModelState, *, with_card: bool = False) -> ModelShown:
    versions = {fact.version: fact for fact in state.versions}
    active = versions.get(state.active)
    return ModelShown(
        state.name,
        None if active is None else active.version,
        state.previous,
        state.shadow,
        maybe_text(state.since_ms or None),
        state.since_ms,
        state.probation,
        state.trouble,
        state.rolled_back,
        state.compared,
        state.mean_difference_pp,
        [_version(fact, state) for fact in state.versions],
        active.card if with_card and active is not None else "",
    )


def _version(fact: Fact, state: ModelState) -> VersionShown:
    return VersionShown(
        fact.version,
        _standing(fact.version, state),
        fact.signer,
        fact.sha256,
        fact.bytes,
        fact.p99_ms or None,
        fact.made,
        fact.bundled,
        fact.figures,
    )


def _standing(version: int, state: ModelState) -> Literal["active", "previous", "shadow", "kept"]:
    if version == state.active:
        return "active"
    if version == state.shadow:
        return "shadow"
    return "previous" if version == state.previous else "kept"
