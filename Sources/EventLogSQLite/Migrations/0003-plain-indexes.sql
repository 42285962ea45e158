-- Event log, format 3: plain indexes by stream and by id in place of unique ones.

PRAGMA user_version = 3;

DROP VIEW log;
DROP TRIGGER events_are_only_appended;
DROP TRIGGER events_are_never_changed;
DROP TRIGGER events_are_never_deleted;

ALTER TABLE events RENAME TO events_of_format_2;

-- No CHECKs, and no functions in the trigger that every event passes: SQLite would copy each page that an insert touches, to be able to
-- undo it (see Decisions/0004).
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams (number),
    version INTEGER NOT NULL,
    type INTEGER NOT NULL REFERENCES types (number),
    schema_version INTEGER NOT NULL,
    id BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    tags TEXT NOT NULL,                 -- a JSON array of strings, as they were sent
    metadata TEXT NOT NULL,
    encoding INTEGER NOT NULL,          -- of `data`: 0 is JSON text
    commitment BLOB NOT NULL,           -- SHA-256(salt ‖ data)
    digest BLOB NOT NULL,               -- SHA-256(digest before ‖ the other columns)
    salt BLOB,
    data ANY                            -- NULL, like the salt, once erased
) STRICT;

INSERT INTO events SELECT * FROM events_of_format_2 ORDER BY position;

DROP TABLE events_of_format_2;

-- The writer keeps versions and ids unique. Were the indexes UNIQUE, an INSERT OR REPLACE could delete an event through them, and a
-- trigger that looks for such conflicts costs a third of an insert.
CREATE INDEX events_by_stream ON events (stream, version);
CREATE INDEX events_by_id ON events (id);

-- What is written stays written, also for INSERT OR REPLACE.

CREATE TRIGGER events_are_only_appended BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE position >= NEW.position)
BEGIN SELECT RAISE(FAIL, 'an event takes a position after all others'); END;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
WHEN NOT (NEW.data IS NULL AND NEW.salt IS NULL
    AND NEW.position = OLD.position AND NEW.stream = OLD.stream AND NEW.version = OLD.version
    AND NEW.type = OLD.type AND NEW.schema_version = OLD.schema_version AND NEW.id = OLD.id AND NEW.recorded_at = OLD.recorded_at
    AND NEW.occurred_at = OLD.occurred_at AND NEW.tags = OLD.tags AND NEW.metadata = OLD.metadata AND NEW.encoding = OLD.encoding
    AND NEW.commitment = OLD.commitment AND NEW.digest = OLD.digest)
BEGIN SELECT RAISE(ABORT, 'an event is never changed, but for data and salt to NULL together'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

-- The log as a person reads it: sqlite3 events.sqlite 'SELECT * FROM log'.
CREATE VIEW log AS
SELECT
    position, streams.name AS stream, version, types.name AS type, schema_version,
    strftime('%Y-%m-%dT%H:%M:%S', (recorded_at - (recorded_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', (recorded_at % 1000000 + 1000000) % 1000000) AS recorded_at,
    strftime('%Y-%m-%dT%H:%M:%S', (occurred_at - (occurred_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', (occurred_at % 1000000 + 1000000) % 1000000) AS occurred_at,
    lower(hex(id)) AS id, data, metadata, tags
FROM events JOIN streams ON streams.number = events.stream JOIN types ON types.number = events.type;
