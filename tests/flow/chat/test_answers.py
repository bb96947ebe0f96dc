"""Questions and explanations, to the letter."""

from __future__ import annotations

import pytest

from gateway.core.ports.store import Bucket
from tests.flow.chat.chat_site import ChatSite, chat_site

HOUR_MS = 3_600_000


@pytest.fixture
async def house() -> ChatSite:
    return await chat_site()


async def test_a_window_is_open_as_far_as_it_says(house: ChatSite) -> None:
    house.say("bedroom-window", position=40.0)
    house.clock.advance(minutes=3)
    reply = await house.ask("is the bedroom window open?")
    assert reply.text == "Yes. Bedroom window is open (40 %), 3 min ago."


async def test_a_closed_window_is_not_open(house: ChatSite) -> None:
    house.say("bedroom-window", position=0.0)
    assert (await house.ask("is the bedroom window open?")).text == "No. Bedroom window is closed, 0 s ago."


async def test_what_nobody_shows_is_said_so(house: ChatSite) -> None:
    assert (await house.ask("is the bathroom fan on?")).text == "Nothing shows whether Bathroom fan is on."


async def test_a_fan_is_on_when_its_power_shows_it(house: ChatSite) -> None:
    house.say("bath-fan", power=18.0)
    assert (await house.ask("is the bathroom fan on?")).text == "Yes. Bathroom fan is on: power is 18, 0 s ago."


async def test_a_fan_is_on_when_it_was_turned_on_and_nothing_else_shows_it(house: ChatSite) -> None:
    await house.ask("turn on the bathroom fan")
    house.ack(house.commands.of("bath-fan")[0], "done")
    assert (await house.ask("is the bathroom fan on?")).text.startswith("Yes. Bathroom fan is on: anna turned it on")


async def test_plants_are_well_or_in_the_words_of_their_limits(house: ChatSite) -> None:
    house.say("fern", soil_moisture=40.0)
    assert (await house.ask("how are my plants?")).text == "Fern is well: soil moisture 40.0 %."
    house.say("fern", soil_moisture=15.2)
    house.clock.advance(minutes=48)
    text = (await house.ask("how are my plants?")).text
    assert text == "Fern: soil_moisture is 15.2, threshold min 20.0, for 48 min."


async def test_the_highest_value_has_its_time(house: ChatSite) -> None:
    now_ms = house.clock()
    house.say("climate", humidity=60.0)
    house.past.found = [
        Bucket(now_ms - 3 * HOUR_MS, 50.0, 55.0, 52.0, 10),
        Bucket(now_ms - HOUR_MS, 60.0, 81.5, 70.0, 10),
    ]
    reply = await house.ask("what was the highest humidity in the bathroom in the last 24 hours?")
    assert reply.text.startswith("The highest humidity in Bathroom in the last 24 h: 81.5 % at ")
    assert reply.text.endswith(", SIMULATED.")
    assert reply.series == (("climate", "humidity"),)


async def test_an_unknown_place_is_said_to_be_unknown(house: ChatSite) -> None:
    reply = await house.ask("what is the temperature in the sauna?")
    assert reply.kind == "query"
    assert "sauna" in reply.text


async def test_a_person_is_why_something_moved(house: ChatSite) -> None:
    await house.ask("turn on the bathroom fan")
    house.clock.advance(minutes=2)
    reply = await house.ask("why is the bathroom fan on?")
    assert reply.kind == "explain"
    assert reply.text.startswith("anna turned on Bathroom fan, at ")
    assert "(2 min ago)" in reply.text


async def test_a_rule_is_why_something_moved_and_says_its_reason(house: ChatSite) -> None:
    await house.ask("if humidity in the bathroom is above 70 % run the bathroom fan")
    await house.ask("yes")
    house.say("climate", humidity=74.0)
    await house.turn()
    assert house.nodes.done == [("bath-fan", "turn_on")]
    text = (await house.ask("why did the bathroom fan turn on?")).text
    assert text.startswith(
        "The rule Turn on Bathroom fan when humidity in Bathroom is above 70 % turned on Bathroom fan:"
    )
    assert "humidity 74 % > 70 %" in text


async def test_lists_name_what_there_is(house: ChatSite) -> None:
    assert "Bathroom fan" in (await house.ask("list all devices")).text
    assert (await house.ask("what timers are running?")).text == "There are no timers."
    await house.ask("run the bathroom fan for 20 minutes")
    assert (await house.ask("what timers are running?")).text.startswith("Timers: bath-fan turn_off at ")


