// The end of a measurement: its line of JSON, or a message.

#include "limit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("sqlite-limit: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void print_sample(int64_t events, double seconds) {
    printf("{\"events\":%" PRId64 ",\"seconds\":%.9f}\n", events, seconds);
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void print_sample_with_latency(int64_t events, double seconds, double *calls, int64_t count) {
    qsort(calls, (size_t)count, sizeof *calls, by_size);
    printf(
        "{\"events\":%" PRId64 ",\"seconds\":%.9f,\"latency\":{\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f}}\n", events, seconds,
        calls[(count - 1) / 2] * 1e6, calls[(count - 1) * 99 / 100] * 1e6, calls[(count - 1) * 999 / 1000] * 1e6);
}
