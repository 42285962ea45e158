// Writes events as the engine stores them, in batches.

#include "limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 256, EVENTS_PER_STREAM = 20, MOST_COLUMNS = 64 };

struct event {
    int64_t position, stream, version, time;
    uint8_t id[16];
    const char *tags;
    int tag_bytes;
    const struct options *options;
};

static const uint8_t constant_bytes[32] = {0x5a};

static void bind_position(sqlite3_stmt *s, int i, const struct event *e) {
    sqlite3_bind_int64(s, i, e->position);
}

static void bind_stream(sqlite3_stmt *s, int i, const struct event *e) {
    sqlite3_bind_int64(s, i, e->stream);
}

static void bind_version(sqlite3_stmt *s, int i, const struct event *e) {
    sqlite3_bind_int64(s, i, e->version);
}

static void bind_time(sqlite3_stmt *s, int i, const struct event *e) {
    sqlite3_bind_int64(s, i, e->time);
}

static void bind_id(sqlite3_stmt *s, int i, const struct event *e) {
    sqlite3_bind_blob(s, i, e->id, 16, SQLITE_STATIC);
}

static void bind_tags(sqlite3_stmt *s, int i, const struct event *e) {
    sqlite3_bind_text(s, i, e->tags, e->tag_bytes, SQLITE_STATIC);
}

static void bind_data(sqlite3_stmt *s, int i, const struct event *e) {
    sqlite3_bind_text(s, i, e->options->data, -1, SQLITE_STATIC);
}

static void bind_metadata(sqlite3_stmt *s, int i, const struct event *e) {
    sqlite3_bind_text(s, i, e->options->metadata, -1, SQLITE_STATIC);
}

static void bind_one(sqlite3_stmt *s, int i, const struct event *e) {
    (void)e;
    sqlite3_bind_int64(s, i, 1);
}

static void bind_zero(sqlite3_stmt *s, int i, const struct event *e) {
    (void)e;
    sqlite3_bind_int64(s, i, 0);
}

static void bind_hash(sqlite3_stmt *s, int i, const struct event *e) {
    (void)e;
    sqlite3_bind_blob(s, i, constant_bytes, 32, SQLITE_STATIC);
}

static void bind_salt(sqlite3_stmt *s, int i, const struct event *e) {
    (void)e;
    sqlite3_bind_blob(s, i, constant_bytes, 16, SQLITE_STATIC);
}

typedef void (*binding)(sqlite3_stmt *, int, const struct event *);

/// What goes into a column of `events`. All events have one type and one category, as those of the engine's run.
static const struct { const char *column; binding bind; } bindings[] = {
    {"position", bind_position}, {"stream", bind_stream}, {"version", bind_version}, {"category", bind_one}, {"type", bind_one},
    {"schema_version", bind_one}, {"id", bind_id}, {"recorded_at", bind_time}, {"occurred_at", bind_time}, {"tags", bind_tags},
    {"metadata", bind_metadata}, {"encoding", bind_zero}, {"commitment", bind_hash}, {"digest", bind_hash}, {"salt", bind_salt},
    {"data", bind_data},
};

static binding binding_for(const char *column) {
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++)
        if (strcmp(bindings[i].column, column) == 0) return bindings[i].bind;
    fail("column %s of events is unknown: say in bindings what goes into it", column);
    return NULL;
}

/// The INSERT into `events` with a parameter for each column, and in `columns` what each is bound to.
static sqlite3_stmt *prepare_insert(sqlite3 *database, binding columns[MOST_COLUMNS], int *count) {
    char names[2048] = "", marks[MOST_COLUMNS * 3] = "";
    sqlite3_stmt *info = prepare(database, "SELECT name FROM pragma_table_info('events')");
    for (*count = 0; step(info); ++*count) {
        const char *name = (const char *)sqlite3_column_text(info, 0);
        const char *separator = *count ? ", " : "";
        if (*count == MOST_COLUMNS || strlen(names) + strlen(name) + 3 > sizeof names) fail("events has too many columns");
        columns[*count] = binding_for(name);
        strcat(strcat(names, separator), name);
        strcat(strcat(marks, separator), "?");
    }
    sqlite3_finalize(info);
    char sql[4096];
    snprintf(sql, sizeof sql, "INSERT INTO events (%s) VALUES (%s)", names, marks);
    return prepare(database, sql);
}

