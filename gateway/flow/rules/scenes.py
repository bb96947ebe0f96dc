"""The scenes of the house."""

from __future__ import annotations

from ...core.rules.firing import Act
from ...core.scenes import Scene, SceneDraft


class SceneBook:
    """Scenes as documents; running one."""

    def list(self) -> list[Scene]:
        """By name."""
        raise NotImplementedError

    def get(self, scene: str) -> Scene:
        """Raises NotFound."""
        raise NotImplementedError

    async def put(self, draft: SceneDraft, who: str, scene_id: str = "", *, new: bool = False) -> Scene:
        """Raises Refused that names the field, NotFound, Conflict, StoreError."""
        raise NotImplementedError

    async def delete(self, scene: str, who: str) -> None:
        """Raises NotFound, Conflict that names the rules that run it."""
        raise NotImplementedError

    async def run(self, scene: str, who: str) -> tuple[Act, ...]:
        """Do all of it now, as this person's will. Raises NotFound."""
        raise NotImplementedError
