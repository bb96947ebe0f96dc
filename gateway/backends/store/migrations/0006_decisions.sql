-- Every decision about a window with what it rests on. `moment`, `missing`, `cuts` and `shadow` are JSON; `outcome` is
-- one of decisions.OUTCOMES.
CREATE TABLE decisions (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    device      TEXT NOT NULL,
    time_ms     INTEGER NOT NULL,
    cause       TEXT NOT NULL,
    moment      BLOB NOT NULL,
    missing     BLOB NOT NULL,
    position    INTEGER NOT NULL,
    raw_pct     REAL NOT NULL,
    confidence  REAL NOT NULL,
    model       TEXT NOT NULL,
    lessons     TEXT NOT NULL,
    cuts        BLOB NOT NULL,
    why         TEXT NOT NULL,
    outcome     INTEGER NOT NULL,
    detail      TEXT NOT NULL,
    shadow      BLOB NOT NULL,
    correlation TEXT NOT NULL,
    runtime     TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_of_device ON decisions (device, number);
CREATE INDEX decisions_caused ON decisions (correlation) WHERE correlation <> '';

-- What people wanted of a window instead, and so what was learnt. `moment` is JSON, empty when nothing can be learnt.
CREATE TABLE overrides (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    device      TEXT NOT NULL,
    time_ms     INTEGER NOT NULL,
    until_ms    INTEGER NOT NULL,
    position    REAL NOT NULL,
    who         TEXT NOT NULL,
    source      TEXT NOT NULL,
    moment      BLOB NOT NULL,
    learnt      TEXT NOT NULL,
    revoked_ms  INTEGER,
    ended_ms    INTEGER,
    correlation TEXT NOT NULL
) STRICT;
CREATE INDEX overrides_of_device ON overrides (device, number);
