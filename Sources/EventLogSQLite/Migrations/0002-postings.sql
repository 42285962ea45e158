-- Event log, format 2: an append writes the event and its two unique indexes, and the index by type, category and tag block by block.

PRAGMA user_version = 2;

DROP VIEW log;
DROP TRIGGER events_follow_each_other;
DROP TRIGGER events_are_never_changed;
DROP TRIGGER events_are_never_deleted;
DROP TRIGGER streams_follow_each_other;
DROP TRIGGER types_follow_each_other;
DROP TRIGGER categories_follow_each_other;
DROP TRIGGER tags_follow_each_other;
DROP TABLE event_tags;

ALTER TABLE events RENAME TO events_of_format_1;

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
    data ANY,                           -- NULL, like the salt, once erased
    UNIQUE (stream, version),
    UNIQUE (id)
) STRICT;

INSERT INTO events
SELECT
    position, stream, version, type, schema_version, id, recorded_at, occurred_at, tags, metadata, encoding, commitment, digest, salt, data
FROM events_of_format_1 ORDER BY position;

DROP TABLE events_of_format_1;

-- Which events of a block have a type, a category or a tag. A block is 1,024 positions, the first 1…1024, and is indexed by the
-- transaction that completes it. The events after the last complete block are few enough to be looked through.
CREATE TABLE postings (
    kind INTEGER NOT NULL,              -- 1: `number` is a type's, 2: a category's, 3: a tag's
    number INTEGER NOT NULL,
    block INTEGER NOT NULL,             -- (position - 1) / 1024
    offsets BLOB NOT NULL,              -- ascending, two bytes each, big-endian: (position - 1) % 1024
    PRIMARY KEY (kind, number, block)
) STRICT, WITHOUT ROWID;

-- What is written stays written. Also for INSERT OR REPLACE, which deletes without asking a DELETE trigger.
-- Triggers of inserts FAIL instead of ABORT: nothing is changed before them, and SQLite need not be ready to undo.

CREATE TRIGGER events_are_only_appended BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE position >= NEW.position)
    OR EXISTS (SELECT 1 FROM events WHERE stream = NEW.stream AND version >= NEW.version)
    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(FAIL, 'an event takes a position and a version after all others, and an id of its own'); END;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
WHEN NOT (NEW.data IS NULL AND NEW.salt IS NULL
    AND NEW.position = OLD.position AND NEW.stream = OLD.stream AND NEW.version = OLD.version
    AND NEW.type = OLD.type AND NEW.schema_version = OLD.schema_version AND NEW.id = OLD.id AND NEW.recorded_at = OLD.recorded_at
    AND NEW.occurred_at = OLD.occurred_at AND NEW.tags = OLD.tags AND NEW.metadata = OLD.metadata AND NEW.encoding = OLD.encoding
    AND NEW.commitment = OLD.commitment AND NEW.digest = OLD.digest)
BEGIN SELECT RAISE(ABORT, 'an event is never changed, but for data and salt to NULL together'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

CREATE TRIGGER streams_are_only_added BEFORE INSERT ON streams
WHEN EXISTS (SELECT 1 FROM streams WHERE number >= NEW.number) OR EXISTS (SELECT 1 FROM streams WHERE name = NEW.name)
BEGIN SELECT RAISE(FAIL, 'a stream takes the next number and a name of its own'); END;

CREATE TRIGGER types_are_only_added BEFORE INSERT ON types
WHEN EXISTS (SELECT 1 FROM types WHERE number >= NEW.number) OR EXISTS (SELECT 1 FROM types WHERE name = NEW.name)
BEGIN SELECT RAISE(FAIL, 'a type takes the next number and a name of its own'); END;

CREATE TRIGGER categories_are_only_added BEFORE INSERT ON categories
WHEN EXISTS (SELECT 1 FROM categories WHERE number >= NEW.number) OR EXISTS (SELECT 1 FROM categories WHERE name = NEW.name)
BEGIN SELECT RAISE(FAIL, 'a category takes the next number and a name of its own'); END;

CREATE TRIGGER tags_are_only_added BEFORE INSERT ON tags
WHEN EXISTS (SELECT 1 FROM tags WHERE number >= NEW.number) OR EXISTS (SELECT 1 FROM tags WHERE name = NEW.name)
BEGIN SELECT RAISE(FAIL, 'a tag takes the next number and a name of its own'); END;

CREATE TRIGGER postings_are_only_added BEFORE INSERT ON postings
WHEN EXISTS (SELECT 1 FROM postings WHERE kind = NEW.kind AND number = NEW.number AND block >= NEW.block)
BEGIN SELECT RAISE(FAIL, 'a block is indexed once'); END;
CREATE TRIGGER postings_are_never_changed BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'the index of a block is never changed'); END;
CREATE TRIGGER postings_are_never_deleted BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'the index of a block is never deleted'); END;

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
