-- Up to which record the journal has been settled into this database; `salt` is the journal files' own.
CREATE TABLE journal (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    settled INTEGER NOT NULL,
    salt    BLOB NOT NULL
) STRICT;
