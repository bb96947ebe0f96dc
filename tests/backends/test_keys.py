from __future__ import annotations

import asyncio
import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.backends.keys import ServerKey
from gateway.core.errors import ConfigError, Refused

RAW = bytes(range(200, 232))


def test_the_first_run_makes_a_private_key_that_the_next_start_uses(tmp_path: Path) -> None:
    first = ServerKey.load(tmp_path, {})
    second = ServerKey.load(tmp_path, {})
    assert first.fingerprint("x") == second.fingerprint("x")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {0o600}


def test_two_gateways_have_two_keys(tmp_path: Path) -> None:
    one, two = ServerKey.load(tmp_path / "a", {}), ServerKey.load(tmp_path / "b", {})
    assert one.fingerprint("x") != two.fingerprint("x")
    with pytest.raises(Refused):
        two.unseal(one.seal(b"secret"))


def test_hex_base64_and_a_credential_file_are_the_same_key(tmp_path: Path) -> None:
    forms = [
        RAW.hex(),
        RAW.hex().upper() + "\n",
        base64.b64encode(RAW).decode(),
        base64.urlsafe_b64encode(RAW).decode().rstrip("="),
    ]
    seen = {ServerKey.load(tmp_path / "data", {"ENCRYPTION_KEY": form}).fingerprint("x") for form in forms}
    for number, content in enumerate([RAW, RAW.hex().encode()]):
        folder = tmp_path / f"credentials{number}"
        folder.mkdir()
        (folder / "encryption_key").write_bytes(content)
        seen.add(ServerKey.load(tmp_path / "data", {"CREDENTIALS_DIRECTORY": str(folder)}).fingerprint("x"))
    assert len(seen) == 1
    assert not (tmp_path / "data" / "keys" / "server.key").exists()


def test_the_environment_goes_before_the_credential(tmp_path: Path) -> None:
    (tmp_path / "encryption_key").write_text("00" * 32)
    both = {"ENCRYPTION_KEY": RAW.hex(), "CREDENTIALS_DIRECTORY": str(tmp_path)}
    chosen = ServerKey.load(tmp_path / "a", both)
    assert chosen.fingerprint("x") == ServerKey.load(tmp_path / "b", {"ENCRYPTION_KEY": RAW.hex()}).fingerprint("x")


def test_a_passphrase_is_the_same_key_each_time_and_not_used_as_it_is(tmp_path: Path) -> None:
    phrase = {"ENCRYPTION_KEY": "correct horse battery staple"}
    assert ServerKey.load(tmp_path / "a", phrase).fingerprint("x") == ServerKey.load(
        tmp_path / "b", phrase
    ).fingerprint("x")
    assert "correct" not in "".join(file.read_text() for file in (tmp_path / "a" / "keys").iterdir())


@pytest.mark.parametrize("poor", ["short", "fifteen letters", "\x00" * 3])
def test_a_short_key_is_an_error_that_does_not_repeat_it(tmp_path: Path, poor: str) -> None:
    with pytest.raises(ConfigError) as error:
        ServerKey.load(tmp_path, {"ENCRYPTION_KEY": poor})
    assert poor not in str(error.value)


def test_another_key_than_the_data_was_written_with_is_loud(tmp_path: Path) -> None:
    ServerKey.load(tmp_path, {"ENCRYPTION_KEY": RAW.hex()})
    for environ in ({"ENCRYPTION_KEY": "00" * 32}, {}):
        with pytest.raises(ConfigError, match="server key"):
            ServerKey.load(tmp_path, environ)
    ServerKey.load(tmp_path, {"ENCRYPTION_KEY": RAW.hex()})


def test_a_lost_or_damaged_key_file_is_mended_from_its_spare_loudly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = ServerKey.load(tmp_path, {})
    path = tmp_path / "keys" / "server.key"
    content = path.read_bytes()
    for copy in (path, path.with_name("server.key.spare")):
        for torn in (b"", content[:20], b"\x00" * len(content), None):
            caplog.clear()
            copy.unlink() if torn is None else copy.write_bytes(torn)
            assert ServerKey.load(tmp_path, {}).fingerprint("x") == before.fingerprint("x")
            assert copy.read_bytes() == content
            assert stat.S_IMODE(copy.stat().st_mode) == 0o600
            assert "mended" in caplog.text


def test_a_key_lost_with_its_spare_is_loud_and_not_replaced(tmp_path: Path) -> None:
    before = ServerKey.load(tmp_path, {})
    path = tmp_path / "keys" / "server.key"
    copies = (path, path.with_name("server.key.spare"))
    content = path.read_bytes()
    for copy in copies:
        copy.write_bytes(content[:20])
    with pytest.raises(ConfigError, match="damaged"):
        ServerKey.load(tmp_path, {})
    for copy in copies:
        copy.unlink()
    with pytest.raises(ConfigError, match="gone"):
        ServerKey.load(tmp_path, {})
    path.write_bytes(content)
    assert ServerKey.load(tmp_path, {}).fingerprint("x") == before.fingerprint("x")


