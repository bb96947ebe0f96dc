"""Rules on the page: written, rehearsed, tried in shadow, let live, and asked why."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from gateway.core.home import Asset, FanTraits, RoomTraits
from gateway.core.rules.actions import CommandThen
from gateway.core.rules.engine import Held, Why
from gateway.core.rules.firing import Act, Cause, Outcome
from gateway.core.rules.rule import Mode, Rule
from gateway.flow.rules.report import HeldBack, Share, WouldFire
from tests.frontends.page_parts import nameless, overhang, settled
from tests.frontends.page_site import Site
from tests.frontends.panel.rules import firing, timer

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
DAY_MS = 86_400_000
WRONG = re.compile(r"\d things? (is|are) wrong")
FAN: dict[str, Any] = {
    "name": "Bathroom fan",
    "when": {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70},
    "for_s": 600,
    "hysteresis": 5,
    "if": {"kind": "not", "of": {"kind": "time", "from": "22:00", "to": "06:00"}},
    "then": [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 1200}],
}
TURN_ON = CommandThen(asset="bathroom-fan", verb="turn_on", for_s=1200)


async def furnished(site: Site) -> str:
    """A bathroom whose simulated sensor measures humidity, and a fan; the sensor's id."""
    for asset, traits in (("bathroom", RoomTraits()), ("bathroom-fan", FanTraits())):
        await site.home.home.put_asset(Asset(asset, asset.replace("-", " ").capitalize(), traits), new=True)
    sensor = await site.join("Bathroom climate", simulated=True)
    fan = await site.join("Fan", "fan", simulated=True)
    await site.home.assignments.assign(sensor, "bathroom", "anna")
    await site.home.assignments.assign(fan, "bathroom-fan", "anna")
    site.tell(sensor, humidity=48.0)
    return sensor


async def ruled(site: Site, mode: Mode = Mode.OFF, **changes: object) -> str:
    """A rule that is there; its id."""
    book = site.automation.rules.book
    kept = await book.put(msgspec.convert({**FAN, **changes}, Rule), "anna", new=True)
    if mode is not Mode.OFF:
        await book.enable(kept.id, mode, "anna")
    return kept.id


def rehearsed(site: Site) -> None:
    """What any rehearsal finds: two firings ten days ago, one yesterday."""
    now = site.clock()
    noon = (now - 10 * DAY_MS) // DAY_MS * DAY_MS + DAY_MS // 2
    toy = site.automation.rules.backtest
    toy.report = replace(
        toy.report,
        firings=tuple(
            WouldFire(at, at + 1_200_000, "then", "humidity 74.2 % > 70 % for 10 min")
            for at in (noon, noon + 1_800_000, noon + 8 * DAY_MS)
        ),
        on_s=3600.0,
        flapping=1,
        most_a_day=2,
        held=(HeldBack("it is between 22:00 and 06:00", 4, 5400.0),),
        warnings=("there are no readings in Bathroom before 30 October",),
        conditions=(Share("when", "humidity in Bathroom is above 70 %", 0.031, 0.002),),
    )


def row(page: Page, name: str) -> Locator:
    return (
        page.get_by_role("list", name="Rules").get_by_role("listitem").filter(has=page.get_by_role("link", name=name))
    )


def switch(place: Page | Locator, mode: str, name: str = "Bathroom fan") -> Locator:
    return place.get_by_role("group", name=f"How far {name} may go").get_by_role("button", name=mode)


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def text(page: Page) -> Locator:
    return page.get_by_label("The rule, as JSON")


def held_back(site: Site, sensor: str) -> Why:
    """Damp at night."""
    now = site.clock()
    night = Cause("if.of", "true")
    damp = Cause("when", "true", value=74.2, time_ms=now - 3000, device=sensor, metric="humidity")
    held = Held("bathroom-fan", now, "condition", night)
    return Why(False, "true", (damp, night), now, now - 700_000, held=held)


