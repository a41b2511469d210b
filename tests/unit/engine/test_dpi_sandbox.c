/* test_dpi_sandbox.c - letters through the sandbox's access point to mailboxes that open every
 * package with code of their own: whatever misbehaves, one letter is one letter. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/deliver_receipts.h"
#include "engine/files.h"
#include "engine/sandbox/sandbox_login.h"
#include "engine/sandbox/sandbox_people.h"
#include "engine/sandbox/sandbox_registers.h"
#include "storage/postbox/dpi_inbox.h"
#include "storage/postbox/maskinporten.h"
#include "storage/registers/krr_mailbox.h"
#include "tests/unit/engine/asker.h"

#include <stdio.h>
#include <stdlib.h>

#define AGENCY "310123005"

struct world {
    struct asker asker;
    struct arena *arena;
    struct maskinporten *maskinporten;
    struct register_settings krr;
    struct x509_trust *trust;
    struct dpi *dpi;
};
static struct world world;

static struct bytes file(const char *path)
{
    struct bytes bytes;
    struct error err;
    if (!files_read(world.arena, path, 65536, &bytes, &err))
        fail_msg("%s: %s", path, err.text);
    return bytes;
}

static void open_maskinporten(void)
{
    const struct maskinporten_settings settings = {
        .url = arena_printf(world.arena, "%s" SANDBOX_LOGIN_PATH,
                            sandbox_mailbox_url(world.asker.sandbox)),
        .client_id = SANDBOX_LOGIN_CLIENT,
        .private_key_pem = file(sandbox_broker_key_file(world.asker.sandbox)),
        .kid = SANDBOX_LOGIN_KID,
        .allow_private = true,
        .timeout_ms = 10000,
    };
    assert_true(maskinporten_open(&settings, &world.maskinporten, NULL));
    world.krr = (struct register_settings){
        .base_url = arena_printf(world.arena, "%s" SANDBOX_REGISTERS_PATH "krr",
                                 sandbox_mailbox_url(world.asker.sandbox)),
        .maskinporten = world.maskinporten,
        .scope = KRR_MAILBOX_SCOPE,
        .allow_private = true,
        .timeout_ms = 10000,
    };
}

static void open_trust(void)
{
    const char **files;
    size_t count;
    world.trust = x509_trust_open();
    assert_true(files_list(world.arena, sandbox_dpi_trust(world.asker.sandbox), ".pem", &files,
                           &count, NULL));
    for (size_t i = 0; i < count; i++)
        assert_true(x509_trust_add(world.trust, file(files[i]), files[i], NULL));
}

/* A client of its own for each test, so that a rest after failures is nobody else's. */
static void open_client(void)
{
    const struct dpi_settings settings = {
        .base_url = sandbox_dpi_url(world.asker.sandbox),
        .allow_private = true,
        .channel = "Skjema",
        .agency = AGENCY,
        .private_key_pem = file(sandbox_dpi_key_file(world.asker.sandbox)),
        .chain_pem = file(sandbox_dpi_certificate_file(world.asker.sandbox)),
        .mailbox_trust = world.trust,
        .maskinporten = world.maskinporten,
        .krr = &world.krr,
        .timeout_ms = 10000,
    };
    struct error err = {0};
    dpi_close(&world.dpi);
    if (!dpi_open(&settings, &world.dpi, &err))
        fail_msg("%s", err.text);
}

static int set_up_all(void **state)
{
    (void)state;
    world.arena = arena_open();
    asker_open(&world.asker, false);
    open_maskinporten();
    open_trust();
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    dpi_close(&world.dpi);
    maskinporten_close(&world.maskinporten);
    x509_trust_close(&world.trust);
    asker_close(&world.asker);
    arena_close(&world.arena);
    return 0;
}

static int set_up(void **state)
{
    sandbox_fault(world.asker.sandbox, SANDBOX_FAULT_NONE, NULL, 0);
    open_client();
    return store_setup(state);
}

/* ---- a letter ---- */

