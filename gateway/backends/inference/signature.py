"""Who vouches for a model: an Ed25519 signature over its manifest, which names the sha256 of every file."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.ports.models import Unfit
from ...core.signers import KEY_BYTES, fingerprint, unbase64
from .manifest import split

_SIGNATURE_BYTES = 64


def verify(manifest: bytes, signers: Mapping[str, bytes]) -> str:
    """Name of the signer whose key signed these bytes; `signers`: 32-byte keys by name. Raises Unfit(unsigned)."""
    signed, signature = split(manifest)
    if signature is None:
        raise Unfit("unsigned", "nobody has signed the manifest")
    key, value = unbase64(signature.key), unbase64(signature.value)
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


def _signed(key: bytes, value: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(value, message)
    except (InvalidSignature, ValueError):
        return False
    return True
