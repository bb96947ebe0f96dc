"""Who is alive, and what each device said last."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.messages import (
    ClientConnected,
    ClientDisconnected,
    ClockSet,
    DeviceChanged,
    DeviceStatus,
    DeviceSwapped,
    Happened,
    Heartbeat,
    MessageQuarantined,
    MetricsLearnt,
    NodeSaid,
    Reading,
    ReadingStored,
    StatusSaid,
    Vitals,
)
from gateway.core.quality import Quality
from gateway.flow import watch as module
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.latest import MOST_METRICS, Latest
from gateway.flow.presence import SILENCE_MS
from gateway.flow.standing import Standing
from gateway.flow.trouble import FAULT_WINDOW_MS, FAULTS
from gateway.flow.watch import Watch
from tests.fakes import START_MS, FixedClock, MemoryWriter

NODE = "node-1"
NOTHING = Vitals()
PROVISIONING, ONLINE, OFFLINE, ERROR = (
    DeviceStatus.PROVISIONING,
    DeviceStatus.ONLINE,
    DeviceStatus.OFFLINE,
    DeviceStatus.ERROR,
)


class Post:
    """A watch, the bus it listens to, and the statuses it announces."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.bus = Bus()
        self.chronicle = Chronicle(MemoryWriter(), self.bus, self.clock)
        self.series: dict[str, dict[str, int]] = {}
        self.watch = Watch(
            self.bus,
            self.clock,
            self.chronicle,
            lambda name: name != "node-red",
            lambda device: self.series.get(device, {}),
        )
        self.events: list[Happened] = []
        self.bus.on(Happened, self.events.append)
        self.said: list[tuple[str, DeviceStatus | None]] = []
        self.bus.on(DeviceChanged, lambda event: self.said.append((event.device, event.status)))

    @property
    def status(self) -> DeviceStatus:
        return self.watch.status(NODE)

    def connect(self, client: str = NODE) -> None:
        self.bus.publish(ClientConnected(client, client, "::1"))

    def disconnect(self, client: str = NODE) -> None:
        self.bus.publish(ClientDisconnected(client, client, "gone"))

    def read(self, time_ms: int | None = None, late: bool = False, **values: float) -> None:
        time_ms = self.clock() if time_ms is None else time_ms
        self.bus.publish(ReadingStored(Reading(NODE, time_ms, values or {"t": 1.0}, late=late), self.clock()))

    def beat(self, vitals: Vitals = NOTHING) -> None:
        self.bus.publish(Heartbeat(NODE, vitals, self.clock()))

    def say(self, online: bool) -> None:
        self.bus.publish(StatusSaid(NODE, online, self.clock()))

    def fault(self, times: int = 1) -> None:
        for _ in range(times):
            self.bus.publish(MessageQuarantined(NODE, "devices/node-1/telemetry", "why", self.clock()))


@pytest.fixture
def post() -> Post:
    return Post()


def test_a_device_never_heard_is_provisioning(post: Post) -> None:
    assert post.status is PROVISIONING
    assert post.watch.last_seen_ms(NODE) is None
    assert post.watch.latest(NODE) is None
    assert post.watch.values(NODE) == {}


def test_a_connected_device_is_online_however_silent(post: Post) -> None:
    post.connect()
    post.clock.advance(days=2)
    post.watch.sweep()
    assert post.status is ONLINE
    assert post.said == [(NODE, ONLINE)]


def test_a_device_that_speaks_without_a_connection_is_online_for_three_heartbeats(post: Post) -> None:
    post.read()
    assert post.status is ONLINE
    post.clock.advance(ms=SILENCE_MS)
    post.watch.sweep()
    assert post.status is ONLINE
    post.clock.advance(ms=1)
    assert post.status is OFFLINE
    assert post.said == [(NODE, ONLINE)]
    post.watch.sweep()
    post.watch.sweep()
    assert post.said == [(NODE, ONLINE), (NODE, OFFLINE)]


@pytest.mark.parametrize("way", ["beat", "read", "log", "online", "connect"])
def test_every_sign_of_life_brings_a_silent_device_back(post: Post, way: str) -> None:
    post.beat()
    post.clock.advance(ms=SILENCE_MS + 1)
    post.watch.sweep()
    signs = {
        "beat": post.beat,
        "read": post.read,
        "log": lambda: post.bus.publish(NodeSaid(NODE, "log", b"x", post.clock())),
        "online": lambda: post.say(True),
        "connect": post.connect,
    }
    signs[way]()
    assert post.said == [(NODE, ONLINE), (NODE, OFFLINE), (NODE, ONLINE)]
    assert post.watch.last_seen_ms(NODE) == post.clock()