static struct postbox_letter letter_to(const char *person)
{
    static const struct postbox_link link = {.url = "https://skjema.example.no/brev/abc",
                                             .description = "Se søknaden din",
                                             .button = "Gå til søknaden"};
    return (struct postbox_letter){
        .message_id = crypto_uuid(world.arena),
        .recipient.pid = sandbox_people_find(person)->pid,
        .language = "nb",
        .title = "Kvittering for søknad",
        .level = 4,
        .wants_opening_receipt = true,
        .main = {.id = crypto_uuid(world.arena),
                 .title = "Kvittering for søknad",
                 .file_type = "pdf",
                 .content = BYTES_OF(ASKER_PDF)},
        .link = &link,
    };
}

/* How many lines of the sandbox's ledger say that the access point took it. */
static size_t taken(const char *message_id)
{
    const char *ledger = arena_printf(world.arena, "%s/ledger.jsonl", world.asker.folder);
    struct bytes text;
    assert_true(files_read(world.arena, ledger, 64 * 1024 * 1024, &text, NULL));
    size_t count = 0;
    char *rest = arena_text_of(world.arena, text), *line;
    while ((line = strsep(&rest, "\n")))
        count += strstr(line, "\"dpi_message\"") && strstr(line, message_id);
    return count;
}

/* As the worker does: sent, and when nothing is known asked about before it is sent again. */
static struct postbox_outcome see_through(const struct postbox_letter *letter)
{
    const struct postbox *postbox = dpi_postbox(world.dpi);
    struct postbox_outcome outcome = postbox_send(postbox, world.arena, letter);
    for (int i = 0; i < 6; i++) {
        if (outcome.result == POSTBOX_NOT_SENT)
            outcome = postbox_send(postbox, world.arena, letter);
        else if (outcome.result == POSTBOX_UNKNOWN)
            outcome = postbox_status(postbox, world.arena, letter);
    }
    return outcome;
}

static void a_letter_is_taken_for_whichever_mailbox_there_is(void **state)
{
    (void)state;
    static const char *const people[] = {"ingrid", "lise"}; /* Digipost, e-Boks */
    for (size_t i = 0; i < COUNT(people); i++) {
        const struct postbox_letter letter = letter_to(people[i]);
        struct postbox_outcome outcome = postbox_send(dpi_postbox(world.dpi), world.arena, &letter);
        if (outcome.result != POSTBOX_ACCEPTED)
            fail_msg("%s: %s", people[i], outcome.error.text);
        outcome = postbox_status(dpi_postbox(world.dpi), world.arena, &letter);
        assert_int_equal(outcome.result, POSTBOX_ACCEPTED);
    }
}

static const struct {
    enum sandbox_fault fault;
    bool is_refused; /* at the end */
} faults[] = {
    {SANDBOX_FAULT_DOWN, false},         {SANDBOX_FAULT_ANSWER_LOST, false},
    {SANDBOX_FAULT_ERROR_BEFORE, false}, {SANDBOX_FAULT_ERROR_AFTER, false},
    {SANDBOX_FAULT_GATEWAY, false},      {SANDBOX_FAULT_REFUSE, true},
    {SANDBOX_FAULT_UNKNOWN_CODE, true},  {SANDBOX_FAULT_UNKNOWN_USER, false},
    {SANDBOX_FAULT_NOT_FOUND, false},    {SANDBOX_FAULT_CONFLICT, false},
    {SANDBOX_FAULT_TOO_MANY, false},     {SANDBOX_FAULT_EMPTY_ERROR, false},
    {SANDBOX_FAULT_GARBAGE, false},      {SANDBOX_FAULT_LONGER, false},
    {SANDBOX_FAULT_CHUNKED, false},
};

static void d_8_whatever_is_answered_the_letter_is_there_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        open_client();
        const struct postbox_letter letter = letter_to("lise");
        sandbox_fault(world.asker.sandbox, faults[i].fault, "DPI_SEND", 1);
        struct postbox_outcome outcome = see_through(&letter);
        enum postbox_result expected = faults[i].is_refused ? POSTBOX_REFUSED : POSTBOX_ACCEPTED;
        if (outcome.result != expected)
            fail_msg("%s: %s %s", sandbox_fault_name(faults[i].fault),
                     postbox_result_name(outcome.result), outcome.error.text);
        if (taken(letter.message_id) != !faults[i].is_refused)
            fail_msg("%s: taken %zu times", sandbox_fault_name(faults[i].fault),
                     taken(letter.message_id));
    }
}

