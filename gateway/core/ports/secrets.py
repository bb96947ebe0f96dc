"""Hashing and sealing, behind a port so that the flow imports no cryptography library."""

from __future__ import annotations

from typing import Protocol


class Secrets(Protocol):
    """The gateway's server key at work."""

    def token(self) -> str:
        """A new random secret of 256 bits, URL-safe."""

    def fingerprint(self, secret: str | bytes) -> str:
        """A fast keyed hash for random secrets (device passwords, tokens); hex."""

    def hash_password(self, password: str) -> str:
        """argon2id with 19 MiB for what people choose; slow on purpose, call off the loop."""

    def verify_password(self, password: str, hashed: str) -> bool:
        """Whether `password` made `hashed`; slow on purpose."""

    def seal(self, plain: bytes) -> bytes:
        """Encrypt with the server key (authenticated)."""

    def unseal(self, sealed: bytes) -> bytes:
        """Undo `seal`; raises Refused when it was tampered with or the key is another."""
