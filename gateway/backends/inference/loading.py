"""The shelf of models as the flow sees it: takes in, loads, drops. Everything that takes long is off the loop.

What is loaded is verified anew each time: sums, signature, golden vectors; it takes some 50 ms.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from ...core.errors import NotFound, StoreError
from ...core.ports.models import Ear, Fact, RowModel, Thinker, Unfit
from ...flow.model_keeper import Stand
from . import package, runtime, trial
from .bundled import bundled_models
from .disabled import DisabledLoader
from .shelf import Shelf

if TYPE_CHECKING:
    from .audio import AudioModel
    from .rows import RowModel as Rows
    from .window import WindowModel

_log = logging.getLogger(__name__)
_WINDOW, _AUDIO = "window", "audio"
_P = ParamSpec("_P")
_T = TypeVar("_T")


def make_loader(folder: Path) -> Stand:
    """For models taken in, in `folder`, and the gateway's own; imports neither numpy nor onnxruntime."""
    missing = [name for name in ("onnxruntime", "numpy") if find_spec(name) is None]
    if missing:
        return DisabledLoader(missing[0])
    return Loading(Shelf(folder, bundled_models()))


class Loading:
    """Fulfils core/ports/models.ModelLoader."""

    def __init__(self, shelf: Shelf, trial_s: float = trial.TIMEOUT_S) -> None:
        self._shelf = shelf
        self._trial_s = trial_s
        self._signers: dict[str, bytes] = {}
        try:
            shelf.sweep()
        except OSError as error:
            _log.error("half a model is in the way: %s", error)

    def trust(self, signers: Mapping[str, bytes]) -> None:
        """Whose models may be loaded from now on: 32-byte keys by name."""
        self._signers = dict(signers)

    def versions(self, name: str) -> list[Fact]:
        """What there is, oldest first."""
        return self._shelf.versions(name)

    async def take_in(self, archive: bytes, signers: Mapping[str, bytes], name: str = "") -> Fact:
        """Unpacked, tried in a process of its own, shelved. `name`: which model it must be.

        Raises Unfit, Conflict (this version is here already), StoreError; then nothing changed.
        """
        try:
            draft = self._shelf.draft()
            try:
                await _to_its_end(self._cheap_looks, archive, draft, signers, name)
                examined = await trial.tried(draft, signers, self._trial_s)
                return await self._shelved(draft, examined)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        except OSError as error:
            raise StoreError(f"the model cannot be kept on the disk: {error}") from error

    async def window(self, version: int) -> Thinker:
        """Raises Unfit, ModelFailed, NotFound."""
        return await asyncio.to_thread(self._window, version)

    async def ear(self, version: int | None = None) -> Ear:
        """None: the newest. Raises Unfit, ModelFailed, NotFound."""
        if version is None:
            known = self.versions(_AUDIO)
            if not known:
                raise NotFound("there is no audio model")
            version = known[-1].version
        return await asyncio.to_thread(self._audio, version)

    async def rows(self, name: str, version: int) -> RowModel:
        """Raises Unfit, ModelFailed, NotFound."""
        return await asyncio.to_thread(self._rows, name, version)

    def drop(self, name: str, version: int) -> None:
        """Take a version off the shelf; the gateway's own stays."""
        try:
            self._shelf.remove(name, version)
        except OSError as error:
            _log.error("%s@%s cannot be removed: %s", name, version, error)

    async def _shelved(self, draft: Path, examined: trial.Examined) -> Fact:
        try:
            return await _to_its_end(self._shelf.add, draft, examined)
        except asyncio.CancelledError:
            self._shelf.remove(examined.name, examined.version)  # whoever brought it will not hear that it is there
            raise

    def _cheap_looks(self, archive: bytes, draft: Path, signers: Mapping[str, bytes], name: str) -> None:
        """Rubbish never costs a process. Raises Unfit, Conflict, OSError."""
        package.unpack(archive, draft)
        known = trial.look(draft, signers).manifest
        if name and known.name != name:
            raise Unfit("schema", f"this is a model called {known.name}, not {name}")
        self._shelf.free(known.name, known.version)
        runtime.require()

    def _window(self, version: int) -> WindowModel:
        runtime.require()
        from .golden import check_window
        from .window import WindowModel

        checked = trial.look(self._shelf.path(_WINDOW, version), self._signers)
        model = WindowModel.of(checked.files, checked.manifest)
        check_window(model, checked.files, checked.manifest)
        return model

    def _audio(self, version: int) -> AudioModel:
        runtime.require()
        from .audio import AudioModel
        from .golden import check_audio

        checked = trial.look(self._shelf.path(_AUDIO, version), self._signers)
        model = AudioModel.of(checked.files, checked.manifest)
        check_audio(model, checked.files, checked.manifest)
        return model

    def _rows(self, name: str, version: int) -> Rows:
        runtime.require()
        from .golden import check_rows
        from .rows import RowModel

        checked = trial.look(self._shelf.path(name, version), self._signers)
        model = RowModel.of(checked.files, checked.manifest)
        check_rows(model, checked.files, checked.manifest)
        return model


async def _to_its_end(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """In a thread; when this is cancelled, the thread comes to its end first: it writes where others clean up."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
