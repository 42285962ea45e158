-- Event log, format 1. Times are microseconds since 1970-01-01T00:00:00Z; positions, versions and numbers begin at 1 and have no gaps.
-- `application_id` is "HIND"; `user_version` is the format.

PRAGMA application_id = 0x48494E44;
PRAGMA user_version = 1;

-- Names get numbers in the order of their first use: streams that are busy together lie together in every index.
CREATE TABLE categories (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE streams (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE types (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE tags (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams (number),
    version INTEGER NOT NULL,
    category INTEGER NOT NULL REFERENCES categories (number), -- of the stream's name, for its index
    type INTEGER NOT NULL REFERENCES types (number),
    schema_version INTEGER NOT NULL,
    id BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    tags TEXT NOT NULL,                 -- a JSON array of strings, as they were sent; `event_tags` is its index
    metadata TEXT NOT NULL,
    encoding INTEGER NOT NULL,          -- of `data`: 0 is JSON text
    commitment BLOB NOT NULL,           -- SHA-256(salt ‖ data)
    digest BLOB NOT NULL,               -- SHA-256(digest before ‖ the other columns)
    salt BLOB,
    data ANY,                           -- NULL, like the salt, once erased
    UNIQUE (stream, version),
    UNIQUE (id),
    CHECK (length(id) = 16 AND length(commitment) = 32 AND length(digest) = 32 AND schema_version >= 1),
    CHECK ((data IS NULL) = (salt IS NULL)),
    CHECK (encoding <> 0 OR data IS NULL OR typeof(data) = 'text')
) STRICT;

-- Both end with the position, as every index does: a filter walks them in the order of the log.
CREATE INDEX events_by_category ON events (category);
CREATE INDEX events_by_type ON events (type);

CREATE TABLE event_tags (
    tag INTEGER NOT NULL REFERENCES tags (number),
    position INTEGER NOT NULL REFERENCES events (position),
    PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

-- Who may work on what; beside the log and outside its chain. A row stays when the lease is given back: its epoch never falls.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT,                        -- NULL: nobody
    epoch INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is written stays written. Also for INSERT OR REPLACE, which deletes without asking a DELETE trigger.
-- The two triggers that every event passes FAIL instead of ABORT: nothing is changed before them, and SQLite need not be ready to undo.

CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
WHEN NEW.position <> (SELECT ifnull(max(position), 0) + 1 FROM events)
    OR NEW.version <> (SELECT ifnull(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(FAIL, 'an event takes the next position, the next version of its stream, and an id of its own'); END;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
WHEN NOT (NEW.data IS NULL AND NEW.salt IS NULL
    AND NEW.position = OLD.position AND NEW.stream = OLD.stream AND NEW.version = OLD.version AND NEW.category = OLD.category
    AND NEW.type = OLD.type AND NEW.schema_version = OLD.schema_version AND NEW.id = OLD.id AND NEW.recorded_at = OLD.recorded_at
    AND NEW.occurred_at = OLD.occurred_at AND NEW.tags = OLD.tags AND NEW.metadata = OLD.metadata AND NEW.encoding = OLD.encoding
    AND NEW.commitment = OLD.commitment AND NEW.digest = OLD.digest)
BEGIN SELECT RAISE(ABORT, 'an event is never changed, but for data and salt to NULL together'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

CREATE TRIGGER categories_follow_each_other BEFORE INSERT ON categories
WHEN NEW.number <> (SELECT ifnull(max(number), 0) + 1 FROM categories) OR EXISTS (SELECT 1 FROM categories WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'a category takes the next number and a name of its own'); END;
CREATE TRIGGER categories_are_never_changed BEFORE UPDATE ON categories BEGIN SELECT RAISE(ABORT, 'a category is never changed'); END;
CREATE TRIGGER categories_are_never_deleted BEFORE DELETE ON categories BEGIN SELECT RAISE(ABORT, 'a category is never deleted'); END;

CREATE TRIGGER streams_follow_each_other BEFORE INSERT ON streams
WHEN NEW.number <> (SELECT ifnull(max(number), 0) + 1 FROM streams) OR EXISTS (SELECT 1 FROM streams WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'a stream takes the next number and a name of its own'); END;
CREATE TRIGGER streams_are_never_changed BEFORE UPDATE ON streams BEGIN SELECT RAISE(ABORT, 'a stream is never changed'); END;
CREATE TRIGGER streams_are_never_deleted BEFORE DELETE ON streams BEGIN SELECT RAISE(ABORT, 'a stream is never deleted'); END;

CREATE TRIGGER types_follow_each_other BEFORE INSERT ON types
WHEN NEW.number <> (SELECT ifnull(max(number), 0) + 1 FROM types) OR EXISTS (SELECT 1 FROM types WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'a type takes the next number and a name of its own'); END;
CREATE TRIGGER types_are_never_changed BEFORE UPDATE ON types BEGIN SELECT RAISE(ABORT, 'a type is never changed'); END;
CREATE TRIGGER types_are_never_deleted BEFORE DELETE ON types BEGIN SELECT RAISE(ABORT, 'a type is never deleted'); END;

CREATE TRIGGER tags_follow_each_other BEFORE INSERT ON tags
WHEN NEW.number <> (SELECT ifnull(max(number), 0) + 1 FROM tags) OR EXISTS (SELECT 1 FROM tags WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'a tag takes the next number and a name of its own'); END;
CREATE TRIGGER tags_are_never_changed BEFORE UPDATE ON tags BEGIN SELECT RAISE(ABORT, 'a tag is never changed'); END;
CREATE TRIGGER tags_are_never_deleted BEFORE DELETE ON tags BEGIN SELECT RAISE(ABORT, 'a tag is never deleted'); END;

CREATE TRIGGER event_tags_are_never_replaced BEFORE INSERT ON event_tags
WHEN EXISTS (SELECT 1 FROM event_tags WHERE tag = NEW.tag AND position = NEW.position)
BEGIN SELECT RAISE(FAIL, 'an event has each tag once in the index'); END;
CREATE TRIGGER event_tags_are_never_changed BEFORE UPDATE ON event_tags BEGIN SELECT RAISE(ABORT, 'a tag of an event is never changed'); END;
CREATE TRIGGER event_tags_are_never_deleted BEFORE DELETE ON event_tags BEGIN SELECT RAISE(ABORT, 'a tag of an event is never deleted'); END;

CREATE TRIGGER leases_are_never_deleted BEFORE DELETE ON leases
BEGIN SELECT RAISE(ABORT, 'a lease is given back, never deleted'); END;
CREATE TRIGGER leases_never_go_back BEFORE UPDATE ON leases WHEN NEW.epoch < OLD.epoch
BEGIN SELECT RAISE(ABORT, 'the epoch of a lease never falls'); END;

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
