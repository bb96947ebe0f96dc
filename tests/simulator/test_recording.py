import struct
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.simulator.recording import BadRow, Row, read_rows

APRIL = 1_396_310_400_000  # 2014-04-01 00:00 UTC


def read(folder: Path, text: str, metric: str = "value") -> list[Row | BadRow]:
    path = folder / "recording.csv"
    path.write_text(text)
    return list(read_rows(path, metric))


def test_one_value_a_row(tmp_path: Path) -> None:
    rows = read(tmp_path, "timestamp,metric,value\n2014-04-01 00:00:00,flow,1.5\n2014-04-01T00:00:01Z,power,2\n")
    assert rows == [Row(1, 2, APRIL, {"flow": 1.5}), Row(2, 3, APRIL + 1000, {"power": 2.0})]


def test_one_column_a_metric_and_empty_cells_are_left_out(tmp_path: Path) -> None:
    rows = read(tmp_path, "timestamp,flow,power\n2014-04-01 00:00:00,1,\n1396310400500,1e3,-0.0\n")
    assert rows == [Row(1, 2, APRIL, {"flow": 1.0}), Row(2, 3, APRIL + 500, {"flow": 1000.0, "power": -0.0})]


def test_a_row_may_say_whose_value_it_is(tmp_path: Path) -> None:
    text = "timestamp,device,metric,value\n2014-04-01 00:00:00,room-1,humidity,71\n2014-04-01 00:00:00,X,humidity,1\n"
    row, bad = read(tmp_path, text)
    assert row == Row(1, 2, APRIL, {"humidity": 71.0}, "room-1")
    assert isinstance(bad, BadRow)
    assert "'X' cannot be a device" in bad.reason


def test_a_single_value_gets_the_name_it_is_given(tmp_path: Path) -> None:
    text = "timestamp,value\r\n2014-04-01 02:00:00+02:00,20.0\r\n"
    assert read(tmp_path, text, "cpu_load") == [Row(1, 2, APRIL, {"cpu_load": 20.0})]
    assert read(tmp_path, text) == [Row(1, 2, APRIL, {"value": 20.0})]


def test_repeated_timestamps_are_kept_as_rows_of_their_own(tmp_path: Path) -> None:
    rows = read(tmp_path, "timestamp,value\n" + "2014-04-01 00:00:00,1\n2014-04-01 00:00:00,2\n")
    assert rows == [Row(1, 2, APRIL, {"value": 1.0}), Row(2, 3, APRIL, {"value": 2.0})]


def test_values_are_the_bits_of_the_text(tmp_path: Path) -> None:
    texts = ["0.1", "19.761251903999998", "1e-310", "123456789.123456789", "-0.0", "4.9406564584124654e-324"]
    rows = read(tmp_path, "timestamp,value\n" + "".join(f"2014-04-01 00:00:00,{text}\n" for text in texts))
    bits = [struct.pack("<d", row.values["value"]) for row in rows if isinstance(row, Row)]
    assert bits == [struct.pack("<d", float(text)) for text in texts]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2014-04-01 00:00:00,abc", "'abc' is not a number"),
        ("2014-04-01 00:00:00,nan", "'nan' is not a number"),
        ("2014-04-01 00:00:00,inf", "'inf' is not a number"),
        ("yesterday,1", "timestamp 'yesterday' is not an ISO 8601 time"),
        ("1905-01-01 00:00:00,1", "not between the years"),
        ("2014-04-01 00:00:00", "1 columns instead of 2"),
        ("2014-04-01 00:00:00,1,2", "3 columns instead of 2"),
        ("2014-04-01 00:00:00,", "it has no value"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_the_others_keep_their_numbers(
    tmp_path: Path, row: str, reason: str
) -> None:
    first, bad, last = read(tmp_path, f"timestamp,value\n2014-04-01 00:00:00,1\n{row}\n2014-04-01 00:00:00,3\n")
    assert isinstance(bad, BadRow)
    assert bad.line == 3
    assert reason in bad.reason
    assert first == Row(1, 2, APRIL, {"value": 1.0})
    assert last == Row(3, 4, APRIL, {"value": 3.0})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "heading"),
        ("2014-04-01 00:00:00,1\n", "heading"),
        ("time,value\n", "heading"),
        ("timestamp,Flow Rate\n", "'Flow Rate' cannot be a metric"),
        ("timestamp,flow,seq\n", "'seq' cannot be a metric"),
        ("timestamp,flow,unit\n", "'unit' cannot be a metric"),
        ("timestamp,flow,flow\n", "two columns"),
        ("timestamp," + ",".join(f"m{number}" for number in range(65)) + "\n", "65 metrics"),
    ],
)
def test_a_heading_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, text)


def test_a_metric_in_a_row_must_be_one_too(tmp_path: Path) -> None:
    (bad,) = read(tmp_path, "timestamp,metric,value\n2014-04-01 00:00:00,Flow,1\n")
    assert bad == BadRow(2, "'Flow' cannot be a metric")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"timestamp,value\n\xff\xfe,1\n")
    with pytest.raises(ConfigError, match="not a CSV file"):
        list(read_rows(path))
    with pytest.raises(ConfigError, match="No such file"):
        list(read_rows(tmp_path / "none.csv"))
