"""The configuration: settings, every mistake with its key and line, an example that cannot go out of date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.config.example import example
from gateway.config.home_settings import PROFILES
from gateway.config.lines import lines_of
from gateway.config.load import load, parse
from gateway.config.options import options
from gateway.config.problems import InvalidConfig
from gateway.config.settings import Settings
from gateway.core.errors import ConfigError


def mistakes(text: str, **environ: str) -> list[str]:
    return [str(problem) for problem in parse(text, environ)[1]]


def test_nothing_given_is_the_defaults() -> None:
    assert load(None, {}) == Settings()


def test_the_defaults_are_themselves_allowed() -> None:
    for option in options():
        if option.default is not None:
            assert option.read(option.default) == option.default
        assert option.read(option.sample) == option.sample


def test_a_file_changes_only_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('[mqtt]\ntls_port = 8000\nbind = ["::1"]\n[site]\nlatitude = 52\nlongitude = 13.4\n')
    settings = load(file, {})
    assert settings.mqtt.tls_port == 8000
    assert settings.mqtt.bind == ("::1",)
    assert settings.site.latitude == 52.0
    assert settings.panel == Settings().panel


def test_the_environment_goes_before_the_file() -> None:
    settings, problems = parse(
        "[mqtt]\ntls_port = 8000\nlocal_port = 1000\n",
        {
            "GATEWAY_MQTT__TLS_PORT": "9000",
            "GATEWAY_MQTT__WEBSOCKET": "True",
            "GATEWAY_MQTT__BIND": "::1, 127.0.0.1",
            "GATEWAY_SITE__NAME": "12",
            "GATEWAY_SITE__LATITUDE": "-1.5",
            "GATEWAY_SITE__LONGITUDE": "3",
            "PATH": "/bin",
            "GATEWAY_HOME": "not an option: no section",
        },
    )
    assert problems == []
    assert (settings.mqtt.tls_port, settings.mqtt.local_port, settings.mqtt.websocket) == (9000, 1000, True)
    assert settings.mqtt.bind == ("::1", "127.0.0.1")
    assert (settings.site.name, settings.site.latitude, settings.site.longitude) == ("12", -1.5, 3.0)


def test_every_mistake_is_told_at_once_with_key_line_and_what_is_allowed() -> None:
    text = """\
[mqtt]
tls_port = 70000
max_conections = 5