@pytest.mark.parametrize("torn", [b"", b"abc", b"\x00" * 33])
def test_a_damaged_check_file_does_not_keep_the_gateway_from_starting(tmp_path: Path, torn: bytes) -> None:
    before = ServerKey.load(tmp_path, {})
    check = tmp_path / "keys" / "server.check"
    content = check.read_bytes()
    check.write_bytes(torn)
    assert ServerKey.load(tmp_path, {}).fingerprint("x") == before.fingerprint("x")
    assert check.read_bytes() == content


def test_a_key_file_that_others_could_read_is_made_private(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ServerKey.load(tmp_path, {})
    path = tmp_path / "keys" / "server.key"
    path.chmod(0o644)
    ServerKey.load(tmp_path, {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "could read" in caplog.text


def test_tokens_are_256_bits_and_never_the_same(tmp_path: Path) -> None:
    key = ServerKey.load(tmp_path, {})
    tokens = {key.token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(base64.urlsafe_b64decode(token + "=")) for token in tokens} == {32}


def test_a_token_can_be_pasted_behind_an_option(tmp_path: Path) -> None:
    keys = ServerKey.load(tmp_path, {})
    assert not [token for token in (keys.token() for _ in range(2000)) if token.startswith("-")]


def test_a_fingerprint_is_the_same_for_text_and_its_bytes(tmp_path: Path) -> None:
    key = ServerKey.load(tmp_path, {})
    assert key.fingerprint("é") == key.fingerprint("é".encode())
    assert len(key.fingerprint("é")) == 64
    assert key.fingerprint("é") != key.fingerprint("e")


def test_passwords_are_argon2id_with_19_mib_and_their_own_salt(tmp_path: Path) -> None:
    key = ServerKey.load(tmp_path, {})
    one, two = key.hash_password("correct horse"), key.hash_password("correct horse")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != two
    assert key.verify_password("correct horse", one)
    assert not key.verify_password("correct horsf", one)


def test_a_password_hash_is_what_another_implementation_makes(tmp_path: Path) -> None:
    argon2 = pytest.importorskip("argon2")
    key = ServerKey.load(tmp_path, {})
    other = argon2.PasswordHasher(time_cost=3, memory_cost=8192, parallelism=2)
    assert key.verify_password("pässword", other.hash("pässword"))
    assert other.verify(key.hash_password("pässword"), "pässword")


@pytest.mark.parametrize("nonsense", ["", "plain", "$2b$12$abc", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA"])
def test_what_is_no_argon2id_hash_verifies_nothing(tmp_path: Path, nonsense: str) -> None:
    assert not ServerKey.load(tmp_path, {}).verify_password("", nonsense)


async def test_hashing_in_a_thread_leaves_the_loop_running(tmp_path: Path) -> None:
    key = ServerKey.load(tmp_path, {})
    turns = 0

    def turns_while_hashing() -> int:
        """Read in the hashing thread: were the interpreter's lock held, nothing could pass between the two."""
        before = turns
        key.hash_password("correct horse")
        return turns - before

    for _ in range(20):  # a loaded machine may leave the loop no time in one of them
        hashing = asyncio.create_task(asyncio.to_thread(turns_while_hashing))
        while not hashing.done():
            turns += 1
            await asyncio.sleep(0)
        if await hashing:
            return
    pytest.fail("the loop stood still while a password was hashed")


def test_sealed_secrets_come_back_and_differ_each_time(tmp_path: Path) -> None:
    key = ServerKey.load(tmp_path, {})
    for plain in (b"", b"sk-1234", bytes(10_000)):
        assert key.unseal(key.seal(plain)) == plain
    assert key.seal(b"x") != key.seal(b"x")
    assert b"sk-1234" not in key.seal(b"sk-1234")


def test_every_changed_bit_and_every_cut_of_a_sealed_secret_is_refused(tmp_path: Path) -> None:
    key = ServerKey.load(tmp_path, {})
    sealed = key.seal(b"sk")
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    cut = [sealed[:length] for length in range(len(sealed))]
    for wrong in changed + cut:
        with pytest.raises(Refused):
            key.unseal(wrong)


def test_a_start_and_reconnections_import_no_cryptography(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gateway.backends.keys import ServerKey;"
        f"key = ServerKey.load(Path({str(tmp_path)!r}), {{}}); key.fingerprint(key.token());"
        "sys.exit('cryptography' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
