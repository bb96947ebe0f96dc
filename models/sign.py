"""`python -m models.sign [NAME…|--all]`: puts sha256 sums and a signature into a model's manifest.

The private key is 32 bytes in a file outside the repository: --key, else $GATEWAY_MODEL_KEY, else
~/.edge-gateway/model.key, made at first use (mode 0600). Its public half is `models/signer.pub`, which travels in
the wheel: a gateway takes models that this key signed.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.backends.inference import manifest
from gateway.core.errors import GatewayError
from gateway.core.signers import KEY_BYTES, written_key

HERE = Path(__file__).parent
SIGNER = "edge-gateway"
TRAVELS = ("model.onnx", "head.npz", "golden.json", "README.md")
"""The files of a model besides its manifest; the others of its folder stay where it was made."""
_FILES = "\n[files]\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Sign the models named; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m models.sign", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="folders below models/, or paths of others")
    parser.add_argument("--all", action="store_true", help="every model of this repository")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the private key")
    parser.add_argument("--signer", default=SIGNER, metavar="NAME", help=f"who signs (default: {SIGNER})")
    parser.add_argument("--public", action="store_true", help="print the line of the key's .pub file, and sign nothing")
    args = parser.parse_args(argv)
    if args.public:
        print(written_key(args.signer, public(load_key(args.key or default_key()))), end="")
        return 0
    folders = _folders(args.names, every=args.all)
    if not folders:
        parser.error("name a model, or --all")
    key = load_key(args.key or default_key())
    for folder in folders:
        try:
            made = sign(folder, key, args.signer)
        except (GatewayError, OSError) as error:
            print(f"{folder}: {error}", file=sys.stderr)
            return 1
        print(f"{folder}: {made.label} signed, {len(made.files)} files")
    if args.signer == SIGNER:
        (HERE / "signer.pub").write_text(written_key(SIGNER, public(key)), encoding="utf-8")
    return 0


def default_key() -> Path:
    """Where the private key is unless another is named."""
    named = os.environ.get("GATEWAY_MODEL_KEY")
    return Path(named) if named else Path.home() / ".edge-gateway" / "model.key"


def load_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a file of 64 hex digits; made there when it is missing. Raises OSError, ValueError."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_bytes(KEY_BYTES).hex() + "\n")
        print(f"a new key was made: {path}; keep a copy of it", file=sys.stderr)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))


def public(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes others know the key by."""
    return key.public_key().public_bytes_raw()


def sign(folder: Path, key: Ed25519PrivateKey, signer: str = SIGNER) -> manifest.Manifest:
    """Write sums and signature into the folder's manifest, in place of older ones. Raises Unfit, OSError."""
    path = folder / manifest.NAME
    said = manifest.split(path.read_bytes()).signed.decode()
    stem = said.partition(_FILES)[0].rstrip("\n")
    present = [name for name in TRAVELS if (folder / name).exists()]
    sums = "".join(f'"{name}" = "{manifest.digest((folder / name).read_bytes())}"\n' for name in present)
    signed = f"{stem}\n{_FILES}{sums}\n".encode()
    made = manifest.parse(signed)
    value = key.sign(signed)
    block = f'key = "{_b64(public(key))}"\nvalue = "{_b64(value)}"\n'
    path.write_bytes(signed + f'[signature]\nsigner = "{signer}"\n{block}'.encode())
    return made


def _folders(names: Sequence[str], *, every: bool) -> list[Path]:
    known = sorted(found.parent for found in HERE.glob(f"*/{manifest.NAME}"))
    return known if every else [HERE / name if (HERE / name).is_dir() else Path(name) for name in names]


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


if __name__ == "__main__":
    sys.exit(main())
