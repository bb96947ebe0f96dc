"""Where things are on the page."""

from __future__ import annotations

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
