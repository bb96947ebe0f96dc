"""The built page in a real browser, on the real panel."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import BrowserContext, Page, expect

from gateway.core.messages import DeviceStatus
from tests.fakes import START_MS
from tests.frontends.page_parts import card, chart, points, settled, told
from tests.frontends.page_site import Site
from tests.frontends.panel.house import PASSWORD, until

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

MINUTE_MS = 60_000
PHONE = {"width": 390, "height": 844}


# Getting in


async def test_the_first_run_sets_the_password_and_leads_in(site: Site, page: Page) -> None:
    await page.goto(site.address())
    await page.get_by_label("First-run code").fill(site.accounts.owner.first_run_code())
    await page.get_by_label("New password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="No devices yet")).to_be_visible()
    assert not site.accounts.owner.first_run


async def test_a_poor_password_is_refused_in_the_gateways_words(site: Site, page: Page) -> None:
    await page.goto(site.address())
    await page.get_by_label("First-run code").fill(site.accounts.owner.first_run_code())
    await page.get_by_label("New password").fill("short")
    async with page.expect_response("**/api/first-run") as answered:
        await page.keyboard.press("Enter")
    problem = json.loads(await (await answered.value).text())
    await expect(page.get_by_role("alert")).to_have_text(problem["detail"])
    assert site.accounts.owner.first_run


async def test_a_wrong_password_is_refused_and_the_right_one_signs_in(site: Site, page: Page) -> None:
    await site.accounts.owner.set_password(site.accounts.owner.first_run_code(), PASSWORD)
    await page.goto(site.address())
    password = page.get_by_label("Password", exact=True)
    await password.fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).not_to_be_empty()
    await password.fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="No devices yet")).to_be_visible()


async def test_a_code_signs_in_and_signing_out_asks_again(site: Site, page: Page) -> None:
    await site.accounts.owner.set_password(site.accounts.owner.first_run_code(), PASSWORD)
    await page.goto(site.address())
    await page.get_by_role("button", name="Use a one-time code instead").click()
    await page.get_by_label("One-time code").fill(site.accounts.owner.one_time_code())
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="No devices yet")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_session_that_ends_elsewhere_ends_here(site: Site, context: BrowserContext, page: Page) -> None:
    await site.accounts.owner.set_password(site.accounts.owner.first_run_code(), PASSWORD)
    await page.goto(site.link())
    await expect(page.get_by_role("heading", name="No devices yet")).to_be_visible()
    await site.accounts.owner.sign_out((await context.cookies())[0]["value"])
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=30_000)


# The list


async def test_a_reading_is_on_the_page_as_it_arrives(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    await page.goto(site.link())
    await expect(card(page, "Hall")).to_contain_text("No readings yet")
    site.tell(device, temperature=21.44, humidity=47.0)
    await expect(card(page, "Hall")).to_contain_text(re.compile(r"Temperature\s*21\.4\s*°C"))
    await expect(card(page, "Hall")).to_contain_text(re.compile(r"Humidity\s*47\s*%"))
    site.tell(device, temperature=-0.04)
    await expect(card(page, "Hall")).to_contain_text(re.compile(r"Temperature\s*0\.0\s*°C"))


async def test_new_values_move_nothing(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=9.9, co2=420.0)
    await page.goto(site.link())
    hall = card(page, "Hall")
    await expect(hall).to_contain_text("9.9")
    before = [await hall.bounding_box(), await hall.get_by_role("img").bounding_box()]
    site.tell(device, temperature=-11.1, co2=1420.0)
    await expect(hall).to_contain_text("−11.1")
    assert [await hall.bounding_box(), await hall.get_by_role("img").bounding_box()] == before


async def test_what_is_simulated_says_so_and_nothing_else_does(site: Site, page: Page) -> None:
    made_up = await site.join("Fern", "plant", simulated=True)
    real = await site.join("Hall")
    site.tell(made_up, soil_moisture=41.0, temperature=21.0)
    site.tell(real, temperature=20.0)
    await page.goto(site.link())
    await expect(card(page, "Fern").get_by_text("SIMULATED", exact=True)).to_be_visible()
    await expect(card(page, "Fern").get_by_text("SIM", exact=True)).to_have_count(2)
    await expect(card(page, "Hall")).not_to_contain_text("SIM")
    await card(page, "Fern").get_by_role("link").click()
    await expect(chart(page, "Soil moisture")).to_contain_text("SIMULATED")
    await expect(chart(page, "Temperature")).to_contain_text("SIMULATED")


async def test_a_demonstration_says_so_on_every_page(tmp_path: Path, page: Page) -> None:
    site = Site(tmp_path, demo=True)
    await site.start()
    try:
        for path in ("/", "/add"):
            await page.goto(site.link(path))
            await expect(page.get_by_text("Demonstration:")).to_be_visible()
    finally:
        await site.stop()


async def test_a_device_that_leaves_is_offline_and_silent(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=20.0)
    await page.goto(site.link())
    await expect(card(page, "Hall")).to_contain_text("online")
    site.leave(device)
    await expect(card(page, "Hall")).to_contain_text("offline")
    await expect(card(page, "Hall")).to_contain_text("silent, last seen")


async def test_the_age_ticks(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=20.0)
    await page.goto(site.link())
    await expect(card(page, "Hall")).to_contain_text("seen just now")
    await expect(card(page, "Hall")).to_contain_text(re.compile(r"seen [2-9] s ago"))


async def test_ages_follow_the_gateways_clock(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=20.0)
    await page.clock.install(time=START_MS / 1000)
    await page.goto(site.link())
    await expect(card(page, "Hall")).to_contain_text(re.compile(r"seen (just now|\d s ago)"))


async def test_a_deleted_device_disappears(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    await site.join("Attic")
    await page.goto(site.link())
    await expect(card(page, "Hall")).to_be_visible()
    await site.registry.delete(device)
    await expect(card(page, "Hall")).to_have_count(0)
    await expect(page.get_by_text("1 device", exact=True)).to_be_visible()


# Letting devices in


async def test_a_device_that_asks_is_approved_on_the_page(site: Site, page: Page) -> None:
    await page.goto(site.link())
    await expect(page.get_by_role("heading", name="No devices yet")).to_be_visible()
    device = await site.knock("Cellar pump", "02:11:22:33:44:55")
    await expect(page.get_by_text("02:11:22:33:44:55")).to_be_visible()
    await page.get_by_role("button", name="Approve Cellar pump").click()
    await expect(page.get_by_role("heading", name="Waiting for your approval")).to_have_count(0)
    await expect(card(page, "Cellar pump")).to_contain_text("provisioning")
    assert site.registry.device(device).approved_ms is not None


async def test_a_device_that_asks_is_refused_on_the_page(site: Site, page: Page) -> None:
    device = await site.knock("Stranger", "02:11:22:33:44:66")
    await page.goto(site.link())
    await page.get_by_role("button", name="Refuse Stranger").click()
    await expect(page.get_by_role("heading", name="Waiting for your approval")).to_have_count(0)
    assert site.registry.device(device).revoked


async def test_pairing_opens_counts_down_and_closes(site: Site, page: Page) -> None:
    await page.goto(site.link())
    await page.get_by_role("button", name="Open pairing for 5 minutes").click()
    await expect(page.get_by_role("timer")).to_contain_text("4:5")
    assert site.registry.pairing.until_ms > site.clock()
    await page.get_by_role("button", name="Close pairing").click()
    await expect(page.get_by_role("timer")).to_have_count(0)
    assert site.registry.pairing.until_ms == 0


async def test_the_empty_page_gives_a_command_that_registers_a_device(site: Site, page: Page) -> None:
    await page.goto(site.link())
    await page.get_by_role("button", name="Create a token").click()
    await expect(page.get_by_test_id("token")).to_be_visible()
    words = shlex.split(await page.locator("pre").inner_text())
    assert words[:3] == ["curl", "-X", "POST"]
    headers = dict([words[words.index("-H") + 1].split(": ")])
    async with (
        aiohttp.ClientSession() as http,
        http.post(words[3], headers=headers, data=words[words.index("-d") + 1]) as answer,
    ):
        assert answer.status == 201
        device = (await answer.json())["device_id"]
    await expect(page.get_by_role("link", name=site.registry.device(device).name)).to_be_visible()


# One device


async def test_a_chart_shows_the_history_and_then_what_arrives(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    now_ms = site.clock()
    for age in range(30, 0, -1):
        site.remember(device, {"temperature": 20.0 + age / 10}, now_ms - age * MINUTE_MS)
    site.remember(device, {"temperature": 99.0}, now_ms - 61 * MINUTE_MS)
    site.tell(device, temperature=20.0)
    await page.goto(site.link(f"/devices/{device}"))
    await expect(chart(page, "Temperature").locator("canvas")).to_be_visible()
    await expect(chart(page, "Temperature").locator("[data-points='31']")).to_be_visible()
    await expect(chart(page, "Temperature")).to_contain_text(re.compile(r"20\.0 – 23\.0\s°C"))
    site.tell(device, temperature=24.9)
    await expect(chart(page, "Temperature").locator("[data-points='32']")).to_be_visible()
    await expect(chart(page, "Temperature")).to_contain_text(re.compile(r"20\.0 – 24\.9\s°C"))


async def test_a_pause_is_a_hole_in_the_line(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    now_ms = site.clock()
    for age in [*range(59 * 6, 40 * 6, -1), *range(20 * 6, 0, -1)]:
        site.remember(device, {"temperature": 20.0}, now_ms - age * 10_000)
    site.tell(device, temperature=20.0)
    await page.goto(site.link(f"/devices/{device}"))
    await expect(chart(page, "Temperature").locator("[data-points]")).not_to_have_attribute("data-points", "0")
    await settled(page)
    drawn = await page.evaluate(INK_BY_COLUMN)
    assert drawn["before"] > 0
    assert drawn["pause"] == 0
    assert drawn["after"] > 0


INK_BY_COLUMN = """() => {
  const canvas = document.querySelector("canvas");
  const over = document.querySelector(".u-over").getBoundingClientRect();
  const at = canvas.getBoundingClientRect();
  const scale = canvas.width / at.width;
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  probe.fillRect(0, 0, 1, 1);
  const accent = probe.getImageData(0, 0, 1, 1).data;
  const ink = (share) => {
    const x = Math.round((over.left - at.left + over.width * share) * scale);
    const top = Math.round((over.top - at.top) * scale);
    const pixels = canvas.getContext("2d").getImageData(x, top, 1, Math.round(over.height * scale)).data;
    let found = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      found += [0, 1, 2].every((c) => Math.abs(pixels[i + c] - accent[c]) < 40) && pixels[i + 3] > 128;
    }
    return found;
  };
  return { before: ink(0.17), pause: ink(0.5), after: ink(0.83) };
}"""


async def test_longer_ranges_are_asked_in_steps(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    now_ms = site.clock()
    times_ms = [now_ms - age * 30 * MINUTE_MS for age in range(1, 200)]
    for at_ms in times_ms:
        site.remember(device, {"temperature": 20.0}, at_ms)
    site.tell(device, temperature=20.0)
    await page.goto(site.link(f"/devices/{device}"))
    for name, step_s in (("24 h", 120), ("7 d", 900), ("30 d", 3600)):
        async with page.expect_request(f"**/history?*step={step_s}"):
            await page.get_by_role("button", name=name).click()
        await expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        await expect(chart(page, "Temperature").locator("[data-points]")).not_to_have_attribute("data-points", "0")
    hours = {at_ms // (60 * MINUTE_MS) for at_ms in [*times_ms, now_ms]}
    assert await points(page, "Temperature") == len(hours)


async def test_the_value_under_the_cursor_is_read_out(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    now_ms = site.clock()
    for age in range(60, 0, -1):
        site.remember(device, {"temperature": 5.0, "humidity": 33.0}, now_ms - age * MINUTE_MS)
    site.tell(device, temperature=21.0, humidity=60.0)
    await page.goto(site.link(f"/devices/{device}"))
    await expect(chart(page, "Temperature").locator("[data-points]")).not_to_have_attribute("data-points", "0")
    await chart(page, "Temperature").locator(".u-over").hover(position={"x": 100, "y": 60})
    await expect(chart(page, "Temperature")).to_contain_text("5.0")
    await expect(chart(page, "Humidity")).to_contain_text("33")


async def test_the_facts_of_a_device_are_shown(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    await page.goto(site.link(f"/devices/{device}"))
    facts = page.get_by_role("region", name="About this device")
    for fact in (device, site.registry.device(device).mac, "1.4.0", "Climate"):
        await expect(facts).to_contain_text(fact)


async def test_an_unknown_device_is_not_an_error(site: Site, page: Page) -> None:
    await page.goto(site.link("/devices/nobody"))
    await expect(page.get_by_text("There is no device with this name.")).to_be_visible()
    await page.get_by_role("link", name="All devices").click()
    await expect(page.get_by_role("heading", name="No devices yet")).to_be_visible()


# Losing the gateway and finding it again


async def test_after_a_loss_the_page_resumes_where_it_was(site: Site, context: BrowserContext, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=20.0)
    heard: list[dict[str, Any]] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.extend(told(frame))))
    await page.goto(site.link(f"/devices/{device}"))
    await expect(chart(page, "Temperature").locator("[data-points='1']")).to_be_visible()
    await context.set_offline(True)
    await expect(page.get_by_text("The connection to the gateway is lost.")).to_be_visible()
    site.tell(device, temperature=25.0)
    site.tell(device, temperature=26.0)
    await context.set_offline(False)
    await expect(chart(page, "Temperature").locator("[data-points='3']")).to_be_visible()
    await expect(chart(page, "Temperature")).to_contain_text(re.compile(r"20\.0 – 26\.0"))
    await expect(page.get_by_text("The connection to the gateway is lost.")).to_have_count(0)
    await until(lambda: "resumed" in [message["type"] for message in heard])
    assert [message["type"] for message in heard].count("snapshot") == 1


async def test_after_a_restart_the_page_comes_back_by_itself(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=20.0)
    await page.goto(site.link())
    await expect(card(page, "Hall")).to_contain_text("20.0")
    await site.stop()
    await expect(page.get_by_text("The connection to the gateway is lost.")).to_be_visible()
    site.tell(device, temperature=27.5)
    await site.start()
    await expect(card(page, "Hall")).to_contain_text("27.5")
    await expect(page.get_by_text("The connection to the gateway is lost.")).to_have_count(0)


# For everybody


async def test_a_phone_never_scrolls_sideways(site: Site, page: Page) -> None:
    device = await site.join("A device with a name that is longer than the screen of a phone is wide", simulated=True)
    await site.knock("Somebody with a long name who would like to come in", "02:11:22:33:44:77")
    site.tell(device, temperature=-21.4, humidity=100.0, co2=12345.0, pressure=1013.2, odd_thing=1234567.891)
    await page.set_viewport_size(PHONE)
    for path in ("/", "/add", f"/devices/{device}"):
        await page.goto(site.link(path))
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await settled(page)
        assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


async def test_the_keyboard_is_enough(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=20.0)
    await page.goto(site.link())
    await expect(card(page, "Hall")).to_be_visible()
    link = card(page, "Hall").get_by_role("link")
    for _ in range(16):
        await page.keyboard.press("Tab")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Hall")).to_be_focused()
    assert await page.title() == "Hall · Edge gateway"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_follows_the_systems_colours(site: Site, page: Page, scheme: Any) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.goto(site.link())
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", colour)[:3])
    assert (brightness > 600) == (scheme == "light")


async def test_text_has_contrast_in_both_schemes(site: Site, page: Page) -> None:
    await page.goto(site.address())
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await page.evaluate(TOO_PALE) == []


TOO_PALE = """() => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const hex = style.getPropertyValue("--" + name).trim().slice(1);
    const [r, g, b] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pairs = [["ink", "page"], ["ink", "surface"], ["soft", "page"], ["soft", "surface"], ["soft", "raised"],
    ["accent", "surface"], ["accent", "page"], ["accent-ink", "accent"], ["good", "surface"], ["warn", "surface"],
    ["bad", "surface"], ["bad", "bad-wash"], ["sim", "surface"], ["sim", "sim-wash"]];
  return pairs.filter(([a, b]) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05) < 4.5;
  });
}"""


# The whole gateway


async def test_the_demonstration_is_live_from_its_link(tmp_path: Path, page: Page) -> None:
    command = [sys.executable, "-m", "gateway", "demo", "--data", str(tmp_path / "demo"), "--speed", "10"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    demo = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    assert demo.stdout is not None
    try:
        link = ""
        async with asyncio.timeout(60):
            while "/sign-in?code=" not in link:
                link = (await demo.stdout.readline()).decode().strip()
        await page.goto(link)
        window = card(page, "Living room window")
        await expect(window).to_contain_text(DeviceStatus.ONLINE.value, timeout=60_000)
        await expect(window).to_contain_text("SIMULATED")
        await window.get_by_role("link").click()
        await expect(chart(page, "Temperature").locator("[data-points]")).not_to_have_attribute("data-points", "0")
        before = str(await points(page, "Temperature"))
        drawn = chart(page, "Temperature").locator("[data-points]")
        await expect(drawn).not_to_have_attribute("data-points", before, timeout=60_000)
    finally:
        demo.terminate()
        await demo.wait()
