"""The Pi's pins, on gpiozero's own stand-in for them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.backends.pins import DisabledPins, GpioPins, PinSettings, opened
from gateway.core.ports.pins import Light

CLONE = Path(__file__).resolve().parents[2]
LED, BUTTON, RELAY, SERVO = 17, 27, 22, 18


@pytest.fixture
def factory() -> Iterator[Any]:
    from gpiozero.pins.mock import MockFactory, MockPWMPin

    made = MockFactory(pin_class=MockPWMPin)
    yield made
    made.reset()


@pytest.fixture
async def pins(factory: Any, tmp_path: Path) -> GpioPins:
    return GpioPins(
        PinSettings(scratch=tmp_path, status_led=LED, pairing_button=BUTTON, relay=RELAY, servo=SERVO), factory
    )


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - a thread of the library does it
            await asyncio.sleep(0.01)


def level(factory: Any, pin: int) -> float:
    return float(factory.pin(pin).state)


async def test_the_light_is_on_when_all_is_well_and_off_at_first(pins: GpioPins, factory: Any) -> None:
    assert level(factory, LED) == 0
    pins.show(Light.WELL)
    assert level(factory, LED) == 1
    pins.show(Light.OFF)
    assert level(factory, LED) == 0
    pins.close()


@pytest.mark.parametrize("light", [Light.PAIRING, Light.TROUBLE])
async def test_the_light_blinks_until_told_otherwise(pins: GpioPins, factory: Any, light: Light) -> None:
    pins.show(light)
    pins.show(light)
    for seen in (1, 0, 1):
        await until(lambda seen=seen: level(factory, LED) == seen)  # type: ignore[misc]
    pins.show(Light.WELL)
    assert level(factory, LED) == 1
    pins.close()


async def test_the_button_is_heard_on_the_event_loop(pins: GpioPins, factory: Any) -> None:
    heard: list[bool] = []
    pins.on_button(lambda: heard.append(asyncio.get_running_loop() is not None))
    for _ in range(2):
        # As a thread of the library says it: to ground is down.
        await asyncio.to_thread(factory.pin(BUTTON).drive_low)
        await asyncio.to_thread(factory.pin(BUTTON).drive_high)
    await until(lambda: len(heard) == 2)
    pins.close()


async def test_the_relay_follows(pins: GpioPins, factory: Any) -> None:
    assert level(factory, RELAY) == 0
    pins.relay(True)
    assert level(factory, RELAY) == 1
    pins.relay(False)
    assert level(factory, RELAY) == 0
    pins.close()


def pulse_ms(factory: Any) -> float:
    """How long each pulse to the servo is; it gets one every 20 ms."""
    return level(factory, SERVO) * 20


async def test_the_servo_turns_between_its_two_angles(pins: GpioPins, factory: Any) -> None:
    middle, end = 1.45, 2.4
    for position, wanted in ((0, middle), (50, (middle + end) / 2), (100, end), (130, end), (-5, middle)):
        pins.servo(position)
        assert pulse_ms(factory) == pytest.approx(wanted, abs=0.001)
    pins.close()


async def test_it_may_be_mounted_the_other_way_round(factory: Any, tmp_path: Path) -> None:
    pins = GpioPins(PinSettings(scratch=tmp_path, servo=SERVO, servo_open_deg=-90, servo_shut_deg=45), factory)
    pins.servo(100)
    assert pulse_ms(factory) == pytest.approx(0.5, abs=0.001)
    pins.servo(0)
    assert pulse_ms(factory) == pytest.approx(1.45 + 0.475, abs=0.001)
    pins.close()


async def test_the_servo_gets_no_pulses_before_its_first_order_and_none_a_while_after(
    pins: GpioPins, factory: Any
) -> None:
    assert factory.pin(SERVO).frequency is None
    pins.servo(40)
    assert factory.pin(SERVO).frequency == 50
    await until(lambda: factory.pin(SERVO).frequency is None)
    pins.close()


async def test_given_back_pins_can_be_taken_again(pins: GpioPins, factory: Any, tmp_path: Path) -> None:
    pins.show(Light.TROUBLE)
    pins.servo(10)
    pins.close()
    pins.close()
    again = GpioPins(PinSettings(scratch=tmp_path, status_led=LED), factory)
    again.close()


async def test_only_the_pins_that_are_configured_are_touched(factory: Any, tmp_path: Path) -> None:
    pins = GpioPins(PinSettings(scratch=tmp_path, relay=RELAY), factory)
    pins.show(Light.WELL)
    pins.on_button(lambda: None)
    pins.servo(50)
    pins.relay(True)
    assert [pin.info.name for pin in factory.pins.values()] == ["GPIO22"]
    pins.close()


async def test_what_cannot_be_made_gives_the_others_back(factory: Any, tmp_path: Path) -> None:
    import gpiozero

    taken = gpiozero.LED(RELAY, pin_factory=factory)
    with pytest.raises(Exception, match="in use"):
        GpioPins(PinSettings(scratch=tmp_path, status_led=LED, relay=RELAY), factory)
    free = gpiozero.LED(LED, pin_factory=factory)
    free.close()
    taken.close()


async def test_the_environment_can_name_the_stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("LG_WD", str(tmp_path))
    pins = opened(PinSettings(scratch=tmp_path, servo=SERVO))
    assert isinstance(pins, GpioPins)
    pins.servo(30)
    pins.close()


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has pins")
async def test_where_there_are_no_pins_the_gateway_does_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setenv("LG_WD", str(tmp_path))
    pins = opened(PinSettings(scratch=tmp_path, status_led=LED))
    assert isinstance(pins, DisabledPins)
    assert pins.reason
    assert "the pins cannot be used" in caplog.text
    for_nothing(pins)


async def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LG_WD", str(tmp_path))
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    pins = opened(PinSettings(scratch=tmp_path, status_led=LED))
    assert isinstance(pins, DisabledPins)
    assert pins.reason == "gpiozero is not installed: pip install 'edge-gateway[pi]'"


def for_nothing(pins: DisabledPins) -> None:
    pins.show(Light.WELL)
    pins.on_button(lambda: None)
    pins.relay(True)
    pins.servo(50)
    pins.close()


def test_without_a_pin_in_the_settings_no_library_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gateway.backends.pins import PinSettings, opened;"
        f"pins = opened(PinSettings(scratch=Path({str(tmp_path)!r}))); pins.show('well');"
        "sys.exit(bool({'gpiozero', 'lgpio'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has pins")
def test_the_driver_leaves_its_pipe_with_the_data_and_everybody_where_they_are(tmp_path: Path) -> None:
    scratch, here = tmp_path / "data", tmp_path / "here"
    scratch.mkdir()
    here.mkdir()
    program = (
        "import os; from pathlib import Path; from gateway.backends.pins import PinSettings, opened\n"
        "import asyncio\n"
        "async def begin(): return opened(PinSettings(scratch=Path('../data'), relay=22))\n"
        "print(type(asyncio.run(begin())).__name__, os.getcwd())"
    )
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    environment.pop("LG_WD", None)
    environment.pop("GPIOZERO_PIN_FACTORY", None)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=here, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["DisabledPins", str(here)]
    assert list(here.iterdir()) == []