static void d_8_a_status_that_cannot_be_read_says_nothing(void **state)
{
    (void)state;
    static const enum sandbox_fault some[] = {
        SANDBOX_FAULT_DOWN,    SANDBOX_FAULT_ERROR_BEFORE, SANDBOX_FAULT_GATEWAY,
        SANDBOX_FAULT_GARBAGE, SANDBOX_FAULT_EMPTY_ERROR,  SANDBOX_FAULT_TOO_MANY,
    };
    const struct postbox_letter letter = letter_to("lise");
    struct postbox_outcome outcome = see_through(&letter);
    for (size_t i = 0; i < COUNT(some); i++) {
        open_client();
        sandbox_fault(world.asker.sandbox, some[i], "DPI_STATUSES", 1);
        outcome = postbox_status(dpi_postbox(world.dpi), world.arena, &letter);
        if (outcome.result != POSTBOX_UNKNOWN)
            fail_msg("%s", sandbox_fault_name(some[i]));
    }
}

static void d_9_a_letter_sent_again_is_refused_there_and_known_as_ours(void **state)
{
    (void)state;
    const struct postbox_letter letter = letter_to("lise");
    for (int i = 0; i < 3; i++) {
        struct postbox_outcome outcome = postbox_send(dpi_postbox(world.dpi), world.arena, &letter);
        assert_int_equal(outcome.result, POSTBOX_ACCEPTED);
    }
    assert_int_equal(taken(letter.message_id), 1);
}

/* ---- what comes back ---- */

static struct delivery row_of(struct store *store, const char *message_id)
{
    struct delivery delivery;
    WORKS(store, outbox_of_message(store->arena, store->db, message_id, &delivery, &store->err));
    return delivery;
}

/* A row of the outbox that has been sent so. */
static void add_row(struct store *store, const struct postbox_letter *letter)
{
    struct outbox_document document = {.uuid = letter->main.id,
                                       .subject = "Kvittering",
                                       .file_type = "pdf",
                                       .bytes = letter->main.content};
    const struct delivery wish = {.kind = OUTBOX_RECEIPT,
                                  .citizen_id = store_citizen(store, letter->recipient.pid),
                                  .message_id = letter->message_id,
                                  .payload = BYTES_OF("{}"),
                                  .documents = &document,
                                  .document_count = 1};
    struct delivery delivery;
    const char *id;
    bool found = false;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &wish, &id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 60000, &delivery, &found, &store->err));
    WORKS(store, outbox_sending(store->db, &delivery, "dpi", &store->err));
    struct postbox_outcome outcome = see_through(letter);
    assert_int_equal(outcome.result, POSTBOX_ACCEPTED);
    WORKS(store, outbox_accepted(store->db, &delivery, 3600000, &store->err));
}

static void take_receipts(struct store *store)
{
    const struct deliver_receipts receipts = {.db = store->pool,
                                              .dpi = world.dpi,
                                              .trust = world.trust,
                                              .agency = AGENCY,
                                              .sender = AGENCY,
                                              .mailboxes = "984661185,922020175",
                                              .poll_ms = 1000};
    struct deliver_receipts_look look = {0};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    deliver_receipts_take(&receipts, &look, arena, NULL);
}

static int64_t count(struct store *store, struct db_sql sql)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, sql, DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

static void a_receipt_from_the_mailbox_ends_the_wait(void **state)
{
    struct store *store = *state;
    const struct postbox_letter letter = letter_to("lise");
    add_row(store, &letter);
    take_receipts(store);
    struct delivery row = row_of(store, letter.message_id);
    assert_int_equal(row.state, OUTBOX_DONE);
    const char *const *messages;
    size_t left = 7;
    assert_true(dpi_inbox_list(world.dpi, store->arena, &messages, &left, NULL));
    assert_int_equal(left, 0);
}

