/* test_outbox.c - deliveries: leased by one, recorded by the same, and never forgotten. */
#include "store.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEASE_MS = 120000 };

static bool lease(struct store *store, struct delivery *out)
{
    bool found = false;
    WORKS(store, outbox_lease(store->arena, store->db, "test", LEASE_MS, out, &found, &store->err));
    return found;
}

static enum outbox_state state_of(struct store *store, const char *id)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT state FROM outbox WHERE id = $1"),
                          DB_VALUES(DB_TEXT(id)), &rows, &store->err));
    assert_true(db_next(rows));
    return outbox_state_read(rows, 0);
}

static void a_lease_gives_all_that_the_sender_needs(void **state)
{
    struct store *store = *state;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    struct delivery delivery;
    assert_true(lease(store, &delivery));

    assert_string_equal(delivery.id, id);
    assert_int_equal(delivery.state, OUTBOX_PENDING);
    assert_string_equal(delivery.recipient_pid, KARI);
    assert_int_equal(delivery.attempts, 1);
    assert_int_equal(delivery.since_sending_ms, -1);
    assert_int_equal(delivery.document_count, 1);
    struct bytes bytes;
    WORKS(store, outbox_document_bytes(store->arena, store->db, &delivery, 0, &bytes, &store->err));
    assert_int_equal(bytes.size, strlen("%PDF-letter"));
    assert_memory_equal(bytes.data, "%PDF-letter", bytes.size);
    assert_int_equal(delivery.documents[0].size_bytes, bytes.size);
}

static void the_bytes_of_a_letter_are_those_of_its_receipt_and_attachments(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct attachment attachment = store_attachment(store, kari, draft.id, "%PDF-slip");
    struct submission submission = store_submission(store, kari, &draft);
    struct outbox_document documents[2] = {
        {.uuid = crypto_uuid(store->arena),
         .subject = "Kvittering",
         .file_type = "pdf",
         .sha256 = crypto_sha256(BYTES_OF("%PDF-receipt")),
         .content = OUTBOX_RECEIPT_PDF},
        {.uuid = crypto_uuid(store->arena),
         .subject = "Lønnsslipp",
         .file_type = "pdf",
         .sha256 = attachment.sha256,
         .content = OUTBOX_ATTACHMENT,
         .attachment_id = attachment.id},
    };
    struct delivery wish = {.kind = OUTBOX_RECEIPT,
                            .citizen_id = kari,
                            .submission_id = submission.id,
                            .message_id = "m-1",
                            .payload = BYTES_OF("{}"),
                            .documents = documents,
                            .document_count = 2};
    const char *id = NULL;
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &wish, &id, &store->err));
    FAILS(store, outbox_add(store->arena, store->db, &wish, &id, &store->err), ERROR_CONFLICT);
    WORKS(store, db_commit(&transaction, &store->err));

    struct delivery delivery;
    struct bytes bytes;
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_document_bytes(store->arena, store->db, &delivery, 0, &bytes, &store->err));
    assert_memory_equal(bytes.data, "%PDF-receipt", bytes.size);
    WORKS(store, outbox_document_bytes(store->arena, store->db, &delivery, 1, &bytes, &store->err));
    assert_memory_equal(bytes.data, "%PDF-slip", bytes.size);

    WORKS(store, db_exec(store->db, DB_SQL("UPDATE attachment_chunks SET sealed = $1"),
                         DB_VALUES(DB_BYTES(BYTES_OF("%PDF-flip"))), NULL, &store->err));
    FAILS(store, outbox_document_bytes(store->arena, store->db, &delivery, 1, &bytes, &store->err),
          ERROR_BROKEN);
}

static void nothing_is_leased_twice_until_the_lease_is_over(void **state)
{
    struct store *store = *state;
    store_delivery(store, store_citizen(store, KARI));
    struct delivery first, second;
    assert_true(lease(store, &first));
    assert_false(lease(store, &second));
    db_clock_advance(LEASE_MS - 5000);
    assert_false(lease(store, &second));
    db_clock_advance(5000);
    assert_true(lease(store, &second));
    assert_int_equal(second.fence, first.fence + 1);
    assert_int_equal(second.attempts, 2);
}

