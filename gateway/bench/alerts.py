"""`gateway bench alerts`: what Telegram costs a gateway that has it, and one that has not; how soon people are told."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from pathlib import Path
from statistics import median

import msgspec

from .bot_api import TOKEN, BotApi
from .figures import Figure, NotMeasured, Report, attempt
from .processes import Server, wait_until
from .program import OpenSite, Program
from .progress import Progress
from .site import Device

_PATIENCE_S = 40.0
_SPACING_S = 1.2
"""One chat takes a message a second: what is measured is the way, not the queue."""
_MOISTURE = (50.0, 5.0)
"""Well, and too dry."""


class Plan(msgspec.Struct, frozen=True):
    """How often and how long things are measured."""

    starts: int
    settle_s: float
    alerts: int


FULL = Plan(starts=5, settle_s=10, alerts=50)
QUICK = Plan(starts=2, settle_s=4, alerts=10)


class Alerts:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._progress = Progress(3 * plan.starts + plan.alerts + 3)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures = attempt("telegram_on_mb", "MB", self._measure)
        self._progress.close()
        return Report("alerts", tuple(figures))

    def _measure(self) -> list[Figure]:
        with BotApi() as api:
            site = _ToldSite(self._folder / "gateway", api.url)
            with site.start():
                self._progress.step("first start")  # keys and tables are made once: that is not what is compared
            without = self._memory(site, "without Telegram")
            self._set_up(site, api, enabled=False)
            off = self._memory(site, "Telegram is off")
            self._set_up(site, api, enabled=True)
            on = self._memory(site, "with Telegram", api)
            waits = self._waits(site, api)
        # The least of each: what a start needs; what it takes beyond that differs from run to run.
        spread = max(without) - min(without)
        return [
            Figure("telegram_on_mb", "MB", round(min(on) - min(without), 1), at_most=45),
            Figure(
                "telegram_off_mb",
                "MB",
                round(min(off) - min(without), 2),
                at_most=0.5,
                note=f"the same start differs by up to {spread:.1f} MB from run to run",
            ),
            Figure("rss_without", "MB", round(min(without), 1)),
            *_soon(waits),
        ]

    def _memory(self, site: _ToldSite, what: str, api: BotApi | None = None) -> list[float]:
        """Of each start, once it is at rest; with a bot only when that polls."""
        found = []
        for _ in range(self._plan.starts):
            self._progress.step(what)
            if api is not None:
                api.polled.clear()
            with site.start() as server:
                if api is not None and not api.polled.wait(_PATIENCE_S):
                    raise NotMeasured(f"the bot did not ask for updates; see {server.log}")
                time.sleep(self._plan.settle_s)
                found.append(server.rss_mb())
        return found

    def _set_up(self, site: _ToldSite, api: BotApi, *, enabled: bool) -> None:
        form = {"way": {"kind": "telegram", "token": TOKEN}, "enabled": enabled}
        with site.start() as server:
            admin = site.program("admin")
            admin.got("PUT", "/channels/telegram", form)
            if enabled:
                self._pair(admin, api, server)
            admin.close()

    def _pair(self, admin: Program, api: BotApi, server: Server) -> None:
        """Anna becomes known, so that there is somebody to tell."""
        made = json.loads(admin.got("POST", "/telegram/pairing", {"minutes": 10, "scope": "operate"}))
        api.say(f"/pair {made['code']}")
        wait_until(lambda: bool(json.loads(admin.got("GET", "/telegram/people"))["people"]), server, _PATIENCE_S)

    def _waits(self, site: _ToldSite, api: BotApi) -> list[float]:
        """In ms from the reading that shows it to the message at the Bot API; one plant after the other."""
        self._progress.step("plants")
        with site.start():
            program = site.program()
            devices = site.enrol(self._plan.alerts, kind="plant")
            for number, device in enumerate(devices):
                plant = {"name": f"Fern {number}", "thresholds": {"soil_moisture": {"min": 20}}}
                body = {"new_plant": plant}
                program.got("POST", f"/devices/{device.device_id}/provision", body)
                _measured(site, device, _MOISTURE[0])
            if not api.polled.wait(_PATIENCE_S):
                raise NotMeasured("the bot did not ask for updates")
            while api.told(2.0) is not None:
                pass  # what was said before counts for nothing
            found = []
            for device in devices:
                self._progress.step("telling")
                begun = time.monotonic()
                _measured(site, device, _MOISTURE[1])
                told = api.told(_PATIENCE_S)
                if told is None:
                    raise NotMeasured(f"of {device.device_id} nobody was told within {_PATIENCE_S:g} s")
                found.append((told[0] - begun) * 1000)
                time.sleep(_SPACING_S)
            program.close()
        return sorted(found)


class _ToldSite(OpenSite):
    """A gateway whose bot is spoken to here."""

    def __init__(self, folder: Path, api_url: str) -> None:
        super().__init__(folder)
        with self.config.open("a") as config:
            config.write(f'[telegram]\napi_url = "{api_url}"\n')


def _soon(waits: list[float]) -> list[Figure]:
    note = f"from the reading to the Bot API, {len(waits)} alerts one by one"
    p99 = waits[min(int(len(waits) * 0.99), len(waits) - 1)]
    return [
        Figure("alert_to_message_p50", "ms", round(median(waits), 1), note=note),
        Figure("alert_to_message_p99", "ms", round(p99, 1)),
    ]


def _measured(site: _ToldSite, device: Device, moisture: float) -> None:
    """The device sends a reading over HTTP."""
    secret = base64.b64encode(f"{device.mqtt_username}:{device.mqtt_password}".encode()).decode()
    request = urllib.request.Request(
        f"{site.url}/api/devices/{device.device_id}/telemetry",
        data=json.dumps({"soil_moisture": moisture}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Basic {secret}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()
