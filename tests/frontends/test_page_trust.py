"""How the page shows what cannot be trusted, what happened, and what is wrong with the gateway itself."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from gateway.core.messages import ClockSet, Heartbeat, Vitals
from gateway.core.quality import Quality
from gateway.frontends.panel.parts import PartHealth
from tests.frontends.page_parts import card, chart, settled
from tests.frontends.page_site import Site

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

MINUTE_MS = 60_000
PHONE = {"width": 390, "height": 844}


async def test_a_doubtful_value_is_marked_and_says_why_on_a_tap(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    await page.goto(site.link())
    site.tell(device, temperature=21.0, humidity=45.0, quality={"humidity": int(Quality.STUCK)})
    hall = card(page, "Hall")
    mark = hall.get_by_role("button", name="Humidity: stuck")
    await expect(mark).to_have_attribute("title", re.compile("same value for longer"))
    await expect(hall.locator("[data-quality]")).to_have_count(1)
    await mark.click()
    await expect(page.get_by_role("note")).to_contain_text("The same value for longer than a living sensor gives it.")
    await expect(page.get_by_role("heading", level=1, name="Devices")).to_be_visible()  # the tap followed no link
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("note")).to_have_count(0)
    site.tell(device, temperature=21.0, humidity=46.0)
    await expect(mark).to_have_count(0)


async def test_a_stale_value_looks_stale_and_says_its_age(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.measure(device, site.clock() - 12 * MINUTE_MS, temperature=18.2)
    await page.goto(site.link())
    await expect(card(page, "Hall")).to_contain_text("18.2")
    await expect(card(page, "Hall")).not_to_contain_text("min ago")
    site.suspect[device] = {"temperature": int(Quality.STALE)}
    site.chronicle.note("series.flagged", "no reading for 12 min", device, "temperature")
    await expect(card(page, "Hall")).to_contain_text(re.compile("1[12] min ago"))
    await expect(card(page, "Hall").get_by_role("button", name="Temperature: stale")).to_be_visible()


async def test_a_time_that_is_not_sure_says_so(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=21.0, quality={"temperature": int(Quality.TIME)})
    await page.goto(site.link(f"/devices/{device}"))
    await expect(chart(page, "Temperature")).to_contain_text("time not sure yet")


async def test_charts_mark_doubtful_values_and_leave_impossible_ones_out_of_the_line(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    now_ms = site.clock()
    for age in range(30, 0, -1):
        at_ms = now_ms - age * MINUTE_MS
        if age == 10:
            site.remember(device, {"temperature": 999.0}, at_ms, {"temperature": int(Quality.OUT_OF_RANGE)})
        elif age < 5:
            site.remember(device, {"temperature": 21.0}, at_ms, {"temperature": int(Quality.STUCK)})
        else:
            site.remember(device, {"temperature": 20.0 + age / 10}, at_ms)
    site.tell(device, temperature=22.0)
    await page.goto(site.link(f"/devices/{device}"))
    drawn = chart(page, "Temperature").locator("[data-flagged='5']")
    await expect(drawn).to_have_attribute("data-points", "31")
    await expect(drawn).to_have_attribute("aria-label", re.compile("5 doubtful values"))
    await expect(chart(page, "Temperature")).to_contain_text(re.compile(r"20\.5 – 23\.0\s°C"))
    await settled(page)
    inks = await page.evaluate(INKS, ["--bad", "--warn"])
    assert all(ink > 0 for ink in inks), inks
    site.tell(device, temperature=-99.0, quality={"temperature": int(Quality.JUMP)})
    await expect(chart(page, "Temperature").locator("[data-flagged='6']")).to_be_visible()
    await expect(chart(page, "Temperature")).to_contain_text(re.compile(r"20\.5 – 23\.0\s°C"))


INKS = """(names) => {
  const canvas = document.querySelector("canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return names.map((name) => {
    const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim().slice(1);
    const [r, g, b] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
    let found = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      const far = Math.abs(pixels[i] - r) + Math.abs(pixels[i + 1] - g) + Math.abs(pixels[i + 2] - b);
      found += pixels[i + 3] > 128 && far < 60;
    }
    return found;
  });
}"""


async def test_why_a_device_is_as_it_is_stands_beside_its_status(site: Site, page: Page) -> None:
    device = await site.join("Pump", simulated=True)
    site.tell(device, flow=3.0)
    vitals = Vitals(11_100_000, "b1", 151_000, -61.0, "1.5.0", "no sensor")
    site.bus.publish(Heartbeat(device, vitals, site.clock()))
    await page.goto(site.link())
    await expect(card(page, "Pump")).to_contain_text("self-test failed: no sensor")
    await card(page, "Pump").get_by_role("link").click()
    facts = page.get_by_role("region", name="About this device")
    for fact in ("3 h 5 min", "-61", "151", "1.5.0", "no sensor"):
        await expect(facts).to_contain_text(fact)
    happened = page.get_by_role("region", name="What happened")
    await expect(happened).to_contain_text("self-test failed: no sensor")
    await expect(happened.get_by_text("SIM", exact=True)).to_have_count(2)


async def test_events_of_the_house_come_live_and_newest_first(site: Site, page: Page) -> None:
    device = await site.join("Fern", "plant", simulated=True)
    site.chronicle.note("gateway.started", "the last run was killed")
    await page.goto(site.link("/events"))
    rows = page.get_by_role("main").get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("the last run was killed")
    await expect(rows.first).not_to_contain_text("SIM")
    await expect(rows.last).to_contain_text("SIM")
    site.chronicle.note("device.flapping", "went away 4 times within 3 min", device)
    await expect(rows).to_have_count(3)
    await expect(rows.first).to_contain_text(re.compile(r"flapping\s*Fern\s*SIM\s*went away 4 times"))
    await rows.first.get_by_role("link", name="Fern").click()
    await expect(page.get_by_role("heading", level=1, name="Fern")).to_be_visible()


async def test_a_gateway_that_cannot_store_says_so_loudly_until_it_can(site: Site, page: Page) -> None:
    await page.goto(site.link())
    trouble = page.get_by_role("alert")
    await expect(trouble).to_be_empty()
    site.health["store"] = PartHealth(False, "the disk is full")
    site.health["clock"] = PartHealth(False, "nobody told the time")
    site.chronicle.note("store.full", "the disk is full")
    await expect(trouble).to_contain_text("Readings cannot be stored. The disk is full.")
    await expect(trouble).to_contain_text("The time is not known yet. Nobody told the time.")
    site.health["store"] = site.health["clock"] = PartHealth(True)
    site.chronicle.note("store.works", "there is room again")
    await expect(trouble).to_be_empty()


async def test_the_system_page_tells_the_disk_and_what_is_written(site: Site, page: Page) -> None:
    await page.goto(site.link("/system"))
    await expect(page.get_by_role("region", name="Disk", exact=True)).to_contain_text(
        re.compile(r"free of [\d.,]+\s[GT]B")
    )
    await expect(page.get_by_role("region", name="Parts")).to_contain_text(re.compile(r"Storing readings\s*well"))
    await expect(page.get_by_role("region", name="Written to the disk")).to_be_visible()
    await expect(page.get_by_role("region", name="Machine")).to_contain_text("1.2.3")


async def test_every_part_of_the_gateway_has_a_name_in_words(site: Site, page: Page) -> None:
    """Those that come with anomalies, with pins and with a microphone, too."""
    named = {
        "anomalies": "Noticing the unusual",
        "baselines": "Commissioning machines",
        "health": "Wear of machines",
        "machines": "What is known of machines",
        "pins": "Pins of this machine",
        "own node": "This machine as a device",
        "light and button": "Light and button",
        "microphone": "Microphone",
    }
    site.health.update(dict.fromkeys(named, PartHealth(True)))
    await page.goto(site.link("/system"))
    parts = page.get_by_role("region", name="Parts").get_by_role("term")
    await expect(parts).to_have_text(["Storing readings", "Message broker", *named.values()])


async def test_none_of_it_makes_a_phone_scroll_sideways(site: Site, page: Page) -> None:
    device = await site.join("A device with a name that is longer than the screen of a phone is wide", simulated=True)
    doubtful = {"temperature": int(Quality.OUT_OF_RANGE | Quality.STUCK | Quality.TIME), "humidity": int(Quality.DRIFT)}
    site.tell(device, temperature=-21.4, humidity=100.0, co2=12345.0, quality=doubtful)
    site.health["store"] = PartHealth(False, "a-long-word-" * 12)
    site.chronicle.note("device.error.self_test", "a-long-word-" * 12, device)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in ("/", "/events", "/system", f"/devices/{device}"):
        await page.goto(site.link(path))
        await expect(page.get_by_role("alert")).to_contain_text("Readings cannot be stored")
        await settled(page)
        assert (
            await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        ), path


async def test_an_event_is_followed_to_the_reading_that_caused_it_and_all_that_came_of_it(
    site: Site, page: Page
) -> None:
    device = await site.join("Fern", "plant", simulated=True)
    flags = {"soil_moisture": int(Quality.JUMP)}
    site.measure(device, site.clock(), boot="b1", seq=7, quality=flags, soil_moisture=90.0)
    site.chronicle.note("series.flagged", "jumped by 50 %", device, "soil_moisture", f"{device}/b1/7")
    await page.goto(site.link(f"/devices/{device}"))
    happened = page.get_by_role("region", name="What happened")
    await happened.get_by_role("listitem").first.get_by_role("link", name="Follow").click()
    reading = page.get_by_role("region", name="The reading")
    await expect(reading).to_contain_text(re.compile(r"Fern.*SIMULATED.*Soil moisture\s*90\s%\s*jump"))
    await expect(page.get_by_role("region", name="What it caused")).to_contain_text(
        re.compile(r"doubtful\s*Fern\s*SIM\s*jumped by 50 %")
    )
    await page.goto(f"{site.address()}/#/trace/nothing")
    await expect(page.get_by_text("Nothing is known of it any more.")).to_be_visible()


async def test_when_the_time_is_learnt_what_is_shown_moves_to_its_place(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    days_ms = 3 * 24 * 60 * MINUTE_MS
    site.tell(device, quality={"temperature": int(Quality.TIME)}, temperature=20.0)
    now_ms = site.clock()
    await page.goto(site.link(f"/devices/{device}"))
    await expect(chart(page, "Temperature")).to_contain_text("time not sure yet")
    await expect(chart(page, "Temperature").locator("[data-points='1']")).to_be_visible()
    site.remember(device, {"temperature": 21.0}, now_ms - 5 * MINUTE_MS)  # as re-dated on the disk
    site.bus.publish(ClockSet(now_ms - days_ms, now_ms, now_ms - days_ms, True, True, "a time server told"))
    site.chronicle.note("clock.set", "a time server told: it was 3 days behind")
    await expect(chart(page, "Temperature").locator("[data-points='2']")).to_be_visible()
    await expect(chart(page, "Temperature")).not_to_contain_text("time not sure yet")


async def test_the_owner_says_that_a_series_is_normal(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    stuck = int(Quality.STUCK)
    site.tell(device, quality={"humidity": stuck}, humidity=45.0)
    site.doubts.verdicts.said(device, {"humidity": 45.0}, {"humidity": stuck}, lambda *_: "stuck", f"{device}/-/0")
    await page.goto(site.link(f"/devices/{device}"))
    await chart(page, "Humidity").get_by_role("button", name="Humidity: stuck").click()
    await page.get_by_role("button", name="This is normal here").click()
    await expect(page.get_by_role("note")).to_have_count(0)
    assert site.doubts.thresholds.get(device, "humidity").normal == stuck
