"""Discord, ntfy and webhooks, against a server on loopback."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from gateway.backends.outside import HttpOutside
from gateway.core.channels import DiscordWay, NtfyWay, WebhookWay
from gateway.core.ports.channel import Channel, DeliveryFailed, NotSent, Perhaps, Rejected, Shut, Slower
from gateway.frontends.notify.discord import DiscordChannel
from gateway.frontends.notify.ntfy import NtfyChannel
from gateway.frontends.notify.webhook import WebhookChannel
from tests.frontends.notify.parcels import TEXT, parcel


class Service:
    """Keeps what it was sent and answers as told."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.answer = '{"id": "m-1"}'
        self.cut = False
        self.asked: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.url = ""
        self.outside = HttpOutside()

    async def take(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        self.bodies.append(await request.read())
        if self.cut:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=self.status, headers=self.headers, text=self.answer)

    @property
    def body(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.bodies[-1])
        return found


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await made.outside.close()
    await runner.cleanup()


def _discord(service: Service) -> Channel:
    return DiscordChannel("discord", DiscordWay(url=f"{service.url}/api/webhooks/1/abc"), service.outside)


async def test_discord_waits_for_the_id_and_mentions_nobody(service: Service) -> None:
    text = TEXT + " @everyone"
    assert await _discord(service).deliver(parcel(), text, repeat=False) == "m-1"
    assert service.asked[0].path_qs == "/api/webhooks/1/abc?wait=true"
    assert service.body == {"content": text, "allowed_mentions": {"parse": []}, "flags": 4}


async def test_discord_is_told_at_most_what_it_takes(service: Service) -> None:
    await _discord(service).deliver(parcel(), "x" * 5000, repeat=False)
    assert len(str(service.body["content"])) == 1900


async def test_ntfy_has_the_first_line_as_title_and_says_how_loud(service: Service) -> None:
    way = NtfyWay(url=service.url, topic="house", token="tk_secret")
    channel = NtfyChannel("ntfy", way, service.outside)
    assert await channel.targets() == ("house",)
    assert await channel.deliver(parcel(level="alarm"), TEXT, repeat=False) == "m-1"
    title, _, rest = TEXT.partition("\n")
    assert service.body == {"topic": "house", "title": title, "message": rest, "priority": 5}
    assert service.asked[0].path == "/"
    assert service.asked[0].headers["Authorization"] == "Bearer tk_secret"


async def test_ntfy_makes_no_attachment_of_a_long_message(service: Service) -> None:
    channel = NtfyChannel("ntfy", NtfyWay(url=service.url, topic="house"), service.outside)
    await channel.deliver(parcel(), "title\n" + "ü" * 5000, repeat=False, bare=True)
    assert len(str(service.body["message"]).encode()) <= 4000
    assert "title" not in service.body
    assert "Authorization" not in service.asked[0].headers


async def test_a_webhook_is_signed_and_a_repetition_has_the_same_key(service: Service) -> None:
    channel = WebhookChannel("hook", WebhookWay(url=f"{service.url}/in", secret="s3"), service.outside)
    for repeat in (False, True):
        await channel.deliver(parcel(), TEXT, repeat=repeat)
    assert [request.headers["Idempotency-Key"] for request in service.asked] == [parcel().id] * 2
    signature = hmac.new(b"s3", service.bodies[1], hashlib.sha256).hexdigest()
    assert service.asked[1].headers["X-Gateway-Signature"] == f"sha256={signature}"
    assert service.body == {
        "id": parcel().id,
        "alert": "9f00aa11",
        "part": "open",
        "level": "warning",
        "title": parcel().title,
        "text": TEXT,
        "happened_ms": 900,
        "repeat": True,
        "simulated": True,
    }


async def test_without_a_secret_there_is_no_signature_and_any_answer_will_do(service: Service) -> None:
    service.status, service.answer = 204, ""
    channel = WebhookChannel("hook", WebhookWay(url=service.url), service.outside)
    assert await channel.deliver(parcel(), TEXT, repeat=False) == ""
    assert "X-Gateway-Signature" not in service.asked[0].headers


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (302, Shut),
        (400, Rejected),
        (401, Shut),
        (403, Shut),
        (404, Shut),
        (408, NotSent),
        (410, Shut),
        (413, Rejected),
        (429, Slower),
        (500, Perhaps),
        (502, Perhaps),
        (503, Perhaps),
    ],
)
async def test_an_answer_decides_whether_it_is_tried_again(
    service: Service, status: int, expected: type[DeliveryFailed]
) -> None:
    service.status, service.answer = status, "nonsense"
    service.headers = {"Location": "/elsewhere"} if status == 302 else {}
    with pytest.raises(DeliveryFailed) as raised:
        await _discord(service).deliver(parcel(), TEXT, repeat=False)
    assert type(raised.value) is expected
    assert "webhooks/1/abc" not in str(raised.value)


@pytest.mark.parametrize(("status", "again"), [(401, False), (410, False), (302, True), (403, True), (404, True)])
async def test_what_may_be_right_again_by_itself_is_looked_at_again(service: Service, status: int, again: bool) -> None:
    """A server that is set up anew says 404 for a while; wrong credentials stay wrong."""
    service.status, service.answer = status, ""
    service.headers = {"Location": "/elsewhere"} if status == 302 else {}
    with pytest.raises(Shut) as raised:
        await _discord(service).deliver(parcel(), TEXT, repeat=False)
    assert raised.value.whole
    assert raised.value.again_s == (3600.0 if again else None)


@pytest.mark.parametrize(
    ("status", "headers", "answer", "pause"),
    [
        (429, {}, '{"message": "rate limited", "retry_after": 64.57, "global": false}', 64.57),
        (429, {"Retry-After": "7"}, "{}", 7.0),
        (503, {"Retry-After": "120"}, "", 120.0),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", 30.0),
        (429, {"Retry-After": "1e99"}, "", 86_400.0),
        (429, {"Retry-After": "nan"}, "", 30.0),
        (429, {"Retry-After": "-5"}, "", 30.0),
    ],
)
async def test_how_long_to_wait_is_in_the_body_or_the_header(
    service: Service, status: int, headers: dict[str, str], answer: str, pause: float
) -> None:
    service.status, service.headers, service.answer = status, headers, answer
    with pytest.raises(Slower) as raised:
        await _discord(service).deliver(parcel(), TEXT, repeat=False)
    assert raised.value.after_s == pause


async def test_a_connection_that_ends_before_the_answer_leaves_it_open(service: Service) -> None:
    service.cut = True
    with pytest.raises(Perhaps):
        await _discord(service).deliver(parcel(), TEXT, repeat=False)
    assert len(service.bodies) == 1


async def test_nobody_there_means_it_was_not_sent(service: Service) -> None:
    channel = WebhookChannel("hook", WebhookWay(url="http://127.0.0.1:9/x"), service.outside)
    with pytest.raises(NotSent):
        await channel.deliver(parcel(), TEXT, repeat=False)


async def test_none_of_them_can_tell_what_has_arrived(service: Service) -> None:
    assert await _discord(service).find(parcel(), "m-0") == "unknown"
    assert service.bodies == []
