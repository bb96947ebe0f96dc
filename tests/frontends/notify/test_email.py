"""Mail over a server on loopback."""

from __future__ import annotations

import email
import socket
import ssl
from email.policy import default
from pathlib import Path
from typing import cast

import pytest

from gateway.backends.certificates import Certificates
from gateway.core.channels import EmailWay
from gateway.core.ports.channel import DeliveryFailed, NotSent, Perhaps, Rejected, Shut
from gateway.frontends.notify.email import EmailChannel
from tests.frontends.notify.mail_server import MailServer
from tests.frontends.notify.parcels import TEXT, parcel


def _way(server: MailServer, **changes: object) -> EmailWay:
    settings = {"security": "none", "sender": "Gateway <house@example.org>", "to": ("Anna <anna@example.org>",)}
    return EmailWay(host="127.0.0.1", port=server.port, **cast("dict[str, str]", settings | changes))


async def test_a_message_arrives_with_its_words_and_one_name() -> None:
    async with MailServer().running() as server:
        channel = EmailChannel("mail", _way(server))
        assert await channel.targets() == ("anna@example.org",)
        ref = await channel.deliver(parcel(), TEXT, repeat=False)
        again = await channel.deliver(parcel(), TEXT, repeat=True)
    assert ref == again
    assert server.recipients == ["TO:<anna@example.org>"] * 2
    message = email.message_from_bytes(server.taken[0], policy=default)
    assert message["Message-ID"] == ref
    assert message["Subject"] == "⚠ Fern: soil_moisture is 15.2, threshold min 20.0"
    assert message["To"] == "Anna <anna@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Importance"] is None
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").strip() == TEXT
    assert all(byte < 128 for byte in server.taken[0])


async def test_a_line_of_one_dot_ends_nothing_and_a_subject_cannot_hold_a_header() -> None:
    text = "first\x0bBcc: eve@example.org\r\n.\r\nlast"
    async with MailServer().running() as server:
        await EmailChannel("mail", _way(server)).deliver(parcel(level="alarm"), text, repeat=False)
    (taken,) = server.taken
    message = email.message_from_bytes(taken.replace(b"\r\n..", b"\r\n."), policy=default)
    assert message["Bcc"] is None
    assert message["Importance"] == "high"
    body = message.get_body()
    assert body is not None
    assert body.get_content().split() == ["first", "Bcc:", "eve@example.org", ".", "last"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"HELLO": "421 too busy"}, NotSent),
        ({"HELLO": None}, NotSent),
        ({"MAIL": "451 try later"}, NotSent),
        ({"MAIL": "530 who are you"}, Shut),
        ({"RCPT": "450 greylisted"}, NotSent),
        ({"RCPT": "550 no such user"}, Rejected),
        ({"RCPT": None}, NotSent),
        ({"DATA": "452 no room"}, NotSent),
        ({".": "451 not now"}, NotSent),
        ({".": "554 spam"}, Rejected),
        ({".": None}, Perhaps),
    ],
)
async def test_what_a_mail_server_says_decides_whether_it_is_tried_again(
    answers: dict[str, str | None], expected: type[DeliveryFailed]
) -> None:
    async with MailServer(answers).running() as server:
        with pytest.raises(DeliveryFailed) as raised:
            await EmailChannel("mail", _way(server)).deliver(parcel(), TEXT, repeat=False)
    assert type(raised.value) is expected


async def test_wrong_credentials_shut_the_channel_and_are_not_in_the_error() -> None:
    async with MailServer({"AUTH": "535 no"}).running() as server:
        way = _way(server, user="house", password="hunter2-secret")
        with pytest.raises(Shut) as raised:
            await EmailChannel("mail", way).deliver(parcel(), TEXT, repeat=False)
    assert raised.value.whole
    assert server.users == [("house", "hunter2-secret")]
    assert "hunter2" not in str(raised.value)


async def test_a_server_that_is_not_there_has_surely_not_taken_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = MailServer()
        server.port = taken.getsockname()[1]
        with pytest.raises(NotSent):
            await EmailChannel("mail", _way(server)).deliver(parcel(), TEXT, repeat=False)


async def test_starttls_encrypts_before_the_password_is_said(tmp_path: Path) -> None:
    made = Certificates(tmp_path, lambda: 1_800_000_000_000).ensure(["localhost"], ["127.0.0.1"])
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(made.cert_path, made.key_path)
    ca = Certificates(tmp_path, lambda: 1_800_000_000_000).ca_pem
    async with MailServer(tls=theirs).running() as server:
        way = _way(server, security="starttls", user="house", password="secret")
        trusting = EmailChannel("mail", way, tls=lambda: ssl.create_default_context(cadata=ca))
        await trusting.deliver(parcel(), TEXT, repeat=False)
        with pytest.raises(NotSent, match="not trusted"):
            await EmailChannel("mail", way).deliver(parcel(), TEXT, repeat=False)
    assert len(server.taken) == 1
    assert server.users == [("house", "secret")]


async def test_a_server_without_encryption_is_not_used_when_it_is_asked_for() -> None:
    async with MailServer().running() as server:
        with pytest.raises(Shut):
            await EmailChannel("mail", _way(server, security="starttls")).deliver(parcel(), TEXT, repeat=False)
    assert server.recipients == []
