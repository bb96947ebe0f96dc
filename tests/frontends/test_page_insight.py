"""Machines on the page: what they are compared with, how worn they are, and how long they may last."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from gateway.core.anomaly import machine
from gateway.core.health.life import NoWear, Reached
from gateway.core.home import Asset, PumpTraits, RoomTraits
from gateway.core.insight import BaselineState
from tests.frontends.page_parts import nameless, overhang, settled
from tests.frontends.page_site import Site
from tests.frontends.panel.insight import HOUR_MS, NOT_ENOUGH, ToyBaselines, component, lasting

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

DAY_MS = 24 * HOUR_MS
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def card(page: Page, name: str = "Circulation pump") -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def dialog(page: Page, name: str = "Circulation pump") -> Locator:
    return page.get_by_role("dialog", name=f"Commission {name}?")


def baselines(site: Site) -> ToyBaselines:
    return site.automation.insight.baselines


async def pump(site: Site, name: str = "Circulation pump") -> str:
    made = Asset(site.home.home.new_id(name), name, PumpTraits())
    return (await site.home.home.put_asset(made, new=True)).id


def frozen() -> bytes:
    """A pump whose second channel never moves."""
    rows = [(float(n % 7), 5.0) for n in range(240)]
    return machine.commission(("node-1/flow", "node-1/vibration"), rows, 60.0).kept()


# Commissioning


async def test_a_machine_is_commissioned_from_the_last_day_after_being_told_what_that_means(
    site: Site, page: Page
) -> None:
    asset = await pump(site)
    await page.goto(site.link("/anomalies"))
    await expect(card(page)).to_contain_text("It was never commissioned")
    await card(page).get_by_role("button", name="Commission").click()
    await expect(dialog(page)).to_contain_text("Do it while it runs well")
    await page.keyboard.press("Escape")
    await expect(dialog(page)).to_have_count(0)
    assert baselines(site).known == []
    await card(page).get_by_role("button", name="Commission").click()
    await expect(dialog(page).get_by_label("How long")).to_have_value("168")
    await expect(dialog(page)).not_to_contain_text("Wear is told only")
    await dialog(page).get_by_label("How long").select_option(label="24 hours")
    await expect(dialog(page)).to_contain_text("Wear is told only from a baseline of 7 days or more.")
    await dialog(page).get_by_label("The time just before now").check()
    now = site.clock()
    await dialog(page).get_by_role("button", name="Commission it").click()
    await expect(card(page)).to_contain_text("Being commissioned by")
    asked = baselines(site).collecting(asset)
    assert asked is not None
    assert asked.to_ms - asked.from_ms == DAY_MS
    assert abs(now - asked.to_ms) < 10_000
    await expect(card(page)).to_contain_text("100\u202f% done")
    told = baselines(site).freeze(asset, frozen())
    await expect(card(page)).to_contain_text(f"Commissioned by {told.who} on")
    await expect(card(page)).to_contain_text("24 hours, 2 channels")
    await card(page).get_by_text("What was frozen").click()
    await expect(card(page)).to_contain_text(told.digest)
    await expect(card(page).get_by_role("listitem").filter(has_text="Vibration")).to_contain_text("never moved")
    await expect(card(page).get_by_role("listitem").filter(has_text="Flow")).not_to_contain_text("never moved")


async def test_the_baseline_before_counts_until_the_new_one_is_made_which_can_be_cancelled(
    site: Site, page: Page
) -> None:
    asset = await pump(site)
    await baselines(site).commission(asset, "anna", 168, site.clock() - 8 * DAY_MS)
    baselines(site).freeze(asset, frozen())
    await page.goto(site.link("/anomalies"))
    await expect(card(page)).to_contain_text("Commissioned by anna on")
    await expect(card(page)).to_contain_text("7 days, 2 channels")
    await card(page).get_by_role("button", name="Commission anew").click()
    await expect(dialog(page)).to_contain_text("The baseline of now counts until the new one is done.")
    await dialog(page).get_by_role("button", name="Commission it").click()
    await expect(card(page)).to_contain_text("0\u202f% done")
    await expect(card(page)).to_contain_text("Until then the baseline before counts.")
    await expect(card(page)).to_contain_text("Commissioned by anna on")
    asked = baselines(site).collecting(asset)
    assert asked is not None
    assert abs(site.clock() - asked.from_ms) < 10_000
    await card(page).get_by_role("button", name="Cancel the commissioning").click()
    await expect(card(page).get_by_role("button", name="Commission anew")).to_be_visible()
    assert baselines(site).collecting(asset) is None
    await expect(card(page)).to_contain_text("Commissioned by anna on")


async def test_a_commissioning_that_somebody_else_began_and_that_fails_is_told_live(site: Site, page: Page) -> None:
    asset = await pump(site)
    await page.goto(site.link("/anomalies"))
    await expect(card(page)).to_contain_text("It was never commissioned")
    asked = await baselines(site).commission(asset, "anna", 24)
    await expect(card(page)).to_contain_text("Being commissioned by anna, until")
    baselines(site).tell(replace(asked, state=BaselineState.FAILED, detail="there were only 12 minutes with values"))
    await expect(card(page)).to_contain_text("failed: there were only 12 minutes with values")
    await expect(card(page).get_by_role("button", name="Commission")).to_be_visible()


async def test_a_baseline_that_judges_nothing_any_more_says_why_and_which_channels_do_not_count(
    site: Site, page: Page
) -> None:
    asset = await pump(site)
    await baselines(site).commission(asset, "anna", 168, site.clock() - 8 * DAY_MS)
    told = baselines(site).freeze(asset, frozen())
    await page.goto(site.link("/anomalies"))
    await card(page).get_by_text("What was frozen").click()
    await expect(card(page)).not_to_contain_text("Nothing is judged by it")
    baselines(site).rests[asset] = "only 1 of its 2 channels are as they were"
    baselines(site).tell(replace(told, lost=("node-1/flow",)))
    await expect(card(page)).to_contain_text("Nothing is judged by it: only 1 of its 2 channels are as they were.")
    await expect(card(page).get_by_role("listitem").filter(has_text="Flow")).to_contain_text("does not count any more")
    await expect(card(page).get_by_role("listitem").filter(has_text="Vibration")).not_to_contain_text("count")


async def test_what_the_gateway_refuses_is_said_in_its_words_and_what_was_chosen_stays(site: Site, page: Page) -> None:
    asset = await pump(site)
    await page.goto(site.link("/anomalies"))
    await card(page).get_by_role("button", name="Commission").click()
    await dialog(page).get_by_label("How long").select_option(label="14 days")
    await baselines(site).commission(asset, "anna", 24)
    await dialog(page).get_by_role("button", name="Commission it").click()
    await expect(dialog(page).get_by_role("alert")).to_contain_text("it is being commissioned")
    await expect(dialog(page).get_by_label("How long")).to_have_value("336")


# Health


async def test_health_is_a_range_with_its_confidence_or_says_that_too_little_is_known(site: Site, page: Page) -> None:
    asset = await pump(site)
    now = site.clock()
    days = tuple((now - (20 - day) * DAY_MS, 90.0 - day) for day in range(20))
    site.automation.insight.health.parts = [
        replace(
            component(asset, lasting(), 62.0), text="Circulation pump, bearing: limit in 6 to 13 weeks.", days=days
        ),
        component(asset, lasting(high=None), 80.0, "impeller"),
        component(asset, Reached(90.0), 0.0, "strainer"),
        component(asset, NoWear(60.0, 60.0), 99.0, "seal"),
        component(asset, NoWear(60.0, 60.0), 70.0, "insulation"),
        component(asset, NOT_ENOUGH, None, "motor"),
    ]
    await page.goto(site.link("/anomalies"))

    def part(name: str) -> Locator:
        return card(page).locator(f"[data-component='{name}']")

    await expect(part("bearing")).to_contain_text("62 of 100")
    await expect(part("bearing")).to_contain_text("Limit in 6 to 13 weeks.")
    await expect(part("bearing")).to_contain_text("40 to 90 days likely 60 days, 90\u202f% confidence")
    await expect(part("bearing")).to_contain_text("−12.0 points (−15.0 to −9.0)")
    await expect(part("bearing")).to_contain_text("vibration while it runs (pump, vibration)")
    await expect(part("bearing").get_by_role("img", name="Health over 20 days, from 90 to 71 of 100")).to_be_visible()
    await expect(part("impeller")).to_contain_text("more than 40 days 90\u202f% confidence")
    await expect(part("impeller")).not_to_contain_text("likely")
    await expect(part("strainer")).to_contain_text("see to it now")
    await expect(part("seal")).to_contain_text("no wear seen")
    await expect(part("insulation")).to_contain_text("worn, no certain trend")
    await expect(part("motor")).to_contain_text("not enough history")
    await expect(part("motor")).not_to_contain_text("of 100")
    await expect(part("motor")).not_to_contain_text("Remaining")


async def test_another_day_of_health_is_on_the_page_at_once(site: Site, page: Page) -> None:
    asset = await pump(site)
    health = site.automation.insight.health
    health.parts = [component(asset, NOT_ENOUGH, None)]
    await page.goto(site.link("/anomalies"))
    await expect(card(page)).to_contain_text("not enough history")
    health.parts = [component(asset, lasting(), 62.0)]
    health.moved(site.bus, asset)
    await expect(card(page)).to_contain_text("62 of 100")


async def test_a_device_at_a_machine_shows_the_machine_and_one_in_a_room_shows_none(site: Site, page: Page) -> None:
    asset = await pump(site)
    await site.home.home.put_asset(Asset("lounge", "Lounge", RoomTraits()), new=True)
    device, other = await site.join("Pump node", simulated=True), await site.join("Lounge sensor")
    await site.home.assignments.assign(device, asset, "anna")
    await site.home.assignments.assign(other, "lounge", "anna")
    await page.goto(site.link(f"/devices/{device}"))
    await expect(card(page)).to_contain_text("It was never commissioned")
    await expect(card(page)).to_contain_text("SIMULATED")
    await expect(card(page)).to_contain_text("Nothing is measured that tells of its condition.")
    await page.goto(site.link(f"/devices/{other}"))
    await expect(page.get_by_role("region", name="What it measures")).to_contain_text(re.compile("It measures.*Lounge"))
    await settled(page)
    await expect(page.get_by_role("button", name="Commission")).to_have_count(0)


async def test_at_one_place_only_its_machine_is_shown(site: Site, page: Page) -> None:
    asset = await pump(site)
    await pump(site, "Cellar pump")
    await page.goto(site.link("/anomalies"))
    await expect(card(page, "Cellar pump")).to_be_visible()
    await page.goto(site.link(f"/anomalies/asset/{asset}"))
    await expect(card(page)).to_be_visible()
    await expect(card(page, "Cellar pump")).to_have_count(0)


async def test_events_of_a_machine_name_it(site: Site, page: Page) -> None:
    asset, device = await pump(site), await site.join("Pump node")
    await site.home.assignments.assign(device, asset, "anna")
    await page.goto(site.link("/events"))
    await expect(page.get_by_role("main")).to_contain_text("Pump node")
    site.chronicle.note("baseline.frozen", "by anna, of 24 h, 4 channels", asset=asset)
    site.chronicle.note("baseline.failed", "by anna, of 24 h", asset="gone")
    events = page.get_by_role("main").get_by_role("listitem")
    await expect(events.filter(has_text="of 24 h, 4 channels")).to_contain_text(
        re.compile("commissioned.*Circulation pump.*by anna")
    )
    await expect(events.filter(has_text="not commissioned")).to_contain_text("gone")


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_machines_fit_every_screen_and_everything_has_a_name(site: Site, page: Page, screen: Any) -> None:
    asset = await pump(site, "A pump with a name that is longer than the screen of a phone is wide")
    await baselines(site).commission(asset, "somebody-with-a-very-long-name-that-does-not-break-anywhere", 168)
    baselines(site).freeze(asset, frozen())
    await baselines(site).commission(asset, "somebody-with-a-very-long-name-that-does-not-break-anywhere", 24)
    named = component(asset, lasting(), 62.0, "bearing")
    site.automation.insight.health.parts = [
        replace(named, text="a long word: " + "x" * 90),
        component(asset, NOT_ENOUGH),
    ]
    device = await site.join("Pump node")
    await site.home.assignments.assign(device, asset, "anna")
    await pump(site, "Second pump")
    await page.set_viewport_size(screen)
    for path in ("/anomalies", f"/devices/{device}"):
        await page.goto(site.link(path))
        await page.get_by_text("What was frozen").click()
        await settled(page)
        assert await overhang(page) == 0, path
        assert await nameless(page) == [], path
    await page.goto(site.link("/anomalies"))
    await card(page, "Second pump").get_by_role("button", name="Commission").click()
    await expect(dialog(page, "Second pump")).to_be_visible()
    assert await overhang(page) == 0
    assert await nameless(page) == []
