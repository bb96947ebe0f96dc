"""What a device hears, on its page: whether it sends it, and what of it is kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.frontends.page_parts import nameless, overhang, settled
from tests.frontends.page_site import Site
from tests.frontends.panel.house import until

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def sound(page: Page) -> Locator:
    return page.get_by_role("region", name="Sound", exact=True)


async def hearing(site: Site) -> str:
    """A device that hears; its id."""
    device = await site.join("Hall", simulated=True)
    site.tell(device, sound_level=41.0)
    return device


async def test_a_device_is_asked_to_send_its_sound_and_says_that_it_does(site: Site, page: Page) -> None:
    device = await hearing(site)
    await page.goto(site.link(f"/devices/{device}"))
    await expect(sound(page)).to_contain_text("It sends how loud it is, and no sound.")
    await sound(page).get_by_role("button", name="Let it send its sound").click()
    await expect(sound(page)).to_contain_text("has not said yet that it does")
    wanted = site.home.shadows.get(device)
    assert wanted.desired["audio"] is True
    site.report(device, wanted.desired_version, audio=True)
    await expect(sound(page)).to_contain_text("It sends its sound.")
    await expect(sound(page).get_by_role("button", name="Let it send the level only")).to_be_visible()


async def test_sound_is_recorded_only_while_somebody_asked_for_it(site: Site, page: Page) -> None:
    device = await hearing(site)
    await page.goto(site.link(f"/devices/{device}"))
    await expect(sound(page)).to_contain_text("It is kept only while you record.")
    assert site.automation.recordings.until_ms(device) is None
    await sound(page).get_by_label("Record for").select_option(label="15 minutes")
    await sound(page).get_by_role("button", name="Record").click()
    await expect(sound(page).get_by_role("timer")).to_have_text(re.compile(r"^(14:\d\d|15:00) left$"))
    await sound(page).get_by_role("button", name="Stop").click()
    await expect(sound(page).get_by_role("timer")).to_have_count(0)
    assert site.automation.recordings.until_ms(device) is None
    site.automation.recordings.start(device, 1, "anna")
    await expect(sound(page).get_by_role("timer")).to_have_text(re.compile(r"^(0:\d\d|1:00) left$"))
    site.automation.recordings.stop(device, "anna")


async def test_recordings_are_saved_and_thrown_away(site: Site, page: Page, tmp_path: Path) -> None:
    device, other = await hearing(site), await site.join("Attic")
    now_ms = site.clock()
    for age_s in (2, 4, 6):
        site.automation.files.keep(device, now_ms - age_s * 1000, True, b"RIFF of the hall")
    site.automation.files.keep(other, now_ms, False, b"RIFF of the attic")
    await page.goto(site.link(f"/devices/{device}"))
    await expect(sound(page)).to_contain_text("3 recordings, 48\u202fB")
    rows = sound(page).get_by_role("listitem")
    async with page.expect_download() as saved:
        await rows.first.get_by_role("link", name="Save the recording of").click()
    await (await saved.value).save_as(tmp_path / "hall.wav")
    assert (tmp_path / "hall.wav").read_bytes() == b"RIFF of the hall"
    await rows.first.get_by_role("button", name="Delete the recording of").click()
    await expect(sound(page)).to_contain_text("2 recordings")
    await sound(page).get_by_role("button", name="Delete all").click()
    question = page.get_by_role("dialog", name="Delete all recordings of this device?")
    await question.get_by_role("button", name="Delete all").click()
    await expect(sound(page)).not_to_contain_text("recordings,")
    await until(lambda: [kept.device for kept in site.automation.files.all()] == [other])


async def test_a_device_that_hears_nothing_has_no_sound(site: Site, page: Page) -> None:
    device = await site.join("Attic")
    site.tell(device, temperature=20.0)
    await page.goto(site.link(f"/devices/{device}"))
    await expect(page.get_by_role("region", name="Configuration")).to_be_visible()
    await expect(sound(page)).to_have_count(0)


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_sound_fits_every_screen_and_everything_has_a_name(site: Site, page: Page, screen: Any) -> None:
    device = await hearing(site)
    site.automation.files.keep(device, site.clock(), True, b"RIFF")
    await page.set_viewport_size(screen)
    await page.goto(site.link(f"/devices/{device}"))
    await expect(sound(page)).to_contain_text("1 recording, 4\u202fB")
    await settled(page)
    assert await overhang(page) == 0
    assert await nameless(page) == []
