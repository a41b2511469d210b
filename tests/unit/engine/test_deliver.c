/* test_deliver.c - a letter is one letter, whatever the postbox answers and wherever we die. The
 * postbox here is a few lines that answer as told and write down what they were asked; the real
 * client is tested against the sandbox. */
#include "store.h"

#include "engine/channels.h"
#include "engine/deliver_letter.h"
#include "engine/deliver_share.h"
#include "engine/letter.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT_MS = 20000, LEASE_MS = 120000, DAY_MS = 24 * 3600 * 1000, MOST_CALLS = 16 };

struct call {
    bool is_send;
    char message_id[80], document_id[40];
    struct crypto_sha256 content;
    enum outbox_state state; /* of the row, as another connection sees it during the call */
};

struct fake {
    struct store *store;
    struct postbox postbox;
    struct channels channels;
    struct postbox_outcome on_send, on_status;
    bool die_in_send;
    struct call calls[MOST_CALLS];
    size_t count;
    pthread_mutex_t lock;
    pthread_cond_t called;
};

static enum outbox_state state_of_message(struct fake *fake, const char *message_id)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    struct db_rows *rows = NULL;
    assert_true(db_borrow(fake->store->pool, &db, &err));
    assert_true(db_query(arena, db, DB_SQL("SELECT state FROM outbox WHERE message_id = $1"),
                         DB_VALUES(DB_TEXT(message_id)), &rows, &err));
    assert_true(db_next(rows));
    return outbox_state_read(rows, 0);
}

static void write_down(struct fake *fake, bool is_send, const struct postbox_letter *letter)
{
    pthread_mutex_lock(&fake->lock);
    assert_true(fake->count < MOST_CALLS);
    struct call *call = &fake->calls[fake->count++];
    call->is_send = is_send;
    snprintf(call->message_id, sizeof call->message_id, "%s", letter->message_id);
    snprintf(call->document_id, sizeof call->document_id, "%s", letter->main.id);
    call->content = crypto_sha256(letter->main.content);
    call->state = state_of_message(fake, letter->message_id);
    pthread_cond_signal(&fake->called);
    pthread_mutex_unlock(&fake->lock);
}

static struct postbox_outcome fake_send(void *self, struct arena *arena,
                                        const struct postbox_letter *letter)
{
    (void)arena;
    struct fake *fake = self;
    if (fake->die_in_send)
        raise(SIGKILL);
    write_down(fake, true, letter);
    return fake->on_send;
}

static struct postbox_outcome fake_status(void *self, struct arena *arena,
                                          const struct postbox_letter *letter)
{
    (void)arena;
    struct fake *fake = self;
    write_down(fake, false, letter);
    return fake->on_status;
}

static bool fake_reaches(void *self, struct arena *arena, const struct postbox_recipient *recipient,
                         bool *out, struct error *err)
{
    (void)self;
    (void)arena;
    (void)recipient;
    (void)err;
    *out = true;
    return true;
}

static struct postbox_outcome answer(enum postbox_result result, enum error_code code)
{
    struct postbox_outcome outcome = {.result = result};
    if (code != ERROR_NONE)
        (void)error_set(&outcome.error, code, "as told by the test");
    return outcome;
}

static void fake_init(struct fake *fake, struct store *store)
{
    *fake = (struct fake){.store = store,
                          .postbox = {.name = "fake",
                                      .self = fake,
                                      .send = fake_send,
                                      .status = fake_status,
                                      .takes_share_requests = true,
                                      .reaches = fake_reaches},
                          .on_send = answer(POSTBOX_DELIVERED, ERROR_NONE),
                          .on_status = answer(POSTBOX_NOT_SENT, ERROR_MISSING),
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .called = PTHREAD_COND_INITIALIZER};
    fake->channels =
        (struct channels){.postboxes = {&fake->postbox}, .count = 1, .print = &fake->postbox};
}

