"""Who vouches for a model: an Ed25519 signature over its manifest, which names the sha256 of every file."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping

from ...core.ports.models import Unfit
from .manifest import split

KEY_BYTES = 32
_SIGNATURE_BYTES = 64


def verify(manifest: bytes, signers: Mapping[str, bytes]) -> str:
    """Name of the signer whose key signed these bytes; `signers`: 32-byte keys by name. Raises Unfit(unsigned)."""
    signed, signature = split(manifest)
    if signature is None:
        raise Unfit("unsigned", "nobody has signed the manifest")
    key, value = _unb64(signature.key), _unb64(signature.value)
    if len(key) != KEY_BYTES or len(value) != _SIGNATURE_BYTES:
        raise Unfit("unsigned", "the signature block holds no Ed25519 key and signature")
    name = next((name for name, trusted in signers.items() if trusted == key), "")
    if not name:
        raise Unfit(
            "unsigned",
            f"it is signed with a key nobody here trusts ({fingerprint(key)}, calls itself {signature.signer[:40]!r}); "
            "if you know whose it is: `gateway models trust KEY.pub --name NAME`",
        )
    if not _signed(key, value, signed):
        raise Unfit("unsigned", f"the signature is not one of {name} over this manifest")
    return name


def fingerprint(key: bytes) -> str:
    """A public key for people to compare: `3f2a 91c0 …`, 64 bits of its sha256."""
    said = hashlib.sha256(key).hexdigest()[:16]
    return " ".join(said[at : at + 4] for at in range(0, 16, 4))


def read_key(text: str) -> tuple[str, bytes]:
    """Name ("" when it has none) and key of a `.pub` file: `ed25519 BASE64 NAME`, or the base64 alone.

    Raises ValueError.
    """
    words = text.split()
    if words[:1] == ["ed25519"]:
        words = words[1:]
    key = _unb64(words[0]) if words else b""
    if len(key) != KEY_BYTES or len(words) > 2:
        raise ValueError("a signer's key is one line: ed25519 BASE64 NAME")
    return (words[1] if len(words) > 1 else ""), key


def written_key(name: str, key: bytes) -> str:
    """The line of a `.pub` file."""
    return f"ed25519 {base64.b64encode(key).decode()} {name}\n"


def _signed(key: bytes, value: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(value, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