async def test_a_rule_is_written_rehearsed_tried_in_shadow_let_live_and_fires(site: Site, page: Page) -> None:
    await furnished(site)
    rehearsed(site)
    await page.goto(site.link("/rules"))
    await expect(page.get_by_role("main")).to_contain_text("No rule yet")
    await page.get_by_role("link", name="New rule").click()
    await text(page).fill(json.dumps({**FAN, "when": {**FAN["when"], "asset": "attic"}}, indent=2))
    findings = page.get_by_role("group", name="It reads")
    await expect(findings.get_by_role("status")).to_contain_text(WRONG)
    problem = findings.get_by_role("button", name="Show when.asset in the text")
    await expect(problem).to_contain_text("line 5")
    await expect(page.get_by_role("button", name="Save, switched off")).to_be_disabled()
    await problem.click()
    chosen = await text(page).evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert chosen == '"asset": "attic"'
    await text(page).fill(json.dumps(FAN, indent=2))
    await expect(findings).to_contain_text("When humidity in Bathroom is above 70 %")
    await expect(findings.get_by_role("status")).not_to_contain_text(WRONG)

    rehearsal = region(page, "Rehearsal")
    await rehearsal.get_by_role("button", name="Rehearse on the last 30 days").click()
    await expect(rehearsal.get_by_role("status")).to_have_text("It would have fired 3 times.")
    assert await rehearsal.locator("rect").count() == 31
    assert await rehearsal.locator("rect[data-count='2']").count() == 1
    await expect(rehearsal).to_contain_text("it is between 22:00 and 06:00 4 times, at most for 1 h 30 min")
    await expect(rehearsal).to_contain_text("Left out: 3 flagged.")
    await expect(rehearsal).to_contain_text("no readings in Bathroom before 30 October")
    assert site.automation.rules.book.list() == []

    await page.get_by_role("button", name="Save, switched off").click()
    await expect(page.get_by_role("heading", name="Bathroom fan", level=1)).to_be_visible()
    await expect(switch(page, "Off")).to_have_attribute("aria-pressed", "true")
    await switch(page, "Shadow").click()
    await expect(switch(page, "Shadow")).to_have_attribute("aria-pressed", "true")
    did = region(page, "What it did")
    await expect(did).to_contain_text("It has not fired yet.")
    now = site.clock()
    site.automation.rules.tell(
        firing("a" * 16, time_ms=now, mode=Mode.SHADOW, outcome=Outcome.WOULD, acts=(Act(TURN_ON, Outcome.WOULD),))
    )
    await expect(did.get_by_role("listitem").first).to_contain_text("fired in shadow")
    await expect(did.get_by_role("listitem").first).to_contain_text("would have")
    await switch(page, "Live").click()
    await expect(switch(page, "Live")).to_have_attribute("aria-pressed", "true")
    assert site.automation.rules.book.get("bathroom-fan").mode is Mode.LIVE
    site.automation.rules.tell(firing("b" * 16, time_ms=now + 1000, simulated=True))
    newest = did.locator("ol > li").first
    await expect(newest).to_contain_text("humidity 74.2 % > 70 % since 14:02")
    await expect(newest).to_contain_text("turn on Bathroom fan")
    await expect(newest).to_contain_text("done")
    await expect(newest.get_by_label("SIMULATED")).to_be_visible()
    await newest.get_by_text("Why", exact=True).click()
    await expect(newest.get_by_role("link", name="Follow")).to_be_visible()


async def test_a_rule_that_does_not_fire_says_what_holds_it_back(site: Site, page: Page) -> None:
    sensor = await furnished(site)
    await ruled(site, Mode.LIVE)
    site.automation.rules.live.whys["bathroom-fan"] = held_back(site, sensor)
    await page.goto(site.link("/rules"))
    there = row(page, "Bathroom fan")
    await expect(there).to_contain_text("held back")
    await expect(there).to_contain_text("22:00")
    await expect(there).to_contain_text("SIMULATED")
    await expect(there).to_contain_text("has not fired yet")
    await there.get_by_role("link", name="Bathroom fan").click()
    why = region(page, "Why now")
    await expect(why).to_contain_text("74.2")
    await expect(why.get_by_role("listitem")).to_have_count(2)
    await expect(why.get_by_role("listitem").first).to_contain_text("true")
    await expect(why).to_contain_text("between 22:00 and 06:00")