def test_a_lost_connection_leaves_three_heartbeats_time(post: Post) -> None:
    post.connect()
    post.clock.advance(minutes=2)
    post.beat()
    post.disconnect()
    assert post.status is ONLINE
    post.clock.advance(ms=SILENCE_MS + 1)
    assert post.status is OFFLINE


def test_the_will_sets_a_device_offline_at_once(post: Post) -> None:
    post.connect()
    post.beat()
    post.disconnect()
    post.say(False)
    assert post.status is OFFLINE
    assert post.said[-1] == (NODE, OFFLINE)


def test_the_will_may_be_told_before_the_connections_end(post: Post) -> None:
    post.connect()
    post.say(False)
    post.disconnect()
    assert post.status is OFFLINE


def test_the_will_of_a_connection_that_was_taken_over_changes_nothing(post: Post) -> None:
    post.connect()
    post.connect()
    post.disconnect()
    post.say(False)
    assert post.status is ONLINE


def test_the_end_of_a_taken_over_connection_may_be_told_late(post: Post) -> None:
    post.connect()
    post.connect()
    post.disconnect()
    post.clock.advance(days=1)
    assert post.status is ONLINE
    post.disconnect()
    assert post.status is OFFLINE


def test_offline_is_forgotten_when_the_device_speaks_again(post: Post) -> None:
    post.beat()
    post.say(False)
    post.read()
    assert post.status is ONLINE


def test_a_will_is_no_sign_of_life(post: Post) -> None:
    post.beat()
    post.clock.advance(s=30)
    post.say(False)
    assert post.watch.last_seen_ms(NODE) == START_MS


def test_repeated_quarantine_is_an_error_until_a_reading(post: Post) -> None:
    post.connect()
    post.fault(FAULTS - 1)
    assert post.status is ONLINE
    post.fault()
    assert post.status is ERROR
    post.beat()
    assert post.status is ERROR
    post.read()
    assert post.status is ONLINE
    assert post.said == [(NODE, ONLINE), (NODE, ERROR), (NODE, ONLINE)]


def test_an_error_passes_with_time(post: Post) -> None:
    post.connect()
    post.fault(FAULTS)
    post.clock.advance(ms=FAULT_WINDOW_MS + 1)
    post.watch.sweep()
    assert post.said == [(NODE, ONLINE), (NODE, ERROR), (NODE, ONLINE)]


