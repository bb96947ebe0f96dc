"""The parts that decide, composed: what they cost where there is no window, and what they are told of the settings."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway import portions
from gateway.automation import deciding
from gateway.config.automation_settings import Anomaly, Inference, Window
from gateway.config.settings import Settings, Site
from gateway.core.window.change import Thresholds
from gateway.core.window.limits import Bounds
from gateway.flow.anomalies.places import AnomalySettings
from gateway.flow.decide.mind import DecideSettings
from gateway.insight import watching

ROOT = Path(__file__).parent.parent
LEFT_ALONE = {"numpy", "onnxruntime", "sounddevice", "gpiozero", "lgpio", "scipy", "onnx"}
_RUN = """
import asyncio, json, pathlib, sys
from gateway.app import gateway
from gateway.config.settings import Announce, Mqtt, Panel, Settings

async def main():
    local = ("127.0.0.1",)
    settings = Settings(
        mqtt=Mqtt(bind=local, tls_port=0, local_port=0),
        panel=Panel(bind=local, http_port=0, https_port=0),
        announce=Announce(mdns=False),
    )
    async with gateway(settings, pathlib.Path(sys.argv[1])):
        await asyncio.sleep(1.5)  # longer than deciding waits before it looks for windows
        print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))

asyncio.run(main())
"""


def test_a_gateway_without_a_window_imports_no_library_of_a_model_a_pin_or_a_microphone(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _RUN, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120)
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    assert "gateway" in imported
    assert imported & LEFT_ALONE == set()
    assert not (tmp_path / "recordings").exists()


def test_deciding_is_told_what_the_settings_say() -> None:
    settings = Settings(
        site=Site(timezone="Europe/Berlin"),
        inference=Inference(mode="external", answer_s=2.5, fallback=False),
        window=Window(
            enabled=False,
            min_interval_s=7.0,
            ask_every_s=60.0,
            deadband_pct=3.0,
            temperature_step=0.2,
            humidity_step=2.0,
            co2_step=50.0,
            sound_step=3.0,
            outdoor_step=0.7,
            rain_at_most_pct=4.0,
            frost_at_most_pct=6.0,
            storm_m_s=11.0,
        ),
    )
    assert deciding(settings) == DecideSettings(
        mode="external",
        enabled=False,
        min_interval_s=7.0,
        ask_every_s=60.0,
        deadband_pct=3.0,
        answer_s=2.5,
        fallback=False,
        thresholds=Thresholds(temperature_c=0.2, humidity_pct=2.0, co2_ppm=50.0, sound_db=3.0, outdoor_c=0.7),
        bounds=Bounds(rain_max_pct=4.0, frost_max_pct=6.0, storm_m_s=11.0),
        zone=ZoneInfo("Europe/Berlin"),
    )


def test_answers_from_outside_reach_the_gateway_only_where_it_only_asks() -> None:
    assert not portions.for_broker(Settings()).external_decisions
    assert portions.for_broker(Settings(inference=Inference(mode="external"))).external_decisions


def test_the_store_keeps_as_many_decisions_as_the_settings_say() -> None:
    assert portions.for_store(Settings(window=Window(decisions_kept=1234))).decision_rows == 1234


_WATCHED = """
import sys
from gateway.core.messages import Reading
from tests.flow.anomalies.site import Site

site = Site()
for minute in range(1000):
    site.says("room-1", temperature=21.0 + minute % 7)
    site.turn(minutes=1)
assert site.anomalies.snapshot().steps > 990
print(sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_watching_a_quiet_house_imports_no_library_of_a_model() -> None:
    words = [sys.executable, "-c", _WATCHED]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120)
    assert done.stderr == ""
    imported = set(ast.literal_eval(done.stdout))
    assert "gateway" in imported
    assert imported & LEFT_ALONE == set()


def test_noticing_is_told_what_the_settings_say() -> None:
    anomaly = Anomaly(enabled=False, interval_s=30, learn_days=5.0, commissioning_hours=24)
    told = watching(Settings(site=Site(timezone="Europe/Berlin"), anomaly=anomaly))
    assert told == AnomalySettings(
        enabled=False, interval_s=30, learn_days=5.0, commissioning_hours=24, zone=ZoneInfo("Europe/Berlin")
    )


def test_the_store_keeps_as_many_episodes_as_the_settings_say() -> None:
    assert portions.for_store(Settings(anomaly=Anomaly(episodes_kept=1234))).episode_rows == 1234