static struct deliver_settings settings_of(const struct fake *fake)
{
    return (struct deliver_settings){.db = fake->store->pool,
                                     .channels = &fake->channels,
                                     .timeout_ms = TIMEOUT_MS,
                                     .lease_ms = LEASE_MS,
                                     .poll_ms = 1000,
                                     .file_bytes = 1000000,
                                     .give_up_ms = 3 * (int64_t)DAY_MS};
}

static bool next(struct fake *fake)
{
    struct deliver_settings settings = settings_of(fake);
    return deliver_letter_next(&settings, "test", fake->store->arena, NULL);
}

static enum outbox_state state_of(struct fake *fake, const char *id)
{
    struct store *store = fake->store;
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT state FROM outbox WHERE id = $1"),
                          DB_VALUES(DB_TEXT(id)), &rows, &store->err));
    assert_true(db_next(rows));
    return outbox_state_read(rows, 0);
}

static const char *a_letter(struct fake *fake)
{
    return store_delivery(fake->store, store_citizen(fake->store, KARI));
}

static void d_8_sending_is_committed_before_the_first_byte(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);

    assert_true(next(&fake));
    assert_int_equal(fake.count, 1);
    assert_true(fake.calls[0].is_send);
    assert_int_equal(fake.calls[0].state, OUTBOX_SENDING);
    assert_int_equal(state_of(&fake, id), OUTBOX_DONE);
    assert_false(next(&fake));
}

static void a_delivered_receipt_is_noted_for_the_citizen(void **state)
{
    struct store *store = *state;
    struct fake fake;
    fake_init(&fake, store);
    a_letter(&fake);
    assert_true(next(&fake));

    struct audit_entry *entries = NULL;
    size_t count = 0;
    WORKS(store, audit_list(store->arena, store->db, store_citizen(store, KARI), &entries, &count,
                            &store->err));
    assert_int_equal(count, 1);
    assert_int_equal(entries[0].action, AUDIT_RECEIPT_DELIVERED);
    assert_true(entries[0].succeeded);
}

static void d_8_a_lost_answer_is_asked_about_and_not_sent_again(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);
    fake.on_send = answer(POSTBOX_UNKNOWN, ERROR_UNAVAILABLE);
    fake.on_status = answer(POSTBOX_DELIVERED, ERROR_NONE);

    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_UNKNOWN);
    db_clock_advance(3000);
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_DONE);
    assert_int_equal(fake.count, 2);
    assert_false(fake.calls[1].is_send);
}

static void d_8_what_is_absent_is_sent_again_only_when_nothing_can_be_on_its_way(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);
    fake.on_send = answer(POSTBOX_UNKNOWN, ERROR_UNAVAILABLE);

    assert_true(next(&fake));
    db_clock_advance(3000);
    assert_true(next(&fake)); /* asked: absent, but too early to be sure */
    assert_int_equal(state_of(&fake, id), OUTBOX_UNKNOWN);
    assert_false(next(&fake));
    db_clock_advance(2 * TIMEOUT_MS);
    assert_true(next(&fake)); /* asked: absent for sure */
    assert_int_equal(state_of(&fake, id), OUTBOX_PENDING);
    fake.on_send = answer(POSTBOX_DELIVERED, ERROR_NONE);
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_DONE);

    static const bool sends[] = {true, false, false, true};
    assert_int_equal(fake.count, COUNT(sends));
    for (size_t i = 0; i < COUNT(sends); i++)
        assert_int_equal(fake.calls[i].is_send, sends[i]);
    assert_string_equal(fake.calls[0].message_id, fake.calls[3].message_id);
    assert_string_equal(fake.calls[0].document_id, fake.calls[3].document_id);
    assert_memory_equal(fake.calls[0].content.bytes, fake.calls[3].content.bytes,
                        CRYPTO_SHA256_BYTES);
}

