"""The ways in: HTTPS, plain HTTP on a LAN, the unix socket; and what strangers can hold open."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import json
import os
import shutil
import socket
import ssl
import stat
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.core.access import Scope
from gateway.core.errors import ConfigError
from gateway.frontends.panel import listening
from gateway.frontends.panel.server import Panel

from .house import MAC, House, living, settings, until


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a self-signed certificate for this machine."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def make_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


def lan(certificate: Path, **changes: Any) -> dict[str, Any]:
    """The settings of a gateway that serves its LAN."""
    return {
        "hosts": ("0.0.0.0",),
        "https_port": 0,
        "http_port": 0,
        "certificate": certificate / "cert.pem",
        "key": certificate / "key.pem",
        "ca_pem": (certificate / "cert.pem").read_text(),
        **changes,
    }


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate / "cert.pem")


async def test_over_https_the_session_cookie_is_secure_and_of_this_host_alone(
    tmp_path: Path, certificate: Path
) -> None:
    async with living(tmp_path, **lan(certificate)) as house:
        url = f"https://127.0.0.1:{house.panel.https_port}"
        tls = trusting(certificate)
        code = house.accounts.owner.one_time_code()
        async with house.http.post(url + "/api/session", json={"code": code}, ssl=tls) as answer:
            assert answer.status == 200
            cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-gateway=")
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        async with house.http.get(url + "/api/devices", ssl=tls) as answer:
            assert answer.status == 200
        async with house.http.ws_connect(url.replace("https", "wss") + "/api/live", ssl=tls) as live:
            assert json.loads(await live.receive_str())["type"] == "snapshot"


async def test_old_tls_is_refused(tmp_path: Path, certificate: Path) -> None:
    async with living(tmp_path, **lan(certificate)) as house:
        context = trusting(certificate)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        async with house.http.get(f"https://127.0.0.1:{house.panel.https_port}/api/health", ssl=context) as answer:
            assert answer.status == 200
        assert house.panel._doors is not None
        assert house.panel._doors._tls is not None
        assert house.panel._doors._tls.minimum_version == ssl.TLSVersion.TLSv1_2


async def test_a_renewed_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    folder.mkdir()
    make_certificate(folder)
    async with living(tmp_path, **lan(folder)) as house:
        make_certificate(folder)
        url = f"https://127.0.0.1:{house.panel.https_port}/api/health"
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await house.http.get(url, ssl=trusting(folder))
        house.panel.renew_certificate()
        async with house.http.get(url, ssl=trusting(folder)) as answer:
            assert answer.status == 200


async def test_plain_http_on_a_lan_shows_the_way_and_carries_no_secret(tmp_path: Path, certificate: Path) -> None:
    async with living(tmp_path, **lan(certificate)) as house:
        there = f"https://127.0.0.1:{house.panel.https_port}"
        async with house.http.get(house.url + "/anything?x=1", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, f"{there}/anything?x=1")
        assert (await house.call("GET", "/api/health"))[0] == 200
        token = await house.enrolment.create()
        body = {"mac_address": MAC, "firmware_version": "1", "token": token}
        for path in ("/api/devices/register", "/api/v1/devices/register"):
            status, problem = await house.call("POST", path, body=body)
            assert status == 403
            assert f"{there}{path}" in problem["detail"]
        assert await house.enrolment.spend(token, MAC)
        bearer = await house.token(Scope.ADMIN)
        for method, path in (("GET", "/api/devices"), ("POST", "/api/session"), ("GET", "/metrics"), ("PUT", "/x")):
            assert (await house.call(method, path, headers=bearer))[0] == 403
        status, _ = await house.call("GET", f"/sign-in?code={house.accounts.owner.one_time_code()}")
        assert status == 302


async def test_the_ca_is_served_in_both_forms_with_how_to_trust_it(tmp_path: Path, certificate: Path) -> None:
    pem = (certificate / "cert.pem").read_text()
    async with living(tmp_path, **lan(certificate)) as house:
        assert (await house.call("GET", "/ca.pem"))[1] == pem.encode()
        async with house.http.get(house.url + "/ca.crt") as answer:
            assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
            assert await answer.read() == ssl.PEM_cert_to_DER_cert(pem)
        _, page = await house.call("GET", "/ca")
        assert b"Android" in page
        assert b"/ca.crt" in page


async def test_without_a_ca_that_is_said(house: House) -> None:
    assert [(await house.call("GET", path))[0] for path in ("/ca", "/ca.pem", "/ca.crt")] == [404] * 3


@pytest.mark.needs("curl")
async def test_curl_speaks_to_the_unix_socket_as_administrator(house: House) -> None:
    curl = await asyncio.create_subprocess_exec(
        shutil.which("curl") or "curl", "-sS", "--unix-socket", str(house.data / "gateway.sock"),
        "http://localhost/api/tokens", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await curl.communicate()
    assert json.loads(out) == {"tokens": []}


async def test_only_the_gateways_own_user_can_open_the_socket_and_it_goes_with_the_gateway(tmp_path: Path) -> None:
    async with living(tmp_path):
        assert stat.S_IMODE((tmp_path / "gateway.sock").stat().st_mode) == 0o600
    assert not (tmp_path / "gateway.sock").exists()


async def test_a_socket_left_behind_by_a_crash_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "gateway.sock"))
    left.close()
    async with living(tmp_path):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "gateway.sock"))
        writer.write(b"GET /api/audit HTTP/1.0\r\n\r\n")
        assert b" 200 " in await reader.readline()
        writer.close()
        await writer.wait_closed()


async def test_a_data_folder_may_be_deeper_than_a_socket_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    async with living(deep):
        assert stat.S_ISSOCK((deep / "gateway.sock").stat().st_mode)


async def test_a_taken_port_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        panel = Panel(House(tmp_path).parts(), settings(tmp_path, http_port=port))
        with pytest.raises(ConfigError, match=rf"port {port} .*process {os.getpid()}\).*panel.http_port"):
            await panel.start()
    assert not (tmp_path / "gateway.sock").exists()


@pytest.mark.parametrize("certificate", [None, Path("/nonexistent/cert.pem")])
async def test_https_without_a_usable_certificate_is_an_error(tmp_path: Path, certificate: Path | None) -> None:
    panel = Panel(House(tmp_path).parts(), settings(tmp_path, https_port=0, certificate=certificate))
    with pytest.raises(ConfigError, match="certificate"):
        await panel.start()


async def test_ipv4_and_ipv6_share_one_port_and_a_missing_family_is_left_out(tmp_path: Path) -> None:
    async with living(tmp_path, hosts=("127.0.0.1", "::1")) as house:
        assert (await house.call("GET", "/api/health"))[0] == 200
        if has_ipv6():
            async with house.http.get(f"http://[::1]:{house.panel.http_port}/api/health") as answer:
                assert answer.status == 200


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


async def test_one_connection_more_than_allowed_is_closed_at_once(tmp_path: Path) -> None:
    async with living(tmp_path, connections=3) as house:
        held = []
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.panel.http_port)
            writer.write(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b" 200 " in await reader.readline()
            held.append(writer)
        reader, writer = await asyncio.open_connection("127.0.0.1", house.panel.http_port)
        writer.write(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await asyncio.wait_for(all_that_comes(reader), 10) == b""
        for held_writer in [*held, writer]:
            held_writer.close()


async def all_that_comes(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_a_connection_that_says_nothing_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_SPEAK_WITHIN_S", 0.1)
    async with living(tmp_path) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.panel.http_port)
        writer.write(b"GET /api/health HTTP/1.1\r\nX-Slow: ")
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()


async def test_the_panel_starts_again_after_it_was_closed_and_closing_twice_is_harmless(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        await house.panel.close()
        await house.panel.close()
        await house.panel.start()
        assert (await house.call("GET", "/api/health"))[0] == 200


async def test_run_serves_until_it_is_cancelled(tmp_path: Path) -> None:
    panel = Panel(House(tmp_path).parts(), settings(tmp_path))
    running = asyncio.create_task(panel.run())
    await until(lambda: panel.http_port is not None)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert panel.http_port is None
    assert not (tmp_path / "gateway.sock").exists()


@pytest.mark.parametrize(
    "said",
    [b"GET /api/health?" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"],
    ids=["a line that is too long", "TLS"],
)
async def test_what_is_not_http_is_answered_like_every_mistake_and_not_repeated(house: House, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.panel.http_port)
    writer.write(said)
    answer = (await asyncio.wait_for(reader.read(), 60)).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith(("HTTP/1.1 400 ", "HTTP/1.0 400 "))
    assert "Content-Type: application/problem+json" in head
    assert "Server: gateway" in head
    assert json.loads(body)["correlation"] in head
    assert "xxxx" not in body
