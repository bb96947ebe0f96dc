"""What was not as usual on the page: told live, on the charts, and what somebody says of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from gateway.core.home import Asset, PumpTraits, RoomTraits
from gateway.core.insight import Nature, Signal, Verdict
from tests.frontends.page_parts import chart, nameless, overhang, settled
from tests.frontends.page_site import Site
from tests.frontends.panel.insight import ToyEpisodes, episode

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
DRAWN = """(canvas, name) => {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const [red, green, blue] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) found += 1;
  return found;
}"""
"""How many pixels of a canvas have one of the page's colours."""


def rows(page: Page) -> Locator:
    return page.locator("[data-episode]")


def episodes(site: Site) -> ToyEpisodes:
    return site.automation.insight.episodes


async def room(site: Site, name: str = "Bathroom") -> str:
    made = Asset(site.home.home.new_id(name), name, RoomTraits())
    return (await site.home.home.put_asset(made, new=True)).id


async def pixels(page: Page, metric: str, colour: str) -> int:
    await settled(page)
    found: int = await chart(page, metric).locator("canvas").evaluate(DRAWN, colour)
    return found


# The list


async def test_an_episode_is_on_the_page_as_it_opens_and_as_it_closes_and_the_navigation_counts_it(
    site: Site, page: Page
) -> None:
    bathroom = await room(site)
    device = await site.join("Bathroom sensor", simulated=True)
    await page.goto(site.link("/anomalies"))
    await expect(page.get_by_role("main")).to_contain_text("Nothing was unusual.")
    link = page.get_by_role("navigation").get_by_role("link", name="Anomalies")
    await expect(link).to_have_attribute("aria-label", "Anomalies")
    told = episodes(site).tell(
        episode(
            asset=bathroom,
            device=device,
            metric="temperature",
            nature=Nature.UNUSUAL,
            opened_ms=site.clock() - 5 * MINUTE_MS,
            reason="temperature 31.4 °C, highest in 19 days",
            simulated=True,
        )
    )
    row = page.get_by_role("region", name="Now").locator("[data-episode]")
    await expect(row).to_contain_text("temperature 31.4 °C, highest in 19 days")
    for words in ("Bathroom", "SIM", "unusual", "for 5 min"):
        await expect(row).to_contain_text(words)
    await expect(link).to_have_attribute("aria-label", "Anomalies, 1 open")
    episodes(site).tell(replace(told, reason="temperature 33.0 °C, highest in 20 days", score=0.95))
    await expect(rows(page)).to_have_count(1)
    await expect(row).to_contain_text("temperature 33.0 °C, highest in 20 days")
    episodes(site).tell(replace(told, closed_ms=told.opened_ms + 3 * MINUTE_MS))
    await expect(page.get_by_role("region", name="Now")).to_have_count(0)
    await expect(page.get_by_role("main")).to_contain_text("Everything is as usual now.")
    await expect(rows(page)).to_contain_text("lasted 3 min")
    await expect(link).to_have_attribute("aria-label", "Anomalies")


