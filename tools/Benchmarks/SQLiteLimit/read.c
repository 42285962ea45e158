// Reads events by the shortest way.

#include "limit.h"

#include <stdio.h>

/// Touches every column: a number, or the address, the length and the first byte of a text or blob.
static uint64_t touch_row(sqlite3_stmt *statement) {
    uint64_t sum = 0;
    for (int i = 0, columns = sqlite3_column_count(statement); i < columns; i++) {
        switch (sqlite3_column_type(statement, i)) {
        case SQLITE_INTEGER: sum += (uint64_t)sqlite3_column_int64(statement, i); break;
        case SQLITE_TEXT:
        case SQLITE_BLOB: {
            const uint8_t *bytes = sqlite3_column_blob(statement, i);
            int count = sqlite3_column_bytes(statement, i);
            if (count > 0) sum += (uint64_t)count + bytes[0];
            break;
        }
        default: break;
        }
    }
    return sum;
}

/// How many rows there were; what was found in them is added to `sum`, so that the compiler leaves nothing out.
static int64_t touch_rows(sqlite3_stmt *statement, uint64_t *sum) {
    int64_t rows = 0;
    for (; step(statement); rows++) *sum += touch_row(statement);
    sqlite3_reset(statement);
    return rows;
}

static sqlite3 *open_log(const struct options *options) {
    sqlite3 *database = open_database(options->database, SQLITE_OPEN_READONLY);
    set_pragmas(database, options);
    return database;
}

/// Reads once to warm the caches, then `passes` times on the clock.
static void read_and_print(int64_t (*read)(void *statements, uint64_t *sum), void *statements, int64_t passes) {
    if (!passes) fail("reading takes --passes");
    uint64_t sum = 0;
    int64_t rows = 0;
    read(statements, &sum);
    double began = seconds_now();
    for (int64_t i = 0; i < passes; i++) rows += read(statements, &sum);
    double seconds = seconds_now() - began;
    if (rows == 0 || sum == 0) fail("there is nothing to read");
    print_sample(rows, seconds);
}

static int64_t read_everything(void *statement, uint64_t *sum) { return touch_rows(statement, sum); }

void scan(const struct options *options) {
    sqlite3_stmt *statement = prepare(open_log(options), "SELECT * FROM events ORDER BY position");
    read_and_print(read_everything, statement, options->passes);
}

struct tagged {
    sqlite3_stmt *postings, *event, *unindexed;
};

/// The events with a tag: those of complete blocks by the index, those after them by looking at each.
static int64_t read_tagged_events(void *statements, uint64_t *sum) {
    const struct tagged *tagged = statements;
    int64_t rows = 0;
    while (step(tagged->postings)) {
        int64_t first = sqlite3_column_int64(tagged->postings, 0) * BLOCK + 1;
        const uint8_t *offsets = sqlite3_column_blob(tagged->postings, 1);
        int bytes = sqlite3_column_bytes(tagged->postings, 1);
        for (int i = 0; i + 1 < bytes; i += 2) {
            sqlite3_bind_int64(tagged->event, 1, first + (offsets[i] << 8 | offsets[i + 1]));
            rows += touch_rows(tagged->event, sum);
        }
    }
    sqlite3_reset(tagged->postings);
    return rows + touch_rows(tagged->unindexed, sum);
}

void read_tagged(const struct options *options) {
    if (!options->tag) fail("--tag is missing");
    sqlite3 *database = open_log(options);
    char list[TEXT_BYTES], sql[512];
    snprintf(list, sizeof list, "[\"%s\"]", options->tag);
    snprintf(
        sql, sizeof sql,
        "SELECT * FROM events WHERE position > (SELECT max(position) / %d * %d FROM events) AND tags = ? ORDER BY position",
        BLOCK, BLOCK);
    struct tagged tagged = {
        prepare(
            database,
            "SELECT block, offsets FROM postings WHERE kind = 3 AND number = (SELECT number FROM tags WHERE name = ?) ORDER BY block"),
        prepare(database, "SELECT * FROM events WHERE position = ?"), prepare(database, sql)};
    sqlite3_bind_text(tagged.postings, 1, options->tag, -1, SQLITE_STATIC);
    sqlite3_bind_text(tagged.unindexed, 1, list, -1, SQLITE_STATIC);
    read_and_print(read_tagged_events, &tagged, options->passes);
}
