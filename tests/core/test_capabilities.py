"""What a device declared, what its kind has, and what that allows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.capabilities import TYPES, Setting, VerbKnown, check_command, check_settings, guessed, read
from gateway.core.errors import Refused
from gateway.core.units import UNITS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_a_kind_brings_its_metrics_verbs_and_settings() -> None:
    window = read({"kind": "window"})
    assert (window.kind, window.metrics) == ("window", {"position": "%"})
    assert window.verbs is not None
    assert set(window.verbs) == {"identify", "restart", "set_position"}
    assert window.settings is not None
    assert set(window.settings) == {"interval_s", "audio", "limits"}


def test_units_of_kinds_are_those_of_the_protocol() -> None:
    for known in TYPES.values():
        for metric, unit in known.metrics.items():
            assert UNITS.get(metric, unit) == unit


def test_an_unknown_kind_that_declares_nothing_is_passed_everything() -> None:
    known = read({"kind": "toaster"})
    assert (known.verbs, known.settings) == (None, None)
    check_command(known, "make_toast", {"slices": 2})
    check_settings(known, {"anything": {"deep": True}})


def test_what_is_declared_beats_the_kind() -> None:
    known = read({
        "kind": "climate",
        "metrics": ["temperature", "radon", "Not A Name", 7],
        "units": {"radon": "Bq/m³", "temperature": "K", "dose": "µSv"},
        "verbs": {"ventilate": {"args": {"level": {"kind": "whole", "min": 0, "max": 3}}}},
        "settings": {"colour": {"kind": "text", "choices": ["red", "blue"]}},
    })  # fmt: skip
    assert known.metrics == {"temperature": "°C", "radon": "Bq/m³", "dose": "µSv"}
    assert known.verbs is not None
    assert set(known.verbs) == {"identify", "restart", "ventilate"}
    assert known.settings is not None
    assert set(known.settings) == {"interval_s", "audio", "limits", "colour"}
    check_settings(known, {"colour": "red", "interval_s": 10})
    with pytest.raises(Refused, match="colour is none of red, blue"):
        check_settings(known, {"colour": "green"})


def test_units_beside_the_metrics_of_a_kind_add_to_them() -> None:
    assert read({"kind": "window", "units": {"dust": "µg/m³"}}).metrics == {"position": "%", "dust": "µg/m³"}
    assert read({"metrics": {"dust": "µg/m³"}}).metrics == {"dust": "µg/m³"}


def test_an_unreadable_part_counts_as_not_declared_and_spoils_no_other() -> None:
    known = read({
        "kind": "pump",
        "metrics": 5,
        "verbs": {"turn_on": {"args": 7}, "Bad Name": {}, "rinse": {}, "run_for": {"args": {"seconds": {"min": "x"}}}},
        "settings": [1, 2],
    })  # fmt: skip
    assert known.metrics == TYPES["pump"].metrics
    assert known.verbs == {
        "identify": VerbKnown(), "restart": VerbKnown(), "rinse": VerbKnown(),
        "turn_on": TYPES["pump"].verbs["turn_on"], "run_for": TYPES["pump"].verbs["run_for"],
    }  # fmt: skip
    assert known.settings == TYPES["pump"].settings


@given(st.dictionaries(st.sampled_from(["kind", "metrics", "units", "verbs", "settings"]), JSON), JSON, JSON)
def test_no_declaration_raises(raw: dict[str, Any], verb: Any, value: Any) -> None:
    known = read(raw)
    msgspec.json.encode(known)
    for check in (check_command, check_settings):
        try:
            if check is check_command:
                check_command(known, str(verb), {"position": value})
            else:
                check_settings(known, {"limits": value, "interval_s": value})
        except Refused:
            pass


def test_what_a_device_sends_is_among_its_metrics_and_tells_its_kind() -> None:
    known = read({"units": {"dust": "µg/m³"}}, ["soil_moisture", "dust", "odd"])
    assert known.kind == "plant"
    assert known.metrics == {"dust": "µg/m³", "soil_moisture": "%", "odd": None}
    assert known.verbs is None
    assert read({"kind": "climate"}, ["position"]).kind == "climate"
    assert guessed(["position", "temperature"]) == "window"
    assert guessed(["temperature"]) == ""


@pytest.mark.parametrize(
    ("kind", "verb", "args", "why"),
    [
        ("window", "fly", {}, "cannot fly; it can identify, restart, set_position"),
        ("window", "set_position", {}, "set_position needs position"),
        ("window", "set_position", {"position": None}, "set_position needs position"),
        ("window", "set_position", {"position": 101}, "position is above 100 %"),
        ("window", "set_position", {"position": -0.5}, "position is below 0 %"),
        ("window", "set_position", {"position": True}, "position is not a number"),
        ("window", "set_position", {"position": "40"}, "position is not a number"),
        ("window", "set_position", {"position": 40, "speed": 1}, "does not take speed; it takes position"),
        ("window", "identify", {"loud": True}, "does not take loud; it takes nothing"),
        ("heater", "set_temperature", {"temperature": 95}, "temperature is above 75 °C"),
        ("pump", "set_speed", {"speed": 10}, "cannot set_speed"),
        ("fan", "run_for", {"seconds": 0}, "seconds is below 1 s"),
    ],
)
def test_a_command_that_a_device_cannot_do_is_refused_by_name(
    kind: str, verb: str, args: dict[str, object], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        check_command(read({"kind": kind}), verb, args)


@pytest.mark.parametrize(
    ("kind", "verb", "args"),
    [
        ("window", "set_position", {"position": 40}), ("window", "set_position", {"position": 0.5}),
        ("heater", "set_temperature", {"temperature": 55}), ("heater", "turn_off", {}),
        ("fan", "set_speed", {"speed": 0}), ("pump", "run_for", {"seconds": 86_400}),
        ("climate", "identify", {}), ("plant", "restart", {}),
    ],
)  # fmt: skip
def test_a_command_that_a_device_can_do_passes(kind: str, verb: str, args: dict[str, object]) -> None:
    check_command(read({"kind": kind}), verb, args)


def test_only_what_is_not_the_same_done_twice_is_relative() -> None:
    relative = {verb for known in TYPES.values() for verb, one in known.verbs.items() if one.relative}
    assert relative == {"run_for"}


@pytest.mark.parametrize(
    ("desired", "why"),
    [
        ({"interval_s": 0}, "interval_s is below 1 s"),
        ({"interval_s": 3601}, "interval_s is above 3600 s"),
        ({"interval_s": "2"}, "interval_s is not a number"),
        ({"audio": 1}, "audio is not true or false"),
        ({"colour": "red"}, "no setting colour; it has audio, interval_s, limits"),
        ({"limits": 5}, "limits is not an object"),
        ({"limits": {"position": 5}}, "limits.position is not an object with min and max"),
        ({"limits": {"position": {"most": 5}}}, "limits.position is not an object with min and max"),
        ({"limits": {"position": {"max": "5"}}}, "limits.position holds something that is no number"),
        ({"limits": {"position": {"min": 6, "max": 5}}}, "limits.position: min is above max"),
    ],
)
def test_a_configuration_that_a_device_cannot_have_is_refused_by_key(desired: dict[str, object], why: str) -> None:
    with pytest.raises(Refused, match=why):
        check_settings(read({"kind": "window"}), desired)


def test_a_configuration_that_a_device_can_have_passes() -> None:
    known = read({"kind": "window"})
    check_settings(known, {"interval_s": 2, "audio": True, "limits": {"position": {"min": None, "max": 80}, "x": {}}})
    check_settings(known, {})


def test_a_whole_number_may_be_written_with_a_point() -> None:
    known = read({"settings": {"level": msgspec.to_builtins(Setting("whole"))}})
    check_settings(known, {"level": 3.0})
    with pytest.raises(Refused, match="level is not a whole number"):
        check_settings(known, {"level": 3.5})