struct racer {
    struct db_pool *pool;
    const char *leased[40];
    size_t count;
    struct arena *arena;
};

static void *race(void *shared)
{
    struct racer *racer = shared;
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (!db_borrow(racer->pool, &db, &err))
        return "failed";
    for (bool found = true; found;) {
        struct delivery delivery;
        if (!outbox_lease(racer->arena, db, "racer", LEASE_MS, &delivery, &found, &err))
            return "failed";
        if (found)
            racer->leased[racer->count++] = delivery.id;
    }
    return NULL;
}

static void d_7_two_workers_never_lease_the_same(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    enum { DELIVERIES = 40 };
    for (int i = 0; i < DELIVERIES; i++)
        store_delivery(store, kari);
    struct racer racers[2] = {{.pool = store->pool, .arena = arena_open()},
                              {.pool = store_second_pool(store), .arena = arena_open()}};
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    for (size_t i = 0; i < 2; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }

    assert_int_equal(racers[0].count + racers[1].count, DELIVERIES);
    for (size_t i = 0; i < racers[0].count; i++)
        for (size_t j = 0; j < racers[1].count; j++)
            assert_string_not_equal(racers[0].leased[i], racers[1].leased[j]);
    db_pool_close(&racers[1].pool);
    arena_close(&racers[0].arena);
    arena_close(&racers[1].arena);
}

static void d_7_who_lost_the_lease_writes_nothing(void **state)
{
    struct store *store = *state;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    struct delivery sleeper, other;
    assert_true(lease(store, &sleeper));
    WORKS(store, outbox_sending(store->db, &sleeper, "folder", &store->err));
    db_clock_advance(LEASE_MS);
    assert_true(lease(store, &other));

    struct delivery late = sleeper;
    FAILS(store, outbox_done(store->db, &late, &store->err), ERROR_CONFLICT);
    late = sleeper;
    FAILS(store, outbox_again(store->db, &late, 0, "late", &store->err), ERROR_CONFLICT);
    late = sleeper;
    FAILS(store, outbox_unknown(store->db, &late, 0, "late", &store->err), ERROR_CONFLICT);
    late = sleeper;
    FAILS(store, outbox_give_up(store->db, &late, "late", &store->err), ERROR_CONFLICT);
    FAILS(store, outbox_release(store->db, &late, &store->err), ERROR_CONFLICT);
    assert_int_equal(state_of(store, id), OUTBOX_UNKNOWN);
    WORKS(store, outbox_done(store->db, &other, &store->err));
    assert_int_equal(state_of(store, id), OUTBOX_DONE);
}

