"""The options of what decides by itself: windows, models, sound, and the Pi's own pins and microphone."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Pin = Annotated[int, Meta(ge=0, le=27)]


class Inference(msgspec.Struct, frozen=True):
    """Who decides about windows."""

    mode: Annotated[
        Literal["local", "external"],
        Meta(
            description="local: the gateway's own model. external: the gateway only asks on ml/inference/request/+, "
            "and a service account answers on window/+/control."
        ),
    ] = "local"
    answer_s: Annotated[float, Meta(ge=0.1, le=60, description="external: how long an answer is waited for.")] = 5.0
    fallback: Annotated[
        bool, Meta(description="external: whether the gateway decides itself when nobody has answered by then.")
    ] = True


class Window(msgspec.Struct, frozen=True):
    """Windows that open themselves."""

    enabled: Annotated[bool, Meta(description="Whether the gateway decides about windows at all.")] = True
    min_interval_s: Annotated[
        float, Meta(ge=0, le=3600, description="Between two decisions about a window, unless it is urgent.")
    ] = 1.0
    ask_every_s: Annotated[
        float, Meta(ge=10, le=86_400, description="A window is thought about so often even when nothing changes.")
    ] = 900.0
    deadband_pct: Annotated[
        float, Meta(ge=0, le=50, description="A window that is as near as this to where it should be is left alone.")
    ] = 5.0
    hold_minutes: Annotated[
        int, Meta(ge=1, le=10_080, description="How long a person's will holds when no other time is named.")
    ] = 60
    temperature_step: Annotated[float, Meta(ge=0.1, le=10, description="A change worth deciding anew, in K.")] = 0.5
    humidity_step: Annotated[float, Meta(ge=0.5, le=50, description="The same in percent of humidity.")] = 4.0
    co2_step: Annotated[float, Meta(ge=10, le=2000, description="The same in ppm of CO2.")] = 120.0
    sound_step: Annotated[float, Meta(ge=1, le=40, description="The same in dB of sound.")] = 6.0
    outdoor_step: Annotated[float, Meta(ge=0.1, le=20, description="The same in K of outdoor temperature.")] = 1.0
    rain_at_most_pct: Annotated[float, Meta(ge=0, le=100, description="While it rains no further open than this.")] = (
        10.0
    )
    frost_at_most_pct: Annotated[
        float, Meta(ge=0, le=100, description="While it freezes outside no further open than this.")
    ] = 15.0
    storm_m_s: Annotated[float, Meta(ge=3, le=60, description="Wind from which windows are shut.")] = 15.0
    decisions_kept: Annotated[
        int, Meta(ge=1_000, le=10_000_000, description="Decisions kept with all they rest on; the oldest go first.")
    ] = 50_000


class Anomaly(msgspec.Struct, frozen=True):
    """Noticing that something is not as usual."""

    enabled: Annotated[bool, Meta(description="Whether series and machines are watched at all.")] = True
    interval_s: Annotated[
        int,
        Meta(ge=10, le=600, description="A series is looked at so often; baselines keep the one they were made with."),
    ] = 60
    learn_days: Annotated[
        float, Meta(ge=0, le=30, description="A series is learnt for so long before anything in it is called unusual.")
    ] = 3.0
    commissioning_hours: Annotated[
        int, Meta(ge=1, le=336, description="How long a machine is commissioned when nobody says otherwise.")
    ] = 168
    episodes_kept: Annotated[
        int, Meta(ge=100, le=1_000_000, description="Episodes kept; the oldest that nobody has judged go first.")
    ] = 10_000


class Rules(msgspec.Struct, frozen=True):
    """Rules that people write."""

    enabled: Annotated[bool, Meta(description="Whether rules are evaluated at all.")] = True
    fresh_s: Annotated[
        int, Meta(ge=10, le=3600, description="What a rule decides about a moment longer ago than this moves nothing.")
    ] = 120
    catch_up_hours: Annotated[
        int, Meta(ge=0, le=168, description="How far back a moment that was missed is looked for after a start.")
    ] = 24
    most_firings_per_hour: Annotated[
        int, Meta(ge=1, le=3600, description="A rule that fires more often is stopped until it is enabled anew.")
    ] = 60
    firings_kept: Annotated[
        int, Meta(ge=1_000, le=10_000_000, description="Firings kept with why and what came of them; the oldest go.")
    ] = 50_000


class Audio(msgspec.Struct, frozen=True):
    """Sound that nodes and the microphone here send."""

    offset_db: Annotated[
        float,
        Meta(ge=0, le=200, description="Sound pressure of full scale. 120: an INMP441, which gives -26 dB at 94 dB."),
    ] = 120.0
    recordings_mb: Annotated[
        int, Meta(ge=1, le=100_000, description="Recordings that were asked for; the oldest go first.")
    ] = 100


class Microphone(msgspec.Struct, frozen=True):
    """A microphone on this machine."""

    enabled: Annotated[bool, Meta(description="Whether it is listened to.")] = False
    device: Annotated[str, Meta(max_length=200, description="Its name as PortAudio has it; empty: the default.")] = ""
    asset: Annotated[str, Meta(max_length=40, description="The id of the room it is in; empty: none.")] = ""


class Pins(msgspec.Struct, frozen=True):
    """The pins of this machine, by BCM number; one that is left out is not used."""

    status_led: (
        Annotated[Pin, Meta(description="On: all is well; blinks: pairing; fast: trouble.", examples=[17])] | None
    ) = None
    pairing_button: Annotated[Pin, Meta(description="To ground; opens the pairing window.", examples=[27])] | None = (
        None
    )
    relay: Annotated[Pin, Meta(description="A relay, on while its output is high.", examples=[22])] | None = None
    servo: Annotated[Pin, Meta(description="A window's servo.", examples=[18])] | None = None
    servo_open_deg: Annotated[float, Meta(ge=-180, le=180, description="Its angle when fully open.")] = 90.0
    servo_shut_deg: Annotated[float, Meta(ge=-180, le=180, description="Its angle when shut.")] = 0.0
