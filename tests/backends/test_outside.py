"""The way outside: two kinds of failure, told apart by whether anything can have been sent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.backends.certificates import Certificates, ServerCertificate
from gateway.backends.outside import HttpOutside
from gateway.core.ports.outside import Unanswered, Unreached

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SECRET = "bot123456:very-secret-token"


@pytest_asyncio.fixture
async def outside() -> AsyncIterator[HttpOutside]:
    outside = HttpOutside()
    yield outside
    await outside.close()


@contextlib.asynccontextmanager
async def server(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Its address; `talk` is one connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        port = listening.sockets[0].getsockname()[1]
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}/{SECRET}"
    finally:
        listening.close()
        await listening.wait_closed()


async def read(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return head + await reader.readexactly(lengths[0] if lengths else 0)


def reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_an_answer_comes_back_whole_with_its_status_and_small_headers(outside: HttpOutside) -> None:
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read(reader))
        writer.write(b"HTTP/1.1 418 Teapot\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nhello")
        await writer.drain()

    async with server(talk) as url:
        answer = await outside.request("POST", url, headers={"X-One": "1"}, body=b"body")
    assert (answer.status, answer.headers["retry-after"], answer.body) == (418, "7", b"hello")
    assert asked[0].startswith(f"POST /{SECRET} HTTP/1.1\r\n".encode())
    assert asked[0].endswith(b"\r\n\r\nbody")
    assert b"X-One: 1\r\n" in asked[0]
    assert b"edge-gateway" in asked[0]


async def test_each_request_has_a_connection_of_its_own(outside: HttpOutside) -> None:
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await read(reader)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()

    async with server(talk) as url:
        for _ in range(3):
            await outside.request("GET", url)
    assert connections == 3


async def test_redirects_are_not_followed(outside: HttpOutside) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with server(talk) as url:
        assert (await outside.request("GET", url)).status == 302


async def test_nobody_listens_is_unreached(outside: HttpOutside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    with pytest.raises(Unreached, match=r"127\.0\.0\.1: .*refused"):
        await outside.request("POST", f"http://127.0.0.1:{port}/{SECRET}", body=b"x")


@pytest.mark.parametrize(
    "url", ["", "ftp://example.org/", "http://", "http://[::1", "javascript:1", "https:/nowhere", "http://a b/"]
)
async def test_what_is_no_address_is_unreached(outside: HttpOutside, url: str) -> None:
    with pytest.raises(Unreached):
        await outside.request("GET", url)


@pytest.mark.parametrize("after_reading", [False, True])
async def test_a_connection_that_breaks_is_unanswered_whether_or_not_it_was_read(
    outside: HttpOutside, after_reading: bool
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if after_reading:
            await read(reader)
        reset(writer)

    async with server(talk) as url:
        with pytest.raises(Unanswered):
            await outside.request("POST", url, body=b"x")


async def test_a_connection_that_is_closed_without_an_answer_is_unanswered(outside: HttpOutside) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)

    async with server(talk) as url:
        with pytest.raises(Unanswered, match="closed the connection"):
            await outside.request("POST", url, body=b"x")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
async def test_an_answer_that_drips_or_stops_is_unanswered(outside: HttpOutside, said: bytes) -> None:
    waits = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        writer.write(said)
        await waits.wait()

    async with server(talk) as url:
        with pytest.raises(Unanswered, match=r"no answer within 0\.3 s"):
            await outside.request("POST", url, body=b"x", timeout_s=0.3)
        waits.set()


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", b"\x00" * 100]
)
async def test_what_is_no_http_or_cut_off_is_unanswered(outside: HttpOutside, said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        writer.write(said)
        await writer.drain()

    async with server(talk) as url:
        with pytest.raises(Unanswered) as raised:
            await outside.request("POST", url, body=b"x")
    assert SECRET not in "".join(traceback.format_exception(raised.value))


async def test_a_long_answer_is_not_read_to_its_end(outside: HttpOutside) -> None:
    written = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            written += 65536

    async with server(talk) as url:
        with pytest.raises(Unanswered, match="longer than 1000000 bytes"):
            await outside.request("GET", url)
    assert written < 50_000_000


async def test_a_compressed_answer_is_left_as_it_is(outside: HttpOutside) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbomb")
        await writer.drain()

    async with server(talk) as url:
        assert (await outside.request("GET", url)).body == b"bomb"


# --- TLS


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificate:
    return Certificates(tmp_path_factory.mktemp("keys"), lambda: 1_800_000_000_000).ensure(["localhost"], ["127.0.0.1"])


def server_tls(made: ServerCertificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.cert_path, made.key_path)
    return context


async def ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    await writer.drain()


async def test_https_works_with_an_authority_that_is_trusted(made: ServerCertificate) -> None:
    made_in: list[threading.Thread] = []

    def tls() -> ssl.SSLContext:
        made_in.append(threading.current_thread())
        return ssl.create_default_context(cafile=made.ca_path)

    outside = HttpOutside(tls=tls)
    async with server(ok, server_tls(made)) as url:
        assert (await outside.request("GET", url)).body == b"ok"
        assert (await outside.request("GET", url)).body == b"ok"
    await outside.close()
    assert len(made_in) == 1
    assert made_in[0] is not threading.main_thread()


async def test_a_certificate_nobody_vouches_for_is_unreached(made: ServerCertificate, outside: HttpOutside) -> None:
    async with server(ok, server_tls(made)) as url:
        with pytest.raises(Unreached, match="not to be trusted"):
            await outside.request("POST", url, body=b"x")


async def test_what_does_not_speak_tls_is_unreached(made: ServerCertificate) -> None:
    outside = HttpOutside(tls=lambda: ssl.create_default_context(cafile=made.ca_path))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with server(talk) as url:
        with pytest.raises(Unreached):
            await outside.request("POST", url.replace("http:", "https:"), body=b"x")
    await outside.close()


async def test_tls_that_hangs_is_unreached_as_nothing_was_sent(made: ServerCertificate) -> None:
    outside = HttpOutside(tls=lambda: ssl.create_default_context(cafile=made.ca_path))
    waits = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await waits.wait()

    async with server(talk) as url:
        with pytest.raises(Unreached):
            await outside.request("POST", url.replace("http:", "https:"), body=b"x", timeout_s=0.3)
        waits.set()
        await asyncio.sleep(0.01)
    await outside.close()


async def test_authorities_that_cannot_be_read_are_tried_again(made: ServerCertificate) -> None:
    tries = 0

    def tls() -> ssl.SSLContext:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("no such file")
        return ssl.create_default_context(cafile=made.ca_path)

    outside = HttpOutside(tls=tls)
    async with server(ok, server_tls(made)) as url:
        with pytest.raises(Unreached):
            await outside.request("GET", url)
        assert (await outside.request("GET", url)).status == 200
    await outside.close()


# --- names


async def test_a_name_nobody_knows_is_unreached() -> None:
    def lookup(*asked: object, **more: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    outside = HttpOutside(lookup=lookup)
    with pytest.raises(Unreached, match=r"api\.telegram\.org: its name is not found"):
        await outside.request("POST", f"http://api.telegram.org/{SECRET}", body=b"x")
    await outside.close()


@pytest.mark.parametrize("name", ["a" * 70 + ".org", "xn--.org", "ä..org"])
async def test_what_cannot_be_a_name_is_unreached(outside: HttpOutside, name: str) -> None:
    with pytest.raises(Unreached):
        await outside.request("GET", f"http://{name}/")


async def test_a_name_that_is_found_is_asked() -> None:
    async with server(ok) as url:
        port = int(url.split(":")[2].split("/")[0])

        def lookup(*asked: object, **more: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        outside = HttpOutside(lookup=lookup)
        answer = await outside.request("GET", f"http://somewhere.example:{port}/")
        await outside.close()
    assert answer.status == 200


async def test_a_name_server_that_hangs_holds_up_neither_the_pool_nor_an_address() -> None:
    answered = threading.Event()
    asked: list[threading.Thread] = []

    def lookup(*args: object, **more: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        asked.append(threading.current_thread())
        answered.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    outside = HttpOutside(lookup=lookup)
    hosts = [f"http://host-{number}.example/" for number in range(8)]
    results = await asyncio.gather(
        *(outside.request("POST", host, body=b"x", timeout_s=0.3) for host in hosts * 3), return_exceptions=True
    )
    assert {type(result) for result in results} == {Unreached}
    assert len(asked) <= 2
    assert all(thread.daemon for thread in asked)
    assert await asyncio.to_thread(lambda: "free") == "free"
    async with server(ok) as url:
        assert (await outside.request("GET", url)).status == 200
    answered.set()
    await outside.close()


# --- the end


async def test_closing_ends_what_is_under_way_and_nothing_is_asked_any_more() -> None:
    reached = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        reached.set()
        await reader.read()

    outside = HttpOutside()
    async with server(talk) as url:
        under_way = asyncio.create_task(outside.request("POST", url, body=b"x"))
        await reached.wait()
        await outside.close()
        with pytest.raises(Unanswered):
            await under_way
        with pytest.raises(Unreached, match="closing"):
            await outside.request("GET", url)


async def test_it_can_be_closed_without_ever_having_been_used() -> None:
    await HttpOutside().close()


async def test_giving_up_waiting_is_no_failure_of_the_other_side(outside: HttpOutside) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(talk) as url:
        task = asyncio.create_task(outside.request("POST", url, body=b"x"))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_making_one_imports_no_certificates_and_starts_no_thread() -> None:
    script = (
        "import asyncio, threading\nfrom gateway.backends.outside import HttpOutside\n"
        "def tls(): raise SystemExit('tls')\n"
        "async def main():\n    outside = HttpOutside(tls=tls)\n    print(threading.active_count())\n"
        "    await outside.close()\nasyncio.run(main())"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "1"
