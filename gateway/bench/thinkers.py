"""The models that come with the gateway, as a bench takes them: from the wheel or from the clone it runs in."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import ModelFailed
from ..core.ports.models import Unfit
from .figures import NotMeasured

if TYPE_CHECKING:
    from ..backends.inference.audio import AudioModel
    from ..backends.inference.rows import RowModel
    from ..backends.inference.window import WindowModel

CLONE = Path(__file__).resolve().parents[2]
"""Where this file is run from, which is a clone unless the gateway was installed."""


def model_folder(name: str) -> Path:
    """Where the bundled model of this name is."""
    from ..backends.inference.bundled import bundled_models

    folder = bundled_models() / name
    if not (folder / "manifest.toml").exists():
        raise NotMeasured(f"there is no {name} model in {folder}")
    return folder


def window_model() -> WindowModel:
    """The bundled window model, ready to think."""
    try:
        from ..backends.inference.window import WindowModel

        return WindowModel.open(model_folder("window"))
    except (ImportError, ModelFailed, Unfit) as error:
        raise NotMeasured(f"the window model cannot be used: {error}") from error


def audio_model() -> AudioModel:
    """The bundled audio model, ready to hear."""
    try:
        from ..backends.inference.audio import AudioModel

        return AudioModel.open(model_folder("audio"))
    except (ImportError, ModelFailed, Unfit) as error:
        raise NotMeasured(f"the audio model cannot be used: {error}") from error


@lru_cache(maxsize=1)
def anomaly_model() -> RowModel:
    """The bundled model behind the series, ready to be asked; the same one each time."""
    try:
        from ..backends.inference.rows import RowModel

        return RowModel.open(model_folder("anomaly"))
    except (ImportError, ModelFailed, Unfit) as error:
        raise NotMeasured(f"the anomaly model cannot be used: {error}") from error
