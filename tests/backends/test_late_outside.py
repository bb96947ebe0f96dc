"""The way outside is loaded when somebody goes there, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest
from aiohttp import web

from gateway.backends.late_outside import LateOutside
from gateway.core.ports.outside import Unreached


async def test_it_asks_as_the_real_one_does_and_not_when_it_is_closed() -> None:
    async def told(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.method} {await request.text()} {request.headers['X-Who']}")

    app = web.Application()
    app.router.add_post("/hook", told)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    outside = LateOutside()
    answer = await outside.request("POST", f"http://127.0.0.1:{port}/hook", headers={"X-Who": "anna"}, body=b"hello")
    assert (answer.status, answer.body) == (200, b"POST hello anna")
    await outside.close()
    with pytest.raises(Unreached):
        await outside.request("GET", f"http://127.0.0.1:{port}/hook")
    await runner.cleanup()


async def test_closing_one_that_nobody_used_does_nothing() -> None:
    await LateOutside().close()


def test_the_composition_root_does_not_load_a_web_client() -> None:
    script = "import gateway.app, sys; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
