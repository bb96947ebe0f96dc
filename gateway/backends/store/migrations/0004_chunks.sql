-- A block of readings in compressed columns (chunks.py), in place of its rows. `last` is its highest sequence number.
CREATE TABLE chunks (
    boot  INTEGER NOT NULL,
    block INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    data  BLOB NOT NULL,
    PRIMARY KEY (boot, block)
) WITHOUT ROWID, STRICT;

-- Whether the block has a chunk, and how many rows it has beside it.
ALTER TABLE spans ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spans ADD COLUMN loose INTEGER NOT NULL DEFAULT 1024;
CREATE INDEX spans_to_pack ON spans (boot, block) WHERE loose > packed * -31 + 31;

-- Days (of UTC, counted from 1970) before `rolled` are in line with their rollups unless they are in `stale`.
-- Readings of days before `raw_from` are only in the rollups; rows found there are late and not yet in them.
CREATE TABLE devices (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL UNIQUE,
    rolled   INTEGER NOT NULL,
    raw_from INTEGER NOT NULL
) STRICT;

-- Figures of a device's day (rollups.py); level 0: by minute, 1: by hour, 2: the whole day.
CREATE TABLE rollups (
    device INTEGER NOT NULL,
    level  INTEGER NOT NULL,
    day    INTEGER NOT NULL,
    data   BLOB NOT NULL,
    PRIMARY KEY (device, level, day)
) WITHOUT ROWID, STRICT;

CREATE TABLE stale (
    device INTEGER NOT NULL,
    day    INTEGER NOT NULL,
    PRIMARY KEY (device, day)
) WITHOUT ROWID, STRICT;