/// A place in the window of streams that are busy at the same time; when its stream has had all its events, the next one opens here.
struct slot {
    int64_t stream, version;
    /// 0 until the first block with it is complete.
    int64_t tag;
    char tags[TEXT_BYTES];
    int tag_bytes;
    /// Where the events of the present block are collected, once there is one.
    int64_t block;
    int posting;
};

/// Which events of a block have a tag.
struct posting {
    int64_t number, stream;
    int place, bytes;
    char name[TEXT_BYTES];
    uint8_t offsets[2 * BLOCK];
};

/// Scatters numbers over identities that look random, as those of real streams do (the finaliser of SplitMix64).
static uint64_t scattered(uint64_t number) {
    number += 0x9e3779b97f4a7c15;
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
    number = (number ^ number >> 27) * 0x94d049bb133111eb;
    return number ^ number >> 31;
}

struct writer {
    sqlite3 *database;
    sqlite3_stmt *begin, *commit, *event, *stream, *tag, *posting;
    binding columns[MOST_COLUMNS];
    int column_count;
    int64_t streams, tags;
    struct slot slots[WINDOW];
    struct posting postings[BLOCK];
    int posting_count;
};

static struct writer *make_writer(sqlite3 *database) {
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer) fail("no memory");
    writer->database = database;
    writer->begin = prepare(database, "BEGIN IMMEDIATE");
    writer->commit = prepare(database, "COMMIT");
    writer->event = prepare_insert(database, writer->columns, &writer->column_count);
    writer->stream = prepare(database, "INSERT INTO streams (number, name) VALUES (?, ?)");
    writer->tag = prepare(database, "INSERT INTO tags (number, name) VALUES (?, ?)");
    writer->posting = prepare(database, "INSERT INTO postings (kind, number, block, offsets) VALUES (?, ?, ?, ?)");
    execute(database, "INSERT INTO categories (number, name) VALUES (1, 'case')");
    execute(database, "INSERT INTO types (number, name) VALUES (1, 'bench.charge-attempted')");
    return writer;
}

static void insert_name(sqlite3_stmt *statement, int64_t number, const char *name) {
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    run(statement);
}

static void open_stream(struct writer *writer, struct slot *slot) {
    char name[TEXT_BYTES];
    slot->stream = ++writer->streams;
    slot->version = slot->tag = 0;
    slot->block = -1;
    uint64_t identity = scattered((uint64_t)slot->stream);
    snprintf(name, sizeof name, "case-%016" PRIx64, identity);
    insert_name(writer->stream, slot->stream, name);
    slot->tag_bytes = snprintf(slot->tags, sizeof slot->tags, "[\"case:%016" PRIx64 "\"]", identity);
}

// MARK: - The index by type, category and tag: written when a block of positions is complete

enum kind { TYPE = 1, CATEGORY = 2, TAG = 3 };

static void insert_posting(struct writer *writer, enum kind kind, int64_t number, int64_t block, const uint8_t *offsets, int bytes) {
    sqlite3_bind_int64(writer->posting, 1, kind);
    sqlite3_bind_int64(writer->posting, 2, number);
    sqlite3_bind_int64(writer->posting, 3, block);
    sqlite3_bind_blob(writer->posting, 4, offsets, bytes, SQLITE_STATIC);
    run(writer->posting);
}

static int by_number(const void *left, const void *right) {
    int64_t a = (*(struct posting *const *)left)->number, b = (*(struct posting *const *)right)->number;
    return (a > b) - (a < b);
}

