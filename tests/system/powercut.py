"""Doing to a data folder what a power cut does to it, short of undoing what was synced."""

from __future__ import annotations

import random
from pathlib import Path


def tear(data: Path, dice: random.Random) -> list[str]:
    """Leave behind what an interrupted write leaves behind; what was done, in words.

    Nothing that was synced is touched: garbage follows the last whole frame of a write-ahead log, temporary files of
    documents lie around unfinished.
    """
    done: list[str] = []
    for log in sorted(data.rglob("*-wal")):
        choice = dice.randrange(4)
        if choice == 0:
            with log.open("ab") as file:
                file.write(dice.randbytes(dice.randrange(1, 9000)))
            done.append(f"garbage after {log.name}")
        elif choice == 1 and log.stat().st_size > 32:
            with log.open("r+b") as file:
                frame = file.read()[32:4152]
                file.seek(0, 2)
                file.write(frame[: dice.randrange(1, len(frame) + 1)] if frame else b"\0")
            done.append(f"a repeated torn frame after {log.name}")
    for index in file_of(data, "-shm"):
        if dice.random() < 0.3:
            index.write_bytes(dice.randbytes(index.stat().st_size))
            done.append(f"{index.name} garbled")
    for document in sorted(data.rglob("*.json")):
        if dice.random() < 0.3:
            whole = document.read_bytes()
            torn = document.with_name(f".{document.name}.new")
            torn.write_bytes(whole[: dice.randrange(len(whole) + 1)])
            done.append(f"unfinished {torn.name}")
    return done


def file_of(data: Path, ending: str) -> list[Path]:
    """Files below `data` whose name ends so."""
    return sorted(path for path in data.rglob("*") if path.is_file() and path.name.endswith(ending))
