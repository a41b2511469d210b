/* test_rotation.c - going over to a new master key, with data from before and people at work. */
#include "store.h"

#include "storage/rotation.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { PEOPLE = 6 };

struct person {
    const char *citizen_id;
    struct draft draft;
};

/* As many as PEOPLE, each with a draft: from before any rotation. */
static void some_people(struct store *store, struct person people[PEOPLE])
{
    for (int i = 0; i < PEOPLE; i++) {
        char pid[12];
        snprintf(pid, sizeof pid, "158385%05d", i); /* looked up only */
        people[i].citizen_id = store_citizen(store, pid);
        people[i].draft = store_draft(store, people[i].citizen_id);
    }
}

static void must_read(struct store *store, const struct person *person)
{
    struct draft draft;
    struct citizen citizen;
    WORKS(store, drafts_read(store->arena, store->db, person->citizen_id, person->draft.id, &draft,
                             &store->err));
    WORKS(store, citizens_read(store->arena, store->db, person->citizen_id, &citizen, &store->err));
    assert_string_equal((const char *)draft.answers.data, "<hello/>");
    assert_string_equal(citizen.name, "Test Person");
}

static const char *active_id(struct store *store)
{
    struct keyring_master masters[KEYRING_MAX];
    size_t count = keyring_list(store->keys, masters);
    return arena_text(store->arena, masters[count - 1].id);
}

static const char *new_master(struct store *store)
{
    char id[KEYRING_ID_MAX];
    WORKS(store, keyring_make(store->keys_folder, false, id, &store->err));
    return arena_text(store->arena, id);
}

static int64_t wrapped_by(struct store *store, const char *master_id)
{
    int64_t count = 0;
    WORKS(store, rotation_wrapped_by(store->db, master_id, &count, &store->err));
    return count;
}

static int64_t rotate(struct store *store, size_t most)
{
    int64_t done = 0;
    for (size_t count = most; count == most;) {
        if (rotation_step(store->db, most, &count, &store->err))
            done += (int64_t)count;
        else if (store->err.code != ERROR_UNAVAILABLE) /* others may write for long */
            fail_msg("%s", store->err.text);
    }
    return done;
}

/* The site as it is after a restart: it knows only what lies in the folder. */
static bool start_again(struct store *store)
{
    const struct keyring_options options = {.folder = store->keys_folder};
    db_return(&store->db);
    db_pool_close(&store->pool);
    keyring_close(&store->keys);
    WORKS(store, keyring_open(&options, &store->keys, &store->err));
    store->pool = store_second_pool(store);
    WORKS(store, db_borrow(store->pool, &store->db, &store->err));
    store->err = (struct error){0};
    return keys_prepare(store->db, &store->err);
}

static void take_away(struct store *store, const char *master_id)
{
    assert_int_equal(unlink(arena_printf(store->arena, "%s/%s.key", store->keys_folder, master_id)),
                     0);
}

static struct bytes answers_at_rest(struct store *store, const char *draft_id)
{
    struct db_rows *rows = NULL;
    WORKS(store,
          db_query(store->arena, store->db, DB_SQL("SELECT answers FROM drafts WHERE id = $1"),
                   DB_VALUES(DB_TEXT(draft_id)), &rows, &store->err));
    assert_true(db_next(rows));
    return db_bytes(rows, 0);
}

static void key_5_what_was_sealed_before_opens_when_the_old_master_key_is_gone(void **state)
{
    struct store *store = *state;
    struct person people[PEOPLE];
    some_people(store, people);
    const char *old = active_id(store);
    struct bytes before = answers_at_rest(store, people[0].draft.id);
    const char *anew = new_master(store);

    assert_int_equal(rotate(store, 2), PEOPLE + 2); /* the site's two keys too */

    assert_int_equal(wrapped_by(store, old), 0);
    assert_int_equal(wrapped_by(store, anew), PEOPLE + 2);
    take_away(store, old);
    assert_true(start_again(store));
    for (int i = 0; i < PEOPLE; i++)
        must_read(store, &people[i]);
    struct bytes after = answers_at_rest(store, people[0].draft.id);
    assert_int_equal(after.size, before.size); /* nothing sealed is touched */
    assert_memory_equal(after.data, before.data, after.size);
    assert_int_equal(rotate(store, 2), 0);
}

static void key_5_rotation_that_was_interrupted_goes_on_where_it_was(void **state)
{
    struct store *store = *state;
    struct person people[PEOPLE];
    some_people(store, people);
    const char *old = active_id(store), *anew = new_master(store);
    size_t count;
    WORKS(store, rotation_step(store->db, 3, &count, &store->err));
    assert_int_equal(count, 3);

    /* killed within a step: nothing of it is there */
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, rotation_step(store->db, 3, &count, &store->err));
    db_end(&transaction);
    assert_true(start_again(store));

    assert_int_equal(wrapped_by(store, anew), 3);
    assert_int_equal(wrapped_by(store, old), PEOPLE + 2 - 3);
    for (int i = 0; i < PEOPLE; i++)
        must_read(store, &people[i]);
    assert_int_equal(rotate(store, 3), PEOPLE + 2 - 3);
    assert_int_equal(wrapped_by(store, old), 0);
}

static void key_5_a_master_key_that_is_needed_is_missed_at_the_start(void **state)
{
    struct store *store = *state;
    struct person people[PEOPLE];
    some_people(store, people);
    const char *old = active_id(store);
    new_master(store);
    size_t count;
    WORKS(store, rotation_step(store->db, PEOPLE, &count, &store->err));
    take_away(store, old);

    assert_false(start_again(store));

    assert_string_equal(error_name(store->err.code), "broken");
    assert_non_null(strstr(store->err.text, old));
}