static void d_8_a_worker_killed_while_sending_is_followed_by_a_question(void **state)
{
    struct store *store = *state;
    struct fake fake;
    fake_init(&fake, store);
    const char *id = a_letter(&fake);
    pid_t worker = fork();
    assert_true(worker >= 0);
    if (worker == 0) {
        struct db_options options = {
            .url = store->url, .connections = 2, .wait_ms = 5000, .keys = store->keys};
        struct deliver_settings settings = settings_of(&fake);
        struct error err;
        fake.die_in_send = true;
        if (db_pool_open(&options, &settings.db, &err))
            deliver_letter_next(&settings, "dying", store->arena, NULL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(worker, &status, 0), worker);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(state_of(&fake, id), OUTBOX_SENDING);

    db_clock_advance(LEASE_MS + 1000);
    fake.on_status = answer(POSTBOX_DELIVERED, ERROR_NONE);
    assert_true(next(&fake));
    assert_int_equal(fake.count, 1);
    assert_false(fake.calls[0].is_send);
    assert_int_equal(state_of(&fake, id), OUTBOX_DONE);
}

static void d_8_what_cannot_be_asked_about_for_a_day_waits_for_an_operator(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);
    fake.on_send = answer(POSTBOX_UNKNOWN, ERROR_UNAVAILABLE);
    fake.on_status = answer(POSTBOX_UNKNOWN, ERROR_UNAVAILABLE);
    assert_true(next(&fake));
    db_clock_advance(DAY_MS - 3600 * 1000);
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_UNKNOWN);
    db_clock_advance(2 * 3600 * 1000);
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_DEAD);
    assert_int_equal(fake.count, 3);
}

static void what_they_refuse_for_good_waits_for_an_operator_at_once(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);
    fake.on_send = answer(POSTBOX_REFUSED, ERROR_REFUSED);
    snprintf(fake.on_send.code, sizeof fake.on_send.code, "UNKNOWN_RECIPIENT");
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_DEAD);
    db_clock_advance(DAY_MS);
    assert_false(next(&fake));
}

static void d_10_a_pause_they_ask_for_is_kept(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);
    fake.on_send = answer(POSTBOX_NOT_SENT, ERROR_LIMIT);
    fake.on_send.retry_after_s = 600;
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_PENDING);
    db_clock_advance(590 * 1000);
    assert_false(next(&fake));
    db_clock_advance(11 * 1000);
    assert_true(next(&fake));
}

static void d_10_after_three_days_a_letter_waits_for_an_operator_and_can_be_taken_up(void **state)
{
    struct store *store = *state;
    struct fake fake;
    fake_init(&fake, store);
    const char *id = a_letter(&fake);
    fake.on_send = answer(POSTBOX_NOT_SENT, ERROR_UNAVAILABLE);
    assert_true(next(&fake));
    db_clock_advance(3 * (int64_t)DAY_MS);
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_DEAD);
    assert_int_equal(fake.count, 1);

    fake.on_send = answer(POSTBOX_DELIVERED, ERROR_NONE);
    WORKS(store, outbox_retry(store->db, id, &store->err));
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, id), OUTBOX_DONE);
}

static void
d_10_after_forty_tries_that_may_have_gone_out_a_letter_waits_for_an_operator(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);
    int sent = 0;
    fake.on_send = answer(POSTBOX_UNKNOWN, ERROR_UNAVAILABLE);
    for (; state_of(&fake, id) != OUTBOX_DEAD && sent <= 40; sent++) {
        fake.count = 0;
        assert_true(next(&fake)); /* sent, and the answer is lost */
        db_clock_advance(2 * TIMEOUT_MS + 3600 * 1000);
        assert_true(next(&fake)); /* not there */
    }
    assert_int_equal(sent, 40);
}

static void d_10_a_postbox_that_takes_nothing_is_waited_for_three_days(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);
    fake.on_send = answer(POSTBOX_NOT_SENT, ERROR_UNAVAILABLE);
    for (int i = 0; i < 60; i++) {
        fake.count = 0;
        assert_true(next(&fake));
        db_clock_advance(15 * 60 * 1000);
    }
    assert_int_equal(state_of(&fake, id), OUTBOX_PENDING);
}

