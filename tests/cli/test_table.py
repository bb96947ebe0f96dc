from __future__ import annotations

import pytest

from gateway.cli import table


def test_columns_are_as_wide_as_their_longest_text_and_nothing_trails(capsys: pytest.CaptureFixture[str]) -> None:
    table.show(("ID", "NAME", ""), [("fern-1", "Fern", ""), ("b", "Basil", "dry")])

    assert capsys.readouterr().out.splitlines() == ["ID      NAME", "fern-1  Fern", "b       Basil  dry"]
