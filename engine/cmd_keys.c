/* cmd_keys.c - master keys: making one, going over to it, and seeing whether all that is kept can
 * be opened. The site may be running meanwhile. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/master_keys.h"
#include "engine/site_database.h"
#include "engine/words.h"
#include "storage/migrate.h"
#include "storage/rotation.h"

#include <stdio.h>
#include <unistd.h>

enum { STEP = 50 };

static const char about[] =
    "Master keys are files of the folder that the setting `keys` names (keys in the data folder\n"
    "unless said). The one made last is the active one; all others are only for what was wrapped\n"
    "under them. Keep a copy of each where the database's backups are not: without its key a\n"
    "backup cannot be read.\n"
    "\n"
    "  create     makes a master key, which is the active one from then on\n"
    "  rotate     wraps all that stands under earlier ones under the active one; may be stopped\n"
    "             anywhere, and begun again\n"
    "  check      tells which there are, how many keys each wraps, and opens every one of those\n"
    "  remove ID  takes away the file of one that wraps nothing\n"
    "\n"
    "Example: skjema keys create --data /var/lib/skjema\n"
    "\n"
    "Ends with 0 when it is done or all is well, 1 when not, 2 when these words are wrong.\n";

struct work {
    struct arena *arena;
    const struct config *config;
    struct keyring *keys;
    struct site_database database; /* NULL: there is no database yet */
};

static bool open_database(struct work *work, struct error *err)
{
    if (!site_database_is_there(work->arena, work->config->data))
        return true;
    return site_database_open(work->arena, work->config->data, work->keys, &work->database, err) &&
           migrate_run(work->database.db, err) && keys_prepare(work->database.db, err);
}

static bool open_work(struct work *work, struct error *err)
{
    return master_keys_open(work->config, &work->keys, err) && open_database(work, err);
}

static void close_work(struct work *work)
{
    site_database_close(&work->database);
    keyring_close(&work->keys);
}

static bool create(struct work *work, const char *id, struct error *err)
{
    (void)id;
    char made[KEYRING_ID_MAX];
    const char *folder = master_keys_folder(work->arena, work->config);
    if (!files_make_folder(work->config->data, err) ||
        !keyring_make(folder, work->config->sandbox, made, err))
        return false;
    printf("made master key %s in %s%s\n", made, folder,
           work->config->sandbox ? ", for the sandbox only" : "");
    printf("keep a copy where the backups of the database are not\n");
    return true;
}

static const char *active_of(struct work *work)
{
    struct keyring_master masters[KEYRING_MAX];
    size_t count = keyring_list(work->keys, masters);
    return arena_text(work->arena, masters[count - 1].id);
}

static bool rotate(struct work *work, const char *id, struct error *err)
{
    (void)id;
    int64_t done = 0;
    if (!open_work(work, err))
        return false;
    for (size_t count = STEP; work->database.db && count == STEP; done += (int64_t)count)
        if (!rotation_step(work->database.db, STEP, &count, err))
            return false;
    printf("%lld keys were wrapped anew; all are under %s\n", (long long)done, active_of(work));
    return true;
}

static bool list(struct work *work, struct error *err)
{
    struct keyring_master masters[KEYRING_MAX];
    size_t count = keyring_list(work->keys, masters);
    for (size_t i = 0; i < count; i++) {
        int64_t keys = 0;
        if (work->database.db && !rotation_wrapped_by(work->database.db, masters[i].id, &keys, err))
            return false;
        printf("%s  made %s  wraps %lld keys%s%s\n", masters[i].id,
               clock_iso_utc(work->arena, masters[i].made_at), (long long)keys,
               masters[i].sandbox ? "  for the sandbox" : "",
               i + 1 == count ? "  active"
               : keys         ? "  rotate"
                              : "  may be removed");
    }
    return true;
}

static bool check(struct work *work, const char *id, struct error *err)
{
    (void)id;
    int64_t opened = 0, failed = 0;
    struct error first = {0};
    if (!open_work(work, err) || !list(work, err) ||
        (work->database.db && !rotation_check(work->database.db, &opened, &failed, &first, err)))
        return false;
    if (failed)
        return error_set(err, ERROR_BROKEN, "%lld of %lld keys do not open; the first: %.160s",
                         (long long)failed, (long long)(opened + failed), first.text);
    printf("all %lld keys open\n", (long long)opened);
    return true;
}

static bool is_known(struct work *work, const char *id)
{
    struct keyring_master masters[KEYRING_MAX];
    size_t count = keyring_list(work->keys, masters);
    for (size_t i = 0; i < count; i++)
        if (text_equal(masters[i].id, id))
            return true;
    return false;
}

/* In a transaction: a site that runs wraps under what the folder holds in a transaction of its own
 * (keys.c), so nothing comes to stand under this key between our look and its end. */
static bool remove_unused(struct work *work, const char *id, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    int64_t keys = 0;
    if (!db_begin(work->database.db, &transaction, err) ||
        !rotation_wrapped_by(work->database.db, id, &keys, err))
        return false;
    if (keys)
        return error_set(err, ERROR_INVALID, "%s still wraps %lld keys: `skjema keys rotate` first",
                         id, (long long)keys);
    const char *path =
        arena_printf(work->arena, "%s/%s.key", master_keys_folder(work->arena, work->config), id);
    return unlink(path) == 0 ||
           error_at(err, ERROR_BROKEN, path, 0, "the file cannot be taken away");
}

static bool take_away(struct work *work, const char *id, struct error *err)
{
    if (!open_work(work, err))
        return false;
    if (!is_known(work, id))
        return error_set(err, ERROR_MISSING, "there is no master key %.40s", id);
    if (text_equal(id, active_of(work)))
        return error_set(err, ERROR_INVALID, "%s is the active one", id);
    if (!work->database.db)
        return error_set(err, ERROR_MISSING,
                         "there is no database to ask whether it is in use: see --data");
    if (!remove_unused(work, id, err))
        return false;
    printf("removed %s; its copies are yours to destroy\n", id);
    return true;
}

static const struct act {
    const char *name;
    size_t words; /* after it */
    bool (*run)(struct work *work, const char *id, struct error *err);
} acts[] = {
    {"create", 0, create},
    {"rotate", 0, rotate},
    {"check", 0, check},
    {"remove", 1, take_away},
};

static const struct act *find_act(const char *const *rest, size_t count)
{
    for (size_t i = 0; i < COUNT(acts) && count; i++)
        if (text_equal(acts[i].name, rest[0]) && count - 1 == acts[i].words)
            return &acts[i];
    return NULL;
}

int cmd_keys(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    const struct words_command command = {"keys", "create | rotate | check | remove ID [settings]",
                                          about, NULL, 0};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, &config, rest, &rest_count))
        return 2;
    const struct act *act = find_act(rest, rest_count);
    if (!act) {
        fprintf(stderr, "skjema keys: say create, rotate, check or remove ID. "
                        "See: skjema keys --help\n");
        return 2;
    }
    CLEANUP(close_work) struct work work = {.arena = arena, .config = &config};
    struct error err = {0};
    if (act->run(&work, rest_count > 1 ? rest[1] : "", &err))
        return 0;
    fprintf(stderr, "skjema keys: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
    return 1;
}
