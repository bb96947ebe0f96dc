-- One incident at one place each. `nature` is one of insight.NATURES, `signals` is JSON.
CREATE TABLE episodes (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    asset       TEXT NOT NULL,
    device      TEXT NOT NULL,
    metric      TEXT NOT NULL,
    nature      INTEGER NOT NULL,
    opened_ms   INTEGER NOT NULL,
    seen_ms     INTEGER NOT NULL,
    closed_ms   INTEGER,
    score       REAL NOT NULL,
    need        REAL NOT NULL,
    reason      TEXT NOT NULL,
    signals     BLOB NOT NULL,
    model       TEXT NOT NULL,
    correlation TEXT NOT NULL,
    simulated   INTEGER NOT NULL,
    verdict     TEXT NOT NULL,
    judged_by   TEXT NOT NULL,
    judged_ms   INTEGER
) STRICT;
CREATE INDEX episodes_by_time ON episodes (opened_ms);
CREATE INDEX episodes_of_device ON episodes (device, opened_ms);
CREATE INDEX episodes_of_asset ON episodes (asset, opened_ms);
CREATE INDEX episodes_caused ON episodes (correlation) WHERE correlation <> '';
CREATE INDEX episodes_open ON episodes (opened_ms) WHERE closed_ms IS NULL;

-- What machines are like when they run well. `state` is one of insight.BASELINE_STATES, `channels` is JSON; `frozen` is
-- empty until it is frozen and never changes after; `lost`, also JSON, are channels that do not count any more.
CREATE TABLE baselines (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL UNIQUE,
    asset     TEXT NOT NULL,
    state     INTEGER NOT NULL,
    from_ms   INTEGER NOT NULL,
    to_ms     INTEGER NOT NULL,
    who       TEXT NOT NULL,
    asked_ms  INTEGER NOT NULL,
    frozen_ms INTEGER,
    channels  BLOB NOT NULL,
    rows      INTEGER NOT NULL,
    digest    TEXT NOT NULL,
    detail    TEXT NOT NULL,
    frozen    BLOB NOT NULL,
    lost      BLOB NOT NULL
) STRICT;

-- What each indicator of a machine was on each local day; `day` counts from 1970-01-01.
CREATE TABLE health (
    asset  TEXT NOT NULL,
    recipe TEXT NOT NULL,
    day    INTEGER NOT NULL,
    value  REAL NOT NULL,
    PRIMARY KEY (asset, recipe, day)
) WITHOUT ROWID, STRICT;