static void d_8_what_a_crash_left_in_sending_is_leased_as_unknown(void **state)
{
    struct store *store = *state;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    struct db_pool *pool = store->pool;

    /* a worker that dies after the first byte may have gone out */
    pid_t worker = fork();
    assert_true(worker >= 0);
    if (worker == 0) {
        struct db_options options = {
            .url = store->url, .connections = 1, .wait_ms = 5000, .keys = store->keys};
        struct db *db = NULL;
        struct delivery mine;
        bool found = false;
        struct error err = {0};
        if (db_pool_open(&options, &pool, &err) && db_borrow(pool, &db, &err) &&
            outbox_lease(store->arena, db, "dying", LEASE_MS, &mine, &found, &err) && found &&
            outbox_sending(db, &mine, "folder", &err))
            raise(SIGKILL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(worker, &status, 0), worker);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    assert_int_equal(state_of(store, id), OUTBOX_SENDING);
    struct delivery delivery;
    assert_false(lease(store, &delivery)); /* its lease still runs */
    db_clock_advance(LEASE_MS + 1000);
    assert_true(lease(store, &delivery));
    assert_int_equal(delivery.state, OUTBOX_UNKNOWN);
    assert_true(delivery.since_sending_ms >= LEASE_MS);
    assert_true(delivery.unknown_ms >= LEASE_MS);
    assert_int_equal(state_of(store, id), OUTBOX_UNKNOWN);
}

static void a_worker_killed_before_sending_leaves_it_pending(void **state)
{
    struct store *store = *state;
    store_delivery(store, store_citizen(store, KARI));
    pid_t worker = fork();
    assert_true(worker >= 0);
    if (worker == 0) {
        struct db_options options = {
            .url = store->url, .connections = 1, .wait_ms = 5000, .keys = store->keys};
        struct db_pool *pool = NULL;
        struct db *db = NULL;
        struct delivery mine;
        bool found = false;
        struct error err = {0};
        if (db_pool_open(&options, &pool, &err) && db_borrow(pool, &db, &err) &&
            outbox_lease(store->arena, db, "dying", LEASE_MS, &mine, &found, &err) && found)
            raise(SIGKILL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(worker, &status, 0), worker);
    assert_true(WIFSIGNALED(status));

    struct delivery delivery;
    db_clock_advance(LEASE_MS + 1000);
    assert_true(lease(store, &delivery));
    assert_int_equal(delivery.state, OUTBOX_PENDING);
    assert_int_equal(delivery.since_sending_ms, -1);
}

static void what_is_unknown_is_asked_about_until_it_is_known(void **state)
{
    struct store *store = *state;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    struct delivery delivery;
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_sending(store->db, &delivery, "folder", &store->err));
    WORKS(store, outbox_unknown(store->db, &delivery, 60000, "no answer", &store->err));
    assert_false(lease(store, &delivery));

    db_clock_advance(60000);
    assert_true(lease(store, &delivery));
    assert_int_equal(delivery.state, OUTBOX_UNKNOWN);
    assert_string_equal(delivery.reason, "no answer");
    WORKS(store, outbox_unknown(store->db, &delivery, 60000, "still none", &store->err));
    db_clock_advance(60000);
    assert_true(lease(store, &delivery));
    assert_in_range(delivery.unknown_ms, 120000, 130000); /* since the first time */

    WORKS(store, outbox_again(store->db, &delivery, 0, "not there", &store->err));
    assert_int_equal(state_of(store, id), OUTBOX_PENDING);
    assert_true(lease(store, &delivery));
    assert_int_equal(delivery.unknown_ms, 0);
    assert_true(delivery.since_sending_ms >= 120000);
    WORKS(store, outbox_sending(store->db, &delivery, "folder", &store->err));
    WORKS(store, outbox_done(store->db, &delivery, &store->err));
    db_clock_advance(24 * 3600 * 1000);
    assert_false(lease(store, &delivery));
}

static void what_is_given_up_is_taken_up_again_by_an_operator(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *never_sent = store_delivery(store, kari);
    struct delivery delivery;
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_give_up(store->db, &delivery, "no such person", &store->err));
    assert_int_equal(state_of(store, never_sent), OUTBOX_DEAD);
    const char *perhaps_sent = store_delivery(store, kari);
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_sending(store->db, &delivery, "folder", &store->err));
    WORKS(store, outbox_unknown(store->db, &delivery, 0, "no answer", &store->err));
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_give_up(store->db, &delivery, "cannot be asked", &store->err));
    db_clock_advance(24 * 3600 * 1000);
    assert_false(lease(store, &delivery));

    WORKS(store, outbox_retry(store->db, never_sent, &store->err));
    WORKS(store, outbox_retry(store->db, perhaps_sent, &store->err));
    FAILS(store, outbox_retry(store->db, perhaps_sent, &store->err), ERROR_MISSING);
    assert_int_equal(state_of(store, never_sent), OUTBOX_PENDING);
    assert_int_equal(state_of(store, perhaps_sent), OUTBOX_UNKNOWN);
    assert_true(lease(store, &delivery));
    assert_int_equal(delivery.attempts, 1);
    assert_in_range(delivery.age_ms, 0, 60000);
}

static void a_released_lease_was_no_attempt(void **state)
{
    struct store *store = *state;
    store_delivery(store, store_citizen(store, KARI));
    struct delivery delivery;
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_release(store->db, &delivery, &store->err));
    assert_true(lease(store, &delivery));
    assert_int_equal(delivery.attempts, 1);
}

