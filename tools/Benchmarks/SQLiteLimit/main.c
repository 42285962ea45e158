// sqlite-limit: what SQLite and the disk allow, as a plain C loop over libsqlite3.
//
// It writes the columns and indexes of the event log with the log's own durability, and nothing else: no triggers, no digest (digest,
// commitment and salt are constant bytes), no look-up of versions, names or repeated ids. The schema is not repeated here: it is read
// out of an empty log that the engine made, and every column is filled by its name, so a column that this program does not know ends
// it with a message instead of a flattering figure.
//
//   sqlite-limit append --template LOG --database NEW --events N --batch B --data JSON --metadata JSON [--pragma 'name = value']...
//   sqlite-limit scan   --database LOG --passes K [--pragma …]...
//   sqlite-limit tagged --database LOG --tag NAME --passes K [--pragma …]...
//
// Each prints one line of JSON: {"events":N,"seconds":S}, and for appends the latency of a commit.

#include "limit.h"

#include <stdlib.h>
#include <string.h>

static int64_t positive(const char *name, const char *text) {
    char *end = NULL;
    int64_t value = strtoll(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1) fail("%s takes a whole number from 1, not %s", name, text);
    return value;
}

static struct options parse(int count, char **arguments) {
    struct options options = {0};
    for (int i = 0; i < count; i += 2) {
        const char *name = arguments[i];
        if (i + 1 == count) fail("%s takes a value", name);
        const char *value = arguments[i + 1];
        if (strcmp(name, "--template") == 0) options.template = value;
        else if (strcmp(name, "--database") == 0) options.database = value;
        else if (strcmp(name, "--data") == 0) options.data = value;
        else if (strcmp(name, "--metadata") == 0) options.metadata = value;
        else if (strcmp(name, "--tag") == 0) options.tag = value;
        else if (strcmp(name, "--events") == 0) options.events = positive(name, value);
        else if (strcmp(name, "--batch") == 0) options.batch = positive(name, value);
        else if (strcmp(name, "--passes") == 0) options.passes = positive(name, value);
        else if (strcmp(name, "--pragma") == 0 && options.pragma_count < MOST_PRAGMAS) options.pragmas[options.pragma_count++] = value;
        else fail("%s is unknown", name);
    }
    if (!options.database) fail("--database is missing");
    return options;
}

int main(int count, char **arguments) {
    if (count < 2) fail("append, scan or tagged?");
    struct options options = parse(count - 2, arguments + 2);
    if (strcmp(arguments[1], "append") == 0) append(&options);
    else if (strcmp(arguments[1], "scan") == 0) scan(&options);
    else if (strcmp(arguments[1], "tagged") == 0) read_tagged(&options);
    else fail("%s is unknown: append, scan or tagged", arguments[1]);
    return 0;
}
