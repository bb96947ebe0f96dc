"""The server key: fingerprints for random secrets, argon2id for people's passwords, and sealed secrets at rest.

The key comes from `ENCRYPTION_KEY`, else from the systemd credential `encryption_key`, else from a key file made at
first run. `cryptography` is imported only to hash a password or to seal: a start and a storm of reconnections need
hashlib and hmac alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from ..core.errors import ConfigError, Refused
from .private_files import read_kept, spare, write_kept, write_private

_log = logging.getLogger(__name__)

_KEY_BYTES = 32
_PASSPHRASE_CHARS = 16
_ARGON2 = {"m": 19 * 1024, "t": 2, "p": 1}
_PHC = re.compile(r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)")
_SEALED = b"\x01"
_NONCE_BYTES = 12
_START_OVER = "every device, token and stored secret must then be set up again."


class ServerKey:
    """The gateway's server key at work; fulfils core/ports/secrets.Secrets."""

    def __init__(self, key: bytes) -> None:
        # One key for each purpose, so that what one of them gives away says nothing about another.
        self._fingerprint_key = _subkey(key, b"fingerprint")
        self._seal_key = _subkey(key, b"seal")
        self._check = _subkey(key, b"check").hex()[:32]

    @classmethod
    def load(cls, data: Path, environ: Mapping[str, str]) -> ServerKey:
        """The key for the data folder `data`; made there at first run when nothing else provides one.

        Raises ConfigError when a key is unusable, or is not the one this folder was written with.
        """
        folder = data / "keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = _from_environment(environ) or _from_file(folder / "server.key", folder / "server.check")
        made = cls(key)
        made._confirm(folder / "server.check")
        return made

    def _confirm(self, check: Path) -> None:
        known = check.read_bytes().strip() if check.exists() else b""
        if re.fullmatch(rb"[0-9a-f]{32}", known) is None:
            if known or check.exists():
                _log.error("%s was damaged; written anew for the key that is there", check)
            write_private(check, (self._check + "\n").encode())
            return
        if not hmac.compare_digest(known, self._check.encode()):
            raise ConfigError(
                f"The server key is not the one this data was written with ({check}). Bring the old key back; or "
                f"remove that file to go on with this one: {_START_OVER}"
            )

    def token(self) -> str:
        """A new random secret of 256 bits, URL-safe; never like an option (`--token -x…` would not be understood)."""
        while (made := secrets.token_urlsafe(32)).startswith("-"):
            pass
        return made

    def fingerprint(self, secret: str | bytes) -> str:
        """A fast keyed hash for random secrets; 64 hex digits."""
        raw = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
        return hmac.digest(self._fingerprint_key, raw, "sha256").hex()

    def hash_password(self, password: str) -> str:
        """argon2id with 19 MiB in PHC form; slow on purpose, call off the loop."""
        salt = secrets.token_bytes(16)
        made = _argon2(password, salt, **_ARGON2)
        cost = ",".join(f"{name}={value}" for name, value in _ARGON2.items())
        return f"$argon2id$v=19${cost}${_b64(salt)}${_b64(made)}"

    def verify_password(self, password: str, hashed: str) -> bool:
        """Whether `password` made `hashed`; False when `hashed` is no argon2id hash. Slow on purpose."""
        found = _PHC.fullmatch(hashed)
        if found is None:
            return False
        memory, rounds, lanes = (int(number) for number in found.group(1, 2, 3))
        salt, expected = _unb64(found[4]), _unb64(found[5])
        made = _argon2(password, salt, m=memory, t=rounds, p=lanes, length=len(expected))
        return hmac.compare_digest(made, expected)

    def seal(self, plain: bytes) -> bytes:
        """Encrypt with the server key (ChaCha20-Poly1305: fast also where the processor has no AES)."""
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _SEALED + nonce + ChaCha20Poly1305(self._seal_key).encrypt(nonce, plain, _SEALED)

    def unseal(self, sealed: bytes) -> bytes:
        """Undo `seal`; raises Refused when it was tampered with or the key is another."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        start = len(_SEALED)
        nonce, body = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        try:
            if not sealed.startswith(_SEALED) or len(nonce) < _NONCE_BYTES:
                raise InvalidTag
            return ChaCha20Poly1305(self._seal_key).decrypt(nonce, body, _SEALED)
        except InvalidTag as error:
            raise Refused(
                "A stored secret cannot be read: it was changed, or sealed with another server key."
            ) from error


def _subkey(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"edge-gateway " + purpose, "sha256")


def _from_environment(environ: Mapping[str, str]) -> bytes | None:
    if text := environ.get("ENCRYPTION_KEY"):
        return _parse(text.encode(), "ENCRYPTION_KEY")
    if folder := environ.get("CREDENTIALS_DIRECTORY"):
        path = Path(folder) / "encryption_key"
        if path.exists():
            return _parse(path.read_bytes(), str(path))
    return None


def _from_file(path: Path, check: Path) -> bytes:
    if not path.exists() and not spare(path).exists():
        if check.exists():
            raise ConfigError(
                f"The server key {path} is gone. Restore it from a backup, or set ENCRYPTION_KEY if it came from "
                f"there; or remove {check} to begin with a new key: {_START_OVER}"
            )
        write_kept(path, secrets.token_bytes(_KEY_BYTES).hex().encode() + b"\n")
    elif path.exists() and path.stat().st_mode & 0o077:
        _log.warning("others could read the server key %s; it is private again now", path)
        path.chmod(0o600)
    text = read_kept(path, lambda content: re.fullmatch(rb"[0-9a-f]{64}\s*", content) is not None)
    if text is None:
        raise ConfigError(f"The server key {path} and its spare are damaged; restore one of them from a backup.")
    return bytes.fromhex(text.decode())


def _parse(raw: bytes, source: str) -> bytes:
    """32 raw bytes, 64 hex digits, base64 of 32 bytes, or a passphrase."""
    if len(raw) == _KEY_BYTES and not raw.isascii():
        return raw
    try:
        text = raw.decode().strip()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{source} is neither text nor {_KEY_BYTES} bytes.") from error
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text)
    try:
        decoded = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) == _KEY_BYTES:
        return decoded
    if len(text) < _PASSPHRASE_CHARS:
        raise ConfigError(
            f"{source} must be 32 bytes as hex or base64, or a passphrase of {_PASSPHRASE_CHARS} or more."
        )
    # There is no place for a salt that a lost data folder would not take along; the slow hash stands for it.
    return hashlib.scrypt(text.encode(), salt=b"edge-gateway server key", n=2**14, r=8, p=1, dklen=_KEY_BYTES)


def _argon2(password: str, salt: bytes, *, m: int, t: int, p: int, length: int = 32) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(salt=salt, length=length, iterations=t, lanes=p, memory_cost=m)
    return kdf.derive(password.encode("utf-8", "surrogatepass"))


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
