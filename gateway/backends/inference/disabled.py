"""Stands where models would be loaded, on a machine without onnxruntime: the teacher decides there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from ...core.errors import ModelFailed
from ...core.ports.models import Ear, Fact, RowModel, Thinker


class DisabledLoader:
    """Fulfils core/ports/models.ModelLoader: an empty shelf that says what is missing."""

    def __init__(self, missing: str) -> None:
        self._missing = missing

    def trust(self, signers: Mapping[str, bytes]) -> None:
        """There is nothing to be loaded from them."""

    def versions(self, name: str) -> list[Fact]:
        """None."""
        return []

    async def take_in(self, archive: bytes, signers: Mapping[str, bytes], name: str = "") -> Fact:
        """Raises ModelFailed."""
        self._fail()

    async def window(self, version: int) -> Thinker:
        """Raises ModelFailed."""
        self._fail()

    async def ear(self, version: int | None = None) -> Ear:
        """Raises ModelFailed."""
        self._fail()

    async def rows(self, name: str, version: int) -> RowModel:
        """Raises ModelFailed."""
        self._fail()

    def drop(self, name: str, version: int) -> None:
        """Nothing is there."""

    def _fail(self) -> NoReturn:
        raise ModelFailed(
            f"{self._missing} is not installed, so no model can be used; `pip install {self._missing}` in the "
            "gateway's environment brings it"
        )
