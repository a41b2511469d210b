/* Three hundred letters to a postbox that misbehaves in every way it knows, for a while. The worker
 * with the real client in this process, the sandbox over HTTP; hours pass by db_clock_advance.
 * Every question and every sending is written down on its way. */
#include "store.h"

#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/channels.h"
#include "engine/deliver_letter.h"
#include "engine/letter.h"
#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_people.h"
#include "tests/flow/browser.h"
#include "tests/flow/ledger.h"
#include "tests/flow/server.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LETTERS = 300,
    BAD_ROUNDS = 12, /* of 16 minutes, longer than any back-off */
    MOST_ROUNDS = 200,
    ROUND_MS = 16 * 60 * 1000,
    TIMEOUT_MS = 20000,
    LEASE_MS = 120000,
};

/* What is known of one letter from watching. */
struct watched {
    char message_id[64];
    size_t sent;
    bool may_send; /* never sent, or told that nothing was done, or absent at the last question */
    bool refused;  /* they said no for good */
};

struct mixed {
    struct store *store;
    struct sandbox *sandbox;
    struct digipost *digipost;
    struct postbox watch;
    struct channels channels;
    struct deliver_settings settings;
    struct ledger ledger;
    char folder[64];
    struct watched letters[LETTERS];
    size_t questions;
    bool is_truthful; /* it never says that what is there is not there */
};

static void failed(const char *why)
{
    fail_msg("%s", why);
}

/* ---- watching ---- */

static struct watched *watched(struct mixed *mixed, const char *message_id)
{
    for (size_t i = 0; i < LETTERS; i++)
        if (text_equal(mixed->letters[i].message_id, message_id))
            return &mixed->letters[i];
    fail_msg("nobody ordered letter %s", message_id);
    return NULL;
}

static struct postbox_outcome watch_send(void *self, struct arena *arena,
                                         const struct postbox_letter *letter)
{
    struct mixed *mixed = self;
    struct watched *seen = watched(mixed, letter->message_id);
    const struct ledger_entry *there = NULL;
    ledger_read(&mixed->ledger);
    if (mixed->is_truthful && ledger_find(&mixed->ledger, letter->message_id, &there))
        fail_msg("a letter that is there was sent again");
    if (!seen->may_send)
        fail_msg("a letter was sent again, and nobody had said that it is not there");
    seen->sent++;
    struct postbox_outcome outcome = postbox_send(digipost_postbox(mixed->digipost), arena, letter);
    seen->may_send = outcome.result == POSTBOX_NOT_SENT || outcome.result == POSTBOX_REFUSED;
    seen->refused |= outcome.result == POSTBOX_REFUSED;
    return outcome;
}

static struct postbox_outcome watch_status(void *self, struct arena *arena,
                                           const struct postbox_letter *letter)
{
    struct mixed *mixed = self;
    struct watched *seen = watched(mixed, letter->message_id);
    struct postbox_outcome outcome =
        postbox_status(digipost_postbox(mixed->digipost), arena, letter);
    seen->may_send = outcome.result == POSTBOX_NOT_SENT;
    seen->refused |= outcome.result == POSTBOX_REFUSED;
    mixed->questions++;
    return outcome;
}

static bool watch_reaches(void *self, struct arena *arena,
                          const struct postbox_recipient *recipient, bool *out, struct error *err)
{
    (void)self, (void)arena, (void)recipient, (void)err;
    *out = true;
    return true;
}

/* ---- setting up ---- */

static struct bytes read_file(struct arena *arena, const char *path)
{
    enum { MOST = 64 * 1024 };
    unsigned char *data = arena_alloc(arena, MOST);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    size_t size = fread(data, 1, MOST, file);
    fclose(file);
    return (struct bytes){data, size};
}

