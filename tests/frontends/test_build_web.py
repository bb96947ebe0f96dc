from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from gateway.frontends.panel import build_web

BUILT = build_web.STATIC


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """Sources that cannot be built."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "package.json").write_text("not even JSON")
    return folder


@pytest.fixture
def static(tmp_path: Path) -> Path:
    return tmp_path / "static"


def stamp(web: Path, static: Path) -> None:
    static.mkdir()
    (static / build_web.STAMP).write_text(build_web.hash_of(web))


def test_unchanged_sources_are_not_built_again(web: Path, static: Path) -> None:
    stamp(web, static)
    assert build_web.build(web, static) is False


def test_changed_sources_are_built_again(web: Path, static: Path) -> None:
    stamp(web, static)
    (web / "src").mkdir()
    (web / "src" / "new.ts").write_text("")
    with pytest.raises(build_web.BuildFailed):
        build_web.build(web, static)


def test_a_failed_build_says_how_to_do_without_and_is_tried_again(web: Path, static: Path) -> None:
    with pytest.raises(build_web.BuildFailed, match="GATEWAY_SKIP_WEB=1"):
        build_web.build(web, static)
    assert not (static / build_web.STAMP).exists()


def test_the_switch_skips_the_build(web: Path, static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SKIP_WEB", "1")
    assert build_web.build(web, static) is False
    assert not static.exists()


def test_without_sources_as_in_an_installed_package_nothing_is_built(tmp_path: Path, static: Path) -> None:
    assert build_web.build(tmp_path / "none", static) is False


def test_the_hash_ignores_what_is_not_a_source(web: Path) -> None:
    before = build_web.hash_of(web)
    (web / "node_modules").mkdir()
    (web / "node_modules" / "left.js").write_text("x")
    (web / "README.md").write_text("x")
    assert build_web.hash_of(web) == before


def test_the_hash_tells_a_moved_file_from_a_changed_one(web: Path) -> None:
    before = build_web.hash_of(web)
    shutil.move(web / "package.json", web / "package.jsonc")
    assert build_web.hash_of(web) != before


def test_the_built_page_carries_nothing_inline_and_nothing_from_elsewhere() -> None:
    build_web.build()
    html = (BUILT / "index.html").read_text()
    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html
    assert "http" not in html


def test_every_script_has_its_compressed_twin() -> None:
    build_web.build()
    scripts = list((BUILT / "assets").glob("*.js"))
    assert scripts
    for script in scripts:
        assert gzip.decompress(script.with_name(script.name + ".gz").read_bytes()) == script.read_bytes()


def test_the_first_page_is_small() -> None:
    build_web.build()
    first = [*(BUILT / "assets").glob("index-*.js.gz"), *(BUILT / "assets").glob("index-*.css.gz")]
    assert len(first) == 2
    assert sum(path.stat().st_size for path in first) < 40_000


def test_the_sources_satisfy_the_strict_type_checker() -> None:
    build_web.check()
