"""A whole gateway and a Bot API that behaves as Telegram's does: pairing, talking, alerts that arrive once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.telegram_fake import TelegramFake
from tests.telegram_steps import TOKEN, Answered, Stall, Taken

from .home_site import Home, Node, until

_Result = TypeVar("_Result")
ANNA, STRANGER = 4711, 666
CONFLICT = Answered(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
ROOMS = (
    {"id": "bathroom", "name": "Bathroom", "traits": {"kind": "room", "use": "washing"}},
    {"id": "bedroom", "name": "Bedroom", "traits": {"kind": "room", "use": "sleeping"}},
)
FERN = {"name": "Fern", "species": "Boston fern", "thresholds": {"soil_moisture": {"min": 20.0, "max": 80.0}}}
STANDS = (("climate", "bathroom", "Bathroom climate"), ("window", "bedroom", "Bedroom window"))


class Telegram:
    """The fake on a loop of its own, in a thread of its own: it goes on whatever the test waits for."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.fake = TelegramFake()
        self._run(self.fake.start())

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def do(self, deed: Callable[[], _Result]) -> _Result:
        """Something that the fake does, where it lives."""

        async def doing() -> _Result:
            return deed()

        return self._run(doing())

    def write(self, person: int, text: str) -> None:
        """Somebody writes to the bot."""
        self.do(lambda: self.fake.write(person, text))

    def press(self, message: Taken, words: str) -> None:
        """Anna presses a button by its words."""
        data = next(sent for said, sent in self.fake.shown(message)[1] if said == words)
        self.do(lambda: self.fake.press(ANNA, message, data))

    def answer(self, part: str, person: int = ANNA) -> Taken:
        """The message in which this stands, as it is by now; waits for it."""
        until(lambda: self._with(part, person), f"{part!r} among {self.fake.texts()}")
        return self._with(part, person)[-1]

    def _with(self, part: str, person: int) -> list[Taken]:
        return [sent for sent in self.fake.ledger if sent.chat == person and part in self.fake.shown(sent)[0]]

    def away(self) -> None:
        """Connections are refused."""
        self._run(self.fake.stop())

    def back(self) -> None:
        """It is there again, on the same port."""
        self._run(self.fake.start())

    def close(self) -> None:
        """Gone for good."""
        self.away()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    made = Telegram()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path, telegram: Telegram) -> Iterator[Home]:
    options = f'[telegram]\napi_url = "{telegram.fake.url}"\n[alerts]\nsettle_s = 1\ncooldown_minutes = 0\n'
    home = Home(tmp_path, options).open()
    yield home
    home.kill()


class House:
    """A bathroom, a window, a fern with a sensor of its own, and a bot to which Anna is paired."""

    def __init__(self, home: Home, telegram: Telegram) -> None:
        self.home, self.telegram = home, telegram
        for room in ROOMS:
            home.got("POST", "/assets", room)
        self.plant = home.got("POST", "/plants", FERN)["id"]
        enrolled = []
        for number, (kind, asset, name) in enumerate((*STANDS, ("plant", self.plant, "Fern sensor"))):
            (device,) = home.enrol(1, number, kind)
            home.got("PATCH", f"/devices/{device.device_id}", {"name": name})
            home.got("POST", f"/devices/{device.device_id}/provision", {"asset_id": asset})
            enrolled.append(device)
        self.enrolled = enrolled
        self.connect()
        self.climate.say("telemetry", timestamp=time.time() * 1000, humidity=61.5, temperature=21.5)
        home.got("PUT", "/channels/telegram", {"way": {"kind": "telegram", "token": TOKEN}})

    def connect(self) -> None:
        """All nodes are there."""
        self.nodes = [Node(self.home, device) for device in self.enrolled]
        self.climate, self.window, self.fern = self.nodes

    def pair(self, scope: str = "operate") -> None:
        """Anna sends the code that the panel shows."""
        made = self.home.got("POST", "/telegram/pairing", {"minutes": 10, "scope": scope})
        self.telegram.write(ANNA, f"/pair {made['code']}")
        until(lambda: self.home.got("GET", "/telegram/people")["people"], "Anna is paired")

    def water(self, soil_moisture: float) -> None:
        """The fern's soil, three times, after which it is well again; on the gateway's disk afterwards."""
        for _ in range(3):
            self.fern.say("telemetry", timestamp=time.time() * 1000, soil_moisture=soil_moisture, temperature=21.0)

    def waiting(self) -> int:
        """How many messages Telegram has not taken yet."""
        (channel,) = self.home.got("GET", "/channels")["channels"]
        return int(channel["waiting"])

    def close(self) -> None:
        """All gone."""
        for node in self.nodes:
            node.close()


@pytest.fixture
def house(home: Home, telegram: Telegram) -> Iterator[House]:
    house = House(home, telegram)
    yield house
    house.close()


