/* cmd_backup.c - a copy of the database while the site runs. */
#include "engine/base/clock.h"
#include "engine/commands.h"
#include "engine/site_database.h"
#include "engine/words.h"
#include "storage/audit.h"
#include "storage/backup.h"

#include <stdio.h>

static const char about[] =
    "Copies the database as it is at this moment to a new folder, while the site runs. Keep apart\n"
    "from it:\n"
    "\n"
    "  the master keys (folder `keys`), copied after the database: without them nothing of it can\n"
    "  be read; and the ledger of deletions (file deletions of the data folder): it is never put\n"
    "  back, since it says what must be deleted again\n"
    "\n"
    "Print orders that nobody has taken yet lie in the data folder (print/): copy them too.\n"
    "\n"
    "To put one back: stop the site, take skjema.db, skjema.db-wal and skjema.db-shm away, put "
    "the\n"
    "copy's skjema.db in their place, start. The site sees that it is a copy: letters that waited\n"
    "are asked about before anything is sent, and what was deleted since is deleted again.\n"
    "First: skjema restore-check FOLDER\n"
    "\n"
    "Example: skjema backup /backup/today --data /var/lib/skjema\n"
    "\n"
    "Ends with 0 when the copy is on disk, 1 when not, 2 when these words are wrong.\n";

static bool make(struct arena *arena, const struct config *config, const char *folder,
                 struct error *err)
{
    CLEANUP(site_database_close) struct site_database database = {0};
    return site_database_open(arena, config->data, NULL, &database, err) &&
           backup_make(database.db, folder, err);
}

int cmd_backup(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    const struct words_command command = {"backup", "FOLDER [--data DIR]", about, NULL, 0};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, &config, rest, &rest_count))
        return 2;
    if (rest_count != 1) {
        fprintf(stderr, "skjema backup: say one folder to put it in. See: skjema backup --help\n");
        return 2;
    }
    struct error err = {0};
    if (make(arena, &config, rest[0], &err)) {
        printf("%s/skjema.db is the database as of %s\n", rest[0],
               clock_iso_utc(arena, clock_now()));
        printf("now copy the master keys, to another place than this\n");
        return 0;
    }
    fprintf(stderr, "skjema backup: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
    return 1;
}
