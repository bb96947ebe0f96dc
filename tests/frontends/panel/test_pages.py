"""The built page, and what stands in for it."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from .house import House, living


def built(folder: Path) -> Path:
    pages = folder / "static"
    (pages / "assets").mkdir(parents=True)
    (pages / "index.html").write_text("<!doctype html><title>panel</title>")
    (pages / "icon.svg").write_text("<svg/>")
    (pages / "assets" / "index-a1b2c3.js").write_text("start()")
    (pages / "assets" / "index-a1b2c3.js.gz").write_bytes(gzip.compress(b"start()"))
    (folder / "secret.txt").write_text("secret")
    return pages


async def test_hashed_assets_are_kept_for_ever_and_the_page_is_asked_for_again(tmp_path: Path) -> None:
    async with living(tmp_path, pages=built(tmp_path)) as house:
        async with house.http.get(house.url + "/assets/index-a1b2c3.js") as answer:
            assert await answer.text() == "start()"
            assert "immutable" in answer.headers["Cache-Control"]
            assert "javascript" in answer.headers["Content-Type"]
            assert answer.headers["Content-Encoding"] == "gzip"
        async with house.http.get(house.url + "/icon.svg") as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
        for path in ("/", "/index.html", "/devices/window-1"):
            async with house.http.get(house.url + path) as answer:
                assert "<title>panel</title>" in await answer.text()
                assert answer.headers["Cache-Control"] == "no-cache"
                etag = answer.headers["ETag"]
        async with house.http.get(house.url + "/", headers={"If-None-Match": etag}) as answer:
            assert answer.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js", "/gone.png", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt",
        "/assets/index-a1b2c3.js.gz", "/api/nothing", "/assets/",
    ],
)  # fmt: skip
async def test_nothing_but_the_pages_own_files_is_served(tmp_path: Path, path: str) -> None:
    async with living(tmp_path, pages=built(tmp_path)) as house:
        status, problem = await house.call("GET", path)
        assert (status, problem["status"]) == (404, 404)


async def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    async with living(tmp_path, pages=tmp_path / "none") as house:
        status, page = await house.call("GET", "/")
        assert status == 503
        assert b"make setup" in page


async def test_the_page_is_not_a_place_to_post_to(house: House) -> None:
    assert (await house.call("POST", "/"))[0] == 405


def test_the_panel_can_be_named_without_importing_aiohttp() -> None:
    code = "import sys, gateway.frontends.panel.server; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_starting_the_panel_imports_no_test_client() -> None:
    code = (
        "import sys, gateway.frontends.panel.doors;"
        "print([m for m in ('aiohttp.test_utils', 'aiohttp.pytest_plugin', 'unittest.mock') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
