"""A site's places are made in the gateway once, and never against what people changed."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.core.home import AssetKind, PlantTraits
from gateway.simulator.backoff import Backoff
from gateway.simulator.enrol import Api
from gateway.simulator.furnish import Furnisher, asset_of
from gateway.simulator.site import demo_site

from .lines import until

SITE = demo_site()
WINDOW = SITE.devices[0]


class House:
    """The API of PROTOCOL as far as places go. `answers` go first, one each."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, object]] = {"/api/devices/w-1": {"id": "w-1", "asset": None}}
        self.posted: list[tuple[str, dict[str, object]]] = []
        self.tokens: set[str | None] = set()
        self.answers: list[int] = []
        house = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*house._found(self.path))

            def do_POST(self) -> None:
                house.tokens.add(self.headers.get("Authorization"))
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._answer(house.answers.pop(0) if house.answers else house._made(self.path, body), {})

            def _answer(self, status: int, body: dict[str, object]) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def _found(self, path: str) -> tuple[int, dict[str, object]]:
        return (200, self.things[path]) if path in self.things else (404, {})

    def _made(self, path: str, body: dict[str, object]) -> int:
        self.posted.append((path, body))
        if path.endswith("/provision"):
            self.things[path.removesuffix("/provision")]["asset"] = body["asset_id"]
            return 200
        if path.startswith("/api/rules"):
            return 201
        self.things[f"{path}/{body['id']}"] = body
        return 201

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def furnisher_of(house: House, said: list[tuple[str, str]] | None = None) -> Furnisher:
    report = [] if said is None else said
    api = Api(f"http://127.0.0.1:{house.server.server_address[1]}")
    backoff = Backoff(random.Random(1), 0.01, 0.05)
    return Furnisher(api, "secret", SITE, backoff, lambda state, detail: report.append((state, detail)))


async def furnish(house: House, done: str = "w-1") -> list[tuple[str, str]]:
    """Furnish, with one device that comes online; what was reported."""
    said: list[tuple[str, str]] = []
    furnisher = furnisher_of(house, said)
    running = asyncio.create_task(furnisher.run())
    furnisher.online(WINDOW, done)
    await until(lambda: any(state == "furnished" for state, _ in said) and furnisher._arrived.empty())
    await until(lambda: house.things["/api/devices/w-1"]["asset"] is not None)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return said


async def test_everything_of_the_site_is_made_and_the_device_put_to_its_room(house: House) -> None:
    said = await furnish(house)
    assert house.tokens == {"Bearer secret"}
    paths = [path for path, _ in house.posted]
    assert paths == ["/api/zones"] * 4 + ["/api/assets"] * 11 + ["/api/devices/w-1/provision"]
    assert house.posted[-1][1] == {"asset_id": "living-room"}
    fern = house.things["/api/assets/fern"]
    assert fern["zone"] == "ground-floor"
    assert fern["relations"] == [{"kind": "inside", "asset": "living-room"}]
    assert house.things["/api/assets/living-room"]["synonyms"] == ["lounge", "sitting room"]
    assert said == [("furnished", "4 zones, 11 assets")]


async def test_what_is_there_stays_as_people_have_it(house: House) -> None:
    await furnish(house)
    house.things["/api/assets/fern"] = {"id": "fern", "name": "Nephrolepis"}
    house.things["/api/devices/w-1"]["asset"] = "bedroom"
    house.posted.clear()
    await furnish(house)
    assert house.posted == []
    assert house.things["/api/assets/fern"]["name"] == "Nephrolepis"
    assert house.things["/api/devices/w-1"]["asset"] == "bedroom"


async def test_a_busy_gateway_is_asked_again_and_what_it_refuses_is_said(house: House) -> None:
    house.answers = [503, 429, 201, 409]
    said = await furnish(house)
    assert [state for state, _ in said] == ["waiting", "waiting", "refused", "furnished"]


async def test_a_rule_comes_once_everything_it_names_is_there_and_is_put_into_its_mode(house: House) -> None:
    house.things |= {f"/api/devices/{name}": {"asset": None} for name in ("bathroom-climate", "bathroom-fan")}
    furnisher = furnisher_of(house)
    running = asyncio.create_task(furnisher.run())
    climate, fan = (next(one for one in SITE.devices if one.id == f"bathroom-{what}") for what in ("climate", "fan"))
    furnisher.online(climate, climate.id)
    await until(lambda: house.things["/api/devices/bathroom-climate"]["asset"] is not None)
    furnisher.online(fan, fan.id)
    await until(lambda: house.posted[-1][0] == "/api/rules/bathroom-fan/enable")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    provisioned = ["/api/devices/bathroom-climate/provision", "/api/devices/bathroom-fan/provision"]
    assert [path for path, _ in house.posted][-4:] == [
        *provisioned,
        "/api/rules?id=bathroom-fan",
        "/api/rules/bathroom-fan/enable",
    ]
    assert house.posted[-1][1] == {"mode": "live"}
    sent = house.posted[-2][1]
    assert sent["name"] == "Bathroom fan"
    assert "if" not in sent
    assert house.things["/api/assets/bathroom-fan"]["relations"] == [{"kind": "serves", "asset": "bathroom"}]


async def test_a_rule_that_is_there_stays_as_people_have_it(house: House) -> None:
    house.things |= {f"/api/devices/{name}": {"asset": name} for name in ("bathroom-climate", "bathroom-fan")}
    house.things["/api/rules/bathroom-fan"] = {"mode": "off"}
    furnisher = furnisher_of(house)
    running = asyncio.create_task(furnisher.run())
    for device in SITE.devices:
        if device.asset.startswith("bathroom"):
            furnisher.online(device, device.id)
    await until(lambda: [rule.id for rule in furnisher._rules] == ["bedroom-air"])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not [path for path, _ in house.posted if path.startswith("/api/rules")]


def test_every_asset_of_the_site_has_its_kind_and_its_traits() -> None:
    assets = {thing.id: asset_of(SITE, thing) for thing in SITE.assets}
    assert {asset.kind for asset in assets.values()} == set(AssetKind)
    fern = assets["fern"].traits
    assert isinstance(fern, PlantTraits)
    assert fern.species == "Boston fern"
    assert fern.thresholds["soil_moisture"].min == 30.0
    assert assets["fern"].inside == "living-room"
