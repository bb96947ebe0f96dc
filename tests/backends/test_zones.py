"""Zone data that is there, and that is not."""

from __future__ import annotations

import logging
import sys
import zoneinfo
from datetime import UTC

import pytest

from gateway.backends.zones import zone


def test_a_zone_is_found_by_its_name() -> None:
    found, wrong = zone("Europe/Berlin")
    assert (str(found), wrong) == ("Europe/Berlin", "")
    assert zone("UTC") == (UTC, "")


@pytest.mark.parametrize("name", ["Europe/Nowhere", "../../etc/passwd", ""])
def test_without_its_data_it_is_utc_and_said_loudly(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        found, wrong = zone(name)
    assert found is UTC
    assert name in wrong
    assert caplog.records


def test_a_machine_without_zone_data_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    try:
        for package in ["tzdata", *(name for name in sys.modules if name.startswith("tzdata."))]:
            monkeypatch.setitem(sys.modules, package, None)
        found, wrong = zone("Europe/Berlin")
        assert found is UTC
        assert "tzdata" in wrong
    finally:
        zoneinfo.reset_tzpath(to=before)
        zoneinfo.ZoneInfo.clear_cache()