bind = [
  "localhost",
]
[log]
level = "loud"
format = 3
[stor]
rows = 1
"""
    assert mistakes(text) == [
        "line 2: mqtt.tls_port: must be a whole number from 0 to 65535, not 70000",
        "line 3: mqtt.max_conections: is not an option; did you mean max_connections?",
        'line 5: mqtt.bind: must be a list of IP addresses of this machine, not ["localhost"]',
        'line 9: log.level: must be one of "debug", "info", "warning", "error", not "loud"',
        'line 10: log.format: must be one of "auto", "json", "text", not 3',
        "line 11: stor: is not a section; did you mean store?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[mqtt]\nstall_s = nan", "must be a number from 1 to 3600, not nan"),
        ("[mqtt]\nstall_s = inf", "must be a number from 1 to 3600, not inf"),
        ("[mqtt]\nstall_s = true", "must be a number from 1 to 3600, not true"),
        ("[mqtt]\ntls_port = 8883.0", "must be a whole number from 0 to 65535, not 8883.0"),
        (f"[mqtt]\ntls_port = {10**30}", "must be a whole number from 0 to 65535, not 1000000"),
        ("[mqtt]\nwebsocket = 1", "must be true or false, not 1"),
        ("[mqtt]\nbind = []", "must be a list of IP addresses of this machine, not []"),
        ('[site]\nname = ""', 'must be text from 1 to 60 characters, not ""'),
        ('[site]\ntimezone = "Europe"', 'must be an IANA zone such as "Europe/Berlin", not "Europe"'),
        ('[site]\ntimezone = "../../etc/passwd"', "must be an IANA zone"),
        ('[announce]\nhostname = "my_gateway.local"', "must be a host name"),
        ('[store]\ndurability = "later"', 'must be one of "at once", "gentle", not "later"'),
        ("[mqtt]\nsession_days = 3", "is not an option; did you mean panel.session_days?"),
        ("tls_port = 3", "line 1: tls_port: must stand below its section: [mqtt]"),
        ("[[mqtt]]\ntls_port = 3", "line 1: mqtt: must be a section: [mqtt]"),
        ("[mqtt]\nlocal_port = 8443", "must be different ports, not both 8443"),
        ("[mqtt]\nwebsocket = true\nwebsocket_port = 8080", "must be different ports, not both 8080"),
        ("[site]\nlatitude = 3", "line 2: site.latitude: latitude and longitude must be set both or neither"),
        ("[mqtt]\nqueue_bytes = 65536", "queue_bytes must be at least max_packet_bytes"),
    ],
)
def test_what_is_impossible_is_refused(text: str, told: str) -> None:
    [mistake] = mistakes(text)
    assert told in mistake


def test_free_ports_may_be_asked_for_more_than_once() -> None:
    assert mistakes("[mqtt]\ntls_port = 0\nlocal_port = 0\n[panel]\nhttps_port = 0\nhttp_port = 0\n") == []


def test_a_port_of_the_websocket_that_is_off_clashes_with_nothing() -> None:
    assert mistakes("[mqtt]\nwebsocket_port = 8443") == []


def test_a_mistake_in_the_environment_names_its_variable() -> None:
    assert mistakes("", GATEWAY_MQTT__TLS_PORT="high", GATEWAY_MQTT__TLSPORT="1", GATEWAY_QTT__X="1") == [
        "GATEWAY_MQTT__TLSPORT: is not an option; did you mean tls_port?",
        'GATEWAY_MQTT__TLS_PORT: must be a whole number from 0 to 65535, not "high"',
        "GATEWAY_QTT__X: is not an option; did you mean mqtt?",
    ]


def test_a_mistake_in_the_file_is_told_although_the_environment_goes_before_it() -> None:
    assert mistakes("[mqtt]\ntls_port = -1", GATEWAY_MQTT__TLS_PORT="8000") == [
        "line 2: mqtt.tls_port: must be a whole number from 0 to 65535, not -1"
    ]


def test_a_secret_put_there_by_mistake_is_not_repeated() -> None:
    told = "\n".join(mistakes('[panel]\npassword = "hunter2"\n', GATEWAY_PANEL__PASSWORD="hunter3"))
    assert "panel.password: is not an option" in told
    assert "hunter" not in told


def test_broken_toml_is_told_with_its_line() -> None:
    [mistake] = mistakes("[mqtt]\ntls_port = = 3\n")
    assert mistake.startswith("line 2: is not TOML: Invalid value (column ")


def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="directory"):
        load(tmp_path, {})
    (tmp_path / "latin.toml").write_bytes(b'[site]\nname = "B\xfcro"\n')
    with pytest.raises(InvalidConfig, match="line 2: is not UTF-8 text"):
        load(tmp_path / "latin.toml", {})


def test_files_from_other_editors_are_read(tmp_path: Path) -> None:
    file = tmp_path / "windows.toml"
    file.write_bytes('\ufeff[site]\r\nname = "Büro"\r\n'.encode())
    assert load(file, {}).site.name == "Büro"


def test_the_error_of_a_load_lists_every_mistake(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text("[mqtt]\ntls_port = -1\nlocal_port = -1\n")
    with pytest.raises(InvalidConfig) as caught:
        load(file, {})
    assert [problem.line for problem in caught.value.problems] == [2, 3]
    assert str(caught.value).splitlines()[0] == f"{file} has 2 mistakes:"


def test_the_example_changes_nothing_as_it_stands() -> None:
    assert parse(example(), {}) == (Settings(), [])


def test_the_example_shows_every_option_with_its_default() -> None:
    switched_on = re.sub(r"(?m)^#(?=[a-z])", "", example())
    settings, problems = parse(switched_on, {})
    assert problems == []
    samples = {option.key: option.sample for option in options()}
    shown = {option.key: getattr(getattr(settings, option.section), option.name) for option in options()}
    assert shown == samples
    unlike = [option.key for option in options() if shown[option.key] != option.default]
    without = [option.key for option in options() if option.default is None]
    assert unlike == without, "only what has no default may show something else"
    assert {"site.latitude", "pins.servo"} <= set(without)


def test_the_example_says_what_every_option_means_and_where_secrets_are() -> None:
    text = " ".join(line.removeprefix("# ") for line in example().splitlines())
    for option in options():
        assert option.meaning in text
        assert option.allowed in text
    assert "Never put a password, token or key here" in text


def test_a_profile_is_what_nobody_set() -> None:
    settings, problems = parse('[gateway]\nprofile = "development"\n[log]\nlevel = "warning"\n', {})
    assert problems == []
    assert (settings.log.level, settings.log.format, settings.announce.mdns) == ("warning", "text", False)
    assert settings.mqtt.bind == settings.panel.bind == ("127.0.0.1",)
    settings, _ = parse('[gateway]\nprofile = "development"\n', {"GATEWAY_GATEWAY__PROFILE": "production"})
    assert settings == Settings()


def test_an_unknown_profile_is_a_mistake_and_changes_nothing() -> None:
    settings, (problem,) = parse('[gateway]\nprofile = "staging"\n', {})
    assert settings == Settings()
    assert str(problem) == 'line 2: gateway.profile: must be one of "production", "development", not "staging"'


def test_every_option_a_profile_names_is_one_and_allowed() -> None:
    known = {(option.section, option.name): option for option in options()}
    for changes in PROFILES.values():
        for key, value in changes.items():
            known[key].read(value)


def test_the_example_of_a_profile_is_that_profile() -> None:
    settings, problems = parse(example("development"), {})
    assert problems == []
    assert settings == parse('[gateway]\nprofile = "development"\n', {})[0]
    assert '#level = "debug"' in example("development")


def test_the_example_names_the_credentials_of_systemd() -> None:
    assert "encryption_key" in example()
    assert "sentry_dsn" in example().partition("[gateway]")[0]


def test_lines_are_found_past_comments_strings_lists_and_dotted_keys() -> None:
    text = '''\
# tls_port = 1
title = """
[mqtt]
tls_port = 2
"""
[mqtt]  # tls_port
"tls_port" = 8883
bind = [ # [panel]
  "::",
]
panel.bind = 1
[ a . "b.c" ]
d = { e = 1 }
'''
    assert lines_of(text) == {
        ("title",): 2,
        ("mqtt",): 6,
        ("mqtt", "tls_port"): 7,
        ("mqtt", "bind"): 8,
        ("mqtt", "panel"): 11,
        ("mqtt", "panel", "bind"): 11,
        ("a",): 12,
        ("a", "b.c"): 12,
        ("a", "b.c", "d"): 13,
        ("a", "b.c", "d", "e"): 13,
    }
