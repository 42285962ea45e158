// libsqlite3 with every failure the end, and the schema as the engine made it.

#include "limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void check(sqlite3 *database, int code) {
    if (code != SQLITE_OK) fail("%s", sqlite3_errmsg(database));
}

sqlite3 *open_database(const char *path, int access) {
    sqlite3 *database = NULL;
    int code = sqlite3_open_v2(path, &database, access | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) fail("%s: %s", path, database ? sqlite3_errmsg(database) : sqlite3_errstr(code));
    return database;
}

void execute(sqlite3 *database, const char *sql) { check(database, sqlite3_exec(database, sql, NULL, NULL, NULL)); }

sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK) fail("%s: %s", sql, sqlite3_errmsg(database));
    return statement;
}

bool step(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) fail("%s", sqlite3_errmsg(sqlite3_db_handle(statement)));
    return code == SQLITE_ROW;
}

void run(sqlite3_stmt *statement) {
    step(statement);
    sqlite3_reset(statement);
}

static int64_t integer(sqlite3 *database, const char *sql) {
    sqlite3_stmt *statement = prepare(database, sql);
    int64_t value = step(statement) ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return value;
}

void set_pragmas(sqlite3 *database, const struct options *options) {
    for (int i = 0; i < options->pragma_count; i++) {
        char sql[256];
        snprintf(sql, sizeof sql, "PRAGMA %s", options->pragmas[i]);
        execute(database, sql);
    }
}

sqlite3 *make_database(const struct options *options) {
    if (!options->template) fail("--template is missing");
    sqlite3 *template = open_database(options->template, SQLITE_OPEN_READONLY);
    sqlite3 *database = open_database(options->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (integer(database, "SELECT count(*) FROM sqlite_schema") != 0) fail("%s is not empty", options->database);
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA page_size = %" PRId64, integer(template, "PRAGMA page_size"));
    execute(database, sql);
    execute(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    set_pragmas(database, options);
    sqlite3_stmt *schema = prepare(
        template,
        "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid");
    while (step(schema)) execute(database, (const char *)sqlite3_column_text(schema, 0));
    sqlite3_finalize(schema);
    sqlite3_close(template);
    bool is_full = integer(database, "PRAGMA synchronous") == 2;
    bool is_wal = integer(database, "SELECT journal_mode = 'wal' FROM pragma_journal_mode") == 1;
    if (!is_full || !is_wal) fail("%s is not flushed at each commit", options->database);
    return database;
}
