"""How old a value may be."""

from gateway.core.rules.ages import age_s


def test_a_value_lives_as_long_as_what_it_measures_changes_slowly() -> None:
    assert age_s("temperature") == 900
    assert age_s("humidity") == 1800
    assert age_s("tank_level") == 900


def test_a_device_that_sends_seldom_may_leave_out_two_readings() -> None:
    assert age_s("temperature", 3600) == 10_800
    assert age_s("humidity", 300) == 1800
