"""The models on the system page: what decides, what runs beside it, a new one, and the way back."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from gateway.core.errors import ModelFailed
from gateway.core.ports.models import Thought
from gateway.core.window.moment import Moment
from tests.frontends.page_parts import nameless, overhang, settled
from tests.frontends.page_site import Site
from tests.frontends.panel.automation import GOOD_MODEL, ToyThinker

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def window_model(page: Page) -> Locator:
    return page.get_by_role("region", name="Models").get_by_role("group", name="Window")


async def bring(site: Site) -> None:
    """A good model arrives, as by the command line."""
    await site.automation.care.install(GOOD_MODEL, "anna", "window")


async def promote(site: Site) -> None:
    """The newest one decides."""
    await bring(site)
    await site.automation.care.promote("window", "anna")


async def test_a_model_is_installed_runs_beside_is_promoted_and_brought_back(
    site: Site, page: Page, tmp_path: Path
) -> None:
    window = await site.window()
    site.decide(window)
    await page.goto(site.link("/system"))
    model = window_model(page)
    await expect(model).to_contain_text("Version 1 decides")
    await expect(model.get_by_role("button", name="Let version")).to_have_count(0)
    (tmp_path / "window.zip").write_bytes(GOOD_MODEL)
    await model.get_by_label("Install a file").set_input_files(tmp_path / "window.zip")
    await expect(model.get_by_role("status")).to_have_text("Version 2 is here and runs beside the one that decides.")
    await expect(model).to_contain_text("Nothing to compare yet.")
    made = site.decide(window, 23.0)
    assert made.shadow is not None
    await expect(model).to_contain_text("Over 1 decision it was 10.0 percentage points off in the mean.")
    await model.get_by_role("button", name="Let version 2 decide").click()
    question = page.get_by_role("dialog", name="Let version 2 decide?")
    await expect(question).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    assert site.automation.care.state("window").active == 1
    await model.get_by_role("button", name="Let version 2 decide").click()
    await question.get_by_role("button", name="Let it decide").click()
    await expect(model).to_contain_text("Version 2 decides")
    await expect(model).to_contain_text("It is watched for 200 more decisions")
    assert site.decide(window, 23.0).model == "window@2"
    await expect(model).to_contain_text("It is watched for 199 more decisions")
    await model.get_by_role("button", name="Back to version 1").click()
    await page.get_by_role("dialog", name="Back to version 1?").get_by_role("button", name="Go back").click()
    await expect(model).to_contain_text("Version 1 decides")
    assert site.decide(window, 23.0).model == "window@1"


async def test_a_model_that_is_refused_is_refused_in_the_gateways_words(site: Site, page: Page, tmp_path: Path) -> None:
    await page.goto(site.link("/system"))
    (tmp_path / "broken.zip").write_bytes(b"no model")
    await window_model(page).get_by_label("Install a file").set_input_files(tmp_path / "broken.zip")
    await expect(window_model(page).get_by_role("alert")).to_have_text("corrupt: this is no ZIP file")
    await expect(window_model(page)).to_contain_text("Version 1 decides")
    assert len(site.automation.care.state("window").versions) == 1


async def test_what_others_do_to_a_model_is_seen_without_reloading(site: Site, page: Page) -> None:
    await page.goto(site.link("/system"))
    await expect(window_model(page)).to_contain_text("Version 1 decides")
    await bring(site)
    await expect(window_model(page)).to_contain_text("Version 2 runs beside it and moves nothing.")
    await site.automation.care.promote("window", "anna")
    await expect(window_model(page)).to_contain_text("Version 2 decides")


async def test_a_model_that_fails_is_rolled_back_before_ones_eyes_with_the_reason(
    site: Site, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = await site.window()
    await promote(site)
    think = ToyThinker.think

    def failing(thinker: ToyThinker, device: str, moment: Moment) -> Thought:
        if thinker.version == 2:
            raise ModelFailed("the answer is no number")
        return think(thinker, device, moment)

    await page.goto(site.link("/system"))
    await expect(window_model(page)).to_contain_text("Version 2 decides")
    monkeypatch.setattr(ToyThinker, "think", failing)
    assert site.decide(window).model == "window@1"
    await expect(window_model(page)).to_contain_text("Version 1 decides")
    await expect(window_model(page)).to_contain_text("Rolled back by itself:")
    await expect(window_model(page)).to_contain_text("the answer is no number")
    await page.goto(site.link("/events"))
    await expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="model rolled back")).to_contain_text(
        "the answer is no number"
    )


async def test_versions_figures_the_card_and_the_check_of_the_files_are_told_on_demand(site: Site, page: Page) -> None:
    await bring(site)
    await page.goto(site.link("/system"))
    model = window_model(page)
    await model.get_by_text("Version 2", exact=True).click()
    for fact in ("edge-gateway", "2026-11-21", "70\u202fkB", "0.120\u202fms", "ab" * 32, "3.60"):
        await expect(model).to_contain_text(fact)
    await model.get_by_text("Model card").click()
    await expect(model).to_contain_text("What it is for.")
    await model.get_by_role("button", name="Check the files").click()
    await expect(model.get_by_role("status").get_by_role("listitem")).to_have_count(2)
    await expect(model.get_by_role("status").get_by_role("listitem").first).to_contain_text("Version 1:")


async def test_another_signer_is_taken_after_a_question_and_removed_again(
    site: Site, page: Page, tmp_path: Path
) -> None:
    await page.goto(site.link("/system"))
    signers = page.get_by_role("group", name="Whose models are taken")
    await expect(signers.get_by_role("listitem")).to_have_count(1)
    await expect(signers.get_by_role("listitem")).to_contain_text("the gateway's own")
    await expect(signers.get_by_role("button", name="Remove")).to_have_count(0)
    (tmp_path / "no.pub").write_text("ssh-rsa AAAA")
    await signers.get_by_label("Take models of another key").set_input_files(tmp_path / "no.pub")
    await expect(signers.get_by_role("alert")).to_contain_text("This file holds no public key")
    key = base64.b64encode(bytes(range(1, 33))).decode()
    (tmp_path / "friend.pub").write_text(f"ed25519 {key} friend\n")
    await signers.get_by_label("Take models of another key").set_input_files(tmp_path / "friend.pub")
    question = page.get_by_role("dialog", name="Take models that friend has signed?")
    await expect(question).to_contain_text(key)
    assert len(site.automation.care.signers()) == 1
    await question.get_by_role("button", name="Take them").click()
    await expect(signers.get_by_role("listitem")).to_have_count(2)
    assert {signer.name for signer in site.automation.care.signers()} == {"edge-gateway", "friend"}
    await signers.get_by_role("button", name="Remove friend").click()
    await (
        page.get_by_role("dialog", name="Take no more models of friend?")
        .get_by_role("button", name="Remove the key")
        .click()
    )
    await expect(signers.get_by_role("listitem")).to_have_count(1)
    assert [signer.name for signer in site.automation.care.signers()] == ["edge-gateway"]


async def test_a_kind_of_model_of_which_there_is_none_says_what_does_without(site: Site, page: Page) -> None:
    await page.goto(site.link("/system"))
    models = page.get_by_role("region", name="Models")
    for name, without in (
        ("Sound", "No version can be used: only the level is measured."),
        ("What is unusual", "No version can be used: a formula weighs."),
        ("Remaining life", "No version is here, and nothing in a house needs one."),
    ):
        await expect(models.get_by_role("group", name=name)).to_contain_text(without)


async def test_a_model_that_decides_nothing_in_a_house_says_so(site: Site, page: Page) -> None:
    """Also when it can be installed and promoted as any other."""
    await page.goto(site.link("/system"))
    reference = page.get_by_role("region", name="Models").get_by_role("group", name="Remaining life")
    await expect(reference).to_contain_text("A reference")
    await expect(reference).to_contain_text("It decides nothing in a house")
    await expect(reference.get_by_label("Install a file")).to_be_attached()
    await expect(window_model(page)).not_to_contain_text("It decides nothing")


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_the_models_fit_every_screen_and_everything_has_a_name(site: Site, page: Page, screen: Any) -> None:
    await promote(site)
    await bring(site)
    await page.set_viewport_size(screen)
    await page.goto(site.link("/system"))
    await expect(window_model(page)).to_contain_text("Version 2 decides")
    for number in (1, 2, 3):
        await window_model(page).get_by_text(f"Version {number}", exact=True).click()
    await window_model(page).get_by_text("Model card").click()
    await settled(page)
    assert await overhang(page) == 0
    assert await nameless(page) == []