static void complete_block(struct writer *writer, int64_t block) {
    uint8_t all[2 * BLOCK];
    struct posting *sorted[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        all[2 * i] = (uint8_t)(i >> 8);
        all[2 * i + 1] = (uint8_t)i;
    }
    // The one type and the one category.
    insert_posting(writer, TYPE, 1, block, all, sizeof all);
    insert_posting(writer, CATEGORY, 1, block, all, sizeof all);
    for (int i = 0; i < writer->posting_count; i++) {
        struct posting *posting = sorted[i] = &writer->postings[i];
        if (posting->number) continue;
        posting->number = ++writer->tags;
        insert_name(writer->tag, posting->number, posting->name);
        struct slot *slot = &writer->slots[posting->place];
        if (slot->stream == posting->stream) slot->tag = posting->number;
    }
    qsort(sorted, (size_t)writer->posting_count, sizeof *sorted, by_number);
    for (int i = 0; i < writer->posting_count; i++)
        insert_posting(writer, TAG, sorted[i]->number, block, sorted[i]->offsets, sorted[i]->bytes);
    writer->posting_count = 0;
}

/// Notes the event at `number` + 1 for the index of its block, and writes that with the block's last event.
static void index_event(struct writer *writer, struct slot *slot, int64_t number) {
    int64_t block = number / BLOCK, offset = number % BLOCK;
    if (slot->block != block) {
        slot->block = block;
        slot->posting = writer->posting_count++;
        struct posting *fresh = &writer->postings[slot->posting];
        fresh->number = slot->tag;
        fresh->stream = slot->stream;
        fresh->place = (int)(slot - writer->slots);
        fresh->bytes = 0;
        // Between [" and "].
        snprintf(fresh->name, sizeof fresh->name, "%.*s", slot->tag_bytes - 4, slot->tags + 2);
    }
    struct posting *posting = &writer->postings[slot->posting];
    posting->offsets[posting->bytes++] = (uint8_t)(offset >> 8);
    posting->offsets[posting->bytes++] = (uint8_t)offset;
    if (offset == BLOCK - 1) complete_block(writer, block);
}

// MARK: - The measurement

/// A time-ordered id: milliseconds, then a counter, so that each is greater than the one before.
static void make_id(uint8_t id[16], int64_t start, int64_t number) {
    uint64_t milliseconds = (uint64_t)(start / 1000 + number / 4096), entropy = scattered((uint64_t)number);
    for (int i = 0; i < 6; i++) id[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
    id[6] = (uint8_t)(0x70 | (number >> 8 & 0x0f));
    id[7] = (uint8_t)number;
    memcpy(id + 8, &entropy, 8);
    id[8] = (uint8_t)(0x80 | (id[8] & 0x3f));
}

/// Which events fill which streams: event n goes to slot n mod 256, and each slot begins at another place of its first stream, so that
/// streams close and open one by one.
static void insert_event(struct writer *writer, const struct options *options, int64_t number, int64_t start) {
    int64_t place = number % WINDOW, turn = number / WINDOW + place * EVENTS_PER_STREAM / WINDOW;
    struct slot *slot = &writer->slots[place];
    if (number < WINDOW || turn % EVENTS_PER_STREAM == 0) open_stream(writer, slot);
    struct event event = {
        .position = number + 1, .stream = slot->stream, .version = ++slot->version, .time = start + number, .tags = slot->tags,
        .tag_bytes = slot->tag_bytes, .options = options};
    make_id(event.id, start, number);
    for (int i = 0; i < writer->column_count; i++) writer->columns[i](writer->event, i + 1, &event);
    run(writer->event);
    index_event(writer, slot, number);
}

void append(const struct options *options) {
    if (!options->events || !options->batch || !options->data || !options->metadata)
        fail("append takes --events, --batch, --data and --metadata");
    struct writer *writer = make_writer(make_database(options));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t start = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    double *calls = calloc((size_t)(options->events / options->batch + 1), sizeof *calls);
    if (!calls) fail("no memory");
    int64_t count = 0;
    // Ids and tags are made while the clock runs, which costs some 20 ns an event.
    double began = seconds_now();
    for (int64_t number = 0; number < options->events; count++) {
        double call_began = seconds_now();
        run(writer->begin);
        for (int64_t i = 0; i < options->batch && number < options->events; i++, number++) insert_event(writer, options, number, start);
        run(writer->commit);
        calls[count] = seconds_now() - call_began;
    }
    print_sample_with_latency(options->events, seconds_now() - began, calls, count);
}
