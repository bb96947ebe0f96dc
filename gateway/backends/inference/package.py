"""A model as one file: a flat zip of its folder."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Final

from ...core.ports.models import Unfit

MOST_PACKED = 8 << 20
MOST_UNPACKED = 16 << 20
FILES: Final = ("manifest.toml", "model.onnx", "head.npz", "golden.json", "README.md")
_REQUIRED: Final = ("manifest.toml", "model.onnx", "golden.json")
_STAMP = (2026, 1, 1, 0, 0, 0)


def pack(folder: Path) -> bytes:
    """The zip of a model's folder; the same folder gives the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            if (folder / name).exists():
                archive.writestr(zipfile.ZipInfo(name, _STAMP), (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def unpack(packed: bytes, into: Path) -> None:
    """Write what a zip holds into an empty folder. Raises Unfit(corrupt), and OSError of the disk."""
    for name, content in contents(packed).items():
        (into / name).write_bytes(content)


def contents(packed: bytes) -> dict[str, bytes]:
    """The files in a zip by name. Raises Unfit(corrupt)."""
    if len(packed) > MOST_PACKED:
        raise Unfit("corrupt", f"the file has more than {MOST_PACKED >> 20} MiB")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise Unfit("corrupt", f"it is not a zip of a model: {error}") from error


def _read(archive: zipfile.ZipFile) -> dict[str, bytes]:
    known = archive.infolist()
    names = [info.filename for info in known]
    for name in names:
        if name not in FILES:
            raise Unfit("corrupt", f"the zip holds {name[:80]!r}; a model has {', '.join(FILES)}, and no folders")
    if len(set(names)) != len(names):
        raise Unfit("corrupt", "the zip holds a file twice")
    for name in _REQUIRED:
        if name not in names:
            raise Unfit("corrupt", f"{name} is missing")
    found: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for info in known:
        # What the zip says of sizes is not believed: at most this much is unpacked.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unfit("corrupt", f"{info.filename} is packed in a way that is not taken; deflate is")
        with archive.open(info) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise Unfit("corrupt", f"unpacked it has more than {MOST_UNPACKED >> 20} MiB")
        found[info.filename] = content
    return found
