"""What is known beforehand: kinds of devices, and what species of plants like."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ...core import species
from ...core.capabilities import TYPES, DeviceType
from ...core.home import Band
from .parts import Parts
from .routes import Route, Who
from .typed import Asked, NoBody, NoQuery, op


class DeviceTypeList(msgspec.Struct, frozen=True):
    """Answer to GET /api/device-types."""

    types: list[DeviceType]


class SpeciesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which species; without `q` every one."""

    q: Annotated[str, msgspec.Meta(max_length=80, description="Part of a name, in any language it is known by")] = ""


class SpeciesShown(msgspec.Struct, frozen=True):
    """A species of plant with the limits it is comfortable in: a suggestion, never set by itself."""

    name: str
    latin: str
    synonyms: list[str]
    thresholds: dict[str, Band]


class SpeciesList(msgspec.Struct, frozen=True):
    """Answer to GET /api/species."""

    species: list[SpeciesShown]


class DeviceTypes:
    """GET /api/device-types and /api/species."""

    def __init__(self, parts: Parts) -> None:
        """Nothing of a house's own is needed."""

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("GET", "/device-types", Who.READ, self._types, "The kinds of devices and what they can do"),
            op("GET", "/species", Who.READ, self._species, "Species of plants and what they like"),
        ]

    async def _types(self, asked: Asked[NoQuery, NoBody]) -> DeviceTypeList:
        return DeviceTypeList(list(TYPES.values()))

    async def _species(self, asked: Asked[SpeciesQuery, NoBody]) -> SpeciesList:
        wanted = asked.query.q.casefold().strip()
        return SpeciesList(
            [
                SpeciesShown(known.name, known.latin, list(known.synonyms), dict(known.thresholds))
                for known in species.SPECIES
                if any(wanted in name.casefold() for name in (known.name, known.latin, *known.synonyms))
            ]
        )