async def test_what_the_gateway_objects_to_is_asked_before_it_goes_live(site: Site, page: Page) -> None:
    await furnished(site)
    await ruled(site, Mode.LIVE)
    off = [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_off"}]
    await ruled(site, name="Quiet", then=off)
    await page.goto(site.link("/rules"))
    await switch(page, "Live", "Quiet").click()
    question = page.get_by_role("dialog", name="Let Quiet go live all the same?")
    await expect(question).to_contain_text("Bathroom fan")
    await question.get_by_role("button", name="Leave it as it is").click()
    assert site.automation.rules.book.get("quiet").mode is Mode.OFF
    await switch(page, "Live", "Quiet").click()
    await question.get_by_role("button", name="Live all the same").click()
    await expect(switch(page, "Live", "Quiet")).to_have_attribute("aria-pressed", "true")
    await expect(question).to_have_count(0)


async def test_timers_count_down_and_are_cancelled_after_a_question(site: Site, page: Page) -> None:
    await furnished(site)
    await ruled(site, Mode.LIVE)
    timers = site.automation.rules.timers
    await page.goto(site.link("/rules"))
    running = region(page, "Timers that run")
    await expect(running).to_contain_text("No timer runs.")
    timers.arm(timer("c" * 16 + "-0", time_ms=site.clock()))
    await expect(running.get_by_role("listitem")).to_contain_text("turn off Bathroom fan")
    await expect(running.get_by_role("time")).to_contain_text("in 19:")
    await running.get_by_role("button", name="Cancel the timer bathroom-fan turn_off").click()
    question = page.get_by_role("dialog", name="Cancel bathroom-fan turn_off?")
    await expect(question).to_contain_text("turn off Bathroom fan")
    await question.get_by_role("button", name="Let it run").click()
    assert len(timers.armed()) == 1
    await running.get_by_role("button", name="Cancel the timer bathroom-fan turn_off").click()
    await question.get_by_role("button", name="Cancel the timer").click()
    await expect(running).to_contain_text("No timer runs.")
    assert timers.armed() == []


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(site: Site, page: Page) -> None:
    await furnished(site)
    await ruled(site)
    await page.goto(site.link("/rules/bathroom-fan"))
    await page.get_by_role("button", name="Change it").click()
    assert json.loads(await text(page).input_value()) == FAN
    await text(page).fill(json.dumps({**FAN, "for_s": 60}, indent=2))
    await expect(page.get_by_role("group", name="It reads")).to_contain_text("1 min")
    await site.automation.rules.book.put(msgspec.convert({**FAN, "for_s": 120}, Rule), "ben", "bathroom-fan")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("main").get_by_role("alert").filter(has_text="2")).to_be_visible()
    assert site.automation.rules.book.get("bathroom-fan").rule.for_s == 120
    await page.get_by_role("button", name="Discard").click()
    await expect(region(page, "It reads")).to_contain_text("2 min")
    await expect(region(page, "It reads")).to_contain_text("ben")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{"name": "x",', "This is no JSON yet"),
        ("[1]", "This is no JSON yet"),
        (json.dumps({**FAN, "colour": "red"}), "colour"),
        (json.dumps({**FAN, "then": [{"kind": "explode"}]}), "then[0].kind"),
        (json.dumps({"name": "x"}), "then"),
    ],
)
async def test_what_is_no_rule_says_why_and_cannot_be_saved(site: Site, page: Page, written: str, said: str) -> None:
    await furnished(site)
    await page.goto(site.link("/new-rule"))
    await text(page).fill(written)
    await expect(page.get_by_role("group", name="It reads")).to_contain_text(said)
    await expect(page.get_by_role("button", name="Save, switched off")).to_be_disabled()
    await expect(page.get_by_role("button", name="Rehearse on the last 30 days")).to_be_disabled()