async def test_the_status_is_one_line(house: ChatSite) -> None:
    text = (await house.ask("how is everything?")).text
    assert text.startswith("7 devices, 0 away.")
    assert text.endswith("The gateway is well.")


async def test_what_is_on_is_everything_that_shows_it(house: ChatSite) -> None:
    house.say("bath-fan", power=18.0)
    house.say("boiler", power=0.0)
    house.say("bedroom-window", position=40.0)
    assert (await house.ask("what is running?")).text == "On: Bathroom fan."
    assert (await house.ask("is everything off?")).text == "On: Bathroom fan. Off: Boiler."
    assert (await house.ask("anything open?")).text == "Open: Bedroom window."
    assert (await house.ask("anything offline?")).text == "Nothing is offline, as far as anything shows."


async def test_how_long_something_ran_is_what_its_power_shows(house: ChatSite) -> None:
    house.say("bath-fan", power=18.0)
    day_ms = house.clock() - 2 * HOUR_MS
    house.past.found = [Bucket(day_ms, 18.0, 19.0, 18.0, 10), Bucket(day_ms + HOUR_MS, 0.0, 19.0, 9.0, 10)]
    text = (await house.ask("did the bathroom fan run in the last 5 hours?")).text
    assert text == "Bathroom fan ran 2 times in the last 5 h, about 1 min in all, as its power shows."


async def test_what_never_drew_power_did_not_run(house: ChatSite) -> None:
    house.say("bath-fan", power=0.0)
    house.past.found = [Bucket(house.clock() - HOUR_MS, 0.0, 0.1, 0.0, 10)]
    text = (await house.ask("how often did the bathroom fan run in the last 5 hours?")).text
    assert text == "Bathroom fan did not run in the last 5 h, as far as its power shows."


async def test_without_a_meter_orders_show_that_something_ran(house: ChatSite) -> None:
    assert (await house.ask("did the bathroom fan run in the last 5 hours?")).text.startswith("Nothing shows that")
    await house.ask("turn on the bathroom fan")
    house.ack(house.commands.of("bath-fan")[0], "done")
    house.clock.advance(minutes=1)
    text = (await house.ask("did the bathroom fan run in the last 5 hours?")).text
    assert text.startswith("Bathroom fan was turned on once in the last 5 h, last by anna")


async def test_energy_is_told_as_what_the_meter_counted(house: ChatSite) -> None:
    now_ms = house.clock()
    house.say("boiler", energy=8.5)
    house.past.found = [Bucket(now_ms - HOUR_MS, 7.0, 7.0, 7.0, 1), Bucket(now_ms - 60_000, 8.5, 8.5, 8.5, 1)]
    text = (await house.ask("how many kWh has the boiler used in the last 5 hours?")).text
    assert text == "Energy in Boiler in the last 5 h: 1.5 kWh more, from 7 kWh to 8.5 kWh."


async def test_an_alert_is_explained_by_what_is_out_of_its_limits(house: ChatSite) -> None:
    assert (await house.ask("what is the alert about?")).text.startswith("No alert is open")
    house.say("fern", soil_moisture=15.2)
    reply = await house.ask("why is there an alert for the fern?")
    assert reply.kind == "explain"
    assert reply.text == "Fern: soil_moisture is 15.2, threshold min 20.0."


async def test_a_bit_more_is_of_what_was_spoken_of(house: ChatSite) -> None:
    await house.ask("set the boiler to 50 degrees")
    assert (await house.ask("a bit more")).text == "To what shall Boiler be set?"


async def test_rules_of_a_thing_are_those_that_speak_of_it(house: ChatSite) -> None:
    await house.ask("if humidity in the bathroom is above 70 % run the bathroom fan")
    await house.ask("yes")
    assert "Turn on Bathroom fan" in (await house.ask("which rules move the bathroom fan?")).text
    assert (await house.ask("which rules move the bedroom window?")).text == "There are no rules about Bedroom."


async def test_devices_of_a_place_are_those_that_stand_there(house: ChatSite) -> None:
    text = (await house.ask("which devices are in the bedroom?")).text
    assert "Bedroom window" in text
    assert "Bathroom fan" not in text