static void d_15_a_letter_of_a_backup_is_asked_about_by_every_channel(void **state)
{
    struct store *store = *state;
    struct fake fake, other;
    fake_init(&fake, store);
    fake_init(&other, store);
    other.postbox.name = "other";
    fake.channels.postboxes[1] = &other.postbox;
    fake.channels.count = 2;
    const char *id = a_letter(&fake);
    int64_t doubted;
    WORKS(store, outbox_doubt(store->db, &doubted, &store->err));
    other.on_status = answer(POSTBOX_DELIVERED, ERROR_NONE);

    assert_true(next(&fake));

    assert_int_equal(state_of(&fake, id), OUTBOX_DONE);
    assert_false(fake.calls[0].is_send);
    assert_int_equal(other.count, 1);
    struct delivery read;
    WORKS(store, outbox_read(store->arena, store->db, id, &read, &store->err));
    assert_string_equal(read.channel, "other");
}

static void d_10_one_bad_letter_does_not_hold_up_the_others(void **state)
{
    struct store *store = *state;
    struct fake fake;
    fake_init(&fake, store);
    const char *bad = a_letter(&fake);
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE outbox_documents SET content = x'00'"),
                         DB_NO_VALUES, NULL, &store->err));
    const char *good = a_letter(&fake);
    while (next(&fake))
        ;
    assert_int_equal(state_of(&fake, bad), OUTBOX_DEAD);
    assert_int_equal(state_of(&fake, good), OUTBOX_DONE);
    assert_int_equal(fake.count, 1); /* what changed at rest was never sent */
}

static void what_was_not_begun_is_given_back_when_we_stop(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *id = a_letter(&fake);
    struct deliver_settings settings = settings_of(&fake);
    atomic_bool stopping = true;
    assert_true(deliver_letter_next(&settings, "test", fake.store->arena, &stopping));
    assert_int_equal(fake.count, 0);
    assert_int_equal(state_of(&fake, id), OUTBOX_PENDING);
    assert_true(next(&fake)); /* at once: its lease is free */
}

/* A consent with its share request in the outbox. */
static struct consent asked(struct fake *fake, const char **request)
{
    struct store *store = fake->store;
    const char *kari = store_citizen(store, KARI);
    struct consent consent = store_consent(store, kari, store_draft(store, kari).id);
    static const char *const organisations[] = {"310123005"};
    struct delivery order = letter_order_share(store->arena, &consent, BYTES_OF("%PDF-request"),
                                               "Be om dokumenter", organisations, 1);
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &order, request, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return consent;
}

static const char *order_stop(struct fake *fake, const struct consent *consent, bool withdraw)
{
    struct store *store = fake->store;
    struct delivery stop = letter_order_stop(store->arena, consent);
    const char *id = NULL;
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    if (withdraw)
        WORKS(store, consents_withdraw(store->db, consent->citizen_id, consent->id, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &stop, &id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return id;
}

static enum consent_state consent_state(struct fake *fake, const struct consent *consent)
{
    struct store *store = fake->store;
    struct consent read;
    WORKS(store, consents_read(store->arena, store->db, consent->citizen_id, consent->id, &read,
                               &store->err));
    return read.state;
}

static void a_share_request_that_is_refused_ends_the_consent(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *request = NULL;
    struct consent consent = asked(&fake, &request);
    fake.on_send = answer(POSTBOX_REFUSED, ERROR_REFUSED);
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, request), OUTBOX_DEAD);
    assert_int_equal(consent_state(&fake, &consent), CONSENT_REFUSED);
}

static void con_1_nobody_is_asked_after_a_withdrawal(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *request = NULL;
    struct consent consent = asked(&fake, &request);
    const char *stop = order_stop(&fake, &consent, true);
    /* Both fall due in the same millisecond: the stop may be taken up first, and then waits a while
       for its request. */
    while (next(&fake))
        ;
    db_clock_advance(60000);
    while (next(&fake))
        ;
    assert_int_equal(fake.count, 0);
    assert_int_equal(state_of(&fake, request), OUTBOX_DONE);
    assert_int_equal(state_of(&fake, stop), OUTBOX_DONE);
    assert_int_equal(consent_state(&fake, &consent), CONSENT_WITHDRAWN);
}