static void d_12_a_lease_from_a_clock_that_was_ahead_is_over(void **state)
{
    struct store *store = *state;
    store_delivery(store, store_citizen(store, KARI));
    struct delivery delivery;
    assert_true(lease(store, &delivery));
    db_clock_advance(-25 * 3600 * 1000); /* as after a restart with the clock set right */
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_again(store->db, &delivery, 900000, "down", &store->err));
    db_clock_advance(-25 * 3600 * 1000);
    assert_true(lease(store, &delivery));
    db_clock_advance(50 * 3600 * 1000);
}

static void the_next_one_due_is_told_so_that_nobody_polls(void **state)
{
    struct store *store = *state;
    int64_t in_ms = 0;
    WORKS(store, outbox_due_in_ms(store->arena, store->db, LEASE_MS, &in_ms, &store->err));
    assert_true(in_ms == OUTBOX_NOTHING_DUE);
    store_delivery(store, store_citizen(store, KARI));
    WORKS(store, outbox_due_in_ms(store->arena, store->db, LEASE_MS, &in_ms, &store->err));
    assert_int_equal(in_ms, 0);
    struct delivery delivery;
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_due_in_ms(store->arena, store->db, LEASE_MS, &in_ms, &store->err));
    assert_in_range(in_ms, LEASE_MS - 20000, LEASE_MS);
    WORKS(store, outbox_again(store->db, &delivery, 60000, "down", &store->err));
    WORKS(store, outbox_due_in_ms(store->arena, store->db, LEASE_MS, &in_ms, &store->err));
    assert_in_range(in_ms, 40000, 60000);
}

static void counts_tell_what_waits_and_for_how_long(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    store_delivery(store, kari);
    struct delivery delivery;
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_done(store->db, &delivery, &store->err));
    db_clock_advance(5000);
    store_delivery(store, kari);
    db_clock_advance(3000);
    struct outbox_counts counts;
    WORKS(store, outbox_count(store->arena, store->db, &counts, &store->err));
    assert_int_equal(counts.of[OUTBOX_DONE], 1);
    assert_int_equal(counts.of[OUTBOX_PENDING], 1);
    assert_int_equal(counts.of[OUTBOX_DEAD], 0);
    assert_in_range(counts.oldest_ms, 3000, 7999);
}

static void d_10_waits_double_up_to_a_quarter_and_are_spread(void **state)
{
    (void)state;
    static const int64_t most[] = {2000, 2000, 4000, 8000, 16000, 32000};
    for (size_t i = 0; i < COUNT(most); i++) {
        assert_int_equal(outbox_wait_ms((int64_t)i, (uint32_t)most[i]), most[i]);
        assert_int_equal(outbox_wait_ms((int64_t)i, (uint32_t)most[i] + 1), 0);
    }
    assert_int_equal(outbox_wait_ms(40, 900000), 900000);
    assert_int_equal(outbox_wait_ms(INT64_MAX, 900001), 0);
}

static void the_state_machine_has_no_way_back_from_done(void **state)
{
    (void)state;
    for (int to = OUTBOX_PENDING; to <= OUTBOX_DEAD; to++)
        assert_false(outbox_may(OUTBOX_DONE, (enum outbox_state)to));
    assert_false(outbox_may(OUTBOX_SENDING, OUTBOX_SENDING));
    assert_false(outbox_may(OUTBOX_UNKNOWN, OUTBOX_SENDING)); /* ask first */
    assert_false(outbox_may(OUTBOX_ACCEPTED, OUTBOX_PENDING));
}

static struct bytes read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = arena_alloc(arena, 256 * 1024);
    size_t size = fread(text, 1, 256 * 1024 - 1, file);
    fclose(file);
    text[size] = '\0';
    return (struct bytes){(const unsigned char *)text, size};
}

/* A line "  pending   -- given up -->   dead". */
static bool read_arrow(const char *line, char from[16], char name[16], char to[16])
{
    if (sscanf(line, "  %15[a-z] -- %15[a-z ]--> %15[a-z]", from, name, to) != 3)
        return false;
    name[strlen(name) - 1] = '\0';
    return true;
}

