"""A conversation on the page: questions, orders that somebody confirms, rules with their history, what became of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from gateway.core.home import Asset, RoomTraits
from gateway.core.language.intent import Candidate, Intent
from gateway.core.rules.rule import Rule
from gateway.flow.chat.said import FollowUp, Proposal, Reply, RuleProposal
from gateway.flow.rules.book import CheckReport
from gateway.flow.rules.report import WouldFire
from tests.frontends.page_parts import nameless, overhang, settled
from tests.frontends.page_site import Site

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
DAY_MS = 86_400_000
SENTENCE = "If humidity in the bathroom is above 70 % for 10 minutes, run the fan for 20 minutes, but not at night"
TEXT = "When humidity in Bathroom is above 70 % for 10 min and it is not between 22:00 and 06:00: turn on Bathroom fan."
RULE: dict[str, Any] = {
    "name": "Bathroom fan",
    "when": {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70},
    "then": [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 1200}],
}


def said(page: Page) -> Locator:
    """The conversation, one article for what was said and its answer."""
    return page.get_by_role("log", name="What was said").get_by_role("article")


async def speak(page: Page, text: str) -> None:
    await page.get_by_label("Say something").fill(text)
    await page.keyboard.press("Enter")


def answers(site: Site, text: str, kind: Any = "query", **more: Any) -> None:
    """What the gateway says to the next sentence."""
    site.outward.chat.reply = Reply(kind=kind, text=text, intent=Intent(kind=kind), **more)


def proposes(site: Site) -> None:
    """The rule is read back with a month of history, and waits."""
    now = site.clock()
    fired = tuple(
        WouldFire(now - days * DAY_MS, None, "then", "humidity 74.2 % > 70 % for 10 min") for days in (9, 2, 2)
    )
    report = replace(site.automation.rules.backtest.report, from_ms=now - 30 * DAY_MS, to_ms=now, firings=fired)
    intent = Intent(kind="rule", rule=msgspec.convert(RULE, Rule))
    answers(
        site,
        f"{TEXT}\nIn the last 30 days it would have fired 3 times.\nKeep it and let it act?",
        "rule",
        proposal=Proposal(id="p1", text=TEXT, until_ms=now + 300_000, intent=intent),
        rule=RuleProposal(text=TEXT, check=CheckReport(TEXT, (), (), (), (), ()), backtest=report),
        simulated=True,
    )


async def test_a_question_is_answered_and_says_simulated(site: Site, page: Page) -> None:
    device = await site.join("Bathroom climate", simulated=True)
    answers(site, "Temperature: 21.5 °C in Bathroom.", simulated=True, series=((device, "temperature"),))
    await page.goto(site.link("/chat"))
    await page.get_by_role("button", name="What's the temp in the bathroom?").click()
    await expect(page.get_by_label("Say something")).to_have_value("What's the temp in the bathroom?")
    await page.get_by_role("button", name="Send").click()
    await expect(said(page)).to_contain_text("21.5 °C in Bathroom")
    await expect(said(page).get_by_text("SIMULATED")).to_be_visible()
    (asked,) = site.outward.chat.said
    assert (asked.text, asked.way, asked.choice) == ("What's the temp in the bathroom?", "page", "")
    await said(page).get_by_role("link", name="Its course").click()
    await expect(page.get_by_role("heading", name="Bathroom climate", level=1)).to_be_visible()


async def test_a_rule_is_read_back_with_its_history_and_confirmed(site: Site, page: Page) -> None:
    await page.goto(site.link("/chat"))
    proposes(site)
    await speak(page, SENTENCE)
    card = said(page).get_by_role("group", name="The rule, as the gateway would keep it")
    await expect(card).to_contain_text(TEXT)
    await expect(said(page).get_by_text(TEXT)).to_have_count(1)
    assert await card.locator("rect[data-count='2']").count() == 1
    await expect(said(page)).to_contain_text("would have fired 3 times")
    answers(site, "Bathroom fan is live.", "command")
    await said(page).get_by_role("button", name="Confirm").click()
    await expect(said(page).last).to_contain_text("Bathroom fan is live.")
    assert [one.choice for one in site.outward.chat.said] == ["", "yes:p1"]
    await expect(said(page).get_by_role("button", name="Confirm")).to_have_count(0)


async def test_what_is_dropped_is_said_so_and_asks_no_more(site: Site, page: Page) -> None:
    await page.goto(site.link("/chat"))
    proposes(site)
    await speak(page, SENTENCE)
    answers(site, "Dropped. Nothing was done.", "none")
    await said(page).get_by_role("button", name="Drop").click()
    await expect(said(page).last).to_contain_text("Nothing was done.")
    assert site.outward.chat.said[-1].choice == "no:p1"


async def test_only_the_newest_proposal_can_be_answered(site: Site, page: Page) -> None:
    await page.goto(site.link("/chat"))
    for number in (1, 2):
        intent = Intent(kind="command", action="turn_on")
        proposal = Proposal(id=f"p{number}", text="?", until_ms=site.clock() + 300_000, intent=intent)
        answers(site, f"Turn on fan {number}?", "command", proposal=proposal)
        await speak(page, f"turn on fan {number}")
        await expect(said(page)).to_have_count(number)
    await expect(page.get_by_role("button", name="Yes")).to_have_count(1)
    await page.get_by_role("button", name="Yes").click()
    await expect(said(page)).to_have_count(3)
    assert site.outward.chat.said[-1].choice == "yes:p2"


async def test_one_of_several_is_picked_with_a_press(site: Site, page: Page) -> None:
    await page.goto(site.link("/chat"))
    windows = tuple(
        Candidate("device", f"w{n}", name) for n, name in enumerate(("Living room window", "Bedroom window"))
    )
    site.outward.chat.reply = Reply(
        kind="question", text="Which one?", intent=Intent(kind="question", candidates=windows)
    )
    await speak(page, "open the window")
    answers(site, "Sent to Bedroom window.", "command")
    await page.get_by_role("button", name="Bedroom window").click()
    await expect(said(page).last).to_contain_text("Sent to Bedroom window.")
    assert site.outward.chat.said[-1].text == "Bedroom window"


async def test_what_became_of_an_order_is_told_below_it(site: Site, page: Page) -> None:
    answers(site, "Sent to Bedroom window.", "command")
    await page.goto(site.link("/chat"))
    await speak(page, "open the bedroom window to 40 percent")
    await expect(said(page)).to_contain_text("Sent to Bedroom window.")
    (order,) = site.outward.chat.said
    site.bus.publish(FollowUp(talk="somebody else's", said=order.id, text="not for you", done=True))
    site.bus.publish(FollowUp(talk=order.talk, said=order.id, text="Bedroom window is at 40 %.", done=True))
    await expect(said(page).get_by_role("status")).to_have_text("Bedroom window is at 40 %.")


async def test_a_sentence_that_did_not_arrive_is_sent_again_under_its_own_id(site: Site, page: Page) -> None:
    await page.goto(site.link("/chat"))
    await expect(page.get_by_title("Live")).to_be_visible()
    await site.stop()
    await speak(page, "turn on the fan")
    await expect(said(page).get_by_role("alert")).to_contain_text("The gateway does not answer")
    answers(site, "Sent to Fan.", "command")
    await site.start()
    await said(page).get_by_role("button", name="Send it again").click()
    await expect(said(page)).to_contain_text("Sent to Fan.")
    assert [one.text for one in site.outward.chat.said] == ["turn on the fan"]
    assert site.outward.chat.said[0].id.startswith("say-")


async def test_what_the_assistant_proposes_says_that_it_comes_from_it(site: Site, page: Page) -> None:
    intent = Intent(kind="command", action="turn_on", source="assistant")
    proposal = Proposal(id="p1", text="?", until_ms=site.clock() + 300_000, intent=intent)
    site.outward.chat.reply = Reply(kind="command", text="Turn on Fan?", intent=intent, proposal=proposal)
    await page.goto(site.link("/chat"))
    await speak(page, "it is stuffy")
    await expect(said(page)).to_contain_text("from the assistant")


async def test_the_places_page_has_a_line_to_the_gateway(site: Site, page: Page) -> None:
    await site.home.home.put_asset(Asset("hall", "Hall", RoomTraits()), new=True)
    await page.goto(site.link("/places"))
    answers(site, "Temperature: 20.1 °C in Hall.")
    await speak(page, "temp hall")
    await expect(said(page)).to_contain_text("20.1 °C")
    answers(site, "Humidity: 50 % in Hall.")
    await speak(page, "humidity hall")
    await expect(said(page)).to_have_count(1)
    await expect(said(page)).to_contain_text("50 %")
    await page.get_by_role("link", name="The whole conversation").click()
    await expect(said(page)).to_have_count(2)


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_conversation_fits_every_screen_and_everything_has_a_name(site: Site, page: Page, screen: Any) -> None:
    await page.set_viewport_size(screen)
    await page.goto(site.link("/chat"))
    await expect(page.get_by_role("heading", name="For example")).to_be_visible()
    await fits(page)
    answers(site, "x" * 200 + " " + "words " * 60, simulated=True)
    await speak(page, "y" * 120 + " and a question that is rather long, as people write them when they are in a hurry")
    proposes(site)
    await speak(page, SENTENCE)
    await expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    await fits(page)


async def fits(page: Page) -> None:
    await settled(page)
    assert await overhang(page) == 0
    assert await nameless(page) == []
