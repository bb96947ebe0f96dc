-- Readings: one row per message, so that a commit touches one page per node.
-- `vals` are little-endian float64 in the order of the shape's names; `at` is UTC when flags & 1, else uptime.
CREATE TABLE boots (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    device   TEXT NOT NULL,
    boot     TEXT NOT NULL,
    epoch_ms INTEGER,
    UNIQUE (device, boot)
) STRICT;

CREATE TABLE shapes (
    id      INTEGER PRIMARY KEY,
    metrics TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE readings (
    boot  INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    shape INTEGER NOT NULL,
    vals  BLOB NOT NULL,
    PRIMARY KEY (boot, seq)
) WITHOUT ROWID, STRICT;

-- Where in time the rows of a block (seq >> 10) lie, so that a day is found without reading a year.
CREATE TABLE spans (
    boot      INTEGER NOT NULL,
    block     INTEGER NOT NULL,
    low_utc   INTEGER,
    high_utc  INTEGER,
    low_up    INTEGER,
    high_up   INTEGER,
    PRIMARY KEY (boot, block)
) WITHOUT ROWID, STRICT;

-- Boots of deleted devices whose rows are still being removed, a little at a time.
CREATE TABLE erased (
    boot INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE retained (
    topic   TEXT PRIMARY KEY NOT NULL,
    payload BLOB NOT NULL,
    qos     INTEGER NOT NULL
) STRICT;

-- `high` is not below any serial that has left the queue.
CREATE TABLE sessions (
    id     INTEGER PRIMARY KEY,
    client TEXT NOT NULL UNIQUE,
    user   TEXT NOT NULL,
    high   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE subscriptions (
    session INTEGER NOT NULL,
    filter  TEXT NOT NULL,
    qos     INTEGER NOT NULL,
    PRIMARY KEY (session, filter)
) WITHOUT ROWID, STRICT;

-- id = session << 40 | serial: one integer, so that many acknowledgements are one statement.
CREATE TABLE queue (
    id       INTEGER PRIMARY KEY,
    qos      INTEGER NOT NULL,
    retain   INTEGER NOT NULL,
    released INTEGER NOT NULL,
    topic    TEXT NOT NULL,
    payload  BLOB NOT NULL
) STRICT;

-- id = session << 16 | packet id
CREATE TABLE received (
    id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE quarantine (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    device  TEXT NOT NULL,
    topic   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    who         TEXT NOT NULL,
    detail      TEXT NOT NULL,
    correlation TEXT NOT NULL
) STRICT;

-- Written to find out whether the disk takes writes again.
CREATE TABLE probe (
    id    INTEGER PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
