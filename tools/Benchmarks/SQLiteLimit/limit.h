// What the parts of sqlite-limit share. Every failure is the end of the program, with a message.

#ifndef LIMIT_H
#define LIMIT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/// BLOCK is how many positions the log's index by type, category and tag treats as one.
enum { BLOCK = 1024, MOST_PRAGMAS = 16, TEXT_BYTES = 128 };

struct options {
    const char *template, *database, *data, *metadata, *tag;
    int64_t events, batch, passes;
    const char *pragmas[MOST_PRAGMAS];
    int pragma_count;
};

// What is measured: append.c, read.c.
void append(const struct options *options);
void scan(const struct options *options);
void read_tagged(const struct options *options);

// sample.c
_Noreturn void fail(const char *format, ...);
double seconds_now(void);
void print_sample(int64_t events, double seconds);
/// The same with exact percentiles of the calls, in microseconds; sorts `calls`.
void print_sample_with_latency(int64_t events, double seconds, double *calls, int64_t count);

// database.c
sqlite3 *open_database(const char *path, int access);
/// A new database at `options->database` with the tables and indexes of the template, and without its triggers and views.
sqlite3 *make_database(const struct options *options);
void set_pragmas(sqlite3 *database, const struct options *options);
void execute(sqlite3 *database, const char *sql);
sqlite3_stmt *prepare(sqlite3 *database, const char *sql);
/// Whether there is a row.
bool step(sqlite3_stmt *statement);
/// Runs a statement that gives no rows.
void run(sqlite3_stmt *statement);

#endif
