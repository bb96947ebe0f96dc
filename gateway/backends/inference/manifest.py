"""What a model says of itself: `manifest.toml`. Nothing of it counts that its signature does not cover."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec

from ...core.ports.models import Unfit

NAME = "manifest.toml"
_SIGNATURE = b"\n[signature]\n"
_MOST_BYTES = 256 << 10

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One feature of a tensor: (value - centre) / scale of what is measured in `unit` stands in it."""

    name: str
    unit: str
    centre: float = 0.0
    scale: float = 1.0


class TensorSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An input or output of the graph; 0 in the shape stands for any length."""

    name: str
    dtype: str
    shape: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]
    columns: tuple[Column, ...] = ()


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ed25519 over every byte before the line `[signature]`; key and value are base64."""

    signer: str
    key: str
    value: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model as its maker describes it."""

    name: _Name
    version: Annotated[int, msgspec.Meta(ge=1, le=10**9)]
    made: str
    summary: str
    latency_budget_ms: Annotated[float, msgspec.Meta(gt=0)]
    """p99 of one call on one x86 core."""
    golden_tolerance: Annotated[float, msgspec.Meta(gt=0)]
    """By how much an output may differ from golden.json, in its unit."""
    contract: int
    """Of the gateway's `contract.py`."""
    inputs: tuple[TensorSchema, ...]
    outputs: tuple[TensorSchema, ...]
    figures: dict[str, float] = {}
    files: dict[_FileName, _Digest]
    """sha256 of every other file."""

    @property
    def label(self) -> str:
        """`window@3`."""
        return f"{self.name}@{self.version}"


class Pieces(NamedTuple):
    """A manifest's bytes: what is signed, and the signature if there is one."""

    signed: bytes
    signature: Signature | None


def split(raw: bytes) -> Pieces:
    """Cut off the signature, which is the last table. Raises Unfit(corrupt)."""
    head, found, tail = raw.rpartition(_SIGNATURE)
    if not found:
        return Pieces(raw, None)
    said = _parsed(b"[signature]\n" + tail)
    try:
        signature = msgspec.convert(said.pop("signature"), Signature)
    except msgspec.ValidationError as error:
        raise Unfit("corrupt", f"{NAME}: the signature block is not whole: {error}") from error
    if said:
        raise Unfit("corrupt", f"{NAME}: something stands behind the signature: {', '.join(sorted(said))}")
    return Pieces(head + b"\n", signature)


def parse(signed: bytes) -> Manifest:
    """What the signed part says. Raises Unfit(corrupt) that names the key."""
    try:
        return msgspec.convert(_parsed(signed), Manifest)
    except msgspec.ValidationError as error:
        raise Unfit("corrupt", f"{NAME} cannot be used: {error}") from error


def read(folder: Path) -> Manifest:
    """The manifest of a folder; its signature and files are not looked at. Raises Unfit(corrupt)."""
    return parse(split(read_raw(folder)).signed)


def read_raw(folder: Path) -> bytes:
    """Its bytes. Raises Unfit(corrupt)."""
    return read_file(folder, NAME, _MOST_BYTES)


def read_file(folder: Path, name: str, most: int) -> bytes:
    """A file of the model's folder, at most so many bytes. Raises Unfit(corrupt)."""
    path = folder / name
    try:
        if path.is_symlink() or not path.is_file():
            raise Unfit("corrupt", f"{name} is missing")
        if path.stat().st_size > most:
            raise Unfit("corrupt", f"{name} is larger than {most >> 10} KiB")
        return path.read_bytes()
    except OSError as error:
        raise Unfit("corrupt", f"{name} cannot be read: {error}") from error


def digest(content: bytes) -> str:
    """As the manifest gives it: sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def files_of(folder: Path, manifest: Manifest, most: int) -> dict[str, bytes]:
    """Every file the manifest names, as it was when it was signed. Raises Unfit(corrupt)."""
    found = {}
    for name, expected in manifest.files.items():
        content = read_file(folder, name, most)
        if digest(content) != expected:
            raise Unfit("corrupt", f"{name} does not have the sha256 its manifest says")
        found[name] = content
    return found


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unfit("corrupt", f"{NAME} is not TOML: {error}") from error
