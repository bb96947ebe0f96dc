"""kill -9 while fans run: each that was turned on is turned off, once, whatever the moment at which the power goes."""

from __future__ import annotations

import random
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from .home_site import Hardware, Home, until
from .pahoclient import Paho
from .powercut import tear

RUNS_S = (1, 1, 2)
"""For so long each fan runs: a kill finds one armed, one due, one just over."""
DAMP_PCT, DRY_PCT = 74.0, 62.0
PROMISED_S = 5.0
"""After the due time, or after the gateway is back."""
PATIENCE_S = 60.0


class Fan:
    """A node that notes what it really did, and the rule that moves it."""

    def __init__(self, home: Home, hardware: Hardware, sensor: str, run_s: int) -> None:
        self.home = home
        self.hardware = hardware
        self.run_s = run_s
        until(lambda: hardware.device, "the node registered")
        rule = {
            "name": f"Fan {run_s}",
            "when": {"kind": "value", "device": sensor, "metric": "humidity", "operator": ">", "value": 70},
            "hysteresis": 5,
            "then": [{"kind": "command", "device": hardware.device, "verb": "turn_on", "for_s": run_s}],
        }
        self.rule = str(home.got("POST", "/rules", rule)["id"])
        home.got("POST", f"/rules/{self.rule}/enable", {"mode": "live"})

    def stopped(self) -> int:
        """How many timers have turned it off."""
        return sum(order.startswith("t-") for order in self.hardware.effects())

    def check(self, cycles: int) -> None:
        """Fired once a cycle; after each firing it was turned off once, and last."""
        done = self.hardware.effects()
        assert not [order for order, times in done.items() if times > 1], "done twice"
        fired = [one["id"] for one in self.home.got("GET", f"/rules/{self.rule}/firings?limit=500")["firings"]]
        assert len(fired) == len(set(fired)) == cycles, f"{len(fired)} firings in {cycles} cycles"
        assert {order for order in done if order.startswith("t-")} == {f"t-{firing}-0-0" for firing in fired}
        order = list((self.hardware.folder / "ledger").read_text().split())
        for firing in fired:
            began, ended = f"r-{firing}-0", f"t-{firing}-0-0"
            if began in done:
                assert order.index(began) < order.index(ended), "turned on after it was turned off"
            else:
                assert self.command(began)["status"] in ("failed", "expired"), "never turned on, and nobody says why"

    def command(self, order: str) -> dict[str, Any]:
        """What the gateway knows of a command."""
        return dict(self.home.got("GET", f"/devices/{self.hardware.device}/commands/{order}"))


class Storm:
    """Cycles of damp, two kills, dry; `check` afterwards."""

    def __init__(self, home: Home, seed: int) -> None:
        self.home = home
        self.dice = random.Random(seed)
        self.done: list[str] = []
        self.cycles = 0
        self.worst_s = 0.0
        (device,) = home.enrol(1, 0, "climate")
        self._topic = f"devices/{device.device_id}/telemetry"
        self._sensor = Paho(
            home.tls_port,
            device.device_id,
            user=device.mqtt_username,
            password=device.mqtt_password,
            tls=ssl.create_default_context(cadata=device.ca_pem),
        )
        token = home.token(len(RUNS_S))
        self.hardware = [Hardware(home, number, token).start() for number in range(1, len(RUNS_S) + 1)]
        self.say(DRY_PCT)
        assert self._sensor.flushed(PATIENCE_S)
        self.fans = [
            Fan(home, hardware, device.device_id, run_s) for hardware, run_s in zip(self.hardware, RUNS_S, strict=True)
        ]

    def say(self, humidity: float) -> None:
        """It is said again after a kill until it is acknowledged."""
        self._sensor.send(self._topic, f'{{"timestamp":{time.time() * 1000},"humidity":{humidity}}}')

    def cycle(self) -> None:
        """The fans start, the power goes twice, they stop."""
        self.cycles += 1
        said_at = time.monotonic()
        self.say(DAMP_PCT)
        for longest_s in (2.2, 0.5):
            after_s = self.dice.choice((self.dice.uniform(0.0, 0.1), self.dice.uniform(0.0, longest_s)))
            time.sleep(after_s)
            self.home.kill()
            self.done.append(f"after {after_s:.3f} s")
            self.done += tear(self.home.data, self.dice)
            self.home.open()
        up_at = time.monotonic()
        assert self._sensor.flushed(PATIENCE_S), "the reading is acknowledged"
        for fan in self.fans:
            until(lambda fan=fan: fan.stopped() >= self.cycles, f"the fan of {fan.run_s} s stops", PATIENCE_S)  # type: ignore[misc]
            due_at = max(up_at, said_at + fan.run_s)
            self.worst_s = max(self.worst_s, time.monotonic() - due_at)
        self.say(DRY_PCT)
        assert self._sensor.flushed(PATIENCE_S)

    def check(self) -> None:
        """What is promised, from outside."""
        for fan in self.fans:
            fan.check(self.cycles)

    def close(self) -> None:
        self._sensor.close()
        for hardware in self.hardware:
            hardware.kill()
        self.home.kill()


def storm(folder: Path, cycles: int, seed: int) -> float:
    """So many cycles of two kills; then everything must be as it was promised. How late the latest was, in seconds."""
    home = Home(folder).open()
    raging = Storm(home, seed)
    try:
        for _ in range(cycles):
            raging.cycle()
        raging.check()
        print(f"{cycles} cycles: off at most {raging.worst_s:.2f} s after it was due, or after the start")
    except BaseException:
        print(f"seed {seed}, {raging.worst_s:.2f} s late at most: {raging.done[-40:]}")
        for hardware in raging.hardware:
            print(hardware.folder.name, hardware.device, hardware.log[-1000:])
        print(home.server.output()[-3000:] if home.server else "")
        raise
    finally:
        raging.close()
    return raging.worst_s


@pytest.mark.timeout(300)
def test_20_kills_leave_no_fan_running_and_stop_none_twice(tmp_path: Path) -> None:
    storm(tmp_path, 10, seed=20)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20))
def test_2000_kills_leave_no_fan_running_and_stop_none_twice(tmp_path: Path, seed: int) -> None:
    assert storm(tmp_path, 50, seed=2000 + seed) <= PROMISED_S