static const struct {
    enum sandbox_fault fault;
    const char *on;
    enum outbox_state after; /* one look */
    int64_t aside;
} returns[] = {
    {SANDBOX_FAULT_TWICE, "DPI_RECEIPTS", OUTBOX_DONE, 0},
    {SANDBOX_FAULT_ANSWER_LOST, "DPI_READ", OUTBOX_DONE, 0},
    {SANDBOX_FAULT_ANSWER_LOST, "DPI_RECEIPTS", OUTBOX_ACCEPTED, 0},
    {SANDBOX_FAULT_GARBAGE, "DPI_RECEIPTS", OUTBOX_ACCEPTED, 0},
    {SANDBOX_FAULT_UNKNOWN_USER, "DPI_RECEIPTS", OUTBOX_DONE, 0}, /* with another token */
    {SANDBOX_FAULT_NO_SMS, NULL, OUTBOX_DONE, 0},
    {SANDBOX_FAULT_RECEIPT_TWICE, NULL, OUTBOX_DONE, 0},
    {SANDBOX_FAULT_RECEIPT_ORDER, NULL, OUTBOX_DONE, 0},
    {SANDBOX_FAULT_RECEIPT_UNKNOWN, NULL, OUTBOX_DONE, 1},
    {SANDBOX_FAULT_MAILBOX_BROKEN, NULL, OUTBOX_DEAD, 0},
    {SANDBOX_FAULT_RECEIPT_LOST, NULL, OUTBOX_ACCEPTED, 0},
    {SANDBOX_FAULT_RECEIPT_LATE, NULL, OUTBOX_ACCEPTED, 0},
    {SANDBOX_FAULT_RECEIPT_SIGNATURE, NULL, OUTBOX_ACCEPTED, 1},
    {SANDBOX_FAULT_RECEIPT_STRANGER, NULL, OUTBOX_ACCEPTED, 1},
    {SANDBOX_FAULT_RECEIPT_SCHEMA, NULL, OUTBOX_ACCEPTED, 1},
};

static void whatever_comes_back_the_letter_is_what_a_true_receipt_says(void **state)
{
    struct store *store = *state;
    for (size_t i = 0; i < COUNT(returns); i++) {
        const char *name = sandbox_fault_name(returns[i].fault);
        const struct postbox_letter letter = letter_to("lise");
        int64_t before = count(store, DB_SQL("SELECT COUNT(*) FROM dpi_receipts_aside"));
        open_client();
        sandbox_fault(world.asker.sandbox, returns[i].fault, returns[i].on, 1);
        add_row(store, &letter);
        take_receipts(store);
        if (row_of(store, letter.message_id).state != returns[i].after)
            fail_msg("%s: %s", name, outbox_state_name(row_of(store, letter.message_id).state));
        take_receipts(store); /* and once more changes nothing that is true */
        bool late = returns[i].on && returns[i].after == OUTBOX_ACCEPTED;
        assert_int_equal(row_of(store, letter.message_id).state,
                         late ? OUTBOX_DONE : returns[i].after);
        int64_t aside = count(store, DB_SQL("SELECT COUNT(*) FROM dpi_receipts_aside")) - before;
        if (aside != returns[i].aside)
            fail_msg("%s: %d set aside", name, (int)aside);
    }
    assert_int_equal(count(store, DB_SQL("SELECT COUNT(*) FROM audit "
                                         "WHERE action = 'receipt_delivered'")),
                     count(store, DB_SQL("SELECT COUNT(*) FROM outbox WHERE state = 'done'")));
}

static void a_letter_that_corner_2_gives_up_is_refused(void **state)
{
    (void)state;
    const struct postbox_letter letter = letter_to("lise");
    sandbox_fault(world.asker.sandbox, SANDBOX_FAULT_NOT_SENT, NULL, 1);
    struct postbox_outcome outcome = postbox_send(dpi_postbox(world.dpi), world.arena, &letter);
    assert_int_equal(outcome.result, POSTBOX_ACCEPTED);
    outcome = postbox_status(dpi_postbox(world.dpi), world.arena, &letter);
    assert_int_equal(outcome.result, POSTBOX_REFUSED);
    assert_string_equal(outcome.code, "FEILET");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, store_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_is_taken_for_whichever_mailbox_there_is),
        TEST(d_8_whatever_is_answered_the_letter_is_there_once),
        TEST(d_8_a_status_that_cannot_be_read_says_nothing),
        TEST(d_9_a_letter_sent_again_is_refused_there_and_known_as_ours),
        TEST(a_receipt_from_the_mailbox_ends_the_wait),
        TEST(whatever_comes_back_the_letter_is_what_a_true_receipt_says),
        TEST(a_letter_that_corner_2_gives_up_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
