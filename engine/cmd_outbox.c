/* cmd_outbox.c - what waits to be delivered, what was given up and why, and trying it again. The
 * site may be running meanwhile. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/site_database.h"
#include "engine/words.h"
#include "storage/migrate.h"
#include "storage/outbox_watch.h"

#include <stdio.h>

enum { LIST_MOST = 1000 };

static const char about[] =
    "Deliveries by id, oldest first; nothing about a person. What was given up waits for you: its\n"
    "reason says why. Retrying sends the same letter with the same ids; one that may have arrived\n"
    "is asked about first, so nobody gets a letter twice.\n"
    "\n"
    "  list                    what is stuck: given up, or tried in vain\n"
    "  list underway           all that is still to come\n"
    "  list dead               what was given up\n"
    "  list print              print orders: their files are in print/MESSAGE of the data folder\n"
    "  list different          delivered here, but otherwise at the postbox (looked at each hour)\n"
    "  list all                everything\n"
    "  show ID                 one, with all that is known of it\n"
    "  retry ID                takes one that was given up up again\n"
    "  retry --all-of REASON   all that were given up for that reason, letter for letter\n"
    "\n"
    "Example: skjema outbox list dead --data /var/lib/skjema\n"
    "\n"
    "Ends with 0 when it is done, 1 when not, 2 when these words are wrong.\n";

struct work {
    struct arena *arena;
    const struct config *config;
    struct site_database database;
};

static bool open_work(struct work *work, struct error *err)
{
    return site_database_open(work->arena, work->config->data, NULL, &work->database, err) &&
           migrate_run(work->database.db, err);
}

static void close_work(struct work *work)
{
    site_database_close(&work->database);
}

/* "3 d 04:05:06" */
static const char *span(struct arena *arena, int64_t ms)
{
    long long s = ms / 1000;
    if (s < 86400)
        return arena_printf(arena, "%02lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    return arena_printf(arena, "%lld d %02lld:%02lld:%02lld", s / 86400, s / 3600 % 24, s / 60 % 60,
                        s % 60);
}

static const char *state_of(const struct outbox_watched *row)
{
    return row->opened_at ? "opened" : outbox_state_name(row->state);
}

static bool list(struct work *work, const char *what, struct error *err)
{
    static const char *const names[] = {
        [OUTBOX_WATCH_STUCK] = "",
        [OUTBOX_WATCH_UNDERWAY] = "underway",
        [OUTBOX_WATCH_DEAD] = "dead",
        [OUTBOX_WATCH_PRINT] = "print",
        [OUTBOX_WATCH_DIFFERENT] = "different",
        [OUTBOX_WATCH_ALL] = "all",
    };
    size_t which = 0, count;
    struct outbox_watched *rows;
    while (which < COUNT(names) && !text_equal(names[which], what))
        which++;
    if (which == COUNT(names))
        return error_set(err, ERROR_INVALID, "list what? \"%.40s\" is none of them: see --help",
                         what);
    if (!open_work(work, err) ||
        !outbox_watch_list(work->arena, work->database.db, (enum outbox_watch)which, LIST_MOST,
                           &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool print = which == OUTBOX_WATCH_PRINT;
        printf("%s  %-16s %-9s %-9s %14s  %3lld attempts  %s\n",
               print ? rows[i].message_id : rows[i].id, outbox_kind_name(rows[i].kind),
               state_of(&rows[i]), *rows[i].channel ? rows[i].channel : "-",
               span(work->arena, rows[i].age_ms), (long long)rows[i].attempts,
               *rows[i].difference ? rows[i].difference : rows[i].reason);
    }
    if (!count)
        printf("nothing\n");
    if (count == LIST_MOST)
        printf("and perhaps more: these are the first %d\n", LIST_MOST);
    return true;
}

static const char *time_or_not(struct arena *arena, int64_t at)
{
    return at ? clock_iso_utc(arena, at) : "not yet";
}

static bool show(struct work *work, const char *id, struct error *err)
{
    struct outbox_watched row;
    if (!open_work(work, err) || !outbox_watch_read(work->arena, work->database.db, id, &row, err))
        return false;
    printf("id          %s\nmessage     %s\nkind        %s\nstate       %s%s\nchannel     %s\n",
           row.id, row.message_id, outbox_kind_name(row.kind), outbox_state_name(row.state),
           row.is_leased ? ", a worker has it now" : "", *row.channel ? row.channel : "none yet");
    printf("age         %s\nattempts    %lld\n", span(work->arena, row.age_ms),
           (long long)row.attempts);
    if (row.next_in_ms)
        printf("next in     %s\n", span(work->arena, row.next_in_ms));
    printf("reason      %s\ndelivered   %s\nopened      %s\n", *row.reason ? row.reason : "none",
           time_or_not(work->arena, row.done_at), time_or_not(work->arena, row.opened_at));
    if (*row.difference)
        printf("different   %s\n", row.difference);
    return true;
}

static bool retry(struct work *work, const char *id, struct error *err)
{
    if (!open_work(work, err) || !outbox_watch_retry(work->database.db, id, err))
        return false;
    printf("%s is taken up again\n", id);
    return true;
}

static bool retry_all(struct work *work, const char *reason, struct error *err)
{
    int64_t count;
    if (!open_work(work, err) || !outbox_watch_retry_all(work->database.db, reason, &count, err))
        return false;
    if (!count)
        return error_set(err, ERROR_MISSING, "nothing was given up for just that reason");
    printf("%lld are taken up again\n", (long long)count);
    return true;
}

struct act {
    bool (*run)(struct work *work, const char *word, struct error *err);
    const char *word;
};

/* What the words say, or an act without run. */
static struct act find_act(const char *const *rest, size_t count, const char *all_of)
{
    const char *name = count ? rest[0] : "list";
    if (text_equal(name, "list") && count <= 2 && !all_of)
        return (struct act){list, count == 2 ? rest[1] : ""};
    if (text_equal(name, "show") && count == 2 && !all_of)
        return (struct act){show, rest[1]};
    if (text_equal(name, "retry") && count == 2 && !all_of)
        return (struct act){retry, rest[1]};
    if (text_equal(name, "retry") && count == 1 && all_of)
        return (struct act){retry_all, all_of};
    return (struct act){0};
}

int cmd_outbox(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    const char *all_of = NULL;
    const struct words_option options[] = {
        {"all-of", "REASON", "all that were given up for it", &all_of, NULL}};
    const struct words_command command = {
        "outbox", "[list [WHAT] | show ID | retry ID | retry --all-of REASON] [--data DIR]", about,
        options, COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, &config, rest, &rest_count))
        return 2;
    struct act act = find_act(rest, rest_count, all_of);
    if (!act.run) {
        fprintf(stderr, "skjema outbox: say list, show ID or retry ID. "
                        "See: skjema outbox --help\n");
        return 2;
    }
    CLEANUP(close_work) struct work work = {.arena = arena, .config = &config};
    struct error err = {0};
    if (act.run(&work, act.word, &err))
        return 0;
    fprintf(stderr, "skjema outbox: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
    return 1;
}
