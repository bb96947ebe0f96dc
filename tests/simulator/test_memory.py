from pathlib import Path

import pytest

from gateway.core.commands import REMEMBERED
from gateway.core.errors import ConfigError
from gateway.simulator.memory import Applied, ConfigurationFile, NodeMemory, OrderBook
from gateway.simulator.orders import Ack


def test_the_latest_64_orders_are_remembered(tmp_path: Path) -> None:
    book = OrderBook(tmp_path / "n.orders")
    for number in range(REMEMBERED + 6):
        book.note(Ack(f"c{number}", "done", "well"))
    for known in (book, OrderBook(tmp_path / "n.orders")):
        assert known.answer("c5") is None
        assert known.answer("c6") == Ack("c6", "done", "well")
        assert known.answer(f"c{REMEMBERED + 5}") is not None


def test_the_last_answer_counts(tmp_path: Path) -> None:
    book = OrderBook(tmp_path / "n.orders")
    book.note(Ack("c1", "accepted"))
    assert book.answer("c1") == Ack("c1", "accepted")
    book.note(Ack("c1", "failed", "no"))
    assert OrderBook(tmp_path / "n.orders").answer("c1") == Ack("c1", "failed", "no")


def test_what_was_accepted_before_a_restart_has_failed(tmp_path: Path) -> None:
    OrderBook(tmp_path / "n.orders").note(Ack("c1", "accepted"))
    assert OrderBook(tmp_path / "n.orders").answer("c1") == Ack("c1", "failed", "interrupted by a restart")


def test_a_configuration_is_of_one_device(tmp_path: Path) -> None:
    file = ConfigurationFile(tmp_path / "n.shadow")
    assert file.load("w-1") == Applied("w-1")
    file.keep(Applied("w-1", 7, {"interval_s": 2}))
    again = ConfigurationFile(tmp_path / "n.shadow")
    assert again.load("w-1") == Applied("w-1", 7, {"interval_s": 2})
    assert again.load("w-2") == Applied("w-2")


def test_each_node_has_files_of_its_own_that_nobody_else_reads(tmp_path: Path) -> None:
    memory = NodeMemory(tmp_path / "state", "02:00:00:00:00:01")
    memory.orders.note(Ack("c1", "done"))
    memory.configuration.keep(Applied("w-1", 1))
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == [
        "020000000001.orders",
        "020000000001.shadow",
    ]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()} == {0o600}
    assert NodeMemory(tmp_path / "state", "02:00:00:00:00:02").orders.answer("c1") is None


def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "020000000001.orders").write_text("{")
    with pytest.raises(ConfigError, match=r"020000000001\.orders is not readable"):
        NodeMemory(tmp_path, "02:00:00:00:00:01")
