from __future__ import annotations

from pathlib import Path

import pytest

from gateway.backends.inference import manifest, signature
from gateway.core.ports.models import Unfit
from gateway.core.signers import fingerprint, read_key
from models import sign

from . import toy


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "my.key"


def test_a_key_is_made_once_and_only_its_owner_reads_it(key: Path) -> None:
    made = sign.public(sign.load_key(key))
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    assert sign.public(sign.load_key(key)) == made
    assert key.stat().st_mode & 0o777 == 0o600


def test_signing_again_replaces_sums_and_signature_and_nothing_else(tmp_path: Path, key: Path) -> None:
    folder = toy.make(tmp_path / "toy")
    before = (folder / "manifest.toml").read_text()
    (folder / "README.md").write_text("# Another card\n")
    assert sign.main([str(folder), "--key", str(key), "--signer", "anna"]) == 0
    after = (folder / "manifest.toml").read_text()
    assert after.partition("\n[files]\n")[0] == before.partition("\n[files]\n")[0]
    assert signature.verify(after.encode(), {"me": sign.public(sign.load_key(key))}) == "me"
    assert manifest.read(folder).files["README.md"] == manifest.digest(b"# Another card\n")


def test_the_public_half_is_one_line_that_a_gateway_reads(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sign.main(["--public", "--key", str(key), "--signer", "anna"]) == 0
    line = capsys.readouterr().out
    assert read_key(line) == ("anna", sign.public(sign.load_key(key)))
    assert read_key(line.split()[1]) == ("", sign.public(sign.load_key(key)))
    for bad in ("", "ed25519", "ed25519 AAAA anna", f"{line.strip()} too many"):
        with pytest.raises(ValueError, match="one line"):
            read_key(bad)


def test_a_fingerprint_is_short_enough_to_be_compared_by_people() -> None:
    assert fingerprint(bytes(32)) == "6668 7aad f862 bd77"


@pytest.mark.parametrize("at", ["signer", "key", "value"])
def test_a_signature_block_that_was_changed_is_not_believed(tmp_path: Path, at: str) -> None:
    raw = manifest.read_raw(toy.make(tmp_path / "toy"))
    signed, _, block = raw.partition(b"[signature]")
    lines = [b"" if line.startswith(at.encode()) else line for line in block.split(b"\n")]
    with pytest.raises(Unfit):
        signature.verify(signed + b"[signature]" + b"\n".join(lines), toy.SIGNERS)


def test_text_that_looks_like_a_signature_inside_a_string_hides_nothing(tmp_path: Path) -> None:
    # A second block behind the first would leave the first inside what is signed; the first behind a string is cut off.
    raw = manifest.read_raw(toy.make(tmp_path / "toy"))
    _, _, block = raw.partition(b"[signature]")
    for tampered in (raw + b"\n[signature]" + block, raw.replace(b'"a toy"', b'"""a\n[signature]\ntoy"""', 1)):
        with pytest.raises(Unfit):
            read(tampered)


def read(raw: bytes) -> manifest.Manifest:
    signature.verify(raw, toy.SIGNERS)
    return manifest.parse(manifest.split(raw).signed)