static void open_postbox(struct mixed *mixed)
{
    char sandbox_folder[128];
    struct error err;
    snprintf(sandbox_folder, sizeof sandbox_folder, "%s/sandbox", mixed->folder);
    struct sandbox_settings settings = {.folder = sandbox_folder, .empty = true};
    if (!sandbox_open(&settings, &mixed->sandbox, &err))
        fail_msg("%s", err.text);
    const struct digipost_settings client = {
        .base_url = sandbox_api_url(mixed->sandbox),
        .allow_private = true,
        .broker_id = sandbox_broker_id(mixed->sandbox),
        .sender_id = sandbox_broker_id(mixed->sandbox),
        .private_key_pem = read_file(mixed->store->arena, sandbox_broker_key_file(mixed->sandbox)),
        .trust_entry_point = true,
        .rest_ms = 1,
        .timeout_ms = TIMEOUT_MS,
    };
    WORKS(mixed->store, digipost_open(&client, &mixed->digipost, &mixed->store->err));
    ledger_open(&mixed->ledger, mixed->folder);
}

static void order_letters(struct mixed *mixed)
{
    struct store *store = mixed->store;
    const char *citizen = store_citizen(store, sandbox_people_find("ingrid")->pid);
    struct draft draft = store_draft(store, citizen);
    struct submission submission = store_submission(store, citizen, &draft);
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    for (size_t i = 0; i < LETTERS; i++) {
        const struct letter_receipt receipt = {.submission = &submission,
                                               .pdf = BYTES_OF("%PDF-1.7\n%%EOF"),
                                               .subject = "Kvittering",
                                               .security_level = 3};
        struct delivery delivery = letter_order_receipt(store->arena, &receipt);
        const char *id;
        delivery.documents[0].content = OUTBOX_OWN_BYTES;
        delivery.documents[0].bytes = receipt.pdf;
        WORKS(store, outbox_add(store->arena, store->db, &delivery, &id, &store->err));
        snprintf(mixed->letters[i].message_id, sizeof mixed->letters[i].message_id, "%s",
                 delivery.message_id);
        mixed->letters[i].may_send = true;
    }
    WORKS(store, db_commit(&transaction, &store->err));
}

static int set_up(void **state)
{
    struct mixed *mixed = calloc(1, sizeof *mixed);
    void *store = NULL;
    assert_non_null(mixed);
    fetch_start();
    xmlInitParser();
    assert_int_equal(store_setup(&store), 0);
    mixed->store = store;
    server_make_folder(mixed->folder, sizeof mixed->folder);
    open_postbox(mixed);
    mixed->watch = (struct postbox){.name = "digipost",
                                    .self = mixed,
                                    .send = watch_send,
                                    .status = watch_status,
                                    .reaches = watch_reaches};
    mixed->channels =
        (struct channels){.postboxes = {&mixed->watch}, .count = 1, .print = &mixed->watch};
    mixed->settings = (struct deliver_settings){
        .db = mixed->store->pool,
        .channels = &mixed->channels,
        .timeout_ms = TIMEOUT_MS,
        .lease_ms = LEASE_MS,
        .poll_ms = 1000,
        .give_up_ms = INT64_C(72) * 3600 * 1000,
    };
    order_letters(mixed);
    *state = mixed;
    return 0;
}

static int tear_down(void **state)
{
    struct mixed *mixed = *state;
    void *store = mixed->store;
    ledger_close(&mixed->ledger);
    digipost_close(&mixed->digipost);
    sandbox_close(&mixed->sandbox);
    server_remove_folder(mixed->folder);
    free(mixed);
    return store_teardown(&store);
}

/* ---- the course of it ---- */

static void tell_sandbox(struct mixed *mixed, const char *what, const char *body)
{
    struct browser *browser = browser_open(failed);
    char url[256];
    snprintf(url, sizeof url, "%s/control/%s", sandbox_mailbox_url(mixed->sandbox), what);
    browser_send(browser, "POST", url, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(browser), 200);
    browser_close(&browser);
}