def test_faults_far_apart_are_no_error(post: Post) -> None:
    post.connect()
    for _ in range(3 * FAULTS):
        post.fault()
        post.clock.advance(ms=FAULT_WINDOW_MS // (FAULTS - 1) + 1)
    assert ERROR not in [status for _, status in post.said]


def test_a_program_is_no_device(post: Post) -> None:
    post.connect("node-red")
    post.disconnect("node-red")
    assert post.said == []
    assert post.watch.status("node-red") is PROVISIONING


def test_the_newest_value_of_each_metric_is_kept_with_its_time(post: Post) -> None:
    post.read(START_MS - 20, a=1.0, b=2.0)
    post.read(START_MS - 10, a=3.0)
    post.read(START_MS - 15, late=True, a=9.0, c=4.0)
    assert post.watch.values(NODE) == {
        "a": (3.0, START_MS - 10),
        "b": (2.0, START_MS - 20),
        "c": (4.0, START_MS - 15),
    }
    latest = post.watch.latest(NODE)
    assert latest is not None
    assert (latest.time_ms, latest.values) == (START_MS - 10, {"a": 3.0, "b": 2.0, "c": 4.0})


def test_a_late_reading_does_not_pass_for_the_latest(post: Post) -> None:
    post.bus.publish(ReadingStored(Reading(NODE, START_MS, {"a": 1.0}, boot="b", seq=9), post.clock()))
    post.bus.publish(ReadingStored(Reading(NODE, START_MS - 5, {"a": 1.0}, boot="b", seq=8, late=True), post.clock()))
    assert post.watch.latest(NODE) == Reading(NODE, START_MS, {"a": 1.0}, boot="b", seq=9)


def test_of_two_values_at_one_time_the_later_counts(post: Post) -> None:
    post.read(START_MS, a=1.0)
    post.read(START_MS, a=2.0)
    assert post.watch.values(NODE) == {"a": (2.0, START_MS)}


def test_a_value_from_the_future_gives_way_to_the_next(post: Post) -> None:
    post.read(START_MS + 10**10, a=1.0)
    post.clock.advance(s=1)
    post.read(a=2.0)
    assert post.watch.values(NODE) == {"a": (2.0, START_MS + 1000)}


def test_values_handed_out_are_the_callers_own(post: Post) -> None:
    post.read(a=1.0)
    post.watch.values(NODE).clear()
    assert post.watch.values(NODE) == {"a": (1.0, START_MS)}


def test_ever_new_metrics_do_not_grow_without_bound(post: Post) -> None:
    for number in range(MOST_METRICS + 50):
        post.read(**{f"m{number}": 1.0})
    assert len(post.watch.values(NODE)) == MOST_METRICS
    assert "m0" not in post.watch.values(NODE)
    assert f"m{MOST_METRICS + 49}" in post.watch.values(NODE)


def test_it_starts_from_what_the_store_remembers_and_announces_only_changes(post: Post) -> None:
    post.watch.prime(
        {
            NODE: Reading(NODE, START_MS - 1000, {"t": 1.0}, simulated=True),
            "node-2": Reading("node-2", START_MS - SILENCE_MS - 1, {"t": 2.0}),
            "node-3": Reading("node-3", START_MS + 10**9, {"t": 3.0}),
        }
    )
    assert [post.watch.status(name) for name in (NODE, "node-2", "node-3")] == [ONLINE, OFFLINE, ONLINE]
    assert post.watch.last_seen_ms("node-3") == START_MS
    assert post.watch.values("node-2") == {"t": (2.0, START_MS - SILENCE_MS - 1)}
    latest = post.watch.latest(NODE)
    assert latest is not None
    assert latest.simulated
    post.watch.sweep()
    assert post.said == []
    post.clock.advance(ms=SILENCE_MS)
    post.watch.sweep()
    assert post.said == [(NODE, OFFLINE)]


@pytest.mark.parametrize("way", ["forget", "deleted"])
def test_a_device_that_is_gone_leaves_nothing(post: Post, way: str) -> None:
    post.connect()
    post.read()
    if way == "forget":
        post.watch.forget(NODE)
    else:
        post.bus.publish(DeviceChanged(NODE, None))
    post.said.clear()
    post.disconnect()
    post.watch.sweep()
    assert post.said == []
    assert post.status is PROVISIONING
    assert post.watch.values(NODE) == {}


async def test_it_sweeps_by_itself(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWEEP_S", 0.001)
    post.beat()
    post.clock.advance(ms=SILENCE_MS + 1)
    stream = post.bus.stream(DeviceChanged)
    task = asyncio.create_task(post.watch.run())
    try:
        assert await asyncio.wait_for(stream.next(), 10) == DeviceChanged(NODE, OFFLINE)
    finally:
        task.cancel()
        stream.close()


def test_a_change_of_status_is_an_event_caused_by_its_reading(post: Post) -> None:
    post.bus.publish(ReadingStored(Reading(NODE, START_MS, {"t": 1.0}, boot="b1", seq=7), post.clock()))
    assert post.events == [
        Happened(START_MS, "device.online", "heard for the first time", NODE, correlation="node-1/b1/7")
    ]


def test_what_time_alone_caused_has_no_correlation(post: Post) -> None:
    post.beat()
    post.clock.advance(ms=SILENCE_MS + 5000)
    post.watch.sweep()
    assert [(event.kind, event.correlation) for event in post.events[1:]] == [("device.offline", "")]


def test_a_status_has_a_reason_and_a_beginning(post: Post) -> None:
    post.connect()
    post.beat()
    assert post.watch.standing(NODE) == Standing(ONLINE, "", START_MS)
    post.clock.advance(minutes=1)
    post.disconnect()
    post.say(False)
    assert post.watch.standing(NODE) == Standing(OFFLINE, "last will: gone", START_MS + 60_000)


def test_an_absent_device_is_offline_whatever_else_is_wrong(post: Post) -> None:
    post.fault(FAULTS)
    assert post.status is ERROR
    post.clock.advance(ms=SILENCE_MS + 1)
    assert post.status is OFFLINE


def test_a_failed_self_test_is_an_error_with_its_reason(post: Post) -> None:
    post.connect()
    post.beat(Vitals(self_test="no sensor"))
    assert post.watch.standing(NODE) == Standing(ERROR, "self-test failed: no sensor", START_MS)
    post.clock.advance(minutes=1)
    post.beat(Vitals(self_test="ok"))
    assert post.said == [(NODE, ONLINE), (NODE, ERROR), (NODE, ONLINE)]
    assert [event.kind for event in post.events[1:]] == ["device.error.self_test", "device.recovered.self_test"]


def test_rolled_back_firmware_is_an_error(post: Post) -> None:
    post.connect()
    post.bus.publish(NodeSaid(NODE, "ota/state", b'{"version":"1.5.0","state":"rolled_back"}', START_MS))
    assert post.watch.standing(NODE).reason == "firmware 1.5.0 was rolled back"


def test_a_flapping_device_is_announced_once(post: Post) -> None:
    for _ in range(10):
        post.connect()
        post.clock.advance(s=20)
        post.disconnect()
        post.say(False)
        post.clock.advance(s=20)
    assert post.watch.standing(NODE).flapping
    assert post.status is ONLINE
    # Until it is known to flap its status follows it; from then on nothing more is announced.
    assert len(post.said) == 8
    assert [event.kind for event in post.events] == ["device.online", "device.flapping"]


def test_when_the_gateway_stops_devices_have_not_left(post: Post) -> None:
    post.connect()
    post.watch.close()
    post.disconnect()
    post.say(False)
    assert post.said == [(NODE, ONLINE)]
    assert len(post.events) == 1


def test_vitals_are_kept_with_their_time(post: Post) -> None:
    assert post.watch.vitals(NODE) is None
    post.beat(Vitals(1000, "b1", rssi_dbm=-60.0))
    assert post.watch.vitals(NODE) == (Vitals(1000, "b1", rssi_dbm=-60.0), START_MS)


def test_the_quality_of_a_series_joins_that_of_its_value(post: Post) -> None:
    post.bus.publish(
        ReadingStored(Reading(NODE, START_MS, {"t": 1.0}, boot="b", seq=1, quality={"t": Quality.JUMP}), post.clock())
    )
    post.series[NODE] = {"t": Quality.STALE, "never": Quality.STALE}
    assert post.watch.newest(NODE) == {"t": Latest(1.0, START_MS, Quality.JUMP | Quality.STALE, "node-1/b/1")}


def test_a_flag_of_a_series_announces_its_device(post: Post) -> None:
    post.read()
    post.said.clear()
    post.chronicle.note("series.flagged", "nothing new", NODE, "t")
    assert post.said == [(NODE, ONLINE)]


def test_setting_the_clock_moves_what_is_remembered(post: Post) -> None:
    post.beat(Vitals(1000))
    post.bus.publish(ReadingStored(Reading(NODE, START_MS, {"t": 1.0}, quality={"t": Quality.TIME}), post.clock()))
    before_ms = post.clock()
    after_ms = post.clock.advance(days=20_000)
    post.bus.publish(ClockSet(before_ms, after_ms, before_ms, True, True, "a time server told"))
    post.watch.sweep()
    assert post.said == [(NODE, ONLINE)] * 2  # the second time because its times are others
    now_ms = post.clock()
    assert post.watch.standing(NODE) == Standing(ONLINE, "", now_ms)
    assert post.watch.vitals(NODE) == (Vitals(1000), now_ms)
    assert post.watch.newest(NODE) == {"t": Latest(1.0, now_ms, 0, "node-1/-/0")}


def test_it_starts_from_the_events_of_earlier_runs(post: Post) -> None:
    hour_ms = 3_600_000
    post.watch.prime(
        {"node-2": Reading("node-2", START_MS - 2 * hour_ms, {"t": 1.0})},
        [
            Happened(START_MS - hour_ms, "device.offline", "gone", "node-2"),
            Happened(START_MS - 1000, "device.online", "back", "node-3"),
            Happened(START_MS - 2 * hour_ms, "device.error.firmware", "rolled back", "node-3"),
            Happened(START_MS - 3 * hour_ms, "device.online", "back", "node-2"),
        ],
    )
    assert post.watch.status("node-2") is OFFLINE
    assert post.watch.standing("node-3").reason == "rolled back"
    post.clock.advance(minutes=4)
    post.watch.sweep()
    assert [(event.device, event.kind) for event in post.events] == [("node-3", "device.offline")]
    post.connect("node-2")
    assert post.events[-1].reason == "back after 2 h 4 min"


def swap(post: Post, former: str = "") -> None:
    post.bus.publish(DeviceSwapped(NODE, "02:00:00:00:00:a1", "02:00:00:00:00:b2", post.clock(), former))


def test_new_hardware_is_told_and_begins_without_the_troubles_and_vitals_of_the_old(post: Post) -> None:
    post.connect()
    post.beat(Vitals(self_test="no sensor", boot="b1", uptime_ms=9_000_000, firmware="1.0.0"))
    post.read(t=21.5)
    assert post.status is ERROR
    post.events.clear()
    swap(post)
    told = "new hardware 02:00:00:00:00:b2 in place of 02:00:00:00:00:a1; calibration starts anew"
    assert [(event.kind, event.reason) for event in post.events] == [
        ("device.swapped", told),
        ("device.recovered.self_test", "its hardware was replaced"),
    ]
    assert post.watch.standing(NODE) == Standing(OFFLINE, "its hardware was replaced", post.clock())
    assert post.said[-1] == (NODE, OFFLINE)
    assert post.watch.vitals(NODE) is None
    assert post.watch.values(NODE) == {"t": (21.5, post.clock())}
    post.events.clear()
    post.connect()
    post.disconnect()  # the old one's connection
    post.beat(Vitals(boot="b2", uptime_ms=1000, firmware="2.0.0"))
    assert post.status is ONLINE
    assert post.events == [], "another boot and other firmware are no news of new hardware"


def test_troubles_of_replaced_hardware_do_not_come_back_with_the_next_start(post: Post) -> None:
    post.beat(Vitals(self_test="no sensor"))
    swap(post)
    again = Post()
    again.watch.prime({}, post.events[::-1])
    again.beat()
    assert again.status is ONLINE


def test_new_hardware_that_does_not_come_is_told_away(post: Post) -> None:
    post.connect()
    post.beat()
    swap(post)
    post.clock.advance(ms=SILENCE_MS)
    post.watch.sweep()
    assert (post.events[-1].kind, post.events[-1].reason) == (
        "device.offline",
        "its hardware was replaced, 3 min ago",
    )


def test_metrics_are_told_when_they_come_for_the_first_time(post: Post) -> None:
    learnt: list[MetricsLearnt] = []
    post.bus.on(MetricsLearnt, learnt.append)
    for _ in range(3):
        post.read(t=1.0, h=2.0)
    post.read(co2=400.0)
    post.read(t=1.0)
    assert learnt == [MetricsLearnt(NODE, frozenset({"t", "h"})), MetricsLearnt(NODE, frozenset({"co2"}))]


def test_nothing_is_told_of_what_the_store_has_of_devices_that_are_gone(post: Post) -> None:
    gone = Reading("node-red", START_MS - 1000, {"t": 1.0})
    post.watch.prime({"node-red": gone, NODE: Reading(NODE, START_MS - 1000, {"t": 1.0})})
    post.clock.advance(days=1)
    post.watch.sweep()
    assert {event.device for event in post.events} == {NODE}
    assert {device for device, _ in post.said} == {NODE}


def test_a_device_is_absent_from_when_that_was_told_until_it_is_heard(post: Post) -> None:
    post.beat()
    heard_ms = post.clock()
    post.clock.advance(ms=SILENCE_MS + 1)
    assert post.watch.absent() == {}, "its status is offline, but that was not told yet"
    post.watch.sweep()
    assert post.watch.absent() == {NODE: (heard_ms, "no heartbeat for 3 min")}
    post.clock.advance(minutes=5)
    assert post.watch.absent() == {NODE: (heard_ms, "no heartbeat for 8 min")}
    post.beat()
    assert post.watch.absent() == {}


def test_after_a_start_those_are_absent_of_which_it_was_told_before(post: Post) -> None:
    reading = Reading(NODE, START_MS - 3_600_000, {"t": 1.0})
    told = Happened(START_MS - 1_800_000, "device.offline", "no heartbeat", NODE)
    post.watch.prime({NODE: reading, "node-2": reading}, [told])
    assert [*post.watch.absent()] == [NODE]
    post.clock.advance(ms=SILENCE_MS + 1)
    post.watch.sweep()
    assert [*post.watch.absent()] == [NODE, "node-2"]


def test_an_absence_moves_with_a_clock_that_was_wrong(post: Post) -> None:
    post.beat()
    heard_ms = post.clock()
    post.clock.advance(ms=SILENCE_MS + 1)
    post.watch.sweep()
    shift_ms = 50 * 365 * 86_400_000
    before_ms = post.clock()
    post.clock.now_ms += shift_ms
    post.bus.publish(ClockSet(before_ms, post.clock(), heard_ms, True, True, "told"))
    assert post.watch.absent() == {NODE: (heard_ms + shift_ms, "no heartbeat for 3 min")}