static void the_drawing_in_the_readme_is_the_state_machine(void **state)
{
    struct store *store = *state;
    size_t count, drawn = 0;
    const struct outbox_arrow *arrows = outbox_arrows(&count);
    char *text = (char *)read_file(store->arena, "storage/README.md").data;
    for (char *line; (line = strsep(&text, "\n"));) {
        char from[16], name[16], to[16];
        if (!read_arrow(line, from, name, to))
            continue;
        assert_true(drawn < count);
        assert_string_equal(from, outbox_state_name(arrows[drawn].from));
        assert_string_equal(to, outbox_state_name(arrows[drawn].to));
        assert_string_equal(name, arrows[drawn].name);
        drawn++;
    }
    assert_int_equal(drawn, count);
}

/* The row as if it had come there, under the fence of the delivery. */
static void put_in_state(struct store *store, struct delivery *delivery, enum outbox_state state)
{
    WORKS(store,
          db_exec(store->db, DB_SQL("UPDATE outbox SET state = $2, fence = $3 WHERE id = $1"),
                  DB_VALUES(DB_TEXT(delivery->id), DB_TEXT(outbox_state_name(state)),
                            DB_INTEGER(delivery->fence)),
                  NULL, &store->err));
    delivery->state = state;
}

static bool by_delivered_receipt(struct store *store, struct delivery *delivery)
{
    bool moved = false;
    WORKS(store,
          outbox_delivered_by_receipt(store->db, delivery->message_id, 1, &moved, &store->err));
    return moved;
}

static bool by_refused_receipt(struct store *store, struct delivery *delivery)
{
    bool moved = false;
    WORKS(store,
          outbox_refused_by_receipt(store->db, delivery->message_id, "no", &moved, &store->err));
    return moved;
}

static bool by_retry(struct store *store, struct delivery *delivery)
{
    return outbox_retry(store->db, delivery->id, &store->err);
}

static bool by_lease(struct store *store, struct delivery *delivery)
{
    struct delivery leased;
    db_clock_advance(2 * OUTBOX_MOST_WAIT_MS);
    return lease(store, &leased) && leased.state != delivery->state;
}

/* Those that do not hold the lease look at the state themselves: each in every state. */
static void what_others_do_to_a_delivery_follows_the_arrows_too(void **state)
{
    static bool (*const acts[])(struct store *, struct delivery *) = {
        by_delivered_receipt, by_refused_receipt, by_retry, by_lease};
    struct store *store = *state;
    struct delivery delivery;
    store_delivery(store, store_citizen(store, KARI));
    assert_true(lease(store, &delivery));
    size_t moved = 0;
    for (size_t i = 0; i < COUNT(acts); i++)
        for (int from = OUTBOX_PENDING; from <= OUTBOX_DEAD; from++) {
            put_in_state(store, &delivery, (enum outbox_state)from);
            bool has = acts[i](store, &delivery);
            enum outbox_state to = state_of(store, delivery.id);
            assert_true(has ? outbox_may((enum outbox_state)from, to) : (int)to == from);
            moved += has;
        }
    assert_int_equal(moved, 5 + 4 + 1 + 1);
}

static void what_they_accepted_waits_for_their_receipt_and_is_asked_about(void **state)
{
    struct store *store = *state;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    struct delivery delivery;
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_sending(store->db, &delivery, "dpi", &store->err));
    WORKS(store, outbox_accepted(store->db, &delivery, 60000, &store->err));
    assert_false(lease(store, &delivery));
    db_clock_advance(60000);
    assert_true(lease(store, &delivery));
    assert_int_equal(delivery.state, OUTBOX_ACCEPTED);
    assert_string_equal(delivery.channel, "dpi");

    bool moved = false;
    WORKS(store, outbox_delivered_by_receipt(store->db, delivery.message_id, 1764000000, &moved,
                                             &store->err));
    assert_true(moved);
    struct delivery late = delivery;
    FAILS(store, outbox_accepted(store->db, &late, 0, &store->err), ERROR_CONFLICT);
    WORKS(store, outbox_delivered_by_receipt(store->db, delivery.message_id, 1764000001, &moved,
                                             &store->err));
    assert_false(moved);
    WORKS(store, outbox_opened(store->db, delivery.message_id, 1764000100, &moved, &store->err));
    assert_true(moved);
    WORKS(store, outbox_opened(store->db, delivery.message_id, 1764000200, &moved, &store->err));
    assert_false(moved);
    struct delivery read;
    WORKS(store,
          outbox_of_message(store->arena, store->db, delivery.message_id, &read, &store->err));
    assert_string_equal(read.id, id);
    assert_int_equal(read.state, OUTBOX_DONE);
    assert_int_equal(read.done_at, 1764000000);
    assert_int_equal(read.opened_at, 1764000100);
    FAILS(store, outbox_of_message(store->arena, store->db, "no such", &read, &store->err),
          ERROR_MISSING);
}

