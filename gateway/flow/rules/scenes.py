"""The scenes of the house."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from ...core.errors import Conflict, NotFound, Refused
from ...core.ports.documents import Document, Documents
from ...core.ports.gatekeeper import Auditor
from ...core.rules.check import Known, Problem, problems
from ...core.rules.firing import Act
from ...core.rules.news import SceneChanged
from ...core.rules.rule import Rule, TimeWhen
from ...core.scenes import Scene, SceneDraft
from ..bus import Bus
from ..collection import read_all
from .ids import free_id, is_id

MOST_SCENES = 500
_COLLECTION = "scenes"


class Doer(Protocol):
    """Who does what a scene says; `Doing` fulfils it."""

    async def run(self, scene: Scene, who: str) -> tuple[Act, ...]:
        """Do all of it now, as this person's will."""


class SceneBook:
    """Scenes as documents; running one. Documents first, then memory, then the bus; one at a time."""

    def __init__(self, documents: Documents, bus: Bus, trail: Auditor, clock: Callable[[], int], known: Known) -> None:
        self.scenes: dict[str, Scene] = {}
        """By id; whoever holds it sees what changes."""
        self._documents = documents
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._known = known
        self._changing = asyncio.Lock()
        self._unreadable: set[str] = set()

    def load(self) -> None:
        """Read the documents; an unreadable one is left out, loudly, and its id is not given to another."""
        stored = read_all(self._documents, _COLLECTION, Scene)
        self.scenes |= {key: msgspec.structs.replace(scene, id=key) for key, scene in stored.items() if is_id(key)}
        self._unreadable = self._documents.all(_COLLECTION).keys() - self.scenes.keys()

    def attach(self, doer: Doer, users: Callable[[str], Iterable[str]]) -> None:
        """Who does what scenes say, and which rules run one."""
        self._doer = doer
        self._users = users

    # Asking

    def list(self) -> list[Scene]:
        """By name."""
        return sorted(self.scenes.values(), key=lambda scene: (scene.name.casefold(), scene.id))

    def get(self, scene: str) -> Scene:
        """Raises NotFound."""
        found = self.scenes.get(scene)
        if found is None:
            raise NotFound(f"There is no scene {scene}.")
        return found

    def name(self, scene: str) -> str:
        """What people call it; one that nobody knows is called by its id."""
        return self.scenes[scene].name if scene in self.scenes else scene

    def drafts(self) -> dict[str, SceneDraft]:
        """All of them as they are carried in a file."""
        return {scene.id: SceneDraft(name=scene.name, then=scene.then) for scene in self.list()}

    # Changing

    async def put(self, draft: SceneDraft, who: str, scene_id: str = "", *, new: bool = False) -> Scene:
        """Raises Refused that names the field, NotFound, Conflict, StoreError."""
        async with self._changing:
            before = None if new else self.get(scene_id)
            if new and scene_id in self.scenes:
                raise Conflict(f"There is a scene {scene_id} already.")
            if new and len(self.scenes) >= MOST_SCENES:
                raise Conflict(f"There are {MOST_SCENES} scenes; delete one first.")
            key = scene_id or free_id(draft.name, self.scenes.keys() | self._unreadable, "scene")
            for problem in self.unfit({key: draft}):
                raise Refused(f"{problem.path.split('.', 2)[-1]}: {problem.reason}")
            scene = self._scene(key, draft, before)
            await self._documents.put(_COLLECTION, key, _document(scene))
            self._took(scene)
        self._trail.note("scene.created" if new else "scene.changed", who, key)
        return scene

    async def delete(self, scene: str, who: str) -> None:
        """Raises NotFound, Conflict that names the rules that run it."""
        async with self._changing:
            self.get(scene)
            users = sorted(self._users(scene))
            if users:
                raise Conflict(f"{scene} is run by {', '.join(users)}.")
            await self._documents.delete(_COLLECTION, scene)
            del self.scenes[scene]
            self._bus.publish(SceneChanged(scene, gone=True))
        self._trail.note("scene.deleted", who, scene)

    async def bring_in(self, drafts: Mapping[str, SceneDraft], who: str) -> None:
        """All of them, checked before, in one write. Raises StoreError."""
        async with self._changing:
            brought = [self._scene(key, draft, self.scenes.get(key)) for key, draft in drafts.items()]
            if brought:
                await self._documents.change(_COLLECTION, {scene.id: _document(scene) for scene in brought})
            for scene in brought:
                self._took(scene)

    async def run(self, scene: str, who: str) -> tuple[Act, ...]:
        """Do all of it now, as this person's will. Raises NotFound."""
        found = self.get(scene)
        self._trail.note("scene.run", who, scene)
        return await self._doer.run(found, who)

    def unfit(self, drafts: Mapping[str, SceneDraft]) -> tuple[Problem, ...]:
        """What is wrong with them; paths begin with `scenes.ID.`."""
        found = []
        for key, draft in drafts.items():
            if not is_id(key):
                found.append(Problem(f"scenes.{key}.id", "an id has up to 40 small letters, digits and dashes"))
            elif key in self._unreadable:
                found.append(Problem(f"scenes.{key}.id", "a document with this id is there, but unreadable"))
            # What a scene does is checked as what a rule does.
            rule = Rule(name=draft.name, when=TimeWhen(at="00:00"), then=draft.then)
            found += [Problem(f"scenes.{key}.{one.path}", one.reason) for one in problems(rule, self._known)]
        return tuple(found)

    def _scene(self, key: str, draft: SceneDraft, before: Scene | None) -> Scene:
        created_ms = self._clock() if before is None else before.created_ms
        return Scene(id=key, name=draft.name, then=draft.then, created_ms=created_ms)

    def _took(self, scene: Scene) -> None:
        self.scenes[scene.id] = scene
        self._bus.publish(SceneChanged(scene.id))


def _document(scene: Scene) -> Document:
    document: Document = msgspec.to_builtins(scene)
    return document