static void con_1_a_stop_waits_for_a_request_that_may_still_arrive(void **state)
{
    struct fake fake;
    fake_init(&fake, *state);
    const char *request = NULL;
    struct consent consent = asked(&fake, &request);
    fake.on_send = answer(POSTBOX_UNKNOWN, ERROR_UNAVAILABLE);
    assert_true(next(&fake));
    const char *stop = order_stop(&fake, &consent, true);
    assert_true(next(&fake));
    assert_int_equal(state_of(&fake, stop), OUTBOX_PENDING);

    fake.on_status = answer(POSTBOX_DELIVERED, ERROR_NONE);
    db_clock_advance(60000);
    while (next(&fake))
        ;
    assert_int_equal(state_of(&fake, request), OUTBOX_DONE);
    db_clock_advance(60000);
    while (next(&fake))
        ;
    assert_int_equal(state_of(&fake, stop), OUTBOX_DONE);
}

static void a_letter_added_later_goes_out_when_the_worker_is_woken(void **state)
{
    struct store *store = *state;
    struct fake fake;
    fake_init(&fake, store);
    struct deliver_settings settings = settings_of(&fake);
    settings.poll_ms = 3600 * 1000;
    struct deliver *deliver = NULL;
    WORKS(store, deliver_open(&settings, &deliver, &store->err));

    const char *id = a_letter(&fake);
    deliver_wake(deliver);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    pthread_mutex_lock(&fake.lock);
    int waited = 0;
    while (fake.count == 0 && waited == 0)
        waited = pthread_cond_timedwait(&fake.called, &fake.lock, &until);
    pthread_mutex_unlock(&fake.lock);
    deliver_close(&deliver); /* finishes the call that runs, and records it */
    assert_int_equal(waited, 0);
    assert_int_equal(fake.count, 1);
    assert_int_equal(state_of(&fake, id), OUTBOX_DONE);
}

static void a_lease_shorter_than_two_calls_is_refused(void **state)
{
    struct store *store = *state;
    struct fake fake;
    fake_init(&fake, store);
    struct deliver_settings settings = settings_of(&fake);
    settings.lease_ms = 2 * TIMEOUT_MS - 1;
    struct deliver *deliver = NULL;
    FAILS(store, deliver_open(&settings, &deliver, &store->err), ERROR_INVALID);
    assert_null(deliver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(d_8_sending_is_committed_before_the_first_byte),
        WITH_STORE(a_delivered_receipt_is_noted_for_the_citizen),
        WITH_STORE(d_8_a_lost_answer_is_asked_about_and_not_sent_again),
        WITH_STORE(d_8_what_is_absent_is_sent_again_only_when_nothing_can_be_on_its_way),
        WITH_STORE(d_8_a_worker_killed_while_sending_is_followed_by_a_question),
        WITH_STORE(d_8_what_cannot_be_asked_about_for_a_day_waits_for_an_operator),
        WITH_STORE(what_they_refuse_for_good_waits_for_an_operator_at_once),
        WITH_STORE(d_10_a_pause_they_ask_for_is_kept),
        WITH_STORE(d_10_after_three_days_a_letter_waits_for_an_operator_and_can_be_taken_up),
        WITH_STORE(d_10_after_forty_tries_that_may_have_gone_out_a_letter_waits_for_an_operator),
        WITH_STORE(d_10_a_postbox_that_takes_nothing_is_waited_for_three_days),
        WITH_STORE(d_15_a_letter_of_a_backup_is_asked_about_by_every_channel),
        WITH_STORE(d_10_one_bad_letter_does_not_hold_up_the_others),
        WITH_STORE(what_was_not_begun_is_given_back_when_we_stop),
        WITH_STORE(a_share_request_that_is_refused_ends_the_consent),
        WITH_STORE(con_1_nobody_is_asked_after_a_withdrawal),
        WITH_STORE(con_1_a_stop_waits_for_a_request_that_may_still_arrive),
        WITH_STORE(a_letter_added_later_goes_out_when_the_worker_is_woken),
        WITH_STORE(a_lease_shorter_than_two_calls_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
