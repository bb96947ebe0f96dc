from __future__ import annotations

from gateway.core.health.features import COLUMNS, SENSORS


def test_every_column_has_a_name_of_its_own_and_a_scale() -> None:
    names = [name for name, _, _, _ in COLUMNS]
    assert len(set(names)) == len(names) == 9 * len(SENSORS) + 2
    assert all(scale > 0.0 for _, _, _, scale in COLUMNS)
