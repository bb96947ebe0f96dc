"""Alerts on the page, who was told of them, and where they go: channels, people on Telegram, the language model."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from gateway.core.access import Scope
from gateway.core.channels import ChannelForm, TelegramWay, WebhookWay
from gateway.core.delivery import DeliveryState
from gateway.core.ports.channel import NotSent
from gateway.core.ports.people import Pairing
from gateway.flow.outbox.outbox import ChannelCounts
from tests.frontends.page_parts import nameless, overhang, settled
from tests.frontends.page_site import Site
from tests.frontends.panel.outward import alert, delivery

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
HOUR_MS = 3_600_000
TOKEN = "123456789:AAF-fake_token_for_tests_0123456789ab"


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def now(page: Page) -> Locator:
    return region(page, "Now").get_by_role("listitem")


async def test_an_alert_appears_by_itself_is_acknowledged_and_is_over(site: Site, page: Page) -> None:
    await page.goto(site.link("/alerts"))
    await expect(page.get_by_role("main")).to_contain_text("There was no alert yet.")
    dry = site.outward.alerts.keep(alert(site.clock() - 60_000, simulated=True))
    await expect(now(page)).to_contain_text("Fern: soil_moisture is 15.2, threshold min 20.0")
    await expect(now(page)).to_contain_text("The fern's soil is drier than it should be.")
    await expect(now(page).get_by_label("SIMULATED")).to_be_visible()
    await expect(page.get_by_role("link", name="Alerts, 1 open")).to_be_visible()
    await now(page).get_by_role("button", name="Acknowledge: Fern").click()
    await expect(now(page)).to_contain_text("Acknowledged by")
    await expect(page.get_by_role("link", name="Alerts", exact=True).first).to_be_visible()
    site.outward.alerts.keep(
        replace(dry, over_ms=site.clock(), over_text="soil_moisture is 41.0 again", acked_ms=1, acked_by="owner")
    )
    await expect(region(page, "Today")).to_contain_text("Over: soil_moisture is 41.0 again")
    await expect(page.get_by_role("main")).to_contain_text("Nothing needs your attention now.")


async def test_who_was_told_and_when_is_shown_on_demand(site: Site, page: Page) -> None:
    dry = site.outward.alerts.keep(alert(site.clock() - HOUR_MS))
    arrived = delivery(dry, "telegram/42", state=DeliveryState.DELIVERED, ended_ms=site.clock() - HOUR_MS + 900)
    site.outward.outbox.keep(arrived)
    site.outward.outbox.keep(delivery(dry, "hall/address", detail="no connection comes about"))
    await page.goto(site.link("/alerts"))
    await now(page).get_by_text("Who was told").click()
    lines = now(page).locator("details li")
    await expect(lines).to_have_count(2)
    await expect(lines.first).to_contain_text(re.compile(r"telegram, .*that it began:.*delivered at"))
    await expect(lines.last).to_contain_text(re.compile(r"hall, .*waits: no connection comes about"))


async def test_alerts_are_muted_for_a_while_and_unmuted(site: Site, page: Page) -> None:
    await page.goto(site.link("/alerts"))
    await page.get_by_label("Mute for").select_option("4 hours")
    await expect(page.get_by_role("status").filter(has_text="Muted until")).to_be_visible()
    assert site.outward.alerts.muted_until_ms > site.clock() + 3 * HOUR_MS
    await page.get_by_role("button", name="Unmute").click()
    await expect(page.get_by_label("Mute for")).to_be_visible()
    assert site.outward.alerts.muted_until_ms == 0


async def test_a_channel_is_set_up_tested_changed_and_removed(site: Site, page: Page) -> None:
    await page.goto(site.link("/outward"))
    channels = region(page, "Channels")
    await expect(channels).to_contain_text("No channel yet")
    await channels.get_by_role("button", name="Add a channel").click()
    await channels.get_by_label("Kind").select_option("Webhook")
    await channels.get_by_label("Name").fill("hall")
    await channels.get_by_label("Address").fill("https://hall.example/hook")
    await channels.get_by_label("Secret").fill("between-us-1234")
    await channels.get_by_label("info").uncheck()
    await channels.get_by_role("button", name="Save").click()
    row = channels.get_by_role("listitem").filter(has_text="hall")
    await expect(row).to_contain_text("told warning, alarm")
    form = site.outward.channels.forms["hall"]
    assert form.way == WebhookWay(url="https://hall.example/hook", secret="between-us-1234")
    assert form.levels == ("warning", "alarm")

    await row.get_by_role("button", name="Send a test over hall").click()
    await expect(row.get_by_role("status")).to_have_text("Sent: it arrived")
    site.outward.channels.failure = NotSent("no connection comes about")
    await row.get_by_role("button", name="Send a test over hall").click()
    await expect(row.get_by_role("alert")).to_contain_text("no connection comes about")

    await row.get_by_role("button", name="Change hall").click()
    await expect(row.get_by_label("Secret")).to_have_value("")
    await expect(row).to_contain_text("Kept: …1234")
    await row.get_by_label("Address").fill("https://other.example/hook")
    await row.get_by_role("button", name="Save").click()
    await expect(row.get_by_role("button", name="Save")).to_have_count(0)
    changed = site.outward.channels.forms["hall"].way
    assert changed == WebhookWay(url="https://other.example/hook", secret="between-us-1234")

    await row.get_by_role("button", name="Remove hall").click()
    question = page.get_by_role("dialog", name="Remove hall?")
    await question.get_by_role("button", name="Remove it").click()
    await expect(channels).to_contain_text("No channel yet")
    assert site.outward.channels.forms == {}


async def test_what_is_wrong_with_a_channel_and_what_waits_for_it_is_shown(site: Site, page: Page) -> None:
    site.outward.channels.forms["hall"] = ChannelForm(way=WebhookWay(url="https://hall.example/hook", secret="x" * 20))
    site.outward.outbox.counts["hall"] = ChannelCounts(waiting=3, oldest_ms=site.clock() - HOUR_MS, delivered=1)
    await page.goto(site.link("/outward"))
    row = region(page, "Channels").get_by_role("listitem")
    await expect(row).to_contain_text("3 messages wait")
    await expect(row).to_contain_text("1 delivered since the start")


async def test_somebody_is_paired_with_a_code_that_runs_out_and_forgotten(site: Site, page: Page) -> None:
    site.outward.channels.forms["telegram"] = ChannelForm(way=TelegramWay(token=TOKEN))
    people = site.outward.people

    def pair(minutes: int, scope: Scope, who: str) -> Pairing:
        people.asked.append((minutes, scope, who))
        return Pairing("KQXYZABC", site.clock() + minutes * 60_000, "https://t.me/house_bot?start=KQXYZABC")

    people.pair = pair  # type: ignore[method-assign]
    await page.goto(site.link("/outward"))
    known = region(page, "People on Telegram")
    await expect(known.get_by_role("listitem")).to_contain_text("may ask and move things")
    await known.get_by_label("Whoever uses the code").select_option("may ask")
    await known.get_by_role("button", name="Make a pairing code").click()
    await expect(known.get_by_test_id("pairing")).to_have_text("/pair KQXYZABC")
    await expect(known.get_by_role("timer")).to_contain_text(re.compile(r"(10:00|9:5\d) left"))
    await expect(known.get_by_role("link")).to_have_attribute("href", "https://t.me/house_bot?start=KQXYZABC")
    ((minutes, scope, _),) = people.asked
    assert (minutes, scope) == (10, Scope.READ)
    people.known[43] = replace(people.known[42], id=43, name="Ben", scope=Scope.READ)
    await expect(known.get_by_role("listitem")).to_have_count(2)
    await known.get_by_role("button", name="Forget Anna").click()
    await page.get_by_role("dialog", name="Forget Anna?").get_by_role("button", name="Forget them").click()
    await expect(known.get_by_role("listitem")).to_have_count(1)
    assert list(people.known) == [43]


async def test_the_language_model_is_off_and_its_key_is_only_ever_shown_in_part(site: Site, page: Page) -> None:
    await page.goto(site.link("/outward"))
    model = region(page, "Language model")
    await expect(model).to_contain_text("What leaves the house then")
    await expect(model.get_by_label("Ask it")).not_to_be_checked()
    await expect(model).to_contain_text("Kept: …1a2b")
    await model.get_by_label("Provider").select_option("Anthropic")
    await model.get_by_label("Ask it").check()
    await model.get_by_role("button", name="Save").click()
    await expect(model.get_by_role("status")).to_have_text("Saved.")
    form = site.outward.assistant.form
    assert (form.provider, form.enabled, form.key) == ("anthropic", True, "sk-secret-1a2b")
    await model.get_by_label("Key").fill("sk-another-9z8y")
    await model.get_by_role("button", name="Save").click()
    await expect(model).to_contain_text("Kept: …9z8y")
    await expect(model.get_by_label("Key")).to_have_value("")
    await model.get_by_role("button", name="Try it").click()
    await expect(model.get_by_role("alert")).to_contain_text("nobody is there")


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_alerts_and_settings_fit_every_screen_and_everything_has_a_name(
    site: Site, page: Page, screen: Any
) -> None:
    site.outward.channels.forms["telegram"] = ChannelForm(way=TelegramWay(token=TOKEN))
    site.outward.channels.forms["hall"] = ChannelForm(way=WebhookWay(url=f"https://{'long' * 30}.example/"))
    title = "A greenhouse with quite a long name that somebody gave it one evening"
    dry = site.outward.alerts.keep(alert(site.clock() - 26 * HOUR_MS, title=title, simulated=True))
    site.outward.alerts.keep(alert(site.clock() - HOUR_MS, "part/disk", level="alarm", device="", title="Gateway"))
    site.outward.outbox.keep(delivery(dry, "telegram/42", detail="a reason that is rather long " * 6))
    await page.set_viewport_size(screen)
    await page.goto(site.link("/alerts"))
    await expect(now(page)).to_have_count(2)
    await now(page).last.get_by_text("Who was told").click()
    await expect(now(page).last).to_contain_text("rather long")
    await fits(page)
    await page.get_by_role("link", name="Where alerts go").click()
    await page.get_by_role("button", name="Change hall").click()
    await page.get_by_role("button", name="Add a channel").click()
    await fits(page)


async def fits(page: Page) -> None:
    await settled(page)
    assert await overhang(page) == 0
    assert await nameless(page) == []