def alerts(telegram: Telegram) -> list[str]:
    """First lines of what Anna was told of the fern, oldest first."""
    lines = [sent.text.split("\n")[0] for sent in telegram.fake.ledger if sent.chat == ANNA]
    return [line for line in lines if "Fern:" in line]


@pytest.mark.timeout(180)
def test_a_person_who_was_paired_asks_and_gives_an_order_and_a_stranger_hears_nothing(
    house: House, telegram: Telegram
) -> None:
    telegram.write(STRANGER, "open the bedroom window")
    house.pair()
    telegram.write(ANNA, "what's the temp in the bathroom?")
    assert "°C" in telegram.answer("21.5").text
    telegram.write(ANNA, "open the bedroom window to 40 percent")
    order = house.window.order()
    assert (order["verb"], order["args"]) == ("set_position", {"position": 40})
    house.window.answer(order, "accepted", "done")
    telegram.answer("is at 40")
    assert telegram.fake.texts(STRANGER) == []


@pytest.mark.timeout(180)
def test_a_rule_by_telegram_waits_for_the_button(house: House, telegram: Telegram) -> None:
    house.pair()
    telegram.write(ANNA, "close the bedroom window if humidity in the bathroom is below 40 %")
    asked = telegram.answer("40")
    assert house.home.got("GET", "/rules")["rules"] == []
    (yes, *_) = (words for words, sent in telegram.fake.shown(asked)[1] if sent.startswith("y:"))
    telegram.press(asked, yes)
    until(lambda: house.home.got("GET", "/rules")["rules"], "the rule is kept")


@pytest.mark.timeout(240)
def test_a_breach_arrives_once_over_a_kill_and_is_acknowledged_by_its_button(
    home: Home, house: House, telegram: Telegram
) -> None:
    house.pair()
    house.water(24.0)
    telegram.do(lambda: telegram.fake.script("sendMessage", Stall(3.0, taken=True)))
    house.water(15.2)
    until(lambda: alerts(telegram), "the breach has reached Telegram")
    home.kill()
    house.close()
    home.open()
    house.connect()
    house.water(15.0)
    (alert,) = home.got("GET", "/alerts?open=true")["alerts"]
    until(
        lambda: [one["state"] for one in home.got("GET", f"/alerts/{alert['id']}")["deliveries"]] == ["delivered"],
        "it is known that it arrived",
    )
    assert alerts(telegram) == [telegram.answer("soil_moisture is 15.2, threshold min 20.0").text.split("\n")[0]]
    telegram.press(telegram.answer("soil_moisture is 15.2"), "Acknowledge")
    until(lambda: home.got("GET", f"/alerts/{alert['id']}")["acked_ms"], "it is acknowledged")
    house.water(25.0)
    telegram.answer("25.0")
    assert len(alerts(telegram)) == 2


@pytest.mark.timeout(240)
def test_what_happened_while_telegram_was_away_arrives_in_order_and_nothing_waited_for_it(
    house: House, telegram: Telegram
) -> None:
    house.pair()
    house.water(24.0)
    telegram.away()
    for number, value in enumerate((15.0, 24.0, 14.0), 1):
        house.water(value)
        until(lambda number=number: house.waiting() == number, f"{value} waits to be told")  # type: ignore[misc]
    assert house.home.got("GET", "/devices")["devices"], "the panel answers meanwhile"
    telegram.back()
    until(lambda: len(alerts(telegram)) >= 3, "all of it has arrived")
    time.sleep(3)
    told = alerts(telegram)
    assert len(told) == 3
    assert "15.0" in told[0]
    assert "24.0" in told[1]
    assert "14.0" in told[2]


@pytest.mark.timeout(180)
def test_the_token_is_nowhere_but_in_a_sealed_document(home: Home, house: House, telegram: Telegram) -> None:
    house.pair()
    telegram.away()
    telegram.write(ANNA, "nobody reads this")
    secret = TOKEN.split(":")[1]
    shown = home.got("GET", "/channels")
    assert secret not in str(shown)
    assert secret[-4:] in str(shown)
    home.kill()
    for path in home.folder.rglob("*"):
        if path.is_file() and path.stat().st_size < 50_000_000:
            assert secret.encode() not in path.read_bytes(), path
    telegram.back()


@pytest.mark.timeout(180)
def test_another_poller_with_the_same_token_is_told_and_alerts_go_on(
    home: Home, house: House, telegram: Telegram
) -> None:
    house.pair()
    house.water(24.0)
    telegram.do(lambda: telegram.fake.always("getUpdates", CONFLICT))
    until(
        lambda: home.got("GET", "/events?kind=telegram.conflict")["events"],
        "the conflict is noted",
    )
    house.water(15.2)
    telegram.answer("soil_moisture is 15.2")
    telegram.do(lambda: telegram.fake.always("getUpdates", "ok"))