async def test_every_template_has_the_form_of_a_rule(site: Site, page: Page) -> None:
    await page.goto(site.link("/new-rule"))
    choice = page.get_by_label("Start from")
    await expect(choice).to_be_visible()
    names = [name for name in await choice.get_by_role("option").all_inner_texts() if name != "…"]
    assert len(names) >= 5
    for name in names:
        await choice.select_option(name)
        await settled(page)
        rule = msgspec.convert(json.loads(await text(page).input_value()), Rule)
        assert rule.then


async def test_a_rule_is_deleted_after_a_question_that_says_what_becomes_of_its_timers(site: Site, page: Page) -> None:
    await furnished(site)
    await ruled(site, Mode.LIVE)
    site.automation.rules.timers.arm(timer("d" * 16 + "-0", time_ms=site.clock()))
    await page.goto(site.link("/rules/bathroom-fan"))
    await expect(region(page, "Timers that run")).to_contain_text("turn off Bathroom fan")
    await page.get_by_role("button", name="Delete the rule").click()
    question = page.get_by_role("dialog", name="Delete Bathroom fan?")
    await question.get_by_label("Timers of it that run").select_option("are cancelled")
    await question.get_by_role("button", name="Delete it").click()
    await expect(page.get_by_role("heading", name="Rules", level=1)).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("No rule yet")
    assert site.automation.rules.timers.armed() == []


async def test_rules_are_found_by_their_text_and_mode(site: Site, page: Page) -> None:
    await furnished(site)
    await ruled(site, Mode.SHADOW)
    await ruled(site, name="Quiet")
    await page.goto(site.link("/rules"))
    await expect(page.get_by_role("list", name="Rules").locator("> li")).to_have_count(2)
    await page.get_by_label("Name or text").fill("quiet")
    await expect(row(page, "Quiet")).to_be_visible()
    await expect(row(page, "Bathroom fan")).to_have_count(0)
    await page.get_by_label("Which").select_option("Shadow")
    await expect(page.get_by_role("main")).to_contain_text("No rule is like that.")


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_rules_fit_every_screen_and_everything_has_a_name(site: Site, page: Page, screen: Any) -> None:
    sensor = await furnished(site)
    rehearsed(site)
    await ruled(site, Mode.LIVE, description="Damp air out after a shower, before it settles on the walls.")
    await ruled(site, name="A rule with quite a long name that says what it is for and then some")
    site.automation.rules.live.whys["bathroom-fan"] = held_back(site, sensor)
    site.automation.rules.timers.arm(timer("e" * 16 + "-0", time_ms=site.clock(), simulated=True))
    site.automation.rules.tell(firing("e" * 16, time_ms=site.clock(), simulated=True))
    await page.set_viewport_size(screen)
    await page.goto(site.link("/rules"))
    await expect(region(page, "Timers that run")).to_contain_text("turn off")
    await fits(page)
    await row(page, "Bathroom fan").get_by_role("link", name="Bathroom fan").click()
    await page.get_by_role("button", name="Rehearse on the last 30 days").click()
    await expect(region(page, "Rehearsal").get_by_role("status")).to_contain_text("3 times")
    await region(page, "What it did").get_by_text("Why", exact=True).click()
    await fits(page)
    await page.get_by_role("button", name="Change it").click()
    await text(page).fill(json.dumps({**FAN, "when": {**FAN["when"], "asset": "attic", "metric": "no"}}, indent=2))
    await expect(page.get_by_role("group", name="It reads").get_by_role("status")).to_contain_text(WRONG)
    await fits(page)


async def fits(page: Page) -> None:
    await settled(page)
    assert await overhang(page) == 0
    assert await nameless(page) == []
