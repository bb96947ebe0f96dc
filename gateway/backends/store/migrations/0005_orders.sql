-- Commands and what became of them; `status` is the highest of their steps (commands.CODES), 0 while there is none.
CREATE TABLE commands (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    device      TEXT NOT NULL,
    verb        TEXT NOT NULL,
    args        BLOB NOT NULL,
    created_ms  INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL,
    who         TEXT NOT NULL,
    correlation TEXT NOT NULL,
    boot        TEXT NOT NULL,
    hardware    TEXT NOT NULL,
    status      INTEGER NOT NULL
) STRICT;
CREATE INDEX commands_of_device ON commands (device, number);
CREATE INDEX commands_open ON commands (number) WHERE status < 4;

-- Everything after a command's first step, which is the command itself. `place` counts them as they happened: a node's
-- word may come after the command expired, and clocks do not tell.
CREATE TABLE command_steps (
    command INTEGER NOT NULL,
    status  INTEGER NOT NULL,
    place   INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    detail  TEXT NOT NULL,
    PRIMARY KEY (command, status)
) WITHOUT ROWID, STRICT;

-- What a device should be, and what it says it is; both JSON.
CREATE TABLE shadows (
    device           TEXT PRIMARY KEY NOT NULL,
    desired_version  INTEGER NOT NULL DEFAULT 0,
    desired          BLOB NOT NULL DEFAULT x'7b7d',
    desired_ms       INTEGER,
    desired_by       TEXT NOT NULL DEFAULT '',
    reported_version INTEGER NOT NULL DEFAULT 0,
    reported         BLOB NOT NULL DEFAULT x'7b7d',
    reported_ms      INTEGER,
    hardware         TEXT NOT NULL DEFAULT ''
) STRICT;

-- The plant, room or machine an event is about.
ALTER TABLE happened ADD COLUMN asset TEXT NOT NULL DEFAULT '';
