"""Scenes: several things done at once under one name."""

from __future__ import annotations

import msgspec

from ...core.scenes import SceneDraft
from .names import PlaceId
from .parts import Parts, RuleParts
from .problems import Problem, ProblemAt
from .routes import Route, Who
from .rule_shown import ActShown, SceneShown
from .rule_view import RuleView
from .typed import Asked, NoBody, NoQuery, op


class SceneIdQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id`: the scene's; without it one is made from the name."""

    id: PlaceId = ""


class SceneList(msgspec.Struct, frozen=True):
    """Answer to GET /api/scenes, by name."""

    scenes: list[SceneShown]


class SceneRunShown(msgspec.Struct, frozen=True):
    """What became of everything that a scene does."""

    acts: list[ActShown]


class ScenesResource:
    """The scenes resource."""

    def __init__(self, parts: Parts, rules: RuleParts) -> None:
        self._scenes = rules.scenes
        self._view = RuleView(parts, rules)

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/scenes/{scene}"
        return [
            op("GET", "/scenes", Who.READ, self._list, "Every scene"),
            op("POST", "/scenes", Who.OPERATE, self._make, "Make a scene", status=201),
            op("GET", path, Who.READ, self._get, "One scene"),
            op("PUT", path, Who.OPERATE, self._change, "Change a scene"),
            op("DELETE", path, Who.OPERATE, self._delete, "Delete a scene that no rule runs"),
            op("POST", path + "/run", Who.OPERATE, self._run, "Do everything that a scene says"),
        ]

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> SceneList:
        return SceneList([self._view.scene(scene) for scene in self._scenes.list()])

    async def _make(self, asked: Asked[SceneIdQuery, SceneDraft]) -> SceneShown:
        """409 names everything that keeps it from being a scene: `problems`, each with its path."""
        self._pass(asked.query.id or "scene", asked.body)
        scene = await self._scenes.put(asked.body, asked.caller.name, asked.query.id, new=True)
        asked.header("Location", f"/api/scenes/{scene.id}")
        return self._view.scene(scene)

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> SceneShown:
        return self._view.scene(self._scenes.get(asked.path["scene"]))

    async def _change(self, asked: Asked[NoQuery, SceneDraft]) -> SceneShown:
        scene = asked.path["scene"]
        self._pass(self._scenes.get(scene).id, asked.body)
        return self._view.scene(await self._scenes.put(asked.body, asked.caller.name, scene))

    async def _delete(self, asked: Asked[NoQuery, NoBody]) -> None:
        """409 names the rules that run it."""
        await self._scenes.delete(asked.path["scene"], asked.caller.name)

    async def _run(self, asked: Asked[NoQuery, NoBody]) -> SceneRunShown:
        """As the caller's own will. What could not be done says why."""
        acts = await self._scenes.run(asked.path["scene"], asked.caller.name)
        return SceneRunShown([self._view.act(act, {}) for act in acts])

    def _pass(self, scene: str, draft: SceneDraft) -> None:
        """Raises Problem with everything that is wrong."""
        inside = len(f"scenes.{scene}.")
        found = tuple(ProblemAt(one.path[inside:], one.reason) for one in self._scenes.unfit({scene: draft}))
        if found:
            raise Problem(409, f"{found[0].path}: {found[0].reason}", key=found[0].path, problems=found)
