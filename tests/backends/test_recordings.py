"""Recordings on the disk: bounded, private, and not to be reached by other names."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from gateway.backends.recordings import RecordingFiles
from gateway.core.errors import NotFound, StoreError
from gateway.core.sound import Pcm, to_wav

WAV = to_wav(Pcm(16_000, array("h", [7] * 32_000)))


def test_a_recording_is_read_back_as_it_was(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path / "recordings", 100)
    assert files.all() == []
    files.keep("room-1", 1000, False, WAV)
    (kept,) = files.all()
    assert (kept.id, kept.device, kept.time_ms) == ("room-1.1000", "room-1", 1000)
    assert (kept.seconds, kept.bytes, kept.simulated) == (2.0, len(WAV), False)
    assert files.read(kept.id) == WAV
    files.remove(kept.id)
    assert files.all() == []


def test_buffers_that_came_at_once_are_all_kept(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path, 100)
    for _ in range(3):
        files.keep("room-1", 1000, False, WAV)
    assert [one.time_ms for one in files.all()] == [1002, 1001, 1000]


def test_only_the_gateways_user_can_read_them(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path / "recordings", 100)
    files.keep("room-1", 1000, False, WAV)
    assert (tmp_path / "recordings").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "recordings/room-1.1000.wav").stat().st_mode & 0o777 == 0o600


def test_the_oldest_make_room(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path, 1)
    for number in range(20):
        files.keep(f"room-{number % 2}", 2000 * number, False, WAV)
    kept = files.all()
    assert [one.time_ms for one in kept] == [2000 * number for number in range(19, 4, -1)]
    assert sum(one.bytes for one in kept) <= 1_000_000


def test_they_are_found_after_a_restart(tmp_path: Path) -> None:
    RecordingFiles(tmp_path, 1).keep("room-1", 1000, True, WAV)
    assert [(one.id, one.simulated) for one in RecordingFiles(tmp_path, 1).all()] == [("room-1.1000.sim", True)]


@pytest.mark.parametrize("name", ["room-1.2000", "../secret", "room-1.1000/../room-1.1000", "", "room-1", "a\0b"])
def test_what_is_no_recording_is_not_found(tmp_path: Path, name: str) -> None:
    files = RecordingFiles(tmp_path / "recordings", 1)
    files.keep("room-1", 1000, False, WAV)
    (tmp_path / "secret.wav").write_bytes(b"secret")
    with pytest.raises(NotFound):
        files.read(name)
    with pytest.raises(NotFound):
        files.remove(name)


def test_what_others_put_into_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_bytes(b"mine")
    files = RecordingFiles(tmp_path, 1)
    files.keep("room-1", 1000, False, WAV)
    files.erase("room-1")
    assert files.all() == []
    assert (tmp_path / "notes.wav").exists()


def test_a_devices_recordings_are_erased_and_no_others(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path, 1)
    files.keep("room-1", 1000, False, WAV)
    files.keep("room-12", 1000, False, WAV)
    files.erase("room-1")
    assert [one.device for one in files.all()] == ["room-12"]


def test_a_disk_that_fails_is_said_in_the_gateways_words(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("no folder")
    with pytest.raises(StoreError, match="recordings"):
        RecordingFiles(tmp_path / "recordings", 1).keep("room-1", 1000, False, WAV)


def test_a_damaged_file_is_listed_without_a_length(tmp_path: Path) -> None:
    (tmp_path / "room-1.1000.wav").write_bytes(b"half")
    assert [one.seconds for one in RecordingFiles(tmp_path, 1).all()] == [0.0]
