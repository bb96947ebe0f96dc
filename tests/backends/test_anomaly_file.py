"""What was learnt is kept whole, readable by nobody else, and lost loudly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.backends.anomaly_file import AnomalyFile
from gateway.core.ports.insight import KeptAnomalies, KeptDevice, KeptMachine, KeptSeries

_KEPT = KeptAnomalies(
    saved_ms=1_790_000_000_000,
    devices={"node-1": KeptDevice("02:aa", {"temperature": KeptSeries(5, b"\x00\xff")})},
    machines={"pump": KeptMachine("b1", 7, b"follower")},
)


def test_what_was_learnt_is_read_back_and_readable_by_nobody_else(tmp_path: Path) -> None:
    file = AnomalyFile(tmp_path / "anomaly.state")
    assert file.load() == KeptAnomalies()
    assert file.save(KeptAnomalies(saved_ms=1)) > 0
    assert file.save(_KEPT) == (tmp_path / "anomaly.state").stat().st_size
    assert file.load() == _KEPT
    assert (tmp_path / "anomaly.state").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["anomaly.state"]


@pytest.mark.parametrize("size", [0, 1, 20, -1])
def test_of_a_torn_file_all_is_learnt_anew_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, size: int
) -> None:
    path = tmp_path / "anomaly.state"
    file = AnomalyFile(path)
    file.save(_KEPT)
    path.write_bytes(path.read_bytes()[:size])
    assert file.load() == KeptAnomalies()
    assert "is unreadable, what is usual is learnt anew" in caplog.text
    file.save(_KEPT)
    assert file.load() == _KEPT


@pytest.mark.parametrize("content", [b"\xff" * 40, b"\x90", b"\xa3\xff\xfe\xfd", b"\x81\xa7devices\x01"])
def test_what_no_version_has_written_is_no_reason_to_stop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    path = tmp_path / "anomaly.state"
    path.write_bytes(content)
    assert AnomalyFile(path).load() == KeptAnomalies()
    assert "learnt anew" in caplog.text


def test_a_disk_that_takes_nothing_raises_and_leaves_what_was_there(tmp_path: Path) -> None:
    file = AnomalyFile(tmp_path / "gone" / "anomaly.state")
    with pytest.raises(OSError, match="gone"):
        file.save(_KEPT)
    assert file.load() == KeptAnomalies()
