"""What the gateway decides about windows on the page, a hand on them, and what is learnt and forgotten."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from gateway.core.decisions import Outcome, Override
from gateway.core.messages import Decided
from gateway.core.ports.decisions import kept
from tests.frontends.page_parts import card, nameless, overhang, settled
from tests.frontends.page_site import Site
from tests.frontends.panel.house import until

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def rows(page: Page) -> Locator:
    return page.locator("[data-decision]")


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def held(site: Site, window: str) -> Override | None:
    return site.automation.overrides.held(window)


# Decisions


async def test_a_decision_is_on_the_page_as_it_is_made_with_why_and_what_became_of_it(site: Site, page: Page) -> None:
    window = await site.window(simulated=True)
    await page.goto(site.link("/decisions"))
    await expect(page.get_by_role("main")).to_contain_text("Nothing has been decided yet.")
    made = site.decide(window)
    row = rows(page).first
    await expect(row).to_contain_text(f"{made.position}\u202f%")
    await expect(row).to_contain_text(made.why)
    await expect(row).to_contain_text("Living room window")
    await expect(row).to_contain_text("SIM")
    await expect(row).to_contain_text("on its way")
    await expect(row).to_contain_text("sure, 80\u202f%")
    site.obey(made, "done", "at rest")
    await expect(row).to_contain_text("done: at rest")
    refused = site.decide(window, 14.0)
    await expect(rows(page)).to_have_count(2)
    await expect(row).to_contain_text(refused.why)
    site.obey(refused, "failed", "the motor is stuck")
    await expect(row).to_contain_text("failed: the motor is stuck")
    await expect(rows(page).last).to_contain_text("done")


async def test_what_a_decision_rests_on_is_told_on_demand_and_it_comes_out_again(site: Site, page: Page) -> None:
    window = await site.window()
    made = site.decide(window, 27.5, humidity=44.0, position=10.0)
    await page.goto(site.link("/decisions"))
    row = rows(page).first
    await expect(row).not_to_contain_text("Looked because")
    await row.get_by_text("What it rests on").click()
    for fact in ("temperature rose 0.6 °C", "window model 1", made.id, "27.5\u202f°C", "44\u202f%", "10\u202f%"):
        await expect(row).to_contain_text(fact)
    await expect(row.get_by_role("listitem").filter(has_text=re.compile("^Outside:"))).to_contain_text("not measured")
    await row.get_by_role("button", name="Work out again what was decided at").click()
    await expect(row.get_by_role("status")).to_have_text("The same comes out, to the last digit.")
    assert await nameless(page) == []


async def test_what_came_out_otherwise_says_so(site: Site, page: Page) -> None:
    window = await site.window()
    made = site.decide(window)
    changed = replace(made, id="0123456789abcdef", position=3, raw_pct=3.25, cuts=("rain 1.2 mm/h: at most 10 %",))
    site.writer.submit([kept(changed)])
    site.bus.publish(Decided(changed))
    await page.goto(site.link("/decisions"))
    row = page.locator(f"[data-decision='{changed.id}']")
    await row.get_by_text("What it rests on").click()
    await expect(row).to_contain_text("rain 1.2 mm/h: at most 10 %")
    await row.get_by_role("button", name="Work out again").click()
    await expect(row.get_by_role("status")).to_contain_text(f"Not the same: 3\u202f% then, {made.position}\u202f% now.")


async def test_what_a_service_did_not_answer_is_nobodys_opinion(site: Site, page: Page) -> None:
    window = await site.window()
    made = site.decide(window)
    await page.goto(site.link(f"/decisions/{window}"))
    await expect(rows(page)).to_have_count(1)
    asked = replace(made, id="0123456789abcdef", model="external", confidence=0.0, outcome=Outcome.WAITING)
    site.bus.publish(Decided(asked))
    await expect(rows(page).first).to_contain_text("waiting for an answer")
    site.bus.publish(Decided(replace(asked, outcome=Outcome.UNANSWERED, detail="nobody answered within 5 s")))
    await expect(rows(page)).to_have_count(2)
    await expect(rows(page).first).to_contain_text("no answer: nobody answered within 5 s")
    await expect(rows(page).first).not_to_contain_text("sure")
    await rows(page).first.get_by_text("What it rests on").click()
    await expect(rows(page).first).to_contain_text("an external service")


async def test_decisions_are_shown_by_day_and_older_ones_on_demand(site: Site, page: Page) -> None:
    window = await site.window()
    made = site.decide(window)
    today = datetime.fromtimestamp(made.time_ms / 1000, ZoneInfo("Europe/Berlin"))  # the browser's zone in these tests
    noon_ms = int((today.replace(hour=12) - timedelta(days=1)).timestamp() * 1000)
    for number in range(45):
        earlier = replace(made, id=f"{number:016x}", time_ms=noon_ms - (45 - number) * 1000)
        site.writer.changes.insert(0, kept(earlier))
    await page.goto(site.link("/decisions"))
    await expect(page.get_by_role("region", name="Today").locator("[data-decision]")).to_have_count(1)
    await expect(rows(page)).to_have_count(40)
    await page.get_by_role("button", name="Show more").click()
    await expect(page.get_by_role("region", name="Yesterday").locator("[data-decision]")).to_have_count(45)
    await expect(page.get_by_role("button", name="Show more")).to_have_count(0)


async def test_one_window_is_chosen_and_the_address_says_which(site: Site, page: Page) -> None:
    here, there = await site.window("Kitchen window"), await site.window("Attic window")
    site.decide(here)
    site.decide(there)
    await page.goto(site.link("/decisions"))
    await expect(rows(page)).to_have_count(2)
    await page.get_by_label("Window").select_option(label="Attic window")
    await expect(rows(page)).to_have_count(1)
    await expect(page).to_have_url(re.compile(f"#/decisions/{there}$"))
    site.decide(here, 29.0)
    site.decide(there, 29.0)
    await expect(rows(page)).to_have_count(2)
    await page.goto(site.link(f"/devices/{here}"))
    await page.get_by_role("link", name="All its decisions").click()
    await expect(page.get_by_label("Window")).to_have_value(here)
    await expect(rows(page)).to_have_count(2)


# A window's page


async def test_a_windows_page_says_where_it_is_why_and_what_it_goes_by(site: Site, page: Page) -> None:
    window = await site.window(simulated=True)
    await page.goto(site.link(f"/devices/{window}"))
    await expect(panel(page, "This window")).to_contain_text("Nothing has been decided about it yet.")
    made = site.decide(window, 27.5, position=10.0)
    here = panel(page, "This window")
    await expect(here).to_contain_text(made.why)
    await expect(here).to_contain_text(re.compile(rf"10\u202f%\s*open now, asked for {made.position}\u202f%"))
    await expect(here).to_contain_text("window model 1")
    await expect(here).to_contain_text("SIMULATED")
    goes_by = panel(page, "What it goes by now")
    await expect(goes_by).to_contain_text(re.compile("Room27.5\u202f°C"))
    await expect(goes_by).to_contain_text("not measured")
    site.tell(window, position=float(made.position))
    await expect(here).to_contain_text(re.compile(rf"^.*{made.position}\u202f%\s*open now"))
    again = site.decide(window, 15.0)
    await expect(here).to_contain_text(again.why)


async def test_who_sets_a_window_holds_it_teaches_it_and_lets_it_go(site: Site, page: Page) -> None:
    window = await site.window(simulated=True)
    site.decide(window, 27.5, position=10.0)
    await page.goto(site.link(f"/devices/{window}"))
    by_hand, lessons = panel(page, "Set it yourself"), panel(page, "What it has learnt from you")
    await expect(lessons).to_contain_text("Nothing yet.")
    await by_hand.get_by_role("slider", name="Opening").fill("30")
    await by_hand.get_by_role("button", name="Move it there").click()
    await expect(by_hand).to_contain_text("Held at 30\u202f%")
    await expect(by_hand.get_by_role("timer")).to_have_text(re.compile(r"^(59:\d\d|60:00|1 h) left$"))
    await expect(by_hand).to_contain_text(re.compile("30\u202f% it is, until .*"))
    will = held(site, window)
    assert will is not None
    assert (will.position, will.source) == (30.0, "api")
    assert will.learnt
    await expect(lessons).to_contain_text("You wanted 30\u202f%")
    await expect(lessons).to_contain_text(will.learnt)
    await expect(lessons).to_contain_text("SIM")
    await expect(panel(page, "This window")).to_contain_text("A person holds it. Before that it was decided:")
    would = site.decide(window, 29.0)
    await expect(panel(page, "This window")).to_contain_text(f"Without that it would be {would.position}\u202f%:")
    await expect(panel(page, "This window")).to_contain_text("held by a person")
    await by_hand.get_by_role("button", name="Let it decide again").click()
    await expect(by_hand).not_to_contain_text("Held at")
    assert held(site, window) is None
    await expect(lessons).to_contain_text(will.learnt)
    await expect(panel(page, "What happened")).to_contain_text(will.learnt)


async def test_a_lesson_is_forgotten_after_a_question(site: Site, page: Page) -> None:
    window = await site.window()
    site.real.behind_ms = HOUR_MS
    site.decide(window, 27.5)
    first, _ = await site.automation.overrides.set(window, 30.0, "anna")
    site.real.behind_ms = 0
    site.decide(window, 27.5)
    await site.automation.overrides.set(window, 60.0, "anna")
    await page.goto(site.link(f"/devices/{window}"))
    lessons = panel(page, "What it has learnt from you")
    await expect(lessons).to_contain_text("2 lessons")
    await lessons.get_by_role("button", name="Forget: You wanted 30\u202f%").click()
    question = page.get_by_role("dialog", name="Forget this lesson?")
    await expect(question).to_contain_text(first.learnt)
    await page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    assert len(site.automation.overrides.lessons(window)) == 2
    await lessons.get_by_role("button", name="Forget: You wanted 30\u202f%").click()
    await question.get_by_role("button", name="Forget it").click()
    await expect(lessons).to_contain_text("1 lesson")
    await expect(lessons).not_to_contain_text("You wanted 30")
    assert [lesson.position for lesson in site.automation.overrides.lessons(window)] == [60.0]
    await lessons.get_by_role("button", name="Forget everything").click()
    question = page.get_by_role("dialog", name="Forget everything it has learnt about this window?")
    await question.get_by_role("button", name="Forget everything").click()
    await expect(lessons).to_contain_text("Nothing yet.")
    assert site.automation.overrides.lessons(window) == []


async def test_a_lesson_that_is_corrected_at_once_counts_no_more_before_ones_eyes(site: Site, page: Page) -> None:
    window = await site.window()
    site.decide(window, 27.5)
    await page.goto(site.link(f"/devices/{window}"))
    lessons = panel(page, "What it has learnt from you")
    await site.automation.overrides.set(window, 30.0, "anna")
    await expect(lessons).to_contain_text("You wanted 30\u202f%")
    await site.automation.overrides.set(window, 60.0, "anna")
    await expect(lessons).to_contain_text("You wanted 60\u202f%")
    await expect(lessons).to_contain_text("1 lesson")
    await expect(lessons).not_to_contain_text("You wanted 30")


async def test_lessons_are_saved_to_a_file_and_brought_into_another_window(
    site: Site, page: Page, tmp_path: Path
) -> None:
    old, new = await site.window("Old window"), await site.window("New window")
    site.decide(old, 27.5)
    taught, _ = await site.automation.overrides.set(old, 30.0, "anna")
    await page.goto(site.link(f"/devices/{old}"))
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="Save to a file").click()
    file = tmp_path / "lessons.json"
    await (await saved.value).save_as(file)
    assert [lesson["position"] for lesson in json.loads(file.read_text())["lessons"]] == [30.0]
    await page.goto(site.link(f"/devices/{new}"))
    lessons = panel(page, "What it has learnt from you")
    (tmp_path / "no.json").write_text("not even JSON")
    await lessons.get_by_label("Bring in from a file").set_input_files(tmp_path / "no.json")
    await expect(lessons.get_by_role("alert").filter(has_text="This file holds no lessons.")).to_be_visible()
    await lessons.get_by_label("Bring in from a file").set_input_files(file)
    await expect(lessons).to_contain_text("You wanted 30\u202f%")
    await expect(lessons).to_contain_text("Brought in.")
    assert [lesson.position for lesson in site.automation.overrides.lessons(new)] == [taught.position]


async def test_a_hold_lasts_as_long_as_was_chosen_and_goes_against_limits_with_a_warning(
    site: Site, page: Page
) -> None:
    window = await site.window()
    site.decide(window, 27.5)
    await page.goto(site.link(f"/devices/{window}"))
    by_hand = panel(page, "Set it yourself")
    await by_hand.get_by_role("slider", name="Opening").fill("95")
    await by_hand.get_by_label("Leave it so").select_option(label="for 4 hours")
    await by_hand.get_by_role("button", name="Move it there").click()
    await expect(by_hand).to_contain_text("rain 1.2 mm/h: at most 10 %")
    will = held(site, window)
    assert will is not None
    assert abs(will.until_ms - will.time_ms - 4 * 3_600_000) < 60_000
    await expect(by_hand.get_by_role("timer")).to_have_text(re.compile(r"^(3 h 59 min|4 h) left$"))


async def test_a_time_that_has_been_is_refused_in_the_gateways_words_and_what_was_typed_stays(
    site: Site, page: Page
) -> None:
    window = await site.window()
    site.decide(window, 27.5)
    await page.goto(site.link(f"/devices/{window}"))
    by_hand = panel(page, "Set it yourself")
    await by_hand.get_by_role("slider", name="Opening").fill("35")
    await by_hand.get_by_label("Leave it so").select_option(label="until a time…")
    await by_hand.get_by_label("Until", exact=True).fill("2020-01-01T12:00")
    async with page.expect_response(f"**/api/devices/{window}/override") as answered:
        await by_hand.get_by_role("button", name="Move it there").click()
    problem = await (await answered.value).json()
    assert problem["status"] == 409
    await expect(by_hand.get_by_role("alert").filter(has_text=problem["detail"])).to_be_visible()
    await expect(by_hand.get_by_role("slider", name="Opening")).to_have_value("35")
    assert held(site, window) is None


async def test_a_window_moved_by_a_command_is_held_on_its_page_at_once(site: Site, page: Page) -> None:
    window = await site.window()
    site.decide(window, 27.5)
    await page.goto(site.link(f"/devices/{window}"))
    await panel(page, "Commands").get_by_role("slider", name="Set opening").fill("70")
    await panel(page, "Commands").get_by_role("button", name="Set opening: send").click()
    await expect(panel(page, "Set it yourself")).to_contain_text("Held at 70\u202f%")
    await until(lambda: held(site, window) is not None)
    await expect(panel(page, "What it has learnt from you")).to_contain_text("by a command")


async def test_the_list_says_why_a_window_is_as_it_is_and_that_it_is_held(site: Site, page: Page) -> None:
    window = await site.window()
    await site.join("Hall")
    await page.goto(site.link())
    await expect(card(page, "Living room window")).to_contain_text("Nothing has been decided about it yet.")
    await expect(card(page, "Hall")).not_to_contain_text("decided")
    made = site.decide(window)
    await expect(card(page, "Living room window")).to_contain_text(made.why)
    before = await card(page, "Living room window").bounding_box()
    await site.automation.overrides.set(window, 30.0, "anna")
    await expect(card(page, "Living room window")).to_contain_text("Held until")
    after = await card(page, "Living room window").bounding_box()
    assert before is not None
    assert after is not None
    assert before["height"] == after["height"]


async def test_what_is_no_window_is_not_decided_about(site: Site, page: Page) -> None:
    device = await site.join("Hall")
    site.tell(device, temperature=28.0)
    await page.goto(site.link(f"/devices/{device}"))
    await expect(panel(page, "Commands")).to_be_visible()
    await expect(panel(page, "This window")).to_have_count(0)
    await expect(panel(page, "Set it yourself")).to_have_count(0)


# For everybody


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_decisions_and_windows_fit_every_screen_and_everything_has_a_name(
    site: Site, page: Page, screen: Any
) -> None:
    window = await site.window("A window with a name that is longer than the screen of a phone is wide", simulated=True)
    made = site.decide(window, 27.5, humidity=44.0, co2=1450.0)
    await site.automation.overrides.set(window, 95.0, "somebody-with-a-very-long-name-that-does-not-break")
    site.decide(window, 29.0)
    site.bus.publish(Decided(replace(made, detail="a long word: " + "x" * 80)))
    await page.set_viewport_size(screen)
    for path in ("/", "/decisions", f"/decisions/{window}", f"/devices/{window}"):
        await page.goto(site.link(path))
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        for summary in await page.get_by_text("What it rests on").all():
            await summary.click()
        await settled(page)
        assert await overhang(page) == 0, path
        assert await nameless(page) == [], path
    await page.goto(site.link("/add"))
    await expect(page.get_by_role("link", name="Add a device")).to_have_attribute("aria-current", "page")
