"""From how a channel is set up to the channel."""

from __future__ import annotations

import pytest

from gateway.backends.outside import HttpOutside
from gateway.core.channels import AppriseWay, DiscordWay, EmailWay, NtfyWay, TelegramWay, Way, WebhookWay
from gateway.core.errors import Refused
from gateway.frontends.notify.making import Making, check
from tests.alert_fakes import FakeChannel


def _mail(**changes: object) -> EmailWay:
    usual: dict[str, object] = {"host": "mail.example.org", "sender": "a@example.org", "to": ("b@example.org",)}
    return EmailWay(**{**usual, **changes})  # type: ignore[arg-type]


WAYS: list[tuple[Way, str]] = [
    (DiscordWay(url="https://discord.example/api/webhooks/1/x"), "DiscordChannel"),
    (NtfyWay(topic="house"), "NtfyChannel"),
    (WebhookWay(url="http://192.168.1.5/in"), "WebhookChannel"),
    (_mail(), "EmailChannel"),
    (AppriseWay(url="json://localhost"), "AppriseChannel"),
    (TelegramWay(token="123456:" + "a" * 35), "FakeChannel"),
]


@pytest.mark.parametrize(("way", "kind"), WAYS)
async def test_each_way_has_its_channel_and_nothing_is_sent_yet(way: Way, kind: str) -> None:
    channel = Making(HttpOutside(), lambda name, way: FakeChannel(name)).make("one", way)
    assert (type(channel).__name__, channel.name) == (kind, "one")
    assert await channel.targets()


@pytest.mark.parametrize(
    "way",
    [
        DiscordWay(url="http://discord.com/api/webhooks/1/x"),
        WebhookWay(url="http://93.184.216.34/in"),
        WebhookWay(url="http://example.org/in"),
        WebhookWay(url="https://user:password@example.org/in"),
        WebhookWay(url="https://example.org:99999/in"),
        NtfyWay(url="http://ntfy.sh", topic="house"),
        _mail(security="none"),
        _mail(sender="nobody"),
        _mail(to=("b@example.org", "@")),
    ],
)
def test_nothing_goes_over_the_internet_in_the_clear(way: Way) -> None:
    with pytest.raises(Refused):
        check(way)


@pytest.mark.parametrize(
    "url",
    ["http://nas/in", "http://nas.local:8123/in", "http://[fd00::1]/in", "http://127.0.0.1:1/", "https://example.org"],
)
def test_at_home_plain_http_is_enough(url: str) -> None:
    check(WebhookWay(url=url))
    check(_mail(security="none", host="nas.lan"))
