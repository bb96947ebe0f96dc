import pytest

from gateway.core.errors import ConfigError
from gateway.simulator.reluctance import Reluctance, parse


def test_how_badly_nodes_obey_is_said_in_words() -> None:
    assert parse("", 7) == Reluctance(seed=7)
    assert parse("fail=0.1,ignore=0.05,slow=3", 7) == Reluctance(0.1, 0.05, 3.0, 7)
    assert parse("slow=3", 1).slow_s == 3.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail", "not a number"),
        ("fail=x", "'x'"),
        ("fail=2", "0 to 1"),
        ("late=1", "there is no 'late'"),
        ("slow=-1", "0 to"),
    ],
)
def test_a_mistake_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse(text, 1)


def test_so_many_fail_and_the_same_ones_every_time() -> None:
    how = Reluctance(fail=0.1, ignore=0.05, seed=3)
    orders = [f"c{number}" for number in range(2000)]
    failed = [order for order in orders if how.fails("w-1", order)]
    ignored = [order for order in orders if how.ignores("w-1", order)]
    assert 150 < len(failed) < 250
    assert 60 < len(ignored) < 140
    assert failed == [order for order in orders if how.fails("w-1", order)]
    assert failed != ignored
