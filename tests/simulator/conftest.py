"""A real broker, a cable to it that can be cut, and certificates."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.bench.processes import free_port
from tests.conftest import PATHS


class Certificates(msgspec.Struct):
    """A CA and a server certificate for 127.0.0.1 signed by it."""

    ca_pem: str
    cert: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)

    def builder(subject: str, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=36500))
        )

    ca = builder("test CA", ca_key.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed_ca = ca.sign(ca_key, hashes.SHA256())
    server = builder("server", key.public_key()).add_extension(address, False).sign(ca_key, hashes.SHA256())
    (folder / "server.pem").write_bytes(server.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    ca_pem = signed_ca.public_bytes(serialization.Encoding.PEM).decode()
    return Certificates(ca_pem, folder / "server.pem", folder / "server.key")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


class Mosquitto(msgspec.Struct):
    """A running Debian broker: `port` in the clear, `tls_port` with TLS; user `node`, password `right`."""

    port: int
    tls_port: int


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Mosquitto]:
    program = shutil.which("mosquitto", path=PATHS)
    passwords = shutil.which("mosquitto_passwd", path=PATHS)
    if program is None or passwords is None:
        pytest.skip("needs mosquitto")
    folder = tmp_path_factory.mktemp("mosquitto")
    broker = Mosquitto(free_port(), free_port())
    users = folder / "users"
    users.touch(mode=0o600)
    subprocess.run([passwords, "-b", users, "node", "right"], check=True, capture_output=True)
    config = folder / "mosquitto.conf"
    config.write_text(
        f"user root\npassword_file {users}\nallow_anonymous false\nlog_type error\n"
        f"listener {broker.port} 127.0.0.1\n"
        f"listener {broker.tls_port} 127.0.0.1\ncertfile {certificates.cert}\nkeyfile {certificates.key}\n"
    )
    process = subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL)
    try:
        wait_for_port(broker.tls_port, process)
        yield broker
    finally:
        process.terminate()
        process.wait(10)


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1500):
        if process.poll() is not None:
            pytest.fail("mosquitto did not start")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)  # a refusal comes at once
    pytest.fail("mosquitto does not listen")


class Cable:
    """A TCP cable to a port of this machine. `deaf`: nothing comes back; `cut()`: all connections end."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.deaf = False
        self.connections = 0
        self.port = 0

    @property
    def open(self) -> int:
        """Connections that are carried now."""
        return len(self._writers) // 2

    async def plug_in(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.sleep(0.05)

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        pair = {writer, far_writer}
        self._writers |= pair
        await asyncio.gather(self._copy(reader, far_writer, False), self._copy(far_reader, writer, True))
        self._writers -= pair

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: bool) -> None:
        try:
            while data := await reader.read(65536):
                if not (back and self.deaf):
                    writer.write(data)
        except OSError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def cable(mosquitto: Mosquitto) -> AsyncIterator[Cable]:
    cable = Cable(mosquitto.port)
    await cable.plug_in()
    yield cable
    await cable.unplug()


class FakeGateway:
    """The HTTP side of a gateway, as PROTOCOL has it, in front of mosquitto. `answers` go first, one each."""

    def __init__(self, broker: dict[str, object], ca_pem: str) -> None:
        self.broker = broker
        self.ca_pem = ca_pem
        self.password = "right"
        self.uses = 100
        self.requests: list[dict[str, object]] = []
        self.answers: list[tuple[int, dict[str, object]]] = []
        self.paths: list[str] = []
        self.authorizations: list[str | None] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.paths.append(self.path)
                gateway.requests.append(body)
                gateway.authorizations.append(self.headers.get("Authorization"))
                self._answer(*(gateway.answers.pop(0) if gateway.answers else gateway._register(body)))

            def do_GET(self) -> None:
                gateway.paths.append(self.path)
                if self.path == "/ca.pem":
                    self._answer(200, gateway.ca_pem.encode())
                elif self.path == "/api/health":
                    self._answer(200, {"status": "ok"})
                else:
                    self._answer(*gateway.answers.pop(0))

            def _answer(self, status: int, body: dict[str, object] | bytes) -> None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        scheme = "https" if isinstance(self.server.socket, ssl.SSLSocket) else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def credentials(self, device: str) -> dict[str, object]:
        return {
            "device_id": device,
            "mqtt_username": "node",
            "mqtt_password": self.password,
            "mqtt": self.broker,
            "ca_pem": self.ca_pem,
        }

    def _register(self, body: dict[str, object]) -> tuple[int, dict[str, object]]:
        if body.get("token") != "good" or self.uses < 1:
            return 403, {"title": "Forbidden", "detail": "there is no valid enrolment token"}
        self.uses -= 1
        capabilities = body["capabilities"]
        assert isinstance(capabilities, dict)
        return 201, self.credentials(str(capabilities["id"]))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def fake_gateway(mosquitto: Mosquitto, certificates: Certificates) -> Iterator[FakeGateway]:
    broker = {"host": "127.0.0.1", "port": mosquitto.tls_port, "tls": True}
    gateway = FakeGateway(broker, certificates.ca_pem)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def secure_gateway(certificates: Certificates) -> Iterator[FakeGateway]:
    """The same over HTTPS, without a broker."""
    gateway = FakeGateway({"host": "127.0.0.1", "port": 1, "tls": True}, certificates.ca_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.cert, certificates.key)
    gateway.server.socket = context.wrap_socket(gateway.server.socket, server_side=True)
    gateway.start()
    yield gateway
    gateway.stop()