static int64_t count(struct mixed *mixed, struct db_sql sql)
{
    struct store *store = mixed->store;
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, sql, DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

#define UNDER_WAY DB_SQL("SELECT count(*) FROM outbox WHERE state NOT IN ('done', 'dead')")

/* All that is due, then a while later. */
static void do_a_round(struct mixed *mixed)
{
    struct arena *arena = arena_open();
    while (deliver_letter_next(&mixed->settings, "test", arena, NULL))
        arena_reset(arena);
    arena_close(&arena);
    db_clock_advance(ROUND_MS);
}

/* Only what was refused for good waits for an operator, who lets it be sent again. */
static void retry_what_is_dead(struct mixed *mixed)
{
    struct store *store = mixed->store;
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT id, message_id FROM outbox WHERE state = 'dead'"),
                          DB_NO_VALUES, &rows, &store->err));
    while (db_next(rows)) {
        struct watched *seen = watched(mixed, db_text(rows, 1));
        if (!seen->refused)
            fail_msg("a letter was given up that nobody had refused");
        WORKS(store, outbox_retry(store->db, db_text(rows, 0), &store->err));
    }
}

static int deliver_until_all_is_over(struct mixed *mixed)
{
    int rounds = 0;
    while (count(mixed, UNDER_WAY) && rounds++ < MOST_ROUNDS)
        do_a_round(mixed);
    assert_int_equal(count(mixed, UNDER_WAY), 0);
    return rounds;
}

static void each_is_there_once(struct mixed *mixed)
{
    const struct ledger_entry *there = NULL;
    ledger_read(&mixed->ledger);
    for (size_t i = 0; i < LETTERS; i++)
        assert_int_equal(ledger_find(&mixed->ledger, mixed->letters[i].message_id, &there), 1);
    assert_int_equal(mixed->ledger.messages, LETTERS);
    assert_int_equal(count(mixed, DB_SQL("SELECT count(*) FROM outbox WHERE state = 'done'")),
                     LETTERS);
}

static size_t faults_seen(const struct mixed *mixed)
{
    size_t found = 0;
    for (size_t i = 0; i < mixed->ledger.count; i++)
        found += *mixed->ledger.entries[i].fault != '\0';
    return found;
}

static void run_through(struct mixed *mixed, const char *dedupe, const char *mix)
{
    size_t sent = 0;
    mixed->is_truthful = text_equal(dedupe, "value=no");
    tell_sandbox(mixed, "dedupe", dedupe);
    tell_sandbox(mixed, "mix", mix);
    for (int i = 0; i < BAD_ROUNDS; i++)
        do_a_round(mixed);
    tell_sandbox(mixed, "mix", "percent=0&seed=0");
    int rounds = deliver_until_all_is_over(mixed);
    int64_t dead = count(mixed, DB_SQL("SELECT count(*) FROM outbox WHERE state = 'dead'"));
    retry_what_is_dead(mixed);
    deliver_until_all_is_over(mixed);
    each_is_there_once(mixed);
    for (size_t i = 0; i < LETTERS; i++)
        sent += mixed->letters[i].sent;
    print_message(
        "%zu faults; %zu sendings and %zu questions for %d letters; %lld refused for good "
        "and retried; %d rounds after it was well\n",
        faults_seen(mixed), sent, mixed->questions, LETTERS, (long long)dead, rounds);
    assert_true(faults_seen(mixed) > LETTERS / 10);
}

static void d_8_whatever_goes_wrong_each_letter_comes_once(void **state)
{
    run_through(*state, "value=yes", "percent=20&seed=1");
}

static void d_9_and_so_when_the_postbox_takes_the_same_letter_twice(void **state)
{
    run_through(*state, "value=no", "percent=20&seed=2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(d_8_whatever_goes_wrong_each_letter_comes_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(d_9_and_so_when_the_postbox_takes_the_same_letter_twice,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