static void d_9_what_died_after_they_had_it_is_asked_about_before_it_is_sent_again(void **state)
{
    struct store *store = *state;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    struct delivery delivery;
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_sending(store->db, &delivery, "dpi", &store->err));
    WORKS(store, outbox_accepted(store->db, &delivery, 0, &store->err));
    assert_true(lease(store, &delivery));
    WORKS(store, outbox_give_up(store->db, &delivery, "no receipt has come", &store->err));
    WORKS(store, outbox_retry(store->db, id, &store->err));
    assert_int_equal(state_of(store, id), OUTBOX_UNKNOWN);
}

static void d_9_what_failed_for_certain_goes_out_again_as_another_message(void **state)
{
    struct store *store = *state;
    const char *by_status = store_delivery(store, store_citizen(store, KARI));
    const char *by_receipt = store_delivery(store, store_citizen(store, OLA));
    const char *ids[2];
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct delivery delivery;
        assert_true(lease(store, &delivery));
        WORKS(store, outbox_sending(store->db, &delivery, "dpi", &store->err));
        WORKS(store, outbox_accepted(store->db, &delivery, 60000, &store->err));
        ids[i] = delivery.message_id;
        bool moved;
        if (strcmp(delivery.id, by_receipt) == 0)
            WORKS(store, outbox_refused_by_receipt(store->db, delivery.message_id,
                                                   "no such mailbox", &moved, &store->err));
    }
    db_clock_advance(120000);
    struct delivery again;
    assert_true(lease(store, &again));
    assert_string_equal(again.id, by_status);
    WORKS(store, outbox_fail(store->db, &again, "FEILET", &store->err));

    WORKS(store, outbox_retry(store->db, by_status, &store->err));
    WORKS(store, outbox_retry(store->db, by_receipt, &store->err));

    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_true(lease(store, &again));
        assert_int_equal(again.state, OUTBOX_PENDING);
        assert_string_equal(again.channel, "");
        assert_int_equal(again.since_sending_ms, -1);
        for (size_t k = 0; k < COUNT(ids); k++)
            assert_string_not_equal(again.message_id, ids[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_lease_gives_all_that_the_sender_needs),
        WITH_STORE(d_9_what_failed_for_certain_goes_out_again_as_another_message),
        WITH_STORE(the_bytes_of_a_letter_are_those_of_its_receipt_and_attachments),
        WITH_STORE(nothing_is_leased_twice_until_the_lease_is_over),
        WITH_STORE(d_7_two_workers_never_lease_the_same),
        WITH_STORE(d_7_who_lost_the_lease_writes_nothing),
        WITH_STORE(d_8_what_a_crash_left_in_sending_is_leased_as_unknown),
        WITH_STORE(a_worker_killed_before_sending_leaves_it_pending),
        WITH_STORE(what_is_unknown_is_asked_about_until_it_is_known),
        WITH_STORE(what_is_given_up_is_taken_up_again_by_an_operator),
        WITH_STORE(a_released_lease_was_no_attempt),
        WITH_STORE(d_12_a_lease_from_a_clock_that_was_ahead_is_over),
        WITH_STORE(the_next_one_due_is_told_so_that_nobody_polls),
        WITH_STORE(counts_tell_what_waits_and_for_how_long),
        cmocka_unit_test(d_10_waits_double_up_to_a_quarter_and_are_spread),
        cmocka_unit_test(the_state_machine_has_no_way_back_from_done),
        WITH_STORE(the_drawing_in_the_readme_is_the_state_machine),
        WITH_STORE(what_others_do_to_a_delivery_follows_the_arrows_too),
        WITH_STORE(what_they_accepted_waits_for_their_receipt_and_is_asked_about),
        WITH_STORE(d_9_what_died_after_they_had_it_is_asked_about_before_it_is_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
