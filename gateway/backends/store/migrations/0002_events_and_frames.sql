-- What happened to devices and to the gateway itself, with its reason.
CREATE TABLE happened (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    device      TEXT NOT NULL,
    metric      TEXT NOT NULL,
    correlation TEXT NOT NULL,
    simulated   INTEGER NOT NULL
) STRICT;

-- `frame` is not empty while `epoch_ms` is provisional; `drift_ppm` is how much faster time passes than its uptime.
ALTER TABLE boots ADD COLUMN frame TEXT NOT NULL DEFAULT '';
ALTER TABLE boots ADD COLUMN drift_ppm REAL NOT NULL DEFAULT 0;

-- The id by which a message that is not a reading can be followed.
ALTER TABLE quarantine ADD COLUMN correlation TEXT NOT NULL DEFAULT '';
