"""Whatever apprise knows: only its own answer decides."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from aiohttp import web

from gateway.core.channels import AppriseWay
from gateway.core.ports.channel import Perhaps, Shut
from gateway.frontends.notify import apprise as ours
from tests.frontends.notify.parcels import TEXT, parcel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


async def test_apprise_sends_it_over_an_address_of_its_own_kind() -> None:
    taken: list[dict[str, object]] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(await request.json())
        return web.Response(status=500 if len(taken) > 1 else 200)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        channel = ours.AppriseChannel("all", AppriseWay(url=f"json://127.0.0.1:{runner.addresses[0][1]}/hook"))
        assert await channel.deliver(parcel(level="alarm"), TEXT, repeat=False) == ""
        with pytest.raises(Perhaps):
            await channel.deliver(parcel(), TEXT, repeat=True)
    finally:
        await runner.cleanup()
    title, _, rest = TEXT.partition("\n")
    assert (taken[0]["title"], taken[0]["message"], taken[0]["type"]) == (title, rest, "failure")


async def test_an_address_it_does_not_know_shuts_the_channel() -> None:
    with pytest.raises(Shut):
        await ours.AppriseChannel("all", AppriseWay(url="nonsense")).deliver(parcel(), TEXT, repeat=False)


@pytest.mark.parametrize(
    "url", ["nonsense://user:very-secret@host", "mailtos://", "tgram://very-secret", "discord://very-secret"]
)
async def test_the_secret_in_an_address_is_in_no_log_and_no_error(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises((Shut, Perhaps)) as failed:
        await ours.AppriseChannel("all", AppriseWay(url=url)).deliver(parcel(), TEXT, repeat=False)
    assert "very-secret" not in caplog.text + str(failed.value)


async def test_without_apprise_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(Shut, match="not installed"):
        await ours.AppriseChannel("all", AppriseWay(url="json://localhost")).deliver(parcel(), TEXT, repeat=False)


def test_making_channels_does_not_import_apprise() -> None:
    script = "import sys, gateway.frontends.notify.making; assert 'apprise' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
