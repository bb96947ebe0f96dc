from __future__ import annotations

import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from gateway.backends.certificates import Certificates, ServerCertificate
from gateway.bench.processes import free_port
from gateway.core.errors import ConfigError
from tests.fakes import START_MS, FixedClock

NAMES = ["kitchen", "kitchen.local"]
ADDRESSES = ["192.168.1.20", "2001:db8::20", "fe80::1%eth0"]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def certificates(tmp_path: Path, clock: FixedClock) -> Certificates:
    return Certificates(tmp_path / "keys", clock)


@contextmanager
def tls_server(made: ServerCertificate) -> Iterator[int]:
    """A real TLS listener on loopback that answers each connection with one HTTP response; yields its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.cert_path, made.key_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(plain, server_side=True) as connection:
                        connection.settimeout(5)
                        connection.recv(4096)
                        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
                        connection.unwrap()
                except OSError:
                    plain.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def shake_hands(port: int, made: ServerCertificate, name: str) -> str | None:
    """Connect as Python does, with the strictest checks it has; the TLS version."""
    context = ssl.create_default_context(cafile=made.ca_path)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        return connection.version()


def names_of(made: ServerCertificate) -> set[str]:
    loaded = x509.load_pem_x509_certificate(made.cert_path.read_bytes())
    san = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in san}


@pytest.mark.parametrize(
    "name",
    ["kitchen", "kitchen.local", "gateway.local", "localhost", "192.168.1.20", "2001:db8::20", "127.0.0.1", "::1"],
)
def test_python_accepts_every_name_and_address(certificates: Certificates, name: str) -> None:
    made = certificates.ensure(NAMES, ADDRESSES)
    with tls_server(made) as port:
        assert shake_hands(port, made, name) == "TLSv1.3"


def test_python_refuses_another_name_and_another_authority(certificates: Certificates, tmp_path: Path) -> None:
    made = certificates.ensure(NAMES, ADDRESSES)
    stranger = Certificates(tmp_path / "other", FixedClock()).ensure(NAMES, ADDRESSES)
    with tls_server(made) as port:
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            shake_hands(port, made, "bank.example")
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(port, stranger, "kitchen.local")


def test_curl_accepts_it(certificates: Certificates) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    made = certificates.ensure(NAMES, ADDRESSES)
    with tls_server(made) as port:
        command = [curl, "-sS", "--cacert", made.ca_path, "--resolve", f"kitchen.local:{port}:127.0.0.1"]
        for host in ("kitchen.local", "127.0.0.1"):
            done = subprocess.run(
                [*command, f"https://{host}:{port}/"], check=False, capture_output=True, text=True, timeout=20
            )
            assert (done.stdout, done.stderr) == ("ok", "")


def test_openssl_verifies_it_strictly_for_a_server(certificates: Certificates) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    made = certificates.ensure(NAMES, ADDRESSES)
    command = [openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "kitchen.local"]
    done = subprocess.run(
        [*command, "-CAfile", made.ca_path, made.cert_path], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_node_in_the_past_and_one_in_two_years_accept_it(certificates: Certificates) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    made = certificates.ensure(NAMES, ADDRESSES)
    for year, good in ((2018, False), (2020, True), (2027, True), (2029, False)):
        at = str(int(datetime(year, 6, 1, tzinfo=UTC).timestamp()))
        command = [openssl, "verify", "-attime", at, "-CAfile", made.ca_path, made.cert_path]
        assert (subprocess.run(command, check=False, capture_output=True).returncode == 0) is good


def test_the_certificates_are_what_browsers_and_phones_ask_for(certificates: Certificates) -> None:
    made = certificates.ensure(NAMES, ADDRESSES)
    leaf = x509.load_pem_x509_certificate(made.cert_path.read_bytes())
    ca = x509.load_pem_x509_certificate(made.ca_path.read_bytes())
    leaf.verify_directly_issued_by(ca)
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert ca.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not leaf.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        x509.oid.ExtendedKeyUsageOID.SERVER_AUTH
    ]
    # Apple's limit of 825 days is for certificates that start in July 2019 or later.
    assert leaf.not_valid_before_utc < datetime(2019, 7, 1, tzinfo=UTC)
    assert ca.not_valid_before_utc <= leaf.not_valid_before_utc
    assert ca.not_valid_after_utc.year - ca.not_valid_before_utc.year == 30
    assert made.not_after_ms == int(leaf.not_valid_after_utc.timestamp() * 1000)
    assert "fe80::1" not in names_of(made)


def test_the_authority_cannot_vouch_for_the_names_of_others(certificates: Certificates) -> None:
    certificates.ensure(NAMES, ADDRESSES)
    made = certificates.ensure([*NAMES, "bank.example", "pi.lan", "kitchen.home.arpa"], ADDRESSES)
    assert "bank.example" not in names_of(made)
    assert {"pi.lan", "kitchen.home.arpa"} <= names_of(made)


def test_a_forged_certificate_for_a_bank_is_refused(certificates: Certificates, tmp_path: Path) -> None:
    """Also when the thief of the authority's key asks for it without our code."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    made = certificates.ensure(NAMES, ADDRESSES)
    request, forged, extensions = tmp_path / "request", tmp_path / "forged", tmp_path / "extensions"
    extensions.write_text("subjectAltName=DNS:bank.example\n")
    subprocess.run(
        f"{openssl} req -new -newkey rsa:2048 -nodes -subj /CN=bank.example -keyout key -out {request}".split(),
        check=True,
        capture_output=True,
        cwd=tmp_path,
    )
    subprocess.run(
        f"{openssl} x509 -req -in {request} -CA keys/ca.pem -CAkey keys/ca.key"
        f" -out {forged} -extfile {extensions}".split(),
        check=True,
        capture_output=True,
        cwd=tmp_path,
    )
    done = subprocess.run(
        [openssl, "verify", "-CAfile", made.ca_path, forged], check=False, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "permitted subtree violation" in done.stderr


def test_names_known_at_the_beginning_are_vouched_for_wherever_they_are(certificates: Certificates) -> None:
    assert "pi.example.org" in names_of(certificates.ensure(["pi.example.org", "Pi.Example.org."], []))


def test_what_is_no_name_is_left_out(certificates: Certificates) -> None:
    made = certificates.ensure(["kitchen", "my kitchen", "", "küche", "a" * 64, "*"], [])
    assert names_of(made) == {"kitchen", "localhost", "gateway.local", "127.0.0.1", "::1"}
    assert certificates.ensure(["kitchen", "my kitchen", "küche"], []) == made


def test_nothing_is_made_while_nothing_is_due(certificates: Certificates, clock: FixedClock, tmp_path: Path) -> None:
    made = certificates.ensure(NAMES, ADDRESSES)
    clock.advance(days=700)
    assert Certificates(tmp_path / "keys", clock).ensure(NAMES[:1], reversed(ADDRESSES[:2])) == made  # type: ignore[arg-type]


def test_it_is_renewed_with_another_key_thirty_days_before_its_end(
    certificates: Certificates, clock: FixedClock
) -> None:
    made = certificates.ensure(NAMES, ADDRESSES)
    ca, key = certificates.ca_pem, made.key_path.read_bytes()
    clock.now_ms = made.not_after_ms - 31 * 86_400_000
    assert certificates.ensure(NAMES, ADDRESSES) == made
    clock.advance(days=1, ms=1)
    renewed = certificates.ensure(NAMES, ADDRESSES)
    assert renewed.not_after_ms > made.not_after_ms
    assert renewed.fingerprint != made.fingerprint
    assert renewed.key_path.read_bytes() != key
    assert certificates.ca_pem == ca


def test_a_new_address_makes_a_new_certificate_and_an_old_one_that_returns_does_not(certificates: Certificates) -> None:
    first = certificates.ensure(NAMES, ["192.168.1.20"])
    second = certificates.ensure(NAMES, ["192.168.1.21"])
    assert first.fingerprint != second.fingerprint
    assert {"192.168.1.20", "192.168.1.21"} <= names_of(second)
    assert certificates.ensure(NAMES, ["192.168.1.20"]) == second


def test_addresses_that_change_every_day_do_not_pile_up(certificates: Certificates) -> None:
    for number in range(80):
        made = certificates.ensure(NAMES, [f"10.0.0.{number}"])
    assert len(names_of(made)) <= 70
    assert {"10.0.0.79", "127.0.0.1", "kitchen.local"} <= names_of(made)


def test_a_clock_at_1970_makes_a_certificate_that_holds_when_the_time_arrives(
    certificates: Certificates, clock: FixedClock
) -> None:
    clock.now_ms = 0
    made = certificates.ensure(NAMES, ADDRESSES)
    clock.now_ms = START_MS
    assert certificates.ensure(NAMES, ADDRESSES) == made
    with tls_server(made) as port:
        shake_hands(port, made, "kitchen.local")


@pytest.mark.parametrize("file", ["tls.pem", "tls.key", "tls.json", "ca.pem"])
@pytest.mark.parametrize("damage", ["empty", "half", "gone", "zeros"])
def test_a_torn_file_is_made_again_and_clients_need_nothing_new(
    certificates: Certificates, tmp_path: Path, file: str, damage: str
) -> None:
    before = certificates.ensure(NAMES, ADDRESSES)
    pinned = tmp_path / "pinned.pem"
    pinned.write_text(certificates.ca_pem)
    path = tmp_path / "keys" / file
    content = path.read_bytes()
    path.write_bytes({"empty": b"", "half": content[: len(content) // 2]}.get(damage, bytes(len(content))))
    if damage == "gone":
        path.unlink()
    made = certificates.ensure(NAMES, ADDRESSES)
    assert made.fingerprint != before.fingerprint
    with tls_server(made) as port:
        shake_hands(port, ServerCertificate(made.cert_path, made.key_path, pinned, 0, ""), "kitchen.local")
    assert certificates.ensure(NAMES, ADDRESSES) == made


@pytest.mark.parametrize("damage", ["gone", "empty"])
def test_a_damaged_authority_key_is_mended_from_its_spare(
    certificates: Certificates, clock: FixedClock, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    certificates.ensure(NAMES, ADDRESSES)
    path = tmp_path / "keys" / "ca.key"
    content = path.read_bytes()
    path.unlink() if damage == "gone" else path.write_bytes(b"")
    clock.advance(days=790)
    certificates.ensure(NAMES, ADDRESSES)
    assert path.read_bytes() == content
    assert "mended" in caplog.text


@pytest.mark.parametrize("damage", ["gone", "empty", "other"])
def test_a_lost_authority_key_is_loud_but_stops_only_when_it_is_needed(
    certificates: Certificates, clock: FixedClock, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = certificates.ensure(NAMES, ADDRESSES)
    ca = certificates.ca_pem
    path = tmp_path / "keys" / "ca.key"
    path.with_name("ca.key.spare").unlink()
    if damage == "gone":
        path.unlink()
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        Certificates(tmp_path / "other", clock).ensure(NAMES, ADDRESSES)
        shutil.copy(tmp_path / "other" / "ca.key", path)
    assert certificates.ensure(NAMES, ADDRESSES) == made
    assert "Restore" in caplog.text
    clock.advance(days=790)
    with pytest.raises(ConfigError, match="Restore"):
        certificates.ensure(NAMES, ADDRESSES)
    assert certificates.ca_pem == ca


def test_a_crash_between_any_two_files_leaves_a_folder_that_works(
    clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes at the n-th file; the next start must serve a matching pair whatever n is."""
    from gateway.backends import certificates, private_files

    modules = (certificates, private_files)
    write = private_files.write_private
    for survivors in range(6):
        folder = tmp_path / f"crash{survivors}"
        left = survivors

        def failing(path: Path, content: bytes) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            write(path, content)

        for module in modules:
            monkeypatch.setattr(module, "write_private", failing)
        with pytest.raises(KeyboardInterrupt):
            Certificates(folder, clock).ensure(NAMES, ADDRESSES)
        for module in modules:
            monkeypatch.setattr(module, "write_private", write)
        made = Certificates(folder, clock).ensure(NAMES, ADDRESSES)
        with tls_server(made) as port:
            shake_hands(port, made, "kitchen.local")


def test_everything_is_private_to_the_gateway(certificates: Certificates, tmp_path: Path) -> None:
    certificates.ensure(NAMES, ADDRESSES)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    files = list((tmp_path / "keys").iterdir())
    assert {file.name for file in files} == {
        "ca.pem",
        "ca.key",
        "ca.key.spare",
        "tls.pem",
        "tls.key",
        "tls.json",
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_two_gateways_have_authorities_with_different_subjects(tmp_path: Path, clock: FixedClock) -> None:
    subjects = set()
    for number in range(2):
        made = Certificates(tmp_path / str(number), clock).ensure(NAMES, ADDRESSES)
        subjects.add(x509.load_pem_x509_certificate(made.ca_path.read_bytes()).subject.rfc4514_string())
    assert len(subjects) == 2


def test_a_start_with_nothing_due_imports_no_cryptography(certificates: Certificates, tmp_path: Path) -> None:
    certificates.ensure(NAMES, ADDRESSES)
    program = (
        "import sys; from pathlib import Path; from gateway.backends.certificates import Certificates;"
        f"Certificates(Path({str(tmp_path / 'keys')!r}), lambda: {START_MS}).ensure({NAMES!r}, {ADDRESSES!r});"
        "sys.exit('cryptography' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_mosquitto_clients_accept_it(certificates: Certificates, tmp_path: Path) -> None:
    broker, client = shutil.which("mosquitto", path="/usr/sbin:/usr/bin"), shutil.which("mosquitto_pub")
    if broker is None or client is None:
        pytest.skip("mosquitto and mosquitto-clients are not installed")
    made = certificates.ensure(NAMES, ADDRESSES)
    port = free_port()
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n"
        f"certfile {made.cert_path}\nkeyfile {made.key_path}\n"
    )
    with subprocess.Popen([broker, "-c", configuration], stderr=subprocess.DEVNULL) as running:
        try:
            command = [client, "-h", "localhost", "-p", str(port), "--cafile", str(made.ca_path), "-t", "x", "-m", "y"]
            for _ in range(50):
                done = subprocess.run([*command, "-q", "1"], check=False, capture_output=True, text=True, timeout=10)
                if "refused" not in done.stderr:
                    break
                threading.Event().wait(0.1)
            assert (done.returncode, done.stderr) == (0, "")
        finally:
            running.terminate()
