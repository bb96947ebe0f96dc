-- What people should know. `body` is MessagePack of alert.Alert; `kind` is one of alert.KINDS, `level` one of
-- alert.LEVELS. While `over_ms` is null it goes on, or something of it is still to be told.
CREATE TABLE alerts (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    key         TEXT NOT NULL,
    kind        INTEGER NOT NULL,
    level       INTEGER NOT NULL,
    opened_ms   INTEGER NOT NULL,
    body        BLOB NOT NULL,
    over_ms     INTEGER,
    correlation TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_open ON alerts (opened_ms) WHERE over_ms IS NULL;
CREATE INDEX alerts_of_key ON alerts (key, opened_ms);
CREATE INDEX alerts_by_time ON alerts (opened_ms);
CREATE INDEX alerts_caused ON alerts (correlation) WHERE correlation <> '';

-- What people are told, in the order in which it was said. `body` is MessagePack of delivery.Parcel; `state` is one of
-- delivery.DELIVERY_STATES: from 3 on it is an end, and nothing follows an end.
CREATE TABLE deliveries (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    lane        TEXT NOT NULL,
    alert       TEXT NOT NULL,
    part        TEXT NOT NULL,
    body        BLOB NOT NULL,
    made_ms     INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    tried       INTEGER NOT NULL,
    repeated    INTEGER NOT NULL,
    ref         TEXT NOT NULL,
    detail      TEXT NOT NULL,
    ended_ms    INTEGER
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (number) WHERE state < 3;
CREATE INDEX deliveries_of_lane ON deliveries (lane, number);
CREATE INDEX deliveries_of_alert ON deliveries (alert, number);

-- Something small under a name, such as the last update of a bot that was handled.
CREATE TABLE marks (
    name    TEXT PRIMARY KEY,
    value   BLOB NOT NULL,
    time_ms INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- What the assistant was asked and answered, without secrets.
CREATE TABLE said (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    time_ms  INTEGER NOT NULL,
    who      TEXT NOT NULL,
    way      TEXT NOT NULL,
    text     BLOB NOT NULL,
    reply    BLOB NOT NULL,
    provider TEXT NOT NULL,
    tokens   INTEGER NOT NULL
) STRICT;
CREATE INDEX said_by_time ON said (time_ms);
