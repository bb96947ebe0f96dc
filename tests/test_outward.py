"""What speaks with people as one part: it costs nothing that nobody uses, and is told what the settings say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.config.outward_settings import Alerts
from gateway.core.alerts.alert import Plan
from gateway.core.channels import TelegramWay
from gateway.outward import given, plan

ROOT = Path(__file__).parent.parent
LEFT_ALONE = {"telegram", "httpx", "httpcore", "certifi", "apprise", "hassil", "openai", "anthropic"}
TOKEN = "123456789:AAF-fake_token_for_tests_0123456789ab"
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
        await asyncio.sleep(1.5)
        print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))

asyncio.run(main())
"""


def test_a_gateway_to_which_nobody_speaks_imports_no_library_for_it(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _RUN, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120)
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    assert "gateway" in imported
    assert imported & LEFT_ALONE == set()


def test_a_bot_s_token_is_a_variable_or_a_credential_and_else_there_is_none(tmp_path: Path) -> None:
    assert given({}) == {}
    assert given({"TELEGRAM_TOKEN": TOKEN}) == {"telegram": TelegramWay(token=TOKEN)}
    assert given({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == {}
    (tmp_path / "telegram_token").write_text(f"{TOKEN}\n")
    assert given({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == {"telegram": TelegramWay(token=TOKEN)}


def test_when_people_are_told_is_what_the_settings_say() -> None:
    zone = ZoneInfo("Europe/Berlin")
    options = Alerts(
        settle_s=7,
        cooldown_minutes=3,
        quiet_from="22:00",
        quiet_to="07:00",
        escalate_minutes=11,
        escalations=4,
    )
    assert plan(options, zone) == Plan(
        settle_s=7, cooldown_s=180, quiet=("22:00", "07:00"), zone=zone, escalate_s=660, escalations=4
    )
    assert plan(Alerts(quiet_from="22:00"), zone).quiet is None
