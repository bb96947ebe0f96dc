"""Keys of those who vouch for models: how they are written down, and what people compare."""

from __future__ import annotations

import base64
import binascii
import hashlib

KEY_BYTES = 32
"""Of an Ed25519 public key."""


def fingerprint(key: bytes) -> str:
    """A public key for people to compare: `3f2a 91c0 ...`, 64 bits of its sha256."""
    said = hashlib.sha256(key).hexdigest()[:16]
    return " ".join(said[at : at + 4] for at in range(0, 16, 4))


def read_key(text: str) -> tuple[str, bytes]:
    """Name ("" when it has none) and key of a `.pub` file: `ed25519 BASE64 NAME`, or the base64 alone.

    Raises ValueError.
    """
    words = text.split()
    if words[:1] == ["ed25519"]:
        words = words[1:]
    key = unbase64(words[0]) if words else b""
    if len(key) != KEY_BYTES or len(words) > 2:
        raise ValueError("a signer's key is one line: ed25519 BASE64 NAME")
    return (words[1] if len(words) > 1 else ""), key


def written_key(name: str, key: bytes) -> str:
    """The line of a `.pub` file."""
    return f"ed25519 {base64.b64encode(key).decode()} {name}\n"


def unbase64(text: str) -> bytes:
    """What the text stands for; empty when it is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