async def test_what_goes_on_comes_first_and_what_was_by_day_older_ones_on_demand(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    now = site.clock()
    for number in range(45):
        opened_ms = now - 2 * DAY_MS - number * MINUTE_MS
        episodes(site).tell(
            episode(
                number, device, opened_ms, nature=Nature.SENSOR, closed_ms=opened_ms + MINUTE_MS, reason=f"no {number}"
            )
        )
    episodes(site).tell(episode(100, device, now - 9 * DAY_MS, reason="since long ago"))
    episodes(site).tell(episode(101, device, now - DAY_MS, closed_ms=now - DAY_MS + MINUTE_MS, reason="the day before"))
    await page.goto(site.link("/anomalies"))
    await expect(page.get_by_role("region", name="Now").locator("[data-episode]")).to_contain_text("since long ago")
    await expect(page.get_by_role("region", name="Yesterday").locator("[data-episode]")).to_contain_text(
        "the day before"
    )
    await expect(rows(page)).to_have_count(41)
    await expect(rows(page).nth(2)).to_contain_text("no 0")
    await page.get_by_role("button", name="Show more").click()
    await expect(rows(page)).to_have_count(47)
    await expect(page.get_by_role("button", name="Show more")).to_have_count(0)


async def test_one_place_is_chosen_and_the_address_says_which(site: Site, page: Page) -> None:
    bathroom, alone = await room(site), await site.join("Garden shed")
    episodes(site).tell(episode(1, "node-1", site.clock() - HOUR_MS, asset=bathroom, reason="in the bathroom"))
    episodes(site).tell(episode(2, alone, site.clock() - HOUR_MS, reason="in the shed"))
    await page.goto(site.link("/anomalies"))
    await expect(rows(page)).to_have_count(2)
    await page.get_by_label("Place", exact=True).select_option(label="Bathroom")
    await expect(page).to_have_url(re.compile(f"#/anomalies/asset/{bathroom}$"))
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("in the bathroom")
    await page.get_by_label("Place", exact=True).select_option(label="Garden shed")
    await expect(page).to_have_url(re.compile(f"#/anomalies/device/{alone}$"))
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("in the shed")
    episodes(site).tell(episode(3, "node-1", site.clock(), asset=bathroom, reason="in the bathroom again"))
    episodes(site).tell(episode(4, alone, site.clock(), reason="in the shed again"))
    await expect(rows(page)).to_have_count(2)
    await expect(page.get_by_role("main")).not_to_contain_text("bathroom again")
    await page.goto(site.link(f"/anomalies/device/{alone}"))
    await expect(rows(page)).to_have_count(2)


async def test_everything_that_belongs_to_an_episode_is_told_on_demand(site: Site, page: Page) -> None:
    device = await site.join("Circulation pump")
    now = site.clock()
    told = episodes(site).tell(episode(5, device, now - HOUR_MS, model="anomaly@2"))
    await page.goto(site.link("/anomalies"))
    await expect(rows(page)).not_to_contain_text("vibration 3.1 mm/s")
    await rows(page).get_by_text("What belongs to it").click()
    await expect(rows(page).get_by_role("listitem")).to_have_text("Circulation pump, Vibration: vibration 3.1 mm/s")
    for fact in ("0.90 of 1, told from 0.60 on", "anomaly@2", told.id):
        await expect(rows(page)).to_contain_text(fact)
    await expect(rows(page).get_by_role("link", name="Follow")).to_have_attribute("href", f"#/trace/{device}%2Fb1%2F7")
    await rows(page).get_by_role("link", name=device).click()
    await expect(page.get_by_role("heading", level=1, name="Circulation pump")).to_be_visible()


# What somebody says


@pytest.mark.parametrize(
    ("button", "said", "verdict"),
    [("That is normal", "called normal by", Verdict.NORMAL), ("That is right", "called right by", Verdict.RIGHT)],
)
async def test_an_episode_is_judged_and_the_judgement_is_taken_back(
    site: Site, page: Page, button: str, said: str, verdict: Verdict
) -> None:
    device = await site.join("Hall")
    told = episodes(site).tell(episode(1, device, site.clock() - HOUR_MS, reason="co2 swings 3 times as much as usual"))
    await page.goto(site.link("/anomalies"))
    await rows(page).get_by_role("button", name=f"{button}: co2 swings").click()
    await expect(rows(page)).to_contain_text(said)
    judged = episodes(site).known[told.id]
    assert (judged.verdict, bool(judged.judged_by)) == (verdict, True)
    await expect(rows(page)).to_contain_text(f"{said} {judged.judged_by}")
    await expect(page.get_by_role("button", name="That is")).to_have_count(0)
    await expect(rows(page)).to_have_attribute("data-open", "false" if verdict is Verdict.NORMAL else "true")
    await rows(page).get_by_role("button", name="Undo: co2 swings").click()
    await expect(rows(page).get_by_role("button", name="That is normal")).to_be_visible()
    assert episodes(site).known[told.id].verdict is Verdict.NONE


async def test_what_the_gateway_refuses_is_said_in_its_words(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    told = episodes(site).tell(episode(1, device, site.clock() - HOUR_MS))
    await page.goto(site.link("/anomalies"))
    await expect(rows(page)).to_have_count(1)
    site.writer.changes.clear()
    await rows(page).get_by_role("button", name="That is right").click()
    await expect(rows(page).get_by_role("alert")).to_contain_text(f"there is no episode {told.id}")


# On the charts


async def test_an_episode_appears_live_on_the_chart_of_its_series_is_judged_there_and_leaves_its_colour(
    site: Site, page: Page
) -> None:
    device = await site.join("Bathroom sensor", simulated=True)
    now = site.clock()
    for minute in range(50):
        at_ms = now - (50 - minute) * MINUTE_MS
        site.remember(device, {"temperature": 21.0 + minute % 3, "humidity": 50.0}, at_ms)
    site.tell(device, temperature=31.0, humidity=50.0)
    await page.goto(site.link(f"/devices/{device}"))
    drawn = chart(page, "Temperature").locator("[data-episodes]")
    await expect(drawn).to_have_attribute("data-episodes", "0")
    await expect(chart(page, "Temperature").locator("[data-points='51']")).to_be_visible()
    assert await pixels(page, "Temperature", "--warn") == 0
    told = episodes(site).tell(
        episode(
            device=device,
            metric="temperature",
            nature=Nature.SENSOR,
            opened_ms=now - 20 * MINUTE_MS,
            reason="temperature is a sensor's fault: said exactly 21.4 for 6 h",
            signals=(),
        )
    )
    await expect(drawn).to_have_attribute("data-episodes", "1")
    note = chart(page, "Temperature").locator("[data-episode]")
    await expect(note).to_contain_text("said exactly 21.4 for 6 h")
    await expect(note).to_contain_text("sensor")
    assert await pixels(page, "Temperature", "--warn") > 100
    assert await pixels(page, "Humidity", "--warn") == 0
    await expect(chart(page, "Humidity").locator("[data-episode]")).to_have_count(0)
    await note.get_by_role("button", name="That is normal").click()
    await expect(note).to_contain_text("called normal by")
    assert not episodes(site).known[told.id].is_open
    await expect(drawn).to_have_attribute("data-episodes", "1")
    await note.get_by_role("button", name="Undo").click()
    await expect(note.get_by_role("button", name="That is normal")).to_be_visible()


async def test_a_series_that_joined_in_says_what_it_did_and_of_which_episode_it_is_part(site: Site, page: Page) -> None:
    made = await site.home.home.put_asset(Asset("pump", "Circulation pump", PumpTraits()), new=True)
    leads, joins = await site.join("Pump"), await site.join("Boiler room")
    await site.home.assignments.assign(joins, made.id, "anna")
    now = site.clock()
    site.tell(joins, temperature=24.0, humidity=40.0)
    episodes(site).tell(
        episode(
            asset=made.id,
            device=leads,
            opened_ms=now - 10 * MINUTE_MS,
            closed_ms=now - 5 * MINUTE_MS,
            signals=(
                Signal(Nature.MACHINE, leads, "vibration", now, 0.9, 0.6, "vibration 3.1 mm/s"),
                Signal(Nature.MACHINE, joins, "temperature", now, 0.7, 0.6, "temperature 24 °C where it is usually 20"),
            ),
        )
    )
    await page.goto(site.link(f"/devices/{joins}"))
    note = chart(page, "Temperature").locator("[data-episode]")
    await expect(note).to_contain_text("temperature 24 °C where it is usually 20")
    await expect(note).to_contain_text("part of: flow and vibration moved together, pressure did not")
    await expect(chart(page, "Humidity").locator("[data-episode]")).to_have_count(0)


async def test_only_what_lies_in_the_time_of_the_chart_is_named_below_it_and_many_on_demand(
    site: Site, page: Page
) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=21.0)
    now = site.clock()
    for number in range(5):
        opened_ms = now - (2 + number) * HOUR_MS
        episodes(site).tell(
            episode(
                number, device, opened_ms, metric="temperature", closed_ms=opened_ms + MINUTE_MS, reason=f"no {number}"
            )
        )
    await page.goto(site.link(f"/devices/{device}"))
    notes = chart(page, "Temperature").locator("[data-episode]")
    await expect(chart(page, "Temperature").locator("[data-episodes='0']")).to_be_visible()
    await expect(notes).to_have_count(0)
    await page.get_by_role("button", name="24 h").click()
    await expect(chart(page, "Temperature").locator("[data-episodes='5']")).to_be_visible()
    await expect(notes).to_have_count(3)
    await expect(notes.first).to_contain_text("no 0")
    await chart(page, "Temperature").get_by_role("button", name="Show all 5").click()
    await expect(notes).to_have_count(5)


# For everybody


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_anomalies_fit_every_screen_and_everything_has_a_name(site: Site, page: Page, screen: Any) -> None:
    place = await room(site, "A room with a name that is longer than the screen of a phone is wide, twice over")
    device = await site.join("A device with a name that is longer than a phone is wide", simulated=True)
    site.tell(device, temperature=31.0)
    now = site.clock()
    for number, nature in enumerate(Nature):
        episodes(site).tell(
            episode(
                number,
                device,
                now - (number + 1) * 10 * MINUTE_MS,
                asset=place,
                metric="temperature",
                nature=nature,
                reason="temperature 31.4 °C, highest in 19 days " + "x" * 80,
                simulated=True,
                closed_ms=None if number else now,
                verdict=Verdict.RIGHT if number == 1 else Verdict.NONE,
                judged_by="somebody-with-a-very-long-name-that-does-not-break-anywhere" if number == 1 else "",
            )
        )
    await page.set_viewport_size(screen)
    for path in ("/anomalies", f"/anomalies/asset/{place}", f"/devices/{device}", "/"):
        await page.goto(site.link(path))
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        if path.startswith("/anomalies"):
            await expect(rows(page)).to_have_count(3)
        for summary in await page.get_by_text("What belongs to it").all():
            await summary.click()
        await settled(page)
        assert await overhang(page) == 0, path
        assert await nameless(page) == [], path
    await expect(page.get_by_role("link", name="Anomalies, 2 open")).to_be_visible()
