"""Where things are on the page."""

from __future__ import annotations

import json
from typing import Any

from playwright.async_api import Locator, Page


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=name))


def chart(page: Page, metric: str) -> Locator:
    return page.get_by_role("region", name=metric)


async def points(page: Page, metric: str) -> int:
    return int(await chart(page, metric).locator("[data-points]").get_attribute("data-points") or 0)


async def settled(page: Page) -> None:
    """Two frames: what was told is drawn."""
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def told(frame: str | bytes) -> list[dict[str, Any]]:
    """The live messages of one frame: several, but for the first."""
    said = json.loads(frame)
    return said if isinstance(said, list) else [said]


async def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


async def nameless(page: Page) -> list[str]:
    """What one can use and a screen reader could not name."""
    found: list[str] = await page.evaluate(_NAMELESS)
    return found


_NAMELESS = """() => [...document.querySelectorAll("a, button, input, select, summary, dialog, section")]
  .filter((element) => element.checkVisibility() && !element.hidden)
  .filter((element) => {
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join("");
    const by = element.getAttribute("aria-labelledby");
    const named = by ? document.getElementById(by)?.textContent : "";
    const isText = element.matches("a, button, summary");
    return ![element.getAttribute("aria-label"), labels, named, isText && element.textContent].some(Boolean);
  })
  .map((element) => element.outerHTML.slice(0, 200))"""
