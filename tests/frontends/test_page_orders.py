"""What a device's page asks of it: commands, and how it is meant to be."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from gateway.core.commands import Command, Order
from tests.frontends.page_parts import nameless
from tests.frontends.page_site import Site
from tests.frontends.panel.house import until

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]


def commands(page: Page) -> Locator:
    return page.get_by_role("region", name="Commands")


def configuration(page: Page) -> Locator:
    return page.get_by_role("region", name="Configuration")


async def asked(site: Site, device: str) -> Command:
    """The newest command, as soon as there is one."""
    await until(lambda: bool(site.home.commands.of(device)))
    return site.home.commands.of(device)[0]


# Commands


async def test_a_window_is_moved_with_a_slider_and_every_step_is_seen(site: Site, page: Page) -> None:
    window = await site.join("Living room window", "window", simulated=True)
    site.tell(window, position=30.0)
    await page.goto(site.link(f"/devices/{window}"))
    slider = commands(page).get_by_role("slider", name="Set opening")
    await expect(slider).to_have_value("30")
    await slider.focus()
    await page.keyboard.press("ArrowRight")
    await expect(slider).to_have_attribute("aria-valuetext", "31\u202f%")
    await slider.fill("70")
    await commands(page).get_by_role("button", name="Set opening: send").click()
    row = commands(page).get_by_role("listitem").filter(has_text="Set opening: 70\u202f%").first
    await expect(row).to_contain_text("waiting")
    await expect(row).to_contain_text("SIM")
    command = await asked(site, window)
    assert (command.verb, command.args) == ("set_position", {"position": 70})
    site.wake(window)
    await expect(row).to_contain_text("sent")
    site.answer(window, command.id, "accepted")
    await expect(row).to_contain_text("taken on")
    site.answer(window, command.id, "done", "at 70 %")
    await expect(row).to_contain_text(re.compile(r"done\s*at 70 %"))
    await row.get_by_text("Every step").click()
    steps = row.get_by_role("listitem")
    for step, word in enumerate(("waiting", "sent", "taken on", "done")):
        await expect(steps.nth(step)).to_contain_text(word)
    await expect(row.get_by_role("link", name="Follow")).to_be_visible()
    assert await nameless(page) == []


async def test_a_command_that_waits_is_taken_back(site: Site, page: Page) -> None:
    lamp = await site.join("Boiler", "heater")
    await page.goto(site.link(f"/devices/{lamp}"))
    await commands(page).get_by_role("button", name="Turn on").click()
    await commands(page).get_by_role("button", name="Cancel: Turn on").click()
    await expect(commands(page).get_by_role("listitem").first).to_contain_text(re.compile(r"failed\s*cancelled by"))
    assert not (await asked(site, lamp)).open


async def test_a_command_that_is_refused_is_refused_in_the_gateways_words(site: Site, page: Page) -> None:
    window = await site.join("Window", "window")
    for position in range(16):
        await site.home.commands.ask(Order(window, "set_position", {"position": position}), "anna")
    await page.goto(site.link(f"/devices/{window}"))
    await expect(commands(page).get_by_role("button", name="Show more")).to_be_visible()
    async with page.expect_response(f"**/api/devices/{window}/commands") as answered:
        await commands(page).get_by_role("button", name="Show which it is").click()
    problem = await (await answered.value).json()
    assert problem["status"] == 409
    await expect(commands(page).get_by_role("alert").filter(has_text=problem["detail"])).to_be_visible()


async def test_what_failed_says_why_and_what_came_late_says_so(site: Site, page: Page) -> None:
    window = await site.join("Window", "window")
    site.wake(window)
    failed = await site.home.commands.ask(Order(window, "set_position", {"position": 95}), "anna")
    site.answer(window, failed.id, "failed", "position 95 is above the limit 80")
    late = await site.home.commands.ask(Order(window, "set_position", {"position": 5}, site.clock() + 200), "anna")
    await until(lambda: has_expired(site, late))
    site.answer(window, late.id, "done")
    await page.goto(site.link(f"/devices/{window}"))
    rows = commands(page).get_by_role("listitem")
    row = rows.filter(has_text="Set opening: 95").first
    await expect(row).to_contain_text(re.compile("failed.*position 95 is above the limit 80"))
    await expect(row).to_contain_text("by anna")
    row = rows.filter(has_text="Set opening: 5\u202f%").first
    await row.get_by_text("Every step").click()
    steps = row.get_by_role("listitem")
    await expect(steps.filter(has_text="expired").first).to_be_visible()
    await expect(steps.last).to_contain_text(re.compile(r"done\s*after it had expired"))


def has_expired(site: Site, command: Command) -> bool:
    """Looks as the gateway does all the time."""
    site.home.commands.look()
    found = site.home.commands.find(command.id)
    return found is not None and not found.open


# Configuration


async def test_the_interval_and_limits_are_set_and_taken_on(site: Site, page: Page) -> None:
    window = await site.join("Window", "window")
    await page.goto(site.link(f"/devices/{window}"))
    await expect(configuration(page)).to_contain_text("nothing asked for")
    await configuration(page).get_by_label("Measures every").fill("30")
    await configuration(page).get_by_label("Opening: highest").fill("80")
    await configuration(page).get_by_role("button", name="Save the configuration").click()
    await expect(configuration(page)).to_contain_text("on its way")
    wanted = site.home.shadows.get(window)
    assert wanted.desired["interval_s"] == 30
    assert wanted.desired["limits"] == {"position": {"max": 80}}
    site.report(window, wanted.desired_version, interval_s=60, limits={"position": {"max": 80}})
    await expect(configuration(page)).to_contain_text("differs")
    await expect(configuration(page).get_by_role("row", name=re.compile("Measures every"))).to_contain_text(
        re.compile(r"30\s*60")
    )
    site.report(window, wanted.desired_version, interval_s=30, limits={"position": {"max": 80}})
    await expect(configuration(page)).to_contain_text("in sync")
    await expect(configuration(page)).to_contain_text("The device says 30\u202fs.")


async def test_an_emptied_limit_is_no_limit_any_more(site: Site, page: Page) -> None:
    window = await site.join("Window", "window")
    await site.home.shadows.want(window, {"limits": {"position": {"min": 10, "max": 80}}}, "anna")
    await page.goto(site.link(f"/devices/{window}"))
    lowest, highest = (configuration(page).get_by_label(f"Opening: {side}") for side in ("lowest", "highest"))
    await expect(lowest).to_have_value("10")
    await lowest.fill("")
    await configuration(page).get_by_role("button", name="Save the configuration").click()
    await until(lambda: site.home.shadows.get(window).desired["limits"] == {"position": {"max": 80}})
    await expect(configuration(page)).to_contain_text("Version 2")
    await highest.fill("")
    await configuration(page).get_by_role("button", name="Save the configuration").click()
    await until(lambda: not site.home.shadows.get(window).desired.get("limits"))


async def test_what_the_gateway_refuses_is_told_and_what_was_typed_stays(site: Site, page: Page) -> None:
    window = await site.join("Window", "window")
    await page.goto(site.link(f"/devices/{window}"))
    interval = configuration(page).get_by_label("Measures every")
    await interval.fill("0")
    await configuration(page).get_by_role("button", name="Save the configuration").click()
    await expect(configuration(page).get_by_role("alert").filter(has_text="interval_s")).to_be_visible()
    await expect(interval).to_have_value("0")
    assert site.home.shadows.get(window).desired_version == 0
