#include <sqlite3.h>

// Swift calls no variadic functions.
static inline int hindsight_sqlite3_disable_triggers(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
}

static inline int hindsight_sqlite3_set_checkpoint_on_close(sqlite3 *database, int is_made) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !is_made, (int *)0);
}