static void key_5_a_site_that_runs_takes_up_the_new_key_by_itself(void **state)
{
    struct store *store = *state;
    const char *old = active_id(store), *anew = new_master(store);
    struct person person = {.citizen_id = store_citizen(store, KARI)};
    person.draft = store_draft(store, person.citizen_id);

    assert_int_equal(wrapped_by(store, anew), 1);
    assert_int_equal(wrapped_by(store, old), 2); /* the site's own */
    must_read(store, &person);
}

/* Somebody at work, with a keyring of their own as another process has. */
struct worker {
    struct store *store;
    const struct person *people;
    atomic_bool *stopping;
    int turns, number;
    char failure[256];
};

static bool work_once(struct worker *worker, struct arena *arena, struct db *db, struct error *err)
{
    const struct person *person = &worker->people[worker->turns % PEOPLE];
    struct draft draft;
    struct citizen citizen;
    char pid[12];
    snprintf(pid, sizeof pid, "%d28791%04d", worker->number, worker->turns % 10000);
    struct draft_start start = {.form_id = "hello",
                                .form_version = "v1",
                                .language = "nb",
                                .answers = BYTES_OF("<hello/>"),
                                .page = ""};
    return drafts_read(arena, db, person->citizen_id, person->draft.id, &draft, err) &&
           citizens_read(arena, db, person->citizen_id, &citizen, err) &&
           (worker->turns % 4 || /* it is the readers that are many */
            (citizens_know(arena, db, pid, "Test Person", &citizen, err) &&
             drafts_create(arena, db, citizen.id, &start, &draft, err)));
}

static void *work(void *self)
{
    struct worker *worker = self;
    const struct keyring_options options = {.folder = worker->store->keys_folder};
    CLEANUP(keyring_close) struct keyring *keys = NULL;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct db_pool *pool = NULL;
    struct error err = {0};
    bool good = keyring_open(&options, &keys, &err);
    const struct db_options with = {
        .url = worker->store->url, .connections = 1, .wait_ms = 60000, .keys = keys};
    good = good && db_pool_open(&with, &pool, &err);
    for (bool first = true; good && (first || !atomic_load(worker->stopping)); worker->turns++) {
        CLEANUP(db_return) struct db *db = NULL; /* as a request borrows one */
        arena_reset(arena);
        good = db_borrow(pool, &db, &err) && (!first || keys_prepare(db, &err)) &&
               work_once(worker, arena, db, &err);
        first = false;
    }
    if (pool)
        db_pool_close(&pool);
    if (!good)
        snprintf(worker->failure, sizeof worker->failure, "%s", err.text);
    return NULL;
}

static void key_5_rotation_goes_on_while_others_read_and_write(void **state)
{
    struct store *store = *state;
    struct person people[PEOPLE];
    some_people(store, people);
    enum { WORKERS = 2, ROUNDS = 4 };
    struct worker workers[WORKERS];
    pthread_t threads[WORKERS];
    atomic_bool stopping = false;
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){store, people, &stopping, 0, i, ""};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int round = 0; round < ROUNDS; round++) { /* each takes the key before away */
        const char *old = active_id(store);
        new_master(store);
        rotate(store, 2);
        CLEANUP(db_end) struct db_transaction transaction = {0};
        while (!db_begin(store->db, &transaction, &store->err)) /* as cmd_keys.c */
            assert_string_equal(error_name(store->err.code), error_name(ERROR_UNAVAILABLE));
        assert_int_equal(wrapped_by(store, old), 0);
        take_away(store, old);
    }
    atomic_store(&stopping, true);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        assert_string_equal(workers[i].failure, "");
        assert_true(workers[i].turns > 0);
    }

    assert_true(start_again(store));
    int64_t opened, failed;
    struct error first = {0};
    WORKS(store, rotation_check(store->db, &opened, &failed, &first, &store->err));
    assert_int_equal(failed, 0);
    assert_true(opened >= 2 * PEOPLE + 2 + (workers[0].turns + workers[1].turns) / 4);
    for (int i = 0; i < PEOPLE; i++)
        must_read(store, &people[i]);
}

static void key_5_check_counts_what_does_not_open_and_says_which(void **state)
{
    struct store *store = *state;
    struct person people[PEOPLE];
    some_people(store, people);
    int64_t opened, failed;
    struct error first = {0};
    WORKS(store, rotation_check(store->db, &opened, &failed, &first, &store->err));
    assert_int_equal(opened, 2 * PEOPLE + 2);
    assert_int_equal(failed, 0);

    WORKS(store, db_exec(store->db, DB_SQL("UPDATE keys SET wrapped = $2 WHERE owner = $1"),
                         DB_VALUES(DB_TEXT(people[0].citizen_id), DB_BYTES(BYTES_OF("shorter"))),
                         NULL, &store->err));
    WORKS(store, rotation_check(store->db, &opened, &failed, &first, &store->err));

    assert_int_equal(failed, 2); /* with the draft's */
    assert_int_equal(opened, 2 * PEOPLE);
    assert_non_null(strstr(first.text, people[0].citizen_id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(key_5_what_was_sealed_before_opens_when_the_old_master_key_is_gone),
        WITH_STORE(key_5_rotation_that_was_interrupted_goes_on_where_it_was),
        WITH_STORE(key_5_a_master_key_that_is_needed_is_missed_at_the_start),
        WITH_STORE(key_5_a_site_that_runs_takes_up_the_new_key_by_itself),
        WITH_STORE(key_5_rotation_goes_on_while_others_read_and_write),
        WITH_STORE(key_5_check_counts_what_does_not_open_and_says_which),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
