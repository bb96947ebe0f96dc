"""Places and plants on the page: who measures what, what is crossed, and new hardware in an old place."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from gateway.core.home import Asset, Band, OutdoorTraits, PlantTraits, RoomTraits, Zone
from tests.frontends.page_parts import card, chart, nameless, overhang, settled
from tests.frontends.page_site import Site
from tests.frontends.panel.house import until

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


async def plant(site: Site, name: str = "Fern", *, species: str | None = None, **thresholds: Band) -> str:
    """A plant; its id."""
    made = Asset(site.home.home.new_id(name), name, PlantTraits(species, thresholds))
    return (await site.home.home.put_asset(made, new=True)).id


def measures(page: Page) -> Locator:
    return page.get_by_role("region", name="What it measures")


# Who measures what


async def test_an_unassigned_device_is_assigned_to_a_plant_made_on_the_spot(site: Site, page: Page) -> None:
    device = await site.join("Probe", "plant", simulated=True)
    site.tell(device, soil_moisture=41.0)
    await page.goto(site.link())
    unassigned = page.get_by_role("region", name="Unassigned devices")
    await unassigned.get_by_role("link", name="Probe").click()
    await expect(measures(page)).to_contain_text("It is assigned to nothing.")
    await measures(page).get_by_label("Assign it to").select_option(label="A new plant…")
    await measures(page).get_by_label("Name of the plant").fill("Kitchen basil")
    await measures(page).get_by_label("Species").fill("Basil")
    await measures(page).get_by_role("button", name="Assign").click()
    await expect(measures(page)).to_contain_text(re.compile(r"It measures\s*Kitchen basil"))
    await measures(page).get_by_role("link", name="Kitchen basil").click()
    await expect(page.get_by_role("heading", level=1, name="Kitchen basil")).to_be_focused()
    await expect(page.get_by_role("main")).to_contain_text("Basil")
    await expect(page.get_by_role("link", name="Probe")).to_be_visible()
    await page.get_by_role("navigation").get_by_role("link", name="Devices").click()
    await expect(card(page, "Probe")).to_contain_text("Kitchen basil")
    await expect(unassigned).to_have_count(0)


async def test_a_device_goes_to_a_room_and_away_from_it_and_its_page_follows(site: Site, page: Page) -> None:
    device = await site.join("Probe")
    await site.home.home.put_zone(Zone("zone-b", "Zone B"), new=True)
    await site.home.home.put_asset(Asset("lounge", "Lounge", RoomTraits(), "zone-b"), new=True)
    await page.goto(site.link(f"/devices/{device}"))
    await measures(page).get_by_label("Assign it to").select_option(label="Lounge (room, Zone B)")
    await measures(page).get_by_role("button", name="Assign").click()
    await expect(measures(page)).to_contain_text(re.compile(r"It measures\s*Lounge"))
    assert site.home.assignments.current(device) == "lounge"
    await measures(page).get_by_role("button", name="Take it away from Lounge").click()
    await expect(measures(page)).to_contain_text("It is assigned to nothing.")
    assert site.home.assignments.current(device) is None
    await site.home.assignments.assign(device, "lounge", "somebody else")
    await expect(measures(page)).to_contain_text(re.compile(r"It measures\s*Lounge"))


# Plants


async def test_a_plant_is_made_renamed_and_removed(site: Site, page: Page) -> None:
    await page.goto(site.link("/plants"))
    await expect(page.get_by_role("heading", level=1, name="No plants yet")).to_be_visible()
    await page.get_by_label("Name").fill("Fern")
    await page.get_by_role("button", name="Make the plant").click()
    about = page.get_by_role("region", name="About this plant")
    await about.get_by_label("Name").fill("Old fern")
    await about.get_by_label("Species").fill("Boston fern")
    await about.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1, name="Old fern")).to_be_visible()
    await about.get_by_role("button", name="Remove the plant").click()
    question = page.get_by_role("dialog", name="Remove Old fern?")
    await expect(question).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    await about.get_by_role("button", name="Remove the plant").click()
    await question.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_role("heading", level=1, name="No plants yet")).to_be_visible()
    assert site.home.home.assets() == []


async def test_a_crossed_threshold_is_shown_in_the_words_of_the_event_and_ends(site: Site, page: Page) -> None:
    fern, device = await plant(site), await site.join("Probe", "plant", simulated=True)
    await site.home.assignments.assign(device, fern, "anna")
    await page.goto(site.link(f"/plants/{fern}"))
    await page.get_by_label("Soil moisture: at least").fill("20")
    await page.get_by_role("button", name="Save the thresholds").click()
    await expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert site.home.home.asset(fern).traits == PlantTraits(None, {"soil_moisture": Band(20.0, None)})
    site.tell(device, soil_moisture=15.2)
    crossed = page.get_by_role("region", name="Thresholds crossed")
    await expect(crossed).to_contain_text("soil_moisture is 15.2, threshold min 20.0")
    await expect(page.get_by_role("main").get_by_text("alert", exact=True)).to_be_visible()
    for _ in range(3):
        site.tell(device, soil_moisture=23.4)
    await expect(crossed).to_contain_text("Every watched value is within its thresholds.")
    happened = page.get_by_role("region", name="What happened").get_by_role("listitem")
    await expect(happened.first).to_contain_text("soil_moisture is 23.4 again")
    await expect(happened.last).to_contain_text("soil_moisture is 15.2, threshold min 20.0")
    await page.get_by_role("link", name="Events", exact=True).click()
    rows = page.get_by_role("main").get_by_role("listitem")
    await expect(rows.filter(has_text="soil_moisture is 15.2, threshold min 20.0")).to_contain_text("SIM")


async def test_thresholds_are_emptied_suggested_and_kept_in_order(site: Site, page: Page) -> None:
    fern = await plant(site, species="Boston fern", soil_moisture=Band(20.0, 90.0))
    await page.goto(site.link(f"/plants/{fern}"))
    least, most = (page.get_by_label(f"Soil moisture: at {side}") for side in ("least", "most"))
    save = page.get_by_role("button", name="Save the thresholds")
    await least.fill("95")
    await save.click()
    await expect(
        page.get_by_role("alert").filter(has_text="Soil moisture: the least is above the most.")
    ).to_be_visible()
    await least.fill("")
    await most.fill("")
    await save.click()
    await until(lambda: site.home.home.asset(fern).traits == PlantTraits("Boston fern", {}))
    await page.get_by_role("button", name="Fill in what suits the species").click()
    await expect(least).to_have_value("40")
    assert site.home.home.asset(fern).traits == PlantTraits("Boston fern", {})


async def test_a_plants_last_day_follows_its_devices(site: Site, page: Page) -> None:
    fern, now_ms = await plant(site), site.clock()
    first, second = await site.join("Old probe", "plant"), await site.join("New probe", "plant", simulated=True)
    for hour in range(1, 20):
        site.remember(first, {"soil_moisture": 30.0}, now_ms - hour * HOUR_MS)
        site.remember(second, {"soil_moisture": 60.0}, now_ms - hour * HOUR_MS - MINUTE_MS)
    site.announce(second, now_ms - HOUR_MS, soil_moisture=60.0)
    await site.home.assignments.assign(first, fern, "anna", now_ms - 10 * HOUR_MS - 5 * MINUTE_MS)
    await site.home.assignments.assign(first, await plant(site, "Ivy"), "anna", now_ms - 5 * HOUR_MS)
    await site.home.assignments.assign(second, fern, "anna", now_ms - 5 * HOUR_MS)
    await page.goto(site.link(f"/plants/{fern}"))
    moisture = chart(page, "Soil moisture")
    await expect(moisture.locator("[data-breaks='1']")).to_have_attribute("data-points", "9")
    await expect(moisture).to_contain_text("New probe measures from here on")
    await expect(moisture).to_contain_text(re.compile(r"30 – 60\s%"))
    await settled(page)
    inks = await page.evaluate(_INKS, ["--warn", "--accent"])
    assert all(ink > 0 for ink in inks), inks
    site.tell(first, soil_moisture=1.0)
    site.tell(second, soil_moisture=61.0)
    await expect(moisture.locator("[data-points='10']")).to_be_visible()
    await expect(moisture).to_contain_text(re.compile(r"30 – 61\s%"))


_INKS = """(names) => {
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


async def test_an_unknown_plant_is_said_so(site: Site, page: Page) -> None:
    await page.goto(site.link("/plants/nobody"))
    await expect(page.get_by_role("alert").filter(has_text="nobody")).to_be_visible()
    await page.get_by_role("link", name="All plants").click()
    await expect(page.get_by_role("heading", level=1, name="No plants yet")).to_be_visible()


# Places


async def test_places_are_made_and_show_what_is_measured_there(site: Site, page: Page) -> None:
    device = await site.join("Probe", simulated=True)
    await page.goto(site.link("/places"))
    new_zone, new_asset = (page.get_by_role("region", name=name) for name in ("New zone", "New place or thing"))
    await new_zone.get_by_label("Name").fill("Zone B")
    await new_zone.get_by_role("button", name="Add the zone").click()
    zone = page.get_by_role("region", name="Zone B")
    await expect(zone).to_contain_text("Nothing measures here yet.")
    await new_asset.get_by_label("Name").fill("Living room")
    await new_asset.get_by_label("Zone").select_option(label="Zone B")
    await new_asset.get_by_role("button", name="Add it").click()
    await expect(zone).to_contain_text("Living room")
    await expect(zone).to_contain_text("no device")
    room = site.home.home.assets()[0]
    await site.home.assignments.assign(device, room.id, "anna")
    site.tell(device, temperature=21.4)
    await expect(zone).to_contain_text(re.compile(r"Temperature\s*SIM\s*21\.4\s*°C"))
    await expect(zone.get_by_role("link", name="Probe")).to_be_visible()
    site.tell(device, temperature=22.6)
    await expect(zone).to_contain_text(re.compile(r"Temperature\s*SIM\s*22\.6\s*°C"))
    assert await nameless(page) == []


async def test_what_stands_in_no_zone_is_shown_too(site: Site, page: Page) -> None:
    await site.home.home.put_asset(Asset("outside", "Outside", OutdoorTraits()), new=True)
    await page.goto(site.link("/places"))
    await expect(page.get_by_role("region", name="In no zone")).to_contain_text("Outside")


# New hardware


async def test_a_swap_says_what_it_does_and_marks_the_charts(site: Site, page: Page) -> None:
    dead, fresh = await site.join("Hall"), await site.join("Newcomer")
    now_ms = site.clock()
    for age in range(30, 10, -1):
        site.remember(dead, {"temperature": 20.0}, now_ms - age * MINUTE_MS)
    site.tell(dead, temperature=20.0)
    site.leave(dead)
    await page.goto(site.link(f"/devices/{dead}"))
    await page.get_by_role("button", name="Replace it…").click()
    question = page.get_by_role("dialog", name="Replace the hardware of Hall?")
    await question.get_by_label("With").select_option(label=f"Newcomer ({site.registry.device(fresh).mac})")
    for part in (
        "Name, place, configuration, rules and history stay.",
        "stop working at once",
        "A calibration break stands in every chart",
        "Newcomer is no device of its own any more",
    ):
        await expect(question).to_contain_text(part)
    assert await nameless(page) == []
    await question.get_by_role("button", name="Replace it").click()
    await expect(question).to_have_count(0)
    await expect(page.get_by_role("status").filter(has_text="Replaced.")).to_be_visible()
    await expect(chart(page, "Temperature").locator("[data-breaks='1']")).to_be_visible()
    await expect(chart(page, "Temperature")).to_contain_text("calibration starts anew")
    assert not site.registry.known(fresh)
    await page.get_by_role("link", name="All devices").click()
    await expect(card(page, "Hall")).to_be_visible()
    await expect(card(page, "Newcomer")).to_have_count(0)


async def test_a_swap_for_hardware_that_is_not_here_gives_a_token(site: Site, page: Page) -> None:
    dead = await site.join("Hall")
    await page.goto(site.link(f"/devices/{dead}"))
    start = page.get_by_role("button", name="Replace it…")
    await start.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert site.registry.device(dead).consent is None
    await start.click()
    await page.get_by_role("dialog").get_by_role("button", name="Replace it").click()
    await expect(page.get_by_test_id("swap-token")).not_to_be_empty()
    assert site.registry.device(dead).consent is not None


# For everybody


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_nothing_of_it_scrolls_sideways(site: Site, page: Page, screen: dict[str, int]) -> None:
    long_name = "A name that is longer than the screen of a phone is wide, said twice over"
    device = await site.join(long_name, "window", simulated=True)
    fern = await plant(site, long_name, species="Boston fern", soil_moisture=Band(20.0, None))
    await site.home.home.put_zone(Zone("zone", long_name), new=True)
    await site.home.home.put_asset(Asset("room", "Room " + long_name, RoomTraits(), "zone"), new=True)
    await site.home.assignments.assign(device, fern, "anna")
    site.tell(device, soil_moisture=1.0, temperature=-21.4, position=100.0)
    await site.home.shadows.want(device, {"interval_s": 10, "limits": {"position": {"max": 80}}}, "anna")
    site.report(device, 1, interval_s=60)
    await site.registry.swap(await site.join("Gone"), await site.join("Come"), "anna")
    await page.set_viewport_size(screen)  # type: ignore[arg-type]
    for path in ("/places", "/plants", f"/plants/{fern}", f"/devices/{device}", "/"):
        await page.goto(site.link(path))
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_text(long_name).first).to_be_visible()
        await settled(page)
        assert await overhang(page) == 0, path
        assert await nameless(page) == [], path
