-- What rules did. `trace` and `acts` are JSON; `mode` is one of rule.MODES, `outcome` one of firing.OUTCOMES.
CREATE TABLE firings (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    rule        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    part        TEXT NOT NULL,
    mode        INTEGER NOT NULL,
    time_ms     INTEGER NOT NULL,
    noted_ms    INTEGER NOT NULL,
    why         TEXT NOT NULL,
    trace       BLOB NOT NULL,
    acts        BLOB NOT NULL,
    outcome     INTEGER NOT NULL,
    depth       INTEGER NOT NULL,
    correlation TEXT NOT NULL,
    simulated   INTEGER NOT NULL
) STRICT;
CREATE INDEX firings_of_rule ON firings (rule, time_ms, part);
CREATE INDEX firings_by_time ON firings (time_ms);
CREATE INDEX firings_caused ON firings (correlation) WHERE correlation <> '';
CREATE INDEX firings_pending ON firings (number) WHERE outcome = 0;

-- What is to be done at a moment. `then_` and `safe` are JSON; `state` is one of timers.TIMER_STATES: 0 is armed, all
-- others are ends, and nothing follows an end.
CREATE TABLE timers (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    rule        TEXT NOT NULL,
    firing      TEXT NOT NULL,
    armed_ms    INTEGER NOT NULL,
    due_ms      INTEGER NOT NULL,
    then_       BLOB NOT NULL,
    safe        BLOB NOT NULL,
    catch_up    TEXT NOT NULL,
    priority    INTEGER NOT NULL,
    actuator    TEXT NOT NULL,
    state       INTEGER NOT NULL,
    ended_ms    INTEGER,
    detail      TEXT NOT NULL,
    shadow      INTEGER NOT NULL,
    correlation TEXT NOT NULL,
    simulated   INTEGER NOT NULL
) STRICT;
CREATE INDEX timers_armed ON timers (due_ms) WHERE state = 0;
CREATE INDEX timers_of_rule ON timers (rule, due_ms);

-- What every rule goes on from after a restart; MessagePack.
CREATE TABLE rule_memory (
    rule    TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    memory  BLOB NOT NULL
) WITHOUT ROWID, STRICT;

-- What rules heard that history cannot tell, in the order in which they heard it.
CREATE TABLE rule_tape (
    id      TEXT PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    place   INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    body    BLOB NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX rule_tape_by_time ON rule_tape (time_ms, place);
