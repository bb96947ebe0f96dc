"""The models that come with the gateway: in the wheel, or beside it in a clone."""

from __future__ import annotations

import logging
from importlib.resources import files
from pathlib import Path

from ...core.signers import read_key

_log = logging.getLogger(__name__)
_PACKAGED = "bundled_models"


def bundled_models() -> Path:
    """The folder that holds a folder for each of them; it need not be there."""
    inside = Path(str(files("gateway"))) / _PACKAGED
    return inside if inside.is_dir() else inside.parent.parent / "models"


def bundled_signers() -> dict[str, bytes]:
    """The keys that vouch for them, by the signer's name; empty, loudly, when the gateway came without."""
    path = bundled_models() / "signer.pub"
    try:
        name, key = read_key(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        _log.error("no model that came with the gateway can be used, %s cannot be read: %s", path, error)
        return {}
    return {name: key}
